"""The head of a request: what comes before its body, as far as it decides anything."""

import re
from collections.abc import Iterable
from typing import NamedTuple

STREAM_TOKEN = b"x-graphql-event-stream-token"
"""By which graphql-sse's single-connection mode says whose results a request's are."""
_DECIDING = frozenset(
    (b"accept", b"content-type", b"host", b"origin", b"sec-fetch-site", STREAM_TOKEN)
)
"""The headers by which a request may be refused or be answered otherwise."""

REQUEST_ID = b"x-request-id"
_IDS = frozenset((REQUEST_ID, b"traceparent"))
_GOOD_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,100}")

Header = tuple[bytes, bytes]


class Head(NamedTuple):
    """A request's method and the headers that matter."""

    method: str
    deciding: tuple[Header, ...]
    authorization: str | None
    if_none_match: bytes | None
    length: bytes
    """What is said of the body's length: digits, or how it is sent; empty: there is none."""


def head_of(method: str, headers: Iterable[Header]) -> Head:
    """The head of a request."""
    deciding = []
    authorization = if_none_match = None
    length = b""
    for header in headers:
        name, value = header
        if name in _DECIDING:
            deciding.append(header)
        elif name == b"authorization":
            authorization = authorization or value.decode("latin-1")
        elif name == b"if-none-match":
            if_none_match = value if if_none_match is None else b"%s,%s" % (if_none_match, value)
        elif name in (b"content-length", b"transfer-encoding"):
            length = value
    return Head(method, tuple(deciding), authorization, if_none_match, length)


def is_unique(headers: Iterable[Header]) -> bool:
    """Whether a request has an id of its own, so that its bytes do not come again."""
    return any(name in _IDS for name, _ in headers)


def id_of(headers: Iterable[Header]) -> bytes:
    """The id that the client or a proxy gave its request, if it may stand in a log; or nothing."""
    for name, value in headers:
        if name == REQUEST_ID and _GOOD_ID.fullmatch(value):
            return value
    return b""
