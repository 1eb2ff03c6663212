"""Query: everything that can be asked."""

from datetime import date as day
from typing import Annotated, Any

import strawberry

from graphql_brief.api import lists, reading
from graphql_brief.api.brief import Brief
from graphql_brief.api.connections import (
    PAGE_BOUND,
    After,
    Before,
    First,
    Last,
    Page,
    bad_page,
    window,
)
from graphql_brief.api.context import Context, Info
from graphql_brief.api.edition import Edition
from graphql_brief.api.entity import Entity
from graphql_brief.api.footprint import EDITIONS
from graphql_brief.api.lists import BriefConnection, SearchConnection
from graphql_brief.api.log import Log, the_log
from graphql_brief.api.lookup import find, find_all
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Node
from graphql_brief.api.page import Page as StandingPage
from graphql_brief.api.view import BriefView
from graphql_brief.api.viewer import Viewer as Asking
from graphql_brief.api.viewers import Viewer
from graphql_brief.api.waiting import MinPosition, reach
from graphql_brief.api.weights import READS
from graphql_brief.domain import states
from graphql_brief.log.port import EventLog
from graphql_brief.projections.lists import BriefFilter as Wanted
from graphql_brief.projections.lists import BriefOrder
from graphql_brief.projections.search import TEXT_BOUND


@output()
class Query:
    """What can be asked. What a viewer may not see is as if it were not there."""

    @resolved(Node | None, cost=READS)
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Any:
        """Whatever has this id; null if nothing has."""
        return await find(info.context, id)

    @resolved(list[Node | None], cost=READS, as_many_as="ids")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description=f"Global ids, at most {PAGE_BOUND}."),
        ],
    ) -> list[Any]:
        """Whatever has these ids, in their order; null where nothing has."""
        if len(ids) > PAGE_BOUND:
            raise bad_page(f"ids are {len(ids)}, more than {PAGE_BOUND}")
        return await find_all(info.context, ids)

    @resolved(Brief | None, cost=READS)
    async def brief(
        self,
        info: Info,
        by: Annotated[reading.BriefBy, strawberry.argument(description="Which brief.")],
        at: Annotated[
            reading.AsOf | None,
            strawberry.argument(description="As it stood then; left out: as it stands."),
        ] = None,
        min_position: MinPosition = None,
    ) -> BriefView | None:
        """One brief; null if there is none, or if it had not begun."""
        await reach(info.context.node, min_position)
        return await reading.brief(info.context, by, at)

    @resolved(BriefConnection, cost=READS)
    async def briefs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            lists.BriefFilter | None, strawberry.argument(description="Which; left out: all.")
        ] = None,
        order_by: Annotated[
            BriefOrder, strawberry.argument(description="What comes first.")
        ] = BriefOrder.UPDATED,
        min_position: MinPosition = None,
    ) -> Page:
        """The briefs of the site. Without `first` and `last`: 20 of them."""
        await reach(info.context.node, min_position)
        wanted = lists.wanted(filter) if filter else Wanted()
        return await lists.briefs(
            info.context, wanted, order_by, window(first, after, last, before)
        )

    @resolved(SearchConnection, cost=READS)
    async def search(
        self,
        info: Info,
        text: Annotated[
            str,
            strawberry.argument(
                description=(
                    f"Words, at most {TEXT_BOUND} characters. All must be found; those in double "
                    "quotes side by side; the last one may be the start of a word."
                )
            ),
        ],
        first: First = None,
        after: After = None,
        min_position: MinPosition = None,
    ) -> Page:
        """The briefs in which these words stand, the best first."""
        await reach(info.context.node, min_position)
        return await lists.search(info.context, text, first, after)

    @resolved(Entity | None, cost=READS)
    async def entity(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")],
    ) -> states.Entity | None:
        """One person or organization; null if there is none."""
        state = await reading.state_now(info.context, id)
        return state if isinstance(state, states.Entity) else None

    @resolved(Edition | None, cost=READS)
    async def edition(
        self,
        info: Info,
        date: Annotated[
            day | None, strawberry.argument(description="Its day; left out: the latest.")
        ] = None,
    ) -> states.Edition | None:
        """The Daily Brief of a day; null if none came out."""
        stream = f"edition-{date}" if date else await _latest_edition(info.context)
        state = await reading.state_now(info.context, stream) if stream else None
        return state if isinstance(state, states.Edition) else None

    @resolved(StandingPage | None, cost=READS)
    async def page(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="Its slug, such as `why`.")],
    ) -> states.Page | None:
        """One standing page; null if there is none."""
        state = await reading.state_now(info.context, f"page-{slug}")
        return state if isinstance(state, states.Page) else None

    @resolved(Viewer)
    def viewer(self, info: Info) -> Asking:
        """Who asks."""
        info.context.footprint.personal()
        return info.context.viewer

    @resolved(Log)
    def log(self, info: Info) -> EventLog:
        """The log itself. AUDIT."""
        info.context.footprint.everything()
        return the_log(info)


async def _latest_edition(context: Context) -> str | None:
    context.note_rows(EDITIONS)
    return await context.node.catalogue.latest_edition()
