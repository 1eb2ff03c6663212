"""Page: a standing page of the site."""

from datetime import datetime

import strawberry

from graphql_brief.api.manual import output
from graphql_brief.api.nodes import Node
from graphql_brief.api.scalars import Position
from graphql_brief.domain import commands


@output(commands.RevisePage)
class Page(Node):
    """A standing page of the site, such as `why`."""

    slug: str
    title: str
    body: str
    version: int = strawberry.field(description="How often it was written, from 1.")
    position: Position = strawberry.field(description="Position of its last event.")
    updated_at: datetime = strawberry.field(description="When the log recorded its last event.")
