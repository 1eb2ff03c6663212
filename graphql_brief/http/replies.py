"""What is sent for an answer, by how and for whom it was asked.

| answer                     | `Cache-Control` by GET                                           |
|----------------------------|------------------------------------------------------------------|
| of what is there now       | `no-cache`: ask each time whether it still is                    |
| of the past, to the public | good for a day, unasked: only an erasure changes it, or a brief  |
|                            | that is withheld                                                 |
| to nobody else; by POST    | `no-store`                                                       |

Those for the public are `public`, those for the newsroom and auditors `private`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.answers import Answer, Validity
from graphql_brief.http.head import Head, Header
from graphql_brief.http.negotiation import JSON

FINAL_GOOD_FOR_S = 86_400
"""Not the year that is usual: what is erased must be out of every cache soon."""

OWN_HEADERS = frozenset((b"content-length", b"content-type", b"etag", b"cache-control"))
"""Those that follow from the answer and the request."""

VARY = (b"vary", b"accept, authorization")
NO_STORE = (b"cache-control", b"no-store")


@dataclass(frozen=True, eq=False)
class Reply:
    """A response, ready to be sent; an ASGI application as Starlette's are."""

    status: int
    headers: list[Header]
    body: bytes

    @cached_property
    def lines(self) -> bytes:
        """The headers as they go over a connection of HTTP/1.1."""
        return b"".join(b"%s: %s\r\n" % header for header in self.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Wire(NamedTuple):
    """A response for a connection of HTTP/1.1."""

    status: int
    lines: bytes
    """Its headers, each with the end of its line."""
    body: bytes


def reply(
    answer: Answer, status: int, kind: str, head: Head, more: Sequence[Header] = (VARY,)
) -> Reply:
    """The response with an answer to a request; without the body for who says to have it."""
    validity = answer.validity
    if validity is None:
        return whole(answer.body, status, kind, [NO_STORE, *more])
    by_get, seen = head.method == "GET", head.if_none_match
    told = [
        (b"etag", tag_of(validity, kind)),
        (b"cache-control", _good_for(validity)) if by_get else NO_STORE,
        *more,
    ]
    if by_get and seen is not None and _is_seen(tag_of(validity, kind), seen):
        return Reply(HTTPStatus.NOT_MODIFIED, told, b"")
    return whole(answer.body, status, kind, told)


def batch_reply(bodies: list[bytes], kind: str) -> Reply:
    """The response with the answers of a batch."""
    body = b"[%s]" % b",".join(bodies)
    return whole(body, HTTPStatus.OK, kind, [NO_STORE, VARY])


def whole(body: bytes, status: int, kind: str, told: list[Header]) -> Reply:
    """The response with a body of this media type, all of which is there."""
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"%s; charset=utf-8" % kind.encode()),
        *told,
    ]
    return Reply(status, headers, body)


def tag_of(validity: Validity, kind: str) -> bytes:
    """The entity tag of an answer in this media type: a strong one is of one only (RFC 9110
    §8.8.1), though the bytes are the same.
    """
    return (b'"%s"' if kind == JSON else b'"%s-r"') % validity.digest


def _good_for(validity: Validity) -> bytes:
    if validity.audience is not Audience.PUBLIC:
        return b"private, no-cache"
    if validity.is_final:
        return b"public, max-age=%d, immutable" % FINAL_GOOD_FOR_S
    return b"public, no-cache"


def _is_seen(etag: bytes, seen: bytes) -> bool:
    """Whether `If-None-Match` names this tag, by weak comparison (RFC 9110 §13.1.2)."""
    if seen == etag:
        return True
    tags = [tag.strip().removeprefix(b"W/") for tag in seen.split(b",")]
    return etag in tags or tags == [b"*"]
