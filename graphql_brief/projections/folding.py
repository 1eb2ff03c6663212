"""The state of one stream at one version: the nearest snapshot before it, and the events since."""

from functools import partial
from typing import Protocol

from graphql_brief.domain.evolve import fold
from graphql_brief.domain.states import State
from graphql_brief.log.port import EventLog, LogBroken
from graphql_brief.projections.snapshots import Snapshots

STREAM_PAGE_EVENTS = 2_000
"""Most events of one stream that are read and folded at once: on SQLite in a reader's thread and
in a transaction, on PostgreSQL without letting others run. About 10 ms."""


class Versions(Protocol):
    """Where states at a version come from."""

    async def at_version(self, stream: str, version: int) -> State | None:
        """The state; None if the stream has no such version."""


class Folds:
    """Folds streams of a log, every time anew. Raises CannotEvolve, LogBroken.

    A snapshot from before an erasure that it should know of counts as missing.
    """

    def __init__(self, log: EventLog, snapshots: Snapshots | None = None) -> None:
        self._log = log
        self._snapshots = snapshots

    async def at_version(self, stream: str, version: int) -> State | None:
        """The state after the stream's event `version`; None if there is no such event."""
        state = await self._onward(await self._snapshot(stream, version), stream, version)
        return state if state is not None and state.version == version else None

    async def newest(self, stream: str) -> State | None:
        """The state after the stream's last event; None if it has not begun."""
        return await self.onward(await self._snapshot(stream, None), stream)

    async def onward(self, state: State | None, stream: str) -> State | None:
        """The state after the stream's last event, from an earlier one."""
        return await self._onward(state, stream, None)

    async def between(
        self, stream: str, first: int, last: int, every: int
    ) -> tuple[State | None, list[State]]:
        """The state at version `last`, and those from `first` on at multiples of `every`."""
        state = await self.at_version(stream, first - 1) if first > 1 else None
        found = []
        while (version := state.version if state else 0) < last:
            # To the next multiple, or to the end.
            state = await self._onward(state, stream, min(last, version - version % every + every))
            if state is None or state.version == version:
                raise LogBroken(f"version {version + 1} of {stream} is missing")
            if state.version % every == 0:
                found.append(state)
        return state, found

    async def _snapshot(self, stream: str, version: int | None) -> State | None:
        if self._snapshots is None:
            return None
        state = await self._snapshots.newest(stream, up_to_version=version)
        if state is None:
            return None
        erased = await self._log.erased_versions(stream)
        unknown = [gap for gap in erased - set(state.erased) if gap <= state.version]
        return await self._snapshot(stream, min(unknown) - 1) if unknown else state

    async def _onward(self, state: State | None, stream: str, version: int | None) -> State | None:
        while True:
            before = state.version if state else 0
            state = await self._log.read_stamped(
                stream,
                partial(fold, state, stream),
                after_version=before,
                up_to_version=version,
                limit=STREAM_PAGE_EVENTS,
            )
            if state is None or state.version == version:
                return state
            if state.version < before + STREAM_PAGE_EVENTS:
                return state
