"""What a viewer gets to see of a stream, and as of when. The one place of the audience's rules.

Readers see a brief only while it is public, and of its past the versions at which it was:
also what they ask for `at` an earlier point is judged by what they may see today. What somebody
may not see is as if it were not there.

Where a state is held in memory the answer is a plain value, and an awaitable otherwise, so that a
page over warm states runs without a single step of the event loop.
"""

import re
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime

import strawberry

from graphql_brief.api.context import Context, Node
from graphql_brief.api.footprint import slug_note
from graphql_brief.api.scalars import Position
from graphql_brief.api.view import BriefView
from graphql_brief.api.viewer import Viewer
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.live.cursor import LiveCursor


@strawberry.input(one_of=True, description="A point in the past: give exactly one.")
class AsOf:
    """A point in the past."""

    version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "After this version of the stream, from 1. Versions within a batch can be asked for as "
            "well; no page ever stood like that."
        ),
    )
    position: Position | None = strawberry.field(
        default=strawberry.UNSET, description="When the log ended at this position."
    )
    time: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="After what was recorded up to and including this time.",
    )


@strawberry.input(one_of=True, description="Which brief: give exactly one.")
class BriefBy:
    """Which brief."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its global id."
    )
    slug: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its slug, or one that it had before: the answer's `slug` is the one of today.",
    )


_STREAM = re.compile(
    r"(?:brief|entity)-[a-z0-9]{1,40}|edition-[0-9]{4}-[0-9]{2}-[0-9]{2}|page-[a-z0-9-]{1,64}"
)


async def state_now(context: Context, stream: str) -> State | None:
    """The newest state of a stream that a client names; None if there is none."""
    if not _STREAM.fullmatch(stream):
        return None
    context.footprint.state(stream)
    return await context.node.states.get(stream)


async def states_now(context: Context, streams: Iterable[str]) -> dict[str, State]:
    """The newest states of the streams among these that there are, loaded together."""
    named = [stream for stream in streams if _STREAM.fullmatch(stream)]
    for stream in named:
        context.footprint.state(stream)
    found = await context.node.states.get_all(named)
    return {stream: state for stream, state in found.items() if state is not None}


def may_see(viewer: Viewer, brief: Brief) -> bool:
    """Whether the viewer sees this brief, by its newest state."""
    return brief.is_public or viewer.sees(Audience.NEWSROOM)


def may_see_version(viewer: Viewer, brief: Brief, version: int) -> bool:
    """Whether the viewer sees a version of a brief that they may see, by its newest state."""
    return viewer.sees(Audience.NEWSROOM) or brief.was_public(version)


def state_as_of(
    context: Context, stream: str, at: int | None
) -> State | Awaitable[State | None] | None:
    """The state of a stream when the log ended at `at`, or its newest one; None if it had none."""
    node = context.node
    if at is None:
        context.footprint.state(stream)
    else:
        context.footprint.past(stream)
    held = node.states.peek(stream)
    if held is not None and (at is None or held.position <= at):
        return held
    return node.states.get(stream) if at is None else node.states.at_position(stream, at)


def linked_brief(
    context: Context, stream: str, at: int | None
) -> BriefView | Awaitable[BriefView | None] | None:
    """A brief that another stream names, as of the position that the other is shown at."""
    if at is None:
        context.footprint.state(stream)
    else:
        context.footprint.past(stream)
    held = context.node.states.peek(stream)
    if isinstance(held, Brief) and (at is None or held.position <= at):
        if may_see(context.viewer, held):
            return context.node.views.view(held, at)
        context.footprint.state(stream)
        return None
    return _linked_brief(context, stream, at)


async def _linked_brief(context: Context, stream: str, at: int | None) -> BriefView | None:
    found = await _read_linked_brief(context, stream, at)
    if found is None:
        # Noted before it is read: what came in between would go unseen otherwise.
        context.footprint.state(stream)
        found = await _read_linked_brief(context, stream, at)
    return found


async def _read_linked_brief(context: Context, stream: str, at: int | None) -> BriefView | None:
    newest = await context.node.states.get(stream)
    if not isinstance(newest, Brief) or not may_see(context.viewer, newest):
        return None
    state = newest
    if at is not None and newest.position > at:
        then = await context.node.states.at_position(stream, at)
        if not isinstance(then, Brief):
            return None
        state = then
    if not may_see_version(context.viewer, newest, state.version):
        return None
    return context.node.views.view(state, at)


async def brief_id(context: Context, by: BriefBy) -> str | None:
    """The id that a client means; None if there is no brief of that slug."""
    if by.id or not by.slug:
        return by.id or None
    found = await context.node.catalogue.brief_by_slug(by.slug)
    if found is None:  # a slug that is given stays so, but one that is not may come to be
        context.note_rows(slug_note(by.slug))
        found = await context.node.catalogue.brief_by_slug(by.slug)
    return found


async def brief_now(context: Context, stream: str) -> BriefView | None:
    """The brief with this id as it stands; None if it is not there for this viewer."""
    return shown(context, await state_now(context, stream))


async def briefs_now(context: Context, streams: Sequence[str]) -> list[BriefView | None]:
    """The briefs with these ids as they stand; None in the place of what is not there."""
    newest = await states_now(context, streams)
    return [shown(context, newest.get(stream)) for stream in streams]


def shown(context: Context, newest: State | None) -> BriefView | None:
    """The brief of which this is the newest state; None if it is none that the viewer sees."""
    if not isinstance(newest, Brief) or not may_see(context.viewer, newest):
        return None
    return context.node.views.view(newest)


async def brief(context: Context, by: BriefBy, at: AsOf | None = None) -> BriefView | None:
    """The brief that a client asks for; None if it is not there for this viewer."""
    stream = await brief_id(context, by)
    if stream is None or not _STREAM.fullmatch(stream):
        return None
    if at is None:
        return await brief_now(context, stream)
    context.footprint.past(stream)
    found = await _brief_as_of(context, stream, at)
    if found is None:  # it may come to be, by a version or a position that is not there yet
        context.footprint.everything()
        found = await _brief_as_of(context, stream, at)
    return found


async def _brief_as_of(context: Context, stream: str, at: AsOf) -> BriefView | None:
    node = context.node
    newest = await node.states.get(stream)
    if not isinstance(newest, Brief) or not may_see(context.viewer, newest):
        return None
    if at.version:
        state = await node.states.at_version(newest.id, at.version)
        position = state.position if state is not None else 0
    else:
        position = await _position_at(context, at.time) if at.time else at.position or 0
        if not 0 < position <= node.tail.position:
            return None
        state = await node.states.at_position(newest.id, position)
    if not isinstance(state, Brief):
        return None
    if not may_see_version(context.viewer, newest, state.version):
        return None
    return node.views.view(state, position)


async def _position_at(context: Context, time: datetime) -> int:
    """Where the log ended at this time, as far as it has been heard."""
    node, heard = context.node, context.node.tail.position
    position = await node.log.position_at(time)
    if position >= heard:  # what is recorded next may still be of this time
        context.footprint.everything()
        position = min(await node.log.position_at(time), node.tail.position)
    return position


def live_cursor(node: Node, view: BriefView) -> LiveCursor:
    """Where a subscription goes on from this view of a brief, with no gap and no duplicate.

    That is the place of its last event, not of the log's: so the answer is the same until the
    brief changes, however much else is written.
    """
    return node.live.cursor_behind(view.state)
