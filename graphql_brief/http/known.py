"""The requests that were answered before, known again by their bytes.

That is by those headers that decide anything, and by the address or the body. What such a request
asks, and that it may ask, was found out when it first came, and is the same again; only a token
is read each time, as it may have ended.
"""

from collections.abc import Iterable
from typing import NamedTuple

from graphql_brief.http.answers import Question
from graphql_brief.projections.caching import Lru

HEADS_KEPT = 1_000
REQUESTS_BOUND_BYTES = 16_000_000
_ENTRY_BYTES = 1_000

_DECIDING = frozenset((b"accept", b"content-type", b"host", b"origin", b"sec-fetch-site"))
"""The headers by which a request may be refused or be answered otherwise."""

Header = tuple[bytes, bytes]


class Head(NamedTuple):
    """What comes before a body, as far as it decides anything."""

    method: str
    deciding: tuple[Header, ...]
    authorization: str | None
    if_none_match: bytes | None


def head_of(method: str, headers: Iterable[Header]) -> Head:
    """The head of a request."""
    deciding = []
    authorization = if_none_match = None
    for header in headers:
        name, value = header
        if name in _DECIDING:
            deciding.append(header)
        elif name == b"authorization":
            authorization = authorization or value.decode("latin-1")
        elif name == b"if-none-match":
            if_none_match = value if if_none_match is None else b"%s,%s" % (if_none_match, value)
    return Head(method, tuple(deciding), authorization, if_none_match)


class Known(NamedTuple):
    """What a request that was answered before asks for."""

    question: Question
    """But for the audience."""
    kind: str
    """The media type to answer in."""
    more: tuple[Header, ...]
    """Headers of its answer beside the answer's own."""


FOUND = "graphql_brief.found"
"""Where in the scope of a request stands what was found out about it."""


class Found(NamedTuple):
    """What a request that was answered asks for, so that it can be known from now on."""

    question: Question
    kind: str
    body: bytes


class KnownRequests:
    """The requests that were answered before; those used last stay."""

    def __init__(self) -> None:
        self._heads: Lru[tuple[object, ...], bool] = Lru(HEADS_KEPT)
        self._requests: Lru[tuple[object, ...], _Entry] = Lru(
            REQUESTS_BOUND_BYTES, weight=lambda entry: entry.weight
        )

    def knows(self, head: Head) -> bool:
        """Whether a request with this head was let pass before."""
        return self._heads.get((head.method, head.deciding)) is not None

    def find(self, head: Head, address: bytes, body: bytes) -> Known | None:
        """What a request asks for, if it is known."""
        entry = self._requests.get((head.method, head.deciding, address, body))
        return entry.known if entry is not None else None

    def put(self, head: Head, address: bytes, body: bytes, known: Known) -> None:
        """Know this request from now on."""
        self._heads.put((head.method, head.deciding), True)
        weight = _ENTRY_BYTES + len(address) + len(body) + len(known.question.variables)
        self._requests.put((head.method, head.deciding, address, body), _Entry(known, weight))


class _Entry(NamedTuple):
    known: Known
    weight: int
