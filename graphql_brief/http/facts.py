"""What is known of a request when its answer is done, for the access log and the metrics.

The outermost layer puts one `Facts` into the ASGI scope; whoever comes to know something fills it
in: a cache that answers by itself, or the endpoint that executes.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.types import Scope

from graphql_brief.api.document import Accounted

KEY = "graphql_brief.facts"
"""Where the facts are in the scope."""


class Verdict(Enum):
    """What the cache of answers made of a request."""

    HIT = "hit"
    """Answered from what was kept."""
    NOT_MODIFIED = "not_modified"
    """The client has it already: 304."""
    MISS = "miss"
    """Executed, as it was not kept; this one may be."""
    UNCACHEABLE = "uncacheable"
    """Executed; it is not kept: a mutation's, of who asks, with errors or `extensions`."""


class Outcome(NamedTuple):
    """What came of one operation, for the accounts; None: not known, or none."""

    operation: str | None = None
    """Its name as its document has it; never a word of the client's own."""
    cost: int | None = None
    error: str | None = None
    """The code of the first error."""
    error_id: str | None = None
    """The id of what was masked there."""


NOTHING_KNOWN = Outcome()


def outcome_of(accounted: Accounted | None, errors: Sequence[Mapping[str, Any]]) -> Outcome:
    """What came of an operation, by what was found of it and by the errors that the client has."""
    told: Mapping[str, Any] = errors[0].get("extensions", {}) if errors else {}
    name, cost = accounted if accounted is not None else (None, None)
    return Outcome(name, cost, told.get("code"), told.get("errorId"))


class Facts:
    """What is known of one request, or of one operation on a WebSocket; None: not known."""

    __slots__ = (
        *("audience", "cost", "digest", "error", "error_id", "operation", "operations", "verdict"),
    )

    def __init__(self) -> None:
        self.operation: str | None = None
        """As in `Outcome`, of the one operation that was asked for."""
        self.digest: str | None = None
        """SHA-256 of the document's text, in hex."""
        self.cost: int | None = None
        self.verdict: Verdict | None = None
        self.audience: str | None = None
        """The highest audience that the viewer sees."""
        self.operations = 0
        """How many operations were asked for; of several, cost is that of all."""

        self.error: str | None = None
        """The code of the first error, and beside it the id of what was masked."""
        self.error_id: str | None = None

    def add(self, digest: str | None, outcome: Outcome) -> None:
        """Note one operation that was asked for: its document, and what came of it."""
        self.operations += 1
        if self.operations == 1:
            self.digest, self.operation, self.cost = digest, outcome.operation, outcome.cost
        else:
            # A batch: the facts are of all of it.
            self.digest = self.operation = None
            if outcome.cost is not None:
                self.cost = (self.cost or 0) + outcome.cost
        if self.error is None:
            self.error, self.error_id = outcome.error, outcome.error_id

    def follow(self, digest: str, accounted: Accounted | None) -> None:
        """Note a subscription; its time is that of its client, and tells nothing of the server."""
        self.digest = digest
        if accounted is not None:
            self.operation, self.cost = accounted

    def judge(self, verdict: Verdict, status: int) -> None:
        """Note where the answer is from; a client that has it already is told no more than that."""
        self.verdict = Verdict.NOT_MODIFIED if status == HTTPStatus.NOT_MODIFIED else verdict

    def refuse(self, error: Mapping[str, Any]) -> None:
        """Note an error as the client has it, if it is the first."""
        if self.error is None:
            self.error = error["extensions"]["code"]


def facts_of(scope: Scope) -> Facts:
    """The facts of the request; such as nobody reads, where nobody put any."""
    found: Any = scope.get(KEY)
    if found is None:
        found = scope[KEY] = Facts()
    assert isinstance(found, Facts)
    return found
