"""The projector: follows the log and keeps the read models up with it.

It halts at an event that it cannot apply and never skips one: what it holds stays true up to its
checkpoint, and who waits for more is told. When a rebuild has put a newer file into the store's
folder, the projector brings it up to where it is itself, and changes over between two steps: no
reader sees the read models go back.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import sqlalchemy as sa

from graphql_brief.log.port import DatabaseError, EventLog, Recorded
from graphql_brief.log.sqlite_errors import Damaged, is_damage
from graphql_brief.log.tail import Tail
from graphql_brief.projections.folding import Versions
from graphql_brief.projections.replay import (
    PAGE_EVENTS,
    CheckpointMoved,
    Halt,
    ProjectionHalted,
    Replay,
)
from graphql_brief.projections.step import Step
from graphql_brief.projections.store import CannotWrite, ReadModelFile, Store
from graphql_brief.projections.stretch import RowsLost

__all__ = ["Halt", "ProjectionHalted", "Projector"]

LOOK_S = 1.0
"""How often it looks for a newer file, and whether its own is where it was."""
AWAY_S = 0.5
"""How often it tries to read a log that cannot be reached."""
_ADVICE = "run graphql-brief rebuild, or start the server anew"

_logger = logging.getLogger(__name__)


class Projector:
    """Read models that follow a log, from `start` to `stop`."""

    def __init__(
        self,
        store: Store,
        log: EventLog,
        tail: Tail,
        versions: Versions,
        *,
        page_events: int = PAGE_EVENTS,
        look_s: float = LOOK_S,
    ) -> None:
        self.halted: Halt | None = None
        """Why the read models do not go on; None while they do."""
        self._store = store
        self._log = log
        self._versions = versions
        self._page_events = page_events
        self._look_s = look_s
        self._replay = self._replay_of(store.file)
        self._stepping = asyncio.Lock()  # one step at a time, and none during a change-over
        self._news = asyncio.Event()  # there may be more in the log
        self._moved = asyncio.Event()  # set, and replaced by a new one, at each step or halt
        self._stopping = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        tail.listen(self._hear)

    @property
    def position(self) -> int:
        """The checkpoint: the read models hold what is in the log up to here, and no more."""
        return self._replay.position

    def step_of(self, commit: Sequence[Recorded]) -> Step | None:
        """See `Replay`."""
        return self._replay.step_of(commit)

    async def start(self) -> None:
        """Catch up with the log, and then follow it in the background.

        An event that cannot be applied, and rows that are not as this code left them, do not
        raise: `halted` says so. Where the file is damaged, another takes its place, made from the
        log. Raises DatabaseError if the log cannot be read.
        """
        try:
            await self._replay.prepare()
            await self._catch_up()
        except (RowsLost, CheckpointMoved, sa.exc.IntegrityError) as error:
            self._halt_before_next(error)
        except (Damaged, sa.exc.DBAPIError) as error:
            if not (isinstance(error, Damaged) or is_damage(error.orig)):
                raise
            await self._begin_anew(error)
        self._store.forget_others()
        self._begin_to_follow()
        self._looking = asyncio.create_task(self._look())
        self._looking.add_done_callback(_tell_of_failure)

    async def wait(self, position: int) -> None:
        """Return when the read models hold `position`. Raises ProjectionHalted if they will not."""
        while self.position < position:
            if self.halted is not None or self._stopping.is_set():
                raise ProjectionHalted(self.halted)
            await self._moved.wait()

    async def stop(self) -> None:
        """Finish the stretch under way and end. May be called twice, or before `start`."""
        self._stopping.set()
        self._news.set()
        self._tell()
        tasks = [task for task in (self._following, self._looking) if task is not None]
        if tasks:
            await asyncio.wait(tasks)

    def _hear(self, _: Sequence[Recorded]) -> None:
        self._news.set()

    def _replay_of(self, file: ReadModelFile) -> Replay:
        return Replay(file, self._log, self._versions, page_events=self._page_events)

    async def _begin_anew(self, error: Damaged | sa.exc.DBAPIError) -> None:
        _logger.warning(
            "%s is damaged (%s), and is deleted: the read models are made anew from the log",
            self._store.path,
            error if isinstance(error, Damaged) else error.orig,
        )
        before = await self._store.begin_anew()
        self._replay = self._replay_of(self._store.file)
        await self._replay.prepare()
        await self._catch_up()
        await self._store.delete(before)

    def _begin_to_follow(self) -> None:
        self._following = asyncio.create_task(self._follow())
        self._following.add_done_callback(self._ended)

    async def _follow(self) -> None:
        while not self._stopping.is_set() and self.halted is None:
            await self._news.wait()
            try:
                await self._catch_up()
            except (Damaged, CannotWrite):
                raise  # of its own file: a halt
            except DatabaseError as error:
                # The log's server is away. What is in the log is there still: no halt.
                _logger.warning("the read models wait for the log: %s", error)
                self._news.set()
                await self._pause(AWAY_S)

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until it is to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _catch_up(self) -> None:
        # Before reading: news that come while it reads are for the next round.
        self._news.clear()
        try:
            while not self._stopping.is_set() and self.halted is None and await self._step():
                self._tell()
        except ProjectionHalted as halted:
            self._halt(halted.halt, halted)

    async def _step(self) -> int:
        async with self._stepping:
            try:
                return await self._replay.step()
            finally:  # also of a step that halts: what it applied before is committed
                if self._replay.erased:
                    self._replay.erased = False
                    self._store.forget_others(all_of_them=True)

    async def _look(self) -> None:
        """Change over to newer files as they appear; halt if the one that is read is lost."""
        refused: set[str] = set()
        while not self._stopping.is_set():
            newer = self._store.newer()
            if newer is not None and newer.name not in refused:
                try:
                    await self._change_over(await ReadModelFile.open(newer, create=False))
                except (DatabaseError, ProjectionHalted, sa.exc.DBAPIError) as error:
                    refused.add(newer.name)
                    _logger.error("the read models in %s are not changed over to: %s", newer, error)  # noqa: TRY400 - expected
            loss = self._store.loss()
            if loss is not None and self.halted is None:
                self._halt(Halt(self.position + 1, None, f"{loss}; {_ADVICE}"), None)
                self._news.set()  # so that it ends to follow
            await self._pause(self._look_s)

    async def _change_over(self, file: ReadModelFile) -> None:
        replay = self._replay_of(file)
        try:
            await replay.prepare()
            # Most of the way beside the live one, and the last of it while that stands still.
            while replay.position < self.position and not self._stopping.is_set():
                await replay.step(up_to=self.position)
            async with self._stepping:
                while replay.position < self.position:
                    await replay.step(up_to=self.position)
                before = self._store.change_over(file)
                self._replay = replay
        except BaseException:
            await file.close()
            raise
        _logger.info("changed over to the read models in %s", file.path)
        self.halted = None  # rows that were at fault are gone; an event that is, halts again
        self._tell()
        self._news.set()
        if self._following is None or self._following.done():
            self._begin_to_follow()
        await self._store.delete(before)

    def _halt(self, halt: Halt | None, error: BaseException | None) -> None:
        self.halted = halt
        _logger.critical(
            "the read models halt at checkpoint %d: %s",
            self.position,
            halt and halt.why,
            exc_info=error,
        )
        self._tell()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever else ended the task is a fault of this code or of the machine, and is a halt."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._halt_before_next(error)

    def _halt_before_next(self, error: BaseException) -> None:
        """Halt for what is not the fault of an event."""
        self._halt(Halt(self.position + 1, None, _told_of(error)), error)

    def _tell(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def _told_of(error: BaseException) -> str:
    """What anybody may know of an error that nobody foresaw: its words may hold drafts."""
    name = type(error).__name__
    match error:
        case sa.exc.DBAPIError():
            # Without the statement and its parameters.
            advice = f"; {_ADVICE}" if is_damage(error.orig) else ""
            return f"{name}: {error.orig}{advice}"
        case Damaged(__cause__=sa.exc.DBAPIError() as cause):
            return f"{name}: {cause.orig}; {_ADVICE}"
        case DatabaseError() | CheckpointMoved() | RowsLost():
            return f"{name}: {error}"
        case _:
            return f"{name}; the server's log says more"


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _logger.critical("newer read models will not be found", exc_info=task.exception())
