"""The states of streams in memory: a hot read is a look into a dict.

Current states are kept current by the tail's commits, synchronously: once an append has returned,
whoever reads sees it. A stream that nobody asked for is not kept. Past states change only when
something is erased, and are kept as long as there is room.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from graphql_brief.domain.evolve import CannotEvolve, evolve
from graphql_brief.domain.states import State
from graphql_brief.log.port import EventLog, Recorded, erasures
from graphql_brief.log.tail import Tail
from graphql_brief.projections.caching import Flights, Lru
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.step import Step, step_from

PAST_STATES = 500
"""Past states that are kept."""

_logger = logging.getLogger(__name__)


class States:
    """The states of all streams, current and past.

    Where the log holds an event that its stream cannot follow, every method that needs the state
    after it raises CannotEvolve, for this stream alone.
    """

    def __init__(
        self,
        log: EventLog,
        tail: Tail,
        snapshots: Snapshots | None = None,
        *,
        capacity: int = 10_000,
    ) -> None:
        self._log = log
        self._folds = Folds(log, snapshots)
        self._current: Lru[str, State] = Lru(capacity)
        self._past: Lru[tuple[str, int], State] = Lru(PAST_STATES)
        self._loads: Flights[str, State | None] = Flights()
        self._past_loads: Flights[tuple[str, int], State | None] = Flights()
        self._erasures = 0  # heard so far: what was loaded meanwhile may hold what was erased
        self._heard: dict[str, int] = {}  # last version told by the tail, of streams being loaded
        tail.listen(self._hear)

    def peek(self, stream: str) -> State | None:
        """The current state if it is in memory; None says nothing about the stream."""
        return self._current.peek(stream)

    def step_of(self, commit: Sequence[Recorded]) -> Step | None:
        """What the commit that the tail told of last did; None if the states are not in memory.

        For those who listen to the tail as well, after this.
        """
        first, last = commit[0], commit[-1]
        if first.version == 1:
            return step_from(None, commit)
        before = self._past.peek((first.stream, first.version - 1))
        after = self._current.peek(first.stream)
        if before is None or after is None or after.version != last.version:
            return None
        return Step(before, after)

    async def get(self, stream: str) -> State | None:
        """The current state; None if the stream has not begun. Raises CannotEvolve, LogBroken."""
        state = self._current.get(stream)
        if state is not None:
            return state
        return await self._loads.share(stream, lambda: self._load(stream))

    async def get_all(self, streams: Iterable[str]) -> dict[str, State | None]:
        """The current states of several streams; those that are not in memory load together."""
        found = {stream: self._current.get(stream) for stream in streams}
        missing = [stream for stream, state in found.items() if state is None]
        if missing:
            loaded = await asyncio.gather(*(self.get(stream) for stream in missing))
            found.update(zip(missing, loaded, strict=True))
        return found

    async def at_version(self, stream: str, version: int) -> State | None:
        """The state after the stream's event `version`; None if there is no such event.

        Raises CannotEvolve, LogBroken.
        """
        current = self._current.get(stream)
        if version < 1 or (current is not None and version > current.version):
            return None
        if current is not None and version == current.version:
            return current
        key = (stream, version)
        past = self._past.get(key)
        if past is None:
            joins = key in self._past_loads
            past = await self._past_loads.share(key, lambda: self._load_past(*key))
            if past is None and joins:
                # Who began the load may have read before the event was committed.
                past = await self._load_past(*key)
        return past

    async def at_position(self, stream: str, position: int) -> State | None:
        """The state when the log ended at `position`; None if the stream had not begun.

        A position behind the log's end is the end. Raises CannotEvolve, LogBroken.
        """
        current = self._current.get(stream)
        if current is not None and current.position <= position:
            return current
        return await self.at_version(stream, await self._log.version_at(stream, position))

    async def _load_past(self, stream: str, version: int) -> State | None:
        while True:
            erasures_before = self._erasures
            past = await self._folds.at_version(stream, version)
            if self._erasures == erasures_before:
                break
        if past is not None:
            self._past.put((stream, version), past)
        return past

    async def _load(self, stream: str) -> State | None:
        self._heard[stream] = 0
        try:
            state, erasures_before = None, -1
            # What was committed after it was read must not be lost: from the check to `put` there
            # is no await, so the next commit finds the state in the cache.
            while (state.version if state else 0) < self._heard[stream] or (
                self._erasures != erasures_before
            ):
                if self._erasures == erasures_before:
                    state = await self._folds.onward(state, stream)
                else:
                    erasures_before = self._erasures
                    state = await self._folds.newest(stream)
        finally:
            del self._heard[stream]
        if state is not None:
            self._current.put(stream, state)
        return state

    def _hear(self, commit: Sequence[Recorded]) -> None:
        """Bring the states in memory up to a commit."""
        for stream, version in erasures(commit).items():
            self._forget(stream, version)
        for stream in {recorded.stream for recorded in commit}:
            events = [recorded for recorded in commit if recorded.stream == stream]
            if stream in self._heard:
                self._heard[stream] = events[-1].version
            state = self._current.peek(stream)
            if state is not None:
                self._advance(stream, state, events)

    def _forget(self, stream: str, version: int) -> None:
        """Drop the states of a stream that may hold what was erased of it."""
        self._erasures += 1
        self._current.drop(stream)
        self._past.drop_where(lambda key: key[0] == stream and key[1] >= version)

    def _advance(self, stream: str, state: State, events: Sequence[Recorded]) -> None:
        new = [recorded for recorded in events if recorded.version > state.version]
        if not new:
            return  # it was loaded between the commit and the news of it
        after = state
        try:
            for recorded in new:
                after = evolve(after, stream, recorded.event, recorded.stamp)
        except CannotEvolve:
            _logger.exception("%s cannot be shown", stream)
            self._current.drop(stream)
            return
        self._current.replace(stream, after)
        # Followers of the tail ask for it next, if commits come faster than they are sent.
        self._past.put((stream, state.version), state)
