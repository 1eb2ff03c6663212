"""The operations on WebSockets, and subscriptions by event streams.

They are counted while they last, and logged when they begin and end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

from starlette.types import Scope

from graphql_brief.api.document import ACCOUNTED, Document
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.access import REQUEST_ID
from graphql_brief.http.lines import SHORT_DIGEST, OperationLine
from graphql_brief.http.logs import AccessLog
from graphql_brief.http.traffic import Traffic

ID_BOUND = 100
"""Most characters of a client's id in the log."""
CANCELLED = "cancelled"
"""How an operation ended that the client ended, or left."""
_ENDS = ("complete", "error")


class Tally:
    """What one operation has come to."""

    def __init__(self, identity: str, document: Document, audience: Audience) -> None:
        self.identity = identity
        """The client's id of it; an event stream has none."""
        self.audience = audience
        self.digest = document.digest
        self.messages = 0
        self.end = CANCELLED

    def note(self, kind: str) -> None:
        """Note a message of this type that was sent."""
        if kind == "next":
            self.messages += 1
        elif kind in _ENDS:
            self.end = kind

    def line(self, event: str, request: str) -> OperationLine:
        """What is known from the beginning."""
        return OperationLine(
            *("", "info", event, request, self.identity[:ID_BOUND]),
            document=self.digest[:SHORT_DIGEST],
            audience=self.audience.value,
        )


class Watch(NamedTuple):
    """Who is told of them."""

    traffic: Traffic
    log: AccessLog | None

    @contextmanager
    def over(self, tally: Tally, scope: Scope) -> Iterator[None]:
        """Watch the operation that the block carries out, in a task of its own."""
        begun = perf_counter()
        identity = scope.get(REQUEST_ID, b"").decode()
        self.traffic.operations[scope["type"]] += 1
        if self.log is not None:
            self.log(tally.line("operation begun", identity))
        try:
            yield
        finally:
            self.traffic.operations[scope["type"]] -= 1
            if self.log is not None:
                line = tally.line("operation ended", identity)
                line.end, line.messages = tally.end, tally.messages
                line.duration_ms = round((perf_counter() - begun) * 1000, 3)
                known = ACCOUNTED.get()
                if known is not None:
                    line.operation, line.cost = known.name, known.cost
                self.log(line)
