"""All read models made anew from the log, beside those that are being read.

Nothing waits for it: the log is read, a new file is filled, and edits go on arriving. Before it
takes the other's place the new one is brought to the very position of the other, and their rows
are compared. They must be equal, since both were made from the same log by the same code; where
they are not, what readers were shown was not what the log says, and somebody must look.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from graphql_brief.log.lockfile import LockFile, holder_of
from graphql_brief.log.port import EventLog
from graphql_brief.projections import store
from graphql_brief.projections.checksum import Live, checkpoint_of, checksums
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.replay import MADE_BY, PAGE_EVENTS, Replay, last_erasure, of_no_use
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.store import ReadModelFile

ROUNDS = 5
"""Most comparisons of one rebuild: one more each time that a body was erased meanwhile."""
WAIT_S = 10.0
"""How long it waits for the live read models to come to an erasure."""
LOOK_S = 0.05
"""How often it looks whether they have."""


class Progress(NamedTuple):
    """How far a rebuild is."""

    done: int
    """Events."""
    total: int
    """Events in the log; more may come."""
    elapsed_s: float

    @property
    def events_per_s(self) -> float:
        """Its pace so far."""
        return self.done / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def left_s(self) -> float | None:
        """How long it will take still, at that pace; None before it has one."""
        return (self.total - self.done) / self.events_per_s if self.events_per_s else None


class Rebuilt(NamedTuple):
    """What a rebuild came to."""

    path: Path
    """The new file."""
    position: int
    """The last event in it."""
    compared_at: int | None
    """The position at which both were compared; None if they were not."""
    differing: tuple[str, ...]
    """The tables in which they differed."""
    in_place: bool
    """Whether it will be read from now on."""
    why_not: str | None = None
    """Why they were not compared; None if they were."""
    deleted: bool = False
    """Whether the new file, which differed, is gone again: a body that it holds was erased."""


class _Comparison(NamedTuple):
    """What a comparison came to."""

    at: int | None
    differing: tuple[str, ...] = ()
    why_not: str | None = None


async def rebuild(
    folder: Path,
    log: EventLog,
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    accept_difference: bool = False,
    page_events: int = PAGE_EVENTS,
) -> Rebuilt:
    """Make a new set of read models in a node's folder; the node changes over to it by itself.

    If it differs from the one before, it is left aside under a name that ends in `.differs`,
    unless the difference is accepted. Cut off, it leaves nothing that is read. Raises
    ProjectionHalted if an event cannot be applied, DatabaseError if another rebuild is under way.
    """
    begun = (await log.head()).position
    with _alone(folder):
        done = await _rebuild(folder, log, progress, accept_difference, page_events)
    # Behind the end of the lock: a server that erases while it is held leaves these files alone.
    erased = await last_erasure(log, after=begun)
    if erased is None:
        return done
    holds = not done.in_place and erased > done.position
    store.forget_aside(folder, but=None if holds else done.path)
    return done._replace(deleted=not done.in_place and not done.path.exists())


async def _rebuild(
    folder: Path,
    log: EventLog,
    progress: Callable[[Progress], None],
    accept_difference: bool,
    page_events: int,
) -> Rebuilt:
    code = store.code_of(MADE_BY)
    before = store.newest_of(folder, code)
    number = 1 if before is None else store.number_of(before) + 1
    path = store.numbered(folder, code, number)
    part = path.with_suffix(store.PART)
    store.delete(part)
    file = await ReadModelFile.open(part, create=True)
    try:
        replay = Replay(file, log, Folds(log, Snapshots(file)), page_events=page_events)
        await replay.prepare()
        build = _Build(replay, log, progress)
        compared = _Comparison(None, why_not="there were none of this code to compare them with")
        if before is not None:
            try:
                compared = await build.compare(before, part)
            except sqlite3.Error as error:
                # Only they are read so. What is lost in them, the log has.
                compared = _Comparison(
                    None, why_not=f"those before are damaged ({before}: {error})"
                )
        await build.up_to_head()
    finally:
        await file.close()
    in_place = not compared.differing or accept_difference
    done = path if in_place else path.with_suffix(store.DIFFERS)
    store.delete(done)
    part.replace(done)
    store.delete(part)
    return Rebuilt(
        done, replay.position, compared.at, compared.differing, in_place, compared.why_not
    )


class _Build:
    """A replay whose progress is told."""

    def __init__(self, replay: Replay, log: EventLog, progress: Callable[[Progress], None]) -> None:
        self._replay = replay
        self._log = log
        self._progress = progress
        self._begun = time.monotonic()

    async def up_to_head(self) -> None:
        """Apply all that is in the log."""
        while await self._step(None):
            pass

    async def compare(self, before: Path, part: Path) -> _Comparison:
        """The rows of both, at the very position of the other."""
        for _ in range(ROUNDS):
            found = await self._compare(before, part)
            if not found.differing or found.at is None:
                return found
            # What is erased behind that position is gone from the log that this is made from, and
            # the other rightly has it still.
            erased = await last_erasure(self._log, after=found.at)
            if erased is None:
                return found
            if not await _reaches(before, erased):
                break
        return _Comparison(
            None, why_not="something was erased that those before have not come to yet"
        )

    async def _compare(self, before: Path, part: Path) -> _Comparison:
        # Never beyond the live one, which goes on meanwhile: each round has less to do.
        while (checkpoint := checkpoint_of(before)) is not None:
            why = await of_no_use(checkpoint, self._log)
            if why is not None:
                return _Comparison(None, why_not=f"those before were of no use: {why}")
            if self._replay.position >= checkpoint.position:
                break
            if not await self._step(checkpoint.position):
                break
        with Live(before) as live:
            if live.checkpoint is None:
                return _Comparison(None, why_not="those before were not whole")
            at = live.checkpoint.position
            why = await of_no_use(live.checkpoint, self._log)
            while why is None and self._replay.position < at:
                if not await self._step(at):
                    break
            if why is None and self._replay.position != at:
                why = "the log was put back to an older state"
            if why is not None:
                return _Comparison(None, why_not=f"those before were of no use: {why}")
            theirs = live.checksums()
        ours = checksums(part)
        return _Comparison(at, tuple(name for name in ours if ours[name] != theirs.get(name)))

    async def _step(self, up_to: int | None) -> int:
        done = await self._replay.step(up_to=up_to)
        total = (await self._log.head()).position
        position = self._replay.position
        self._progress(Progress(position, total, time.monotonic() - self._begun))
        return done


async def _reaches(before: Path, position: int) -> bool:
    """Whether a server that has these read models brings them to a position, soon."""
    until = time.monotonic() + WAIT_S
    while holder_of(before.with_name("lock")) is not None and time.monotonic() < until:
        checkpoint = checkpoint_of(before)
        if checkpoint is None or checkpoint.position >= position:
            return checkpoint is not None
        await asyncio.sleep(LOOK_S)  # another process moves them, and tells nobody
    return False


def _alone(folder: Path) -> LockFile:
    return store.lock_in(
        folder,
        store.REBUILD_LOCK,
        lambda pid: f"process {pid} is rebuilding the read models in {folder}; wait for it",
    )
