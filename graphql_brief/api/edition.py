"""Edition: the Daily Brief of one date."""

from datetime import date as day
from datetime import datetime

import strawberry

from graphql_brief.api import reading
from graphql_brief.api.brief import Brief
from graphql_brief.api.context import Info
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.domain import states
from graphql_brief.domain.items import EditionEntry as Entry


class ShownEntry:
    """An entry of an edition with its brief, for a viewer who sees that brief."""

    def __init__(self, brief: BriefView, summary: str) -> None:
        self.brief = brief
        self.summary = summary


@output(Entry)
class EditionEntry:
    """One brief of a Daily Brief."""

    brief: Brief = strawberry.field(description="The brief, as it is now.")
    summary: str


@output()
class Edition(Node):
    """The Daily Brief of one date: the day's briefs, with what changed in each."""

    @resolved(day)
    def date(self, root: strawberry.Parent[states.Edition]) -> day:
        """The day that it is the Daily Brief of."""
        return day.fromisoformat(root.date)

    title: str = strawberry.field(description="Its title.")

    @resolved(list[EditionEntry])
    async def entries(
        self, root: strawberry.Parent[states.Edition], info: Info
    ) -> list[ShownEntry]:
        """Its briefs, in order; without those that this viewer may not see."""
        briefs = await reading.briefs_now(info.context, [entry.brief for entry in root.entries])
        return [
            ShownEntry(brief, entry.summary)
            for brief, entry in zip(briefs, root.entries, strict=True)
            if brief is not None
        ]

    version: int = strawberry.field(description="How often it was brought out, from 1.")
    position: Position = strawberry.field(description="Position of its last event.")
    published_at: datetime = strawberry.field(description="When it first came out.")
    updated_at: datetime = strawberry.field(description="When it last came out.")
