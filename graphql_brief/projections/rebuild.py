"""All read models made anew from the log, beside those that are being read.

Nothing waits for it: the log is read, a new file is filled, and edits go on arriving. Before it
takes the other's place the new one is brought to the very position of the other, and their rows
are compared. They must be equal, since both were made from the same log by the same code; where
they are not, what readers were shown was not what the log says, and somebody must look.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from graphql_brief.log.lockfile import LockFile, LockHeld
from graphql_brief.log.port import DatabaseError, EventLog
from graphql_brief.projections import store
from graphql_brief.projections.checksum import Live, checksums, position_of
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.replay import MADE_BY, PAGE_EVENTS, Replay
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.store import ReadModelFile


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
    code = store.code_of(MADE_BY)
    with _alone(folder):
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
            compared_at: int | None = None
            differing: tuple[str, ...] = ()
            why_not: str | None = "there were none of this code to compare them with"
            if before is not None:
                try:
                    compared_at, differing = await build.compare(before, part)
                    if compared_at is not None:
                        why_not = None
                except sqlite3.Error as error:
                    # Only they are read so. What is lost in them, the log has.
                    why_not = f"those before are damaged, and were not compared ({before}: {error})"
            await build.up_to_head()
        finally:
            await file.close()
        in_place = not differing or accept_difference
        done = path if in_place else path.with_suffix(store.DIFFERS)
        store.delete(done)
        part.replace(done)
        store.delete(part)
        return Rebuilt(done, replay.position, compared_at, differing, in_place, why_not)


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

    async def compare(self, before: Path, part: Path) -> tuple[int | None, tuple[str, ...]]:
        """The position at which the rows of both were compared, and the tables that differ."""
        # Never beyond the live one, which goes on meanwhile: each round has less to do.
        while (target := position_of(before)) is not None and self._replay.position < target:
            await self._step(target)
        with Live(before) as live:
            if live.position is None:
                return None, ()
            while self._replay.position < live.position:
                await self._step(live.position)
            theirs = live.checksums()
        ours = checksums(part)
        return live.position, tuple(name for name in ours if ours[name] != theirs.get(name))

    async def _step(self, up_to: int | None) -> int:
        done = await self._replay.step(up_to=up_to)
        total = (await self._log.head()).position
        position = self._replay.position
        self._progress(Progress(position, total, time.monotonic() - self._begun))
        return done


def _alone(folder: Path) -> LockFile:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return LockFile(folder / "rebuild.lock")
    except LockHeld as error:
        raise DatabaseError(
            f"process {error.pid} is rebuilding the read models in {folder}; wait for it"
        ) from error
    except OSError as error:
        raise DatabaseError(
            f"{folder} cannot be written ({error.strerror}); make it a folder that can be written"
        ) from error
