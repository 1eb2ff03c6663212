"""The lines of the access log; what is not known of a request is left out of its line.

Structs and not dictionaries: a line is made for each answer, and most answers take microseconds.
"""

from typing import Any

import msgspec

from graphql_brief.http.facts import Facts

SHORT_DIGEST = 16
"""Characters of a document's hash in the log."""


class Line(msgspec.Struct, omit_defaults=True):
    """What every line has."""

    timestamp: str
    level: str
    event: str
    request_id: str


class RequestLine(Line):
    """A request by HTTP was answered."""

    method: str = ""
    path: str = ""
    status: int | None = None
    """None: there was no answer, as the client went away before."""
    duration_ms: float | None = None
    bytes: int | None = None
    """Of the answer's body."""
    operation: str | None = None
    document: str | None = None
    operations: int | None = None
    """How many a batch has; the cost is that of all of them."""
    cost: int | None = None
    cache: str | None = None
    audience: str | None = None
    error: str | None = None
    """The code of the first error."""
    error_id: str | None = None
    """Under which the log has what was masked."""


class SocketLine(Line):
    """A WebSocket was closed, or its handshake refused."""

    path: str = ""
    status: int | None = None
    code: int | None = None
    """By which the server closed; left out where the client did."""
    duration_ms: float | None = None
    bytes: int | None = None


class OperationLine(Line):
    """An operation on a WebSocket began or ended."""

    id: str = ""
    """The client's own id of it, one at a time on a WebSocket."""
    end: str | None = None
    messages: int | None = None
    duration_ms: float | None = None
    operation: str | None = None
    document: str | None = None
    cost: int | None = None
    audience: str | None = None


def request_line(
    identity: str,
    method: str,
    path: str,
    status: int | None,
    elapsed_s: float,
    size: int,
    of: Facts,
) -> RequestLine:
    """The line of an answered request."""
    digest, verdict, many = of.digest, of.verdict, of.operations
    return RequestLine(
        *("", "info", "request", identity, method, path, status),
        *(round(elapsed_s * 1000, 3), size, of.operation),
        digest[:SHORT_DIGEST] if digest is not None else None,
        many if many > 1 else None,
        of.cost,
        verdict.value if verdict is not None else None,
        *(of.audience, of.error, of.error_id),
    )


def as_dict(line: Line) -> dict[str, Any]:
    """What a line says, for people."""
    found = msgspec.to_builtins(line)
    assert isinstance(found, dict)
    return found
