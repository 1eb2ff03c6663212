"""Log: the log itself, for auditors."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from graphql_brief.api import enums
from graphql_brief.api.connections import bad_page
from graphql_brief.api.context import Context, Info
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.scalars import Position
from graphql_brief.api.weights import READS
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.log.port import EventLog, Recorded

START = Position(0)
"""Before the first event."""
EVENTS = 100
"""Events of a page if the client does not say."""
EVENTS_BOUND = 1000
"""Most events of a page."""


def demand_audit(context: Context) -> None:
    """Let auditors pass. Raises ApiError (FORBIDDEN) for others."""
    if not context.viewer.sees(Audience.AUDIT):
        raise ApiError(ApiCode.FORBIDDEN, "this is for the audience AUDIT")


@output()
class LogEvent:
    """One event as the log holds it, with all that is needed to check its hashes."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether `value` is shown as this type."""
        return isinstance(value, Recorded)

    position: Position = strawberry.field(description="Place in the whole log, from 1.")
    stream: str = strawberry.field(
        description="Id of the brief, entity, edition or page that it is an event of."
    )
    version: int = strawberry.field(description="Place in its stream, from 1.")
    event_id: str = strawberry.field(description="Its own id.")
    type: str = strawberry.field(description="Its type, such as `DevelopmentAdded`.")
    schema: int = strawberry.field(description="Version of its type's schema.")
    actor: str = strawberry.field(description="Pseudonymous id of who did it.")
    recorded_at: datetime = strawberry.field(description="When the log recorded it.")
    significance: enums.Significance = strawberry.field(
        description="How much it matters, as its editor said."
    )
    change_note: str | None = strawberry.field(
        description="Why, in the editor's words; on the first event of each command."
    )
    command_id: str = strawberry.field(description="Id of the command that it came from.")
    correlation_id: str = strawberry.field(
        description="Id of what the command belongs to, such as a chain of commands."
    )
    causation_id: str | None = strawberry.field(
        description="Id of the event or command that caused it, if it was one."
    )

    @resolved(JSON | None)
    def event(self, root: strawberry.Parent[Recorded]) -> Any:
        """The event's content as it was recorded, by the schema of its type and version.

        Null if it was erased: a later event of its stream, a `BodyErased`, says so.
        """
        return None if root.body is None else msgspec.json.decode(root.body)["event"]

    @resolved(str)
    def header(self, root: strawberry.Parent[Recorded]) -> str:
        """The header: the exact text whose bytes are hashed."""
        return root.header.decode()

    @resolved(str | None)
    def body(self, root: strawberry.Parent[Recorded]) -> str | None:
        """The body: the exact text whose bytes the header commits to; null if it was erased."""
        return None if root.body is None else root.body.decode()

    @resolved(str | None)
    def body_salt(self, root: strawberry.Parent[Recorded]) -> str | None:
        """The body's salt, in hex: the commitment is SHA-256 of salt and body; null if erased."""
        return None if root.salt is None else root.salt.hex()

    @resolved(str)
    def leaf_hash(self, root: strawberry.Parent[Recorded]) -> str:
        """SHA-256 of a zero byte and the header, in hex: the event's leaf of the tree."""
        return root.leaf_hash.hex()


@output()
class Log:
    """The log: every event of every stream, in the order of commits."""

    @resolved(str)
    def origin(self, root: strawberry.Parent[EventLog]) -> str:
        """The log's own id, in every header."""
        return root.origin

    @resolved(Position, cost=READS)
    async def position(self, root: strawberry.Parent[EventLog]) -> int:
        """Position of the last event; 0 if there is none."""
        return (await root.head()).position

    @resolved(list[LogEvent], cost=READS, entries=EVENTS)
    async def events(
        self,
        root: strawberry.Parent[EventLog],
        after: Annotated[
            Position,
            strawberry.argument(description="Only events behind this position."),
        ] = START,
        first: Annotated[
            int, strawberry.argument(description=f"Most events to give, 1 to {EVENTS_BOUND}.")
        ] = EVENTS,
    ) -> list[Recorded]:
        """Events in order; go on after the position of the last one given."""
        if not 1 <= first <= EVENTS_BOUND:
            raise bad_page(f"first is {first}, not within 1 to {EVENTS_BOUND}")
        return await root.read(after=after, limit=first)


def the_log(info: Info) -> EventLog:
    """The log, for auditors. Raises ApiError (FORBIDDEN) for others."""
    demand_audit(info.context)
    return info.context.node.log
