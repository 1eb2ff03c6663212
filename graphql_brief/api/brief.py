"""Brief: one living brief, with everything that a page of it shows."""

from datetime import datetime
from typing import Annotated

import strawberry

from graphql_brief.api import enums, items, reading
from graphql_brief.api.connections import (
    After,
    Before,
    First,
    Last,
    Page,
    PageInfo,
    read_cursor,
    slice_of,
    window,
)
from graphql_brief.api.context import Info
from graphql_brief.api.footprint import BRIEFS
from graphql_brief.api.history import RevisionConnection, history
from graphql_brief.api.located import Located
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.api.weights import READS
from graphql_brief.domain import commands, states
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.projections.scopes import related_made_of

TIMELINE_FIRST = 100
"""Developments of a page if the client does not say."""
RELATED_BOUND = 10
"""Most related briefs."""


@output()
class DevelopmentEdge:
    """A development in its place in the timeline."""

    node: items.Development = strawberry.field(description="The development.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@output()
class DevelopmentConnection:
    """A page of the timeline, newest first."""

    edges: list[DevelopmentEdge] = strawberry.field(description="The developments of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the timeline.")
    total_count: int = strawberry.field(
        description="How many developments there are, in the category if one was asked for."
    )


@output(commands.DraftBrief)
class Brief(Node):
    """One news story, kept as a structured page that changes for as long as the story does."""

    slug: str
    former_slugs: list[str] = strawberry.field(
        description="Slugs that it had before; they lead to it."
    )
    headline: str
    standfirst: str
    status: enums.BriefStatus = strawberry.field(description="Where it is in its life.")
    language: str
    subjects: list[str]
    version: int = strawberry.field(
        description="Which state of the brief this is: how many events made it, from 1."
    )
    position: Position = strawberry.field(
        description="Position of the event that made this version."
    )
    first_published_at: datetime | None = strawberry.field(
        description="When readers saw it first; null before."
    )
    updated_at: datetime = strawberry.field(description="When the log recorded its last event.")
    last_significant_update_at: datetime | None = strawberry.field(
        description="When it was last changed by an edit that is SUBSTANTIVE or BREAKING."
    )
    latest_development: items.Development | None = strawberry.field(
        description="The newest development that was not retracted."
    )
    overview: list[items.Paragraph] = strawberry.field(description="The story, in paragraphs.")
    indicators: list[items.Indicator] = strawberry.field(description="The key numbers.")
    people: list[items.Involvement] = strawberry.field(
        description="Persons with a part in the story."
    )
    organizations: list[items.Involvement] = strawberry.field(
        description="Organizations with a part in the story."
    )
    scenarios: list[items.Scenario] = strawberry.field(description="Possible futures, by rank.")
    precedents: list[items.Precedent] = strawberry.field(description="The historical context.")
    sources: list[items.Source] = strawberry.field(
        description="The publications that the brief relies on, in the order of their recording."
    )
    corrections: list[items.Correction] = strawberry.field(
        description="What was wrong and was put right, in the order of publication."
    )

    @resolved(str | None)
    def status_reason(self, root: strawberry.Parent[BriefView], info: Info) -> str | None:
        """Why it was withheld, closed or reopened. NEWSROOM; null for others."""
        seen = info.context.viewer.sees(Audience.NEWSROOM)
        return root.state.status_reason if seen else None

    @resolved(LiveCursor)
    def live_cursor(self, root: strawberry.Parent[BriefView], info: Info) -> LiveCursor:
        """Where a subscription goes on from this answer, with no gap and no duplicate."""
        return reading.live_cursor(info.context.node, root)

    @resolved(RevisionConnection, cost=READS)
    async def history(
        self,
        root: strawberry.Parent[BriefView],
        info: Info,
        first: First = None,
        after: After = None,
    ) -> Page:
        """Its revisions up to this version, newest first; readers see them from publication on."""
        return await history(info.context, root, window(first, after))

    @resolved(
        list[Annotated["Brief", strawberry.lazy("graphql_brief.api.brief")]],
        cost=READS,
        entries=RELATED_BOUND,
    )
    async def related(self, root: strawberry.Parent[BriefView], info: Info) -> list[BriefView]:
        """Other briefs that share entities and subjects with it, most in common first."""
        catalogue, audience = info.context.node.catalogue, info.context.viewer.audience
        # What is related today, whichever version of it is shown.
        newest = await reading.state_now(info.context, root.id)
        assert isinstance(newest, states.Brief)
        info.context.note_rows(BRIEFS, *related_made_of(newest, audience))
        found = await catalogue.related(root.id, audience=audience, first=RELATED_BOUND)
        shown = await reading.briefs_now(info.context, found)
        return [view for view in shown if view is not None]

    @resolved(DevelopmentConnection, entries=TIMELINE_FIRST)
    def timeline(
        self,
        root: strawberry.Parent[BriefView],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        category: Annotated[
            str | None, strawberry.argument(description="Only developments of this category.")
        ] = None,
    ) -> Page:
        """What happened, newest first. Without `first` and `last`: the newest 100."""
        asked = window(first, after, last, before, default=TIMELINE_FIRST)
        developments = root.developments
        if category is not None:
            developments = [found for found in developments if found.category == category]
        return slice_of(developments, asked, _place, _read_place, _write_place)


def _place(development: Located) -> tuple[int, int, int]:
    place: tuple[int, int, int] = development.place
    return place


def _read_place(cursor: str) -> tuple[int, int, int]:
    return read_cursor(cursor, tuple[int, int, int])


def _write_place(development: Located) -> str:
    cursor: str = development.cursor
    return cursor
