"""The first half of a request: from its bytes to an answer that is kept, without reading them.

A request that was answered before is known again by its bytes: by those headers that decide
anything, and by its address or body. What it asks, and that it may ask, was found out then and
is the same again; only a token is read each time, as it may have ended. So whoever asks what
others asked, as most do, costs two looks into a dict.
"""

from collections.abc import Iterable
from typing import NamedTuple

from graphql_brief.domain.vocabulary import Audience
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

    document: str
    operation: str | None
    variables: bytes
    kind: str
    """The media type to answer in."""

    def question(self, audience: Audience) -> Question:
        """What it asks for somebody of this audience."""
        return Question(self.document, self.operation, self.variables, audience)


class FirstStage:
    """The requests that were answered before."""

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

    def learn(self, head: Head, address: bytes, body: bytes, known: Known) -> None:
        """Know this request from now on."""
        self._heads.put((head.method, head.deciding), True)
        weight = _ENTRY_BYTES + len(address) + len(body) + len(known.variables)
        self._requests.put((head.method, head.deciding, address, body), _Entry(known, weight))


class _Entry(NamedTuple):
    known: Known
    weight: int
