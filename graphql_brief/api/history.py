"""History: the revisions of a stream, and what each of them changed.

A revision is what one command did to one stream: consecutive versions, recorded at one time. It
is made of the events themselves, or of the read model's row about them; then the events are read
from the log when somebody asks what changed.
"""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from msgspec import Struct

from graphql_brief.api import enums
from graphql_brief.api.changes import Change, Changed
from graphql_brief.api.connections import PageInfo
from graphql_brief.api.context import Info
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.log.port import APPEND_BOUND, EventLog, Recorded


class Revised(Struct, frozen=True, kw_only=True):
    """One revision, with the brief that its changes are shown in, if it is a brief's."""

    stream: str
    first_version: int
    version: int
    position: int
    recorded_at: datetime
    actor: str
    significance: Significance
    change_note: str | None
    events: tuple[Recorded, ...] | None = None
    """None: still to be read from the log."""
    view: BriefView | None = None

    @property
    def id(self) -> str:
        """The global id."""
        return f"{self.stream}.revision.{self.version}"


def revision(events: Sequence[Recorded], view: BriefView | None = None) -> Revised:
    """The revision that these events of one stream and one command are."""
    first, last = events[0], events[-1]
    return Revised(
        stream=first.stream,
        first_version=first.version,
        version=last.version,
        position=last.position,
        recorded_at=last.recorded_at,
        actor=last.actor,
        significance=last.significance,
        change_note=first.change_note,
        events=tuple(events),
        view=view,
    )


async def events_of(log: EventLog, revised: Revised) -> Sequence[Recorded]:
    """The events of a revision."""
    if revised.events is not None:
        return revised.events
    return await log.read_stream(
        revised.stream,
        after_version=revised.first_version - 1,
        up_to_version=revised.version,
        limit=APPEND_BOUND,
    )


@output()
class Revision(Node):
    """What one command did to one stream: all of its events, recorded together."""

    first_version: int = strawberry.field(description="Version of its first event.")
    version: int = strawberry.field(description="Version of its last event.")
    position: Position = strawberry.field(description="Position of its last event.")
    recorded_at: datetime = strawberry.field(description="When the log recorded it.")
    significance: enums.Significance = strawberry.field(
        description="How much it matters, as its editor said."
    )
    change_note: str | None = strawberry.field(description="Why, in the editor's words.")

    @resolved(str | None)
    def actor(self, root: strawberry.Parent[Revised], info: Info) -> str | None:
        """Pseudonymous id of who did it. NEWSROOM; null for others."""
        return root.actor if info.context.viewer.sees(Audience.NEWSROOM) else None

    @resolved(list[Change])
    async def changes(self, root: strawberry.Parent[Revised], info: Info) -> list[Changed]:
        """What it changed, event by event."""
        events = await events_of(info.context.node.log, root)
        return [Changed(recorded, root.view) for recorded in events]


@output()
class RevisionEdge:
    """A revision in its place in the history."""

    node: Revision = strawberry.field(description="The revision.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@output()
class RevisionConnection:
    """A page of the history, newest first."""

    edges: list[RevisionEdge] = strawberry.field(description="The revisions of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the history.")
