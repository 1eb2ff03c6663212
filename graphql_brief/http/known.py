"""The requests that were answered before, known again by their bytes.

That is by those headers that decide anything, and by the address or the body. What such a request
asks, and that it may ask, was found out when it first came, and is the same again; only a token
is read each time, as it may have ended. Requests that came in one piece are known by that piece as
well, so that nobody has to tell its headers from its body again.
"""

from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from graphql_brief.http.answers import Question
from graphql_brief.http.head import Head, Header
from graphql_brief.projections.caching import Lru

HEADS_KEPT = 1_000
HEAD_BOUND_BYTES = 4_000
BODY_BOUND_BYTES = 100_000
"""What is larger is not known again: few heads and bodies are."""
REQUESTS_BOUND_BYTES = 16_000_000
PIECE_BOUND_BYTES = 16_000
"""A larger piece is not looked up: that takes time, and it is hardly known."""
PIECES_BOUND_BYTES = 16_000_000
_ENTRY_BYTES = 1_000
_HEADER_BYTES = 180
"""What a header takes beside its letters."""


@dataclass(slots=True, eq=False)
class Known:
    """What a request that was answered before asks for."""

    question: Question
    """For the audience that it was answered to then."""
    kind: str
    """The media type to answer in."""
    more: tuple[Header, ...]
    """Headers of its answer beside the answer's own."""
    bytes: int
    """About what it takes to know it."""


class Recognized(NamedTuple):
    """A request that is known, with the head that it came with this time."""

    head: Head
    known: Known


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
        self._heads: Lru[tuple[object, ...], int] = Lru(HEADS_KEPT)
        self._numbers = count(1)
        self._requests: Lru[tuple[int, bytes, bytes], Known] = Lru(
            REQUESTS_BOUND_BYTES, weight=lambda known: known.bytes
        )
        self._pieces: Lru[bytes, tuple[Recognized, int]] = Lru(
            PIECES_BOUND_BYTES, weight=lambda kept: kept[1]
        )

    def number(self, head: Head) -> int | None:
        """The number of a head that was let pass before; None if none was."""
        return self._heads.get((head.method, head.deciding))

    def find(self, number: int, address: bytes, body: bytes) -> Known | None:
        """What a request asks for, if it is known, by the number of its head."""
        return self._requests.get((number, address, body))

    def find_piece(self, data: bytes) -> Recognized | None:
        """What the request is that all came in this piece, if it is known."""
        kept = self._pieces.get(data)
        return None if kept is None else kept[0]

    def put_piece(self, data: bytes, request: Recognized) -> None:
        """Know a request whose head is known by the piece that it came in, from now on."""
        weight = _ENTRY_BYTES + 2 * len(data) + _weight(request.head)
        self._pieces.put(data, (request, weight))

    def put(self, head: Head, address: bytes, found: Found, more: tuple[Header, ...]) -> None:
        """Know this request from now on, unless its head is larger than any good one."""
        if _weight(head) > HEAD_BOUND_BYTES or len(found.body) >= BODY_BOUND_BYTES:
            return
        number = self.number(head)
        if number is None:
            number = next(self._numbers)
            self._heads.put((head.method, head.deciding), number)
        question = found.question
        size = _ENTRY_BYTES + len(address) + len(found.body) + len(question.variables)
        size += len(question.operation or "")
        known = Known(found.question, found.kind, more, size)
        self._requests.put((number, address, found.body), known)


def _weight(head: Head) -> int:
    """About how many bytes the part of a head takes by which it is known."""
    return sum(len(name) + len(value) + _HEADER_BYTES for name, value in head.deciding)
