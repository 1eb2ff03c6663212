"""The projector: follows the log and keeps the read models up with it.

It halts at an event that it cannot apply and never skips one: what it holds stays true up to its
checkpoint, and who waits for more is told.
"""

import asyncio
import logging
from collections.abc import Sequence

from graphql_brief.log.database import Database
from graphql_brief.log.port import EventLog, Recorded
from graphql_brief.log.tail import Tail
from graphql_brief.projections.folding import Versions
from graphql_brief.projections.replay import PAGE_EVENTS, Halt, ProjectionHalted, Replay

__all__ = ["Halt", "ProjectionHalted", "Projector"]

_logger = logging.getLogger(__name__)


class Projector:
    """Read models that follow a log, from `start` to `stop`."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        tail: Tail,
        versions: Versions,
        *,
        page_events: int = PAGE_EVENTS,
    ) -> None:
        self.halted: Halt | None = None
        """Why the read models do not go on; None while they do."""
        self._replay = Replay(database, log, versions, page_events=page_events)
        self._news = asyncio.Event()  # there may be more in the log
        self._moved = asyncio.Event()  # set, and replaced by a new one, at each step or halt
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        tail.listen(self._hear)

    @property
    def position(self) -> int:
        """The checkpoint: the read models hold what is in the log up to here, and no more."""
        return self._replay.position

    async def start(self) -> None:
        """Catch up with the log, and then follow it in the background.

        An event that cannot be applied does not raise: `halted` says so.
        """
        await self._replay.prepare()
        await self._catch_up()
        self._task = asyncio.create_task(self._follow())
        self._task.add_done_callback(self._ended)

    async def wait(self, position: int) -> None:
        """Return when the read models hold `position`. Raises ProjectionHalted if they will not."""
        while self.position < position:
            if self.halted is not None or self._stopping:
                raise ProjectionHalted(self.halted)
            await self._moved.wait()

    async def stop(self) -> None:
        """Finish the stretch under way and end. May be called twice, or before `start`."""
        self._stopping = True
        self._news.set()
        self._tell()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _hear(self, _: Sequence[Recorded]) -> None:
        self._news.set()

    async def _follow(self) -> None:
        while not self._stopping and self.halted is None:
            await self._news.wait()
            await self._catch_up()

    async def _catch_up(self) -> None:
        # Before reading: news that come while it reads are for the next round.
        self._news.clear()
        try:
            while not self._stopping and await self._replay.step():
                self._tell()
        except ProjectionHalted as halted:
            self._halt(halted.halt, halted)

    def _halt(self, halt: Halt | None, error: BaseException) -> None:
        self.halted = halt
        _logger.critical("the read models halt at checkpoint %d", self.position, exc_info=error)
        self._tell()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever else ended the task is a fault of this code or of the machine, and is a halt."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._halt(Halt(self.position + 1, None, f"{type(error).__name__}: {error}"), error)

    def _tell(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
