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
from graphql_brief.api.connections import Edge, Page, PageInfo, Window, bad_page, ends_of
from graphql_brief.api.context import Context, Info
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.api.weights import READS
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.log.port import APPEND_BOUND, EventLog, Recorded
from graphql_brief.projections.keyset import BadCursor
from graphql_brief.projections.revisions import Revision as Row


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


async def history(context: Context, view: BriefView, asked: Window) -> Page:
    """A page of a brief's revisions up to the version shown, newest first.

    The public's history starts with the first publication, and leaves out what was written while
    the brief was withheld. Raises ApiError (BAD_PAGE).
    """
    brief = view.state
    newsroom = context.viewer.sees(Audience.NEWSROOM)
    first_seen = 1 if newsroom else brief.first_published_version
    assert first_seen is not None, "the public was given a version before the first publication"
    # The state may be ahead of the read models, and its history must not be behind it.
    await context.node.projector.wait(brief.position)
    context.note_rows()
    try:
        found = await context.node.catalogue.revisions(
            brief.id,
            first=asked.size,
            after=asked.after,
            from_version=first_seen,
            to_version=brief.version,
            without=() if newsroom else brief.withheld_versions,
        )
    except BadCursor as error:
        raise bad_page(str(error)) from error
    edges = [Edge(of_row(row, view), row.cursor) for row in found.rows]
    ends = ends_of(found.rows, has_previous=found.has_previous, has_next=found.has_next)
    return Page(edges, ends)


def of_row(row: Row, view: BriefView | None) -> Revised:
    """The revision that a row of the read model is about."""
    return Revised(
        stream=row.stream,
        first_version=row.first_version,
        version=row.last_version,
        position=row.last_position,
        recorded_at=row.recorded_at,
        actor=row.actor,
        significance=row.significance,
        change_note=row.change_note,
        view=view,
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

    @resolved(list[Change], cost=READS)
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
