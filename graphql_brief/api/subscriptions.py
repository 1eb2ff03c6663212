"""Subscriptions: each edit to those who follow, from the live sources."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, TypeVar

import strawberry

from graphql_brief.api import enums, reading
from graphql_brief.api.brief import Brief
from graphql_brief.api.changes import Change, Changed
from graphql_brief.api.context import Bookmark, Context, Info
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.items import Development
from graphql_brief.api.located import Located
from graphql_brief.api.log import LogEvent, demand_audit
from graphql_brief.api.manual import output, resolved, subscribed
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.api.weights import READS
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.live import sources
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.log.port import Recorded


class _Shown:
    """Base of what a subscription brings: tells its type by the class of the live source."""

    _shows: type[Any]

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether `value` is shown as this type."""
        return isinstance(value, cls._shows)


@output()
class ResyncRequired(_Shown):
    """The subscription ends, as it cannot go on without a gap: read the page anew."""

    _shows = sources.Resync

    reason: enums.ResyncReason = strawberry.field(description="Why.")
    cursor: LiveCursor = strawberry.field(description="Where a new subscription may start from.")


@output()
class BriefUpdate(_Shown):
    """One revision of a brief, as it was recorded."""

    _shows = sources.Update

    cursor: LiveCursor = strawberry.field(
        description="Resume point: a subscription `after` it brings the next update."
    )

    @resolved(int)
    def version(self, root: strawberry.Parent[sources.Update]) -> int:
        """The version of the brief after it."""
        return root.brief.version

    @resolved(enums.Significance)
    def significance(self, root: strawberry.Parent[sources.Update]) -> Significance:
        """How much it matters, as its editor said."""
        return root.recorded[-1].significance

    @resolved(str | None)
    def change_note(self, root: strawberry.Parent[sources.Update]) -> str | None:
        """Why, in the editor's words."""
        return root.recorded[0].change_note

    @resolved(datetime)
    def recorded_at(self, root: strawberry.Parent[sources.Update]) -> datetime:
        """When the log recorded it."""
        return root.recorded[-1].recorded_at

    @resolved(list[Change])
    def changes(self, root: strawberry.Parent[sources.Update], info: Info) -> list[Changed]:
        """What it changed, event by event."""
        view = _view(info, root)
        return [Changed(recorded, view) for recorded in root.recorded]

    @resolved(Brief)
    def brief(self, root: strawberry.Parent[sources.Update], info: Info) -> BriefView:
        """The brief after it."""
        return _view(info, root)


@output()
class BreakingNews(_Shown):
    """A development that was recorded as breaking news."""

    _shows = sources.Breaking

    cursor: LiveCursor = strawberry.field(
        description="Resume point: a subscription `after` it brings the next one."
    )

    @resolved(datetime)
    def recorded_at(self, root: strawberry.Parent[sources.Breaking]) -> datetime:
        """When the log recorded it."""
        return root.recorded.recorded_at

    @resolved(Development)
    def development(self, root: strawberry.Parent[sources.Breaking], info: Info) -> Located | None:
        """What happened."""
        return _view(info, root).find(("development", root.development.key))

    @resolved(Brief)
    def brief(self, root: strawberry.Parent[sources.Breaking], info: Info) -> BriefView:
        """The brief that it is part of, as it was right after."""
        return _view(info, root)


def _view(info: Info, live: sources.Update | sources.Breaking) -> BriefView:
    return info.context.node.views.view(live.brief, live.cursor.position)


BriefEvent = Annotated[
    BriefUpdate | ResyncRequired,
    strawberry.union("BriefEvent", description="What `briefUpdates` brings."),
]
BreakingEvent = Annotated[
    BreakingNews | ResyncRequired,
    strawberry.union("BreakingEvent", description="What `breaking` brings."),
]
LogTailEvent = Annotated[
    LogEvent | ResyncRequired,
    strawberry.union("LogTailEvent", description="What `logTail` brings."),
]

_Event = TypeVar("_Event", bound=sources.Update | sources.Breaking | Recorded | sources.Resync)
_AFTER = "Cursor of what was seen last; left out: from now on."


@output()
class Subscription:
    """What can be followed. Each brings every event once, in the order of the log, for ever.

    After a dropped connection, subscribe again `after` the last cursor that came: nothing is
    missing and nothing comes twice, or the first thing that comes is ResyncRequired.
    """

    @subscribed(BriefEvent, cost=READS)
    async def brief_updates(
        self,
        info: Info,
        by: Annotated[reading.BriefBy, strawberry.argument(description="Which brief.")],
        after: Annotated[LiveCursor | None, strawberry.argument(description=_AFTER)] = None,
        min_significance: Annotated[
            Significance | None,
            strawberry.argument(description="Leave out updates that matter less."),
        ] = None,
    ) -> AsyncIterator[sources.Update | sources.Resync]:
        """The revisions of one brief."""
        brief = await reading.brief(info.context, by)
        if brief is None:
            raise ApiError(ApiCode.NOT_FOUND, "there is no such brief")
        source = info.context.node.live.brief_updates(
            brief.id,
            audience=info.context.viewer.audience,
            after=_taken_up(info.context, after),
            least=min_significance or Significance.COPY_EDIT,
        )
        return _noted(info.context, source)

    @subscribed(BreakingEvent, cost=READS)
    async def breaking(
        self,
        info: Info,
        after: Annotated[LiveCursor | None, strawberry.argument(description=_AFTER)] = None,
    ) -> AsyncIterator[sources.Breaking | sources.Resync]:
        """Breaking news of all briefs."""
        source = info.context.node.live.breaking(
            audience=info.context.viewer.audience, after=_taken_up(info.context, after)
        )
        return _noted(info.context, source)

    @subscribed(LogTailEvent, cost=READS)
    async def log_tail(
        self,
        info: Info,
        after: Annotated[
            Position | None,
            strawberry.argument(
                description="Start behind this position, 0 for the first event; left out: now."
            ),
        ] = None,
    ) -> AsyncIterator[Recorded | sources.Resync]:
        """Every event of the log. AUDIT."""
        demand_audit(info.context)
        live = info.context.node.live
        start = None if after is None else await live.cursor_at(after)
        source = live.log_tail(after=_taken_up(info.context, start))
        return _noted(info.context, source)


def _taken_up(context: Context, after: LiveCursor | None) -> LiveCursor:
    """What a subscription comes after: what its transport was told, its argument, or all so far."""
    bookmark = context.bookmark
    start = (bookmark and bookmark.last_seen) or after or context.node.live.cursor()
    if bookmark is not None:
        bookmark.begin(start)
    return start


def _noted(context: Context, source: AsyncGenerator[_Event, None]) -> AsyncGenerator[_Event, None]:
    """The same source, which tells the transport's bookmark how far it has come."""
    return source if context.bookmark is None else _noting(context, context.bookmark, source)


async def _noting(
    context: Context, bookmark: Bookmark, source: AsyncGenerator[_Event, None]
) -> AsyncGenerator[_Event, None]:
    async with aclosing(source):
        async for event in source:
            if isinstance(event, Recorded):
                bookmark.reached = context.node.live.cursor_behind(event)
            else:
                bookmark.reached = event.cursor
            yield event
