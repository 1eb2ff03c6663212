"""The three live sources: one brief's updates, breaking developments, the whole log's tail.

Each yields plain values; the API gives them their GraphQL types. All are pulled from `log.tail`:
a source keeps a position and asks for what lies behind it, so a slow follower holds nothing but
its own place.
"""

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Protocol, TypeGuard

import msgspec

from graphql_brief.domain.events import DevelopmentAdded, DevelopmentRevised, Event
from graphql_brief.domain.states import Brief, Development, State
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.log.port import EventLog, Recorded, erasures
from graphql_brief.log.tail import Tail

REPLAY_BOUND = 10_000
"""Most events that a resumed subscription replays, of its brief or of the log; from further
behind, it must resync."""


class ResyncReason(StrEnum):
    """Why a subscription cannot go on from its cursor."""

    OTHER_LOG = "OTHER_LOG"
    AHEAD_OF_LOG = "AHEAD_OF_LOG"
    TOO_FAR_BEHIND = "TOO_FAR_BEHIND"
    NO_LONGER_VISIBLE = "NO_LONGER_VISIBLE"


class Resync(msgspec.Struct, frozen=True, kw_only=True):
    """The follower must read the page anew and may go on from `cursor`."""

    reason: ResyncReason
    cursor: LiveCursor


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of a brief, as it arrived: its events, and the brief after them."""

    cursor: LiveCursor
    recorded: tuple[Recorded, ...]
    brief: Brief


class Breaking(msgspec.Struct, frozen=True, kw_only=True):
    """A development that was published as breaking news."""

    cursor: LiveCursor
    recorded: Recorded
    brief: Brief
    development: Development


class BriefStates(Protocol):
    """Where the states of briefs come from (`projections.states`)."""

    async def get(self, stream: str) -> State | None:
        """The current state; None if the stream has not begun."""

    async def at_version(self, stream: str, version: int) -> State | None:
        """The state after the stream's event `version`; None if there is no such event."""


class LiveSources:
    """The sources over one node's tail."""

    def __init__(self, log: EventLog, tail: Tail, states: BriefStates) -> None:
        self._log = log
        self._tail = tail
        self._states = states

    def cursor(self) -> LiveCursor:
        """The cursor behind all that was seen of the log."""
        position = self._tail.position
        return LiveCursor(self._log.origin, position, self._tail.recorded_at(position))

    async def cursor_at(self, position: int) -> LiveCursor:
        """The cursor behind a position; without a time if it is ahead of the log."""
        recorded_at = self._tail.recorded_at(position)
        if recorded_at is None and position > 0:
            for found in await self._log.read(after=position - 1, limit=1):
                recorded_at = found.recorded_at
        return LiveCursor(self._log.origin, position, recorded_at)

    def cursor_behind(self, last: Recorded | Brief) -> LiveCursor:
        """The cursor behind an event, or behind the last event of a brief."""
        time = last.updated_at if isinstance(last, Brief) else last.recorded_at
        return LiveCursor(self._log.origin, last.position, time)

    async def brief_updates(
        self,
        brief: str,
        *,
        audience: Audience,
        after: LiveCursor | None = None,
        least: Significance = Significance.COPY_EDIT,
    ) -> AsyncGenerator[Update | Resync, None]:
        """The revisions of one brief, each once, in order, for ever.

        The public gets those after which the brief was public, as long as it is public today.
        Ends after a Resync: with a cursor that cannot be resumed from, or because the public may
        no longer see the brief.
        """
        start = await self._start(after, brief)
        if not isinstance(start, Resync) and await self._missed(brief, start) > REPLAY_BOUND:
            start = self._too_far()
        if isinstance(start, Resync):
            yield start
            return
        async for commit in self._tail.follow(after=start, streams=frozenset({brief})):
            state = await self._brief(brief, commit[-1].version)
            if audience is Audience.PUBLIC:
                newest = await self._brief(brief)
                if not newest.is_public and newest.first_published_at is not None:
                    yield Resync(reason=ResyncReason.NO_LONGER_VISIBLE, cursor=self.cursor())
                    return
                if not (newest.is_public and state.is_public):
                    continue
            # Whoever shows what was erased must be told, however little it matters otherwise.
            if commit[-1].significance.weight >= least.weight or erasures(commit):
                cursor = self.cursor_behind(commit[-1])
                yield Update(cursor=cursor, recorded=tuple(commit), brief=state)

    async def breaking(
        self, *, audience: Audience, after: LiveCursor | None = None
    ) -> AsyncGenerator[Breaking | Resync, None]:
        """Developments that became breaking news, in briefs that the audience may see.

        The public gets those of briefs that were public then and are public today.
        """
        start = await self._start(after)
        if not isinstance(start, Resync) and self._tail.position - start > REPLAY_BOUND:
            start = self._too_far()
        if isinstance(start, Resync):
            yield start
            return
        async for commit in self._tail.follow(after=start):
            for recorded in commit:
                if not _breaks(recorded.event):
                    continue
                state = await self._brief(recorded.stream, commit[-1].version)
                if recorded.event.key not in state.timeline:
                    continue  # the event that added it was erased
                if audience is Audience.PUBLIC:
                    newest = await self._brief(recorded.stream)
                    if not (newest.is_public and state.is_public):
                        continue
                yield Breaking(
                    cursor=self.cursor_behind(recorded),
                    recorded=recorded,
                    brief=state,
                    development=state.timeline[recorded.event.key],
                )

    async def log_tail(
        self, *, after: LiveCursor | None = None
    ) -> AsyncGenerator[Recorded | Resync, None]:
        """Every event behind `after`, or from now on, in order.

        An auditor may start from the first event: there is no bound on the replay.
        """
        start = await self._start(after)
        if isinstance(start, Resync):
            yield start
            return
        async for commit in self._tail.follow(after=start):
            for recorded in commit:
                yield recorded

    async def _brief(self, brief: str, version: int | None = None) -> Brief:
        """The brief after an event that the tail gave, or as it is today."""
        if version is None:
            state = await self._states.get(brief)
        else:
            state = await self._states.at_version(brief, version)
        assert isinstance(state, Brief)
        return state

    async def _start(self, after: LiveCursor | None, brief: str | None = None) -> int | Resync:
        """The position to follow from, or why there is none; perhaps of a brief's last event."""
        newest = self.cursor()
        if after is None:
            return newest.position
        if after.origin != newest.origin:
            return Resync(reason=ResyncReason.OTHER_LOG, cursor=newest)
        if after.position > newest.position:
            # A state that was read from the log can be ahead of what was heard of other nodes.
            head = await self._log.head()
            if after.position > head.position:
                return Resync(reason=ResyncReason.AHEAD_OF_LOG, cursor=newest)
        if not await self._is_of_this_log(after, brief):
            return Resync(reason=ResyncReason.OTHER_LOG, cursor=newest)
        return after.position

    async def _is_of_this_log(self, cursor: LiveCursor, brief: str | None) -> bool:
        """Whether what was seen is what is there: the log may have been restored in between.

        Told by the time, to the microsecond.
        """
        # Without a read what nearly all who come have: the cursor of the brief as it stands.
        if brief is not None and cursor == self.cursor_behind(await self._brief(brief)):
            return True
        return cursor == await self.cursor_at(cursor.position)

    def _too_far(self) -> Resync:
        return Resync(reason=ResyncReason.TOO_FAR_BEHIND, cursor=self.cursor())

    async def _missed(self, brief: str, position: int) -> int:
        """How many events of a brief lie behind a position."""
        newest = await self._brief(brief)
        if newest.position <= position:
            return 0
        return newest.version - await self._log.version_at(brief, position)


def _breaks(event: Event) -> TypeGuard[DevelopmentAdded | DevelopmentRevised]:
    return isinstance(event, DevelopmentAdded | DevelopmentRevised) and event.breaking is True
