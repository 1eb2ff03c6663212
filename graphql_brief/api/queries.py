"""Query: everything that can be asked."""

from datetime import date as day
from typing import Annotated, Any

import strawberry

from graphql_brief.api import reading
from graphql_brief.api.brief import Brief
from graphql_brief.api.context import Info
from graphql_brief.api.edition import Edition
from graphql_brief.api.entity import Entity
from graphql_brief.api.log import Log, the_log
from graphql_brief.api.lookup import NODES_BOUND, find
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.page import Page
from graphql_brief.api.view import BriefView
from graphql_brief.api.viewer import Viewer as Asking
from graphql_brief.api.viewers import Viewer
from graphql_brief.domain import states
from graphql_brief.log.port import EventLog


@output()
class Query:
    """What can be asked. What a viewer may not see is as if it were not there."""

    @resolved(Node | None)
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Any:
        """Whatever has this id; null if nothing has."""
        return await find(info.context, id)

    @resolved(Brief | None)
    async def brief(
        self,
        info: Info,
        by: Annotated[reading.BriefBy, strawberry.argument(description="Which brief.")],
        at: Annotated[
            reading.AsOf | None,
            strawberry.argument(description="As it stood then; left out: as it stands."),
        ] = None,
    ) -> BriefView | None:
        """One brief; null if there is none, or if it had not begun."""
        return await reading.brief(info.context, by, at)

    @resolved(Entity | None)
    async def entity(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")],
    ) -> states.Entity | None:
        """One person or organization; null if there is none."""
        state = await info.context.node.states.get(id)
        return state if isinstance(state, states.Entity) else None

    @resolved(Page | None)
    async def page(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="Its slug, such as `why`.")],
    ) -> states.Page | None:
        """One standing page; null if there is none."""
        state = await info.context.node.states.get(f"page-{slug}")
        return state if isinstance(state, states.Page) else None

    @resolved(Viewer)
    def viewer(self, info: Info) -> Asking:
        """Who asks."""
        return info.context.viewer

    @resolved(Log)
    def log(self, info: Info) -> EventLog:
        """The log itself. AUDIT."""
        return the_log(info)
