"""The state of one stream at one version: the nearest snapshot before it, and the events since."""

from typing import Protocol

from graphql_brief.domain.evolve import fold
from graphql_brief.domain.states import State
from graphql_brief.log.port import EventLog
from graphql_brief.projections.snapshots import Snapshots

STREAM_PAGE_EVENTS = 500
"""Most events of one stream that are read, and folded without letting others run, at once."""


class Versions(Protocol):
    """Where states at a version come from."""

    async def at_version(self, stream: str, version: int) -> State | None:
        """The state; None if the stream has no such version."""


class Folds:
    """Folds streams of a log, every time anew. Raises CannotEvolve, LogBroken."""

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

    async def _snapshot(self, stream: str, version: int | None) -> State | None:
        if self._snapshots is None:
            return None
        return await self._snapshots.newest(stream, up_to_version=version)

    async def _onward(self, state: State | None, stream: str, version: int | None) -> State | None:
        while True:
            page = await self._log.read_stream(
                stream,
                after_version=state.version if state else 0,
                up_to_version=version,
                limit=STREAM_PAGE_EVENTS,
            )
            state = fold(state, stream, ((found.event, found.stamp) for found in page))
            if len(page) < STREAM_PAGE_EVENTS:
                return state
