"""Entity: a person or organization known to the whole site."""

from datetime import datetime

import strawberry

from graphql_brief.api import enums
from graphql_brief.api.connections import After, Before, First, Last, Page, window
from graphql_brief.api.context import Info
from graphql_brief.api.lists import BriefConnection, briefs
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.api.weights import READS
from graphql_brief.domain import commands, states
from graphql_brief.projections.lists import BriefFilter, BriefOrder


@output(commands.RegisterEntity)
class Entity(Node):
    """A person or organization known to the whole site, whatever briefs they have a part in."""

    kind: enums.EntityKind
    name: str
    type: str | None
    description: str | None
    image: str | None
    initials: str = strawberry.field(description="Letters that stand for a picture.")
    version: int = strawberry.field(description="How often it was changed, from 1.")
    position: Position = strawberry.field(description="Position of its last event.")
    updated_at: datetime = strawberry.field(description="When the log recorded its last event.")

    @resolved(BriefConnection, cost=READS)
    async def briefs(
        self,
        root: strawberry.Parent[states.Entity],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Page:
        """The briefs that it has a part in, last updated first."""
        asked = window(first, after, last, before)
        return await briefs(info.context, BriefFilter(entity=root.id), BriefOrder.UPDATED, asked)
