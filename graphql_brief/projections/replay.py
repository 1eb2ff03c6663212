"""From the log to the rows: stretch after stretch, each with its checkpoint in one transaction.

A crash anywhere leaves rows and checkpoint of the stretch before, and the next start goes on
there. An event that cannot be applied ends the replay right before it: `ProjectionHalted`.
"""

import logging
from collections.abc import Sequence
from sqlite3 import sqlite_version
from typing import Any, NamedTuple
from unicodedata import unidata_version

import sqlalchemy as sa

from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.evolve import CannotEvolve, evolve
from graphql_brief.domain.states import State
from graphql_brief.log.commits import commits_of
from graphql_brief.log.port import (
    APPEND_BOUND,
    EventLog,
    LogBroken,
    Recorded,
    erasures,
)
from graphql_brief.log.sound import read_sound
from graphql_brief.projections import (
    beside,
    briefs,
    columns,
    model,
    revisions,
    search,
    snapshots,
    stretch,
    tables,
)
from graphql_brief.projections.caching import Lru
from graphql_brief.projections.folding import Folds, Versions
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.step import Step, step_from
from graphql_brief.projections.store import ReadModelFile
from graphql_brief.projections.stretch import Stretch
from graphql_brief.projections.tables import rm_checkpoint

PAGE_EVENTS = 2 * APPEND_BOUND
"""Most events of a stretch. More than one append, so that no batch of edits is shown in halves."""
EVENTS_KEPT = 1_000_000
"""Most events that the states hold, together, which are kept between stretches to fold on from: at
200 to 300 bytes each, up to 300 MB for a log so long. The next commit on a stream whose state is
not kept costs a snapshot and up to 200 events more: where more streams take turns than are kept, a
rebuild takes five times as long and more."""

MODEL = model.digest(
    (beside, briefs, columns, revisions, search, snapshots, stretch, tables, __file__)
)
"""The code that makes rows of states."""

_NAME = "read models"
# Words are parted and folded by SQLite's tokenizer and Python's Unicode tables: rows that an older
# one made are not those that a rebuild gives.
MADE_BY = f"{model.FOLD}-{MODEL} unicode-{unidata_version} sqlite-{sqlite_version}"
"""All that the rows depend on beside the log."""
_logger = logging.getLogger(__name__)


class Halt(NamedTuple):
    """Where the read models stopped."""

    position: int
    """Of the event that could not be applied: they hold all before it and nothing from it on."""
    event_type: str | None
    """None if not even that could be read, or if the event is not what is at fault."""
    why: str


class ProjectionHalted(Exception):  # noqa: N818 - says what happened; `halt` says where and why
    """The read models do not go on."""

    def __init__(self, halt: Halt | None) -> None:
        if halt is None:
            super().__init__("the read models were stopped")
        else:
            what = f" ({halt.event_type})" if halt.event_type else ""
            super().__init__(
                f"the read models halt before position {halt.position}{what}: {halt.why}"
            )
        self.halt = halt
        """None: nothing is wrong, they were stopped."""


class Checkpoint(NamedTuple):
    """What read models say of themselves, in the order of the columns of `rm_checkpoint`."""

    origin: str
    model: str
    position: int
    leaf_hash: bytes | None

    @classmethod
    def of(cls, row: sa.Row[Any]) -> "Checkpoint":
        """The one in a row of `rm_checkpoint`."""
        return cls(row.origin, row.model, row.position, row.leaf_hash)


async def of_no_use(checkpoint: Checkpoint, log: EventLog) -> str | None:
    """Why read models are not of this log, or not made by this code; None if they are."""
    if checkpoint.model != MADE_BY:
        return "other code made them"
    if checkpoint.origin != log.origin:
        return "they are of another log"
    if checkpoint.position == 0:
        return None
    try:
        last = await log.read(after=checkpoint.position - 1, limit=1)
    except LogBroken:
        return None  # the replay goes on behind it; whoever checks the log will say it
    if not last or last[0].leaf_hash != checkpoint.leaf_hash:
        return "the log was put back to an older state"
    return None


async def last_erasure(log: EventLog, *, after: int) -> int | None:
    """The position of the last event after a position that erased a body; None if none did.

    Raises LogBroken.
    """
    last = None
    while found := await log.read(after=after, limit=PAGE_EVENTS):
        after = found[-1].position
        last = max((at.position for at in found if isinstance(at.event, BodyErased)), default=last)
    return last


class CheckpointMoved(Exception):  # noqa: N818 - says what is wrong: somebody else writes too
    """The checkpoint is not where this replay left it; what it was about to write is undone."""


class Replay:
    """Brings the read models in a file up to the end of a log."""

    def __init__(
        self,
        file: ReadModelFile,
        log: EventLog,
        versions: Versions,
        *,
        page_events: int = PAGE_EVENTS,
    ) -> None:
        self.position = 0
        """The checkpoint."""
        self.erased = False
        """Whether it has applied an erasure; whoever has seen to other copies sets it back."""
        self._file = file
        self._log = log
        self._versions = versions
        self._page_events = page_events
        self._states: Lru[str, State] = Lru(EVENTS_KEPT, lambda state: state.version)
        self._folds = Folds(log, Snapshots(file))

    async def prepare(self) -> None:
        """Find the checkpoint; make the tables anew if they cannot be gone on with."""
        checkpoint, why = await self._checkpoint()
        if why is None and checkpoint is not None:
            why = await of_no_use(Checkpoint.of(checkpoint), self._log)
        if why is None:
            assert checkpoint is not None
            self.position = checkpoint.position
            return
        _logger.info("making the read models anew from the log: %s", why)
        await self.reset()

    async def reset(self) -> None:
        """Drop every table of the read models and begin at the log's first event."""
        await self._file.write(self._recreate)
        self.position = 0

    async def step(self, *, up_to: int | None = None) -> int:
        """Apply the next events, if there are any (up to a position), and give their number.

        Raises ProjectionHalted, with the read models right before the event that cannot be
        applied, and CheckpointMoved.
        """
        recorded, unread = await self._read(up_to)
        folded, misfit = await self._fold(recorded)
        if folded.recorded:
            await self._write(folded)
        halt = misfit or unread
        if halt is not None:
            raise ProjectionHalted(halt)
        return len(folded.recorded)

    def step_of(self, commit: Sequence[Recorded]) -> Step | None:
        """What a commit did, which is still to be applied; None if the state that it meets is not
        at hand.
        """
        before = self._states.peek(commit[0].stream)
        return None if before is None else step_from(before, commit)

    async def _checkpoint(self) -> tuple[sa.Row[Any] | None, str | None]:
        """The row that says how far the read models are, or why there is none to go on from."""
        async with self._file.reader() as connection:
            there = await connection.run_sync(tables.existing)
            if not there:
                return None, "there are none"
            if there != tables.NAMES:
                return None, f"{', '.join(sorted(there ^ tables.NAMES))} missing or not ours"
            row = (await connection.execute(sa.select(rm_checkpoint))).one_or_none()
        return row, "they have no checkpoint" if row is None else None

    def _recreate(self, connection: sa.Connection) -> None:
        tables.drop(connection)
        tables.create(connection)
        connection.execute(
            sa.insert(rm_checkpoint).values(
                name=_NAME, origin=self._log.origin, model=MADE_BY, position=0
            )
        )

    async def _read(self, up_to: int | None) -> tuple[Sequence[Recorded], Halt | None]:
        """The next events; a Halt if right after them comes one that cannot be read."""
        limit = self._page_events
        if up_to is not None:
            limit = min(limit, up_to - self.position)
            if limit < 1:
                return [], None
        page = await read_sound(self._log.read, after=self.position, limit=limit)
        if page.broken is not None:
            return [], Halt(*page.broken)
        cut = page.full and page.events[-1].position != up_to
        return (_whole(page.events) if cut else page.events), None

    async def _fold(self, recorded: Sequence[Recorded]) -> tuple[Stretch, Halt | None]:
        """The events folded; up to the first that cannot be, and why."""
        halt = None
        applied: list[Recorded] = []
        last: dict[str, State] = {}
        begun: dict[str, int] = {}
        kept: dict[tuple[str, int], State] = {}
        for found in recorded:
            try:
                if isinstance(found.event, BodyErased):
                    before, snapshots_anew = await self._without_erased(found, found.event)
                    kept |= {(state.id, state.version): state for state in snapshots_anew}
                else:
                    before = await self._before(found)
                state = evolve(before, found.stream, found.event, found.stamp)
            except (CannotEvolve, LogBroken) as error:
                halt = Halt(found.position, found.type, str(error))
                break
            applied.append(found)
            self._states.put(found.stream, state)
            last[found.stream] = state
            if found.version == 1:
                begun[found.stream] = found.position
            if found.version % snapshots.SNAPSHOT_VERSIONS == 0:
                kept[found.stream, found.version] = state
        return Stretch(applied, last, begun, list(kept.values())), halt

    async def _before(self, found: Recorded) -> State | None:
        """The state that an event meets."""
        if found.version == 1:
            return None
        state = self._states.get(found.stream)
        if state is None or state.version >= found.version:  # ahead: of a step that was cut off
            state = await self._versions.at_version(found.stream, found.version - 1)
        return state

    async def _without_erased(
        self, found: Recorded, by: BodyErased
    ) -> tuple[State | None, list[State]]:
        """The state that an erasure meets, and the snapshots before it that it makes untrue.

        Folded from the log alone: whatever is kept elsewhere may hold what was erased.
        """
        return await self._folds.between(
            found.stream, by.version, found.version - 1, snapshots.SNAPSHOT_VERSIONS
        )

    async def _write(self, folded: Stretch) -> None:
        position = folded.recorded[-1].position
        await self._file.write(lambda connection: self._write_rows(connection, folded))
        self.position = position
        if erasures(folded.recorded):
            self.erased = True
            await self._file.scrub_or_warn()

    def _write_rows(self, connection: sa.Connection, folded: Stretch) -> None:
        beside.write(connection, folded)
        briefs.write(connection, folded)
        revisions.write(connection, folded)
        search.write(connection, folded)
        snapshots.write(connection, folded.snapshots, erasures(folded.recorded))
        last = folded.recorded[-1]
        moved = connection.execute(
            sa.update(rm_checkpoint)
            .where(rm_checkpoint.c.name == _NAME, rm_checkpoint.c.position == self.position)
            .values(position=last.position, leaf_hash=last.leaf_hash)
        )
        if moved.rowcount != 1:
            raise CheckpointMoved(f"the checkpoint is not at {self.position} any more")


def _whole(recorded: Sequence[Recorded]) -> Sequence[Recorded]:
    """A full page without its last commit, which it may have cut; unless it is the only one."""
    *whole, last = commits_of(recorded)
    return recorded[: len(recorded) - len(last)] if whole else recorded
