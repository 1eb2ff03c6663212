"""Deliberate defects, one each: what the checks must find. None of them is in the package."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from graphql_brief.log import postgres_database, recording
from graphql_brief.log.append import Appending, append_in
from graphql_brief.log.bulk import Bulk, ByArrays, Row
from graphql_brief.log.delivery import Delivery
from graphql_brief.log.port import Appended, Head, LogBroken, Recorded, erasures
from graphql_brief.log.recording import Prepared
from graphql_brief.log.tables import log_head
from graphql_brief.projections import beside, briefs, replay, revisions, search, snapshots
from graphql_brief.projections.stretch import Stretch
from graphql_brief.projections.tables import rm_checkpoint
from tests.faults import journal
from tests.faults.journal import Journal

Break = Callable[[Journal], AbstractContextManager[None]]


@contextmanager
def acknowledged_before_commit(written: Journal) -> Iterator[None]:
    """Callers are told within the transaction."""

    def hasty(
        connection: Connection, batch: Sequence[Prepared], now: datetime, bulk: Bulk
    ) -> Appending:
        appending = append_in(connection, batch, now, bulk)
        for prepared, outcome in zip(batch, appending.outcomes, strict=True):
            if isinstance(outcome.result, Appended):
                written.write(journal.answered(prepared.request.command_id, outcome.result))
        return appending

    with (
        mock.patch("graphql_brief.log.sqlite.append_in", hasty),
        mock.patch("graphql_brief.log.postgres.append_in", hasty),
    ):
        yield


@contextmanager
def not_synced(_: Journal) -> Iterator[None]:
    """`PRAGMA synchronous = OFF`: the kernel writes when it likes."""

    def turn_off(connection: Connection) -> None:
        # Before the engine's own listener begins the transaction: within one it has no effect.
        connection.exec_driver_sql("PRAGMA synchronous = OFF")

    event.listen(Engine, "begin", turn_off)
    yield
    event.remove(Engine, "begin", turn_off)


def _rows(connection: Connection, folded: Stretch) -> None:
    for part in (beside, briefs, revisions, search):
        part.write(connection, folded)
    snapshots.write(connection, folded.snapshots, erasures(folded.recorded))


def _checkpoint(connection: Connection, folded: Stretch) -> None:
    last = folded.recorded[-1]
    connection.execute(
        sa.update(rm_checkpoint).values(position=last.position, leaf_hash=last.leaf_hash)
    )


def _apply(
    part: Callable[[Connection, Stretch], None], folded: Stretch, connection: Connection
) -> None:
    part(connection, folded)


@contextmanager
def _in_turn(*parts: Callable[[Connection, Stretch], None]) -> Iterator[None]:
    """Write these parts of a stretch, each in a transaction of its own."""

    async def write(replaying: replay.Replay, folded: Stretch) -> None:
        for part in parts:
            await replaying._file.write(partial(_apply, part, folded))
        replaying.position = folded.recorded[-1].position

    with mock.patch.object(replay.Replay, "_write", write):
        yield


def checkpoint_after(_: Journal) -> AbstractContextManager[None]:
    """The read models' rows in one transaction, their checkpoint in the next."""
    return _in_turn(_rows, _checkpoint)


def checkpoint_before(_: Journal) -> AbstractContextManager[None]:
    """The read models' checkpoint in one transaction, their rows in the next."""
    return _in_turn(_checkpoint, _rows)


@contextmanager
def commits_not_waited_for(_: Journal) -> Iterator[None]:
    """`synchronous_commit = off`: the server acknowledges, and writes some tenths of a second
    later."""
    with mock.patch.dict(postgres_database._SETTINGS, synchronous_commit="off"):
        yield


SEQUENCE = (
    "CREATE SEQUENCE log_position",
    "SELECT setval('log_position', (SELECT position FROM log_head))",
    "DROP TRIGGER log_head_deny_update ON log_head",
)
"""What `by_sequence` needs in a database beside the log."""
# In one piece, so that events of one append get consecutive numbers: the kindest of sequences.
_RESERVE = sa.text(
    "SELECT min(n) FROM"
    " (SELECT nextval('log_position') AS n FROM generate_series(1, :size)) AS reserved"
)
_ALONE = sa.text("SELECT pg_advisory_lock(1)")
_NOT_ALONE = sa.text("SELECT pg_advisory_unlock(1)")


class _FreeHead(ByArrays):
    """Takes the head without a lock, and moves it to wherever the log has come, whoever was there
    before."""

    def heads(self, connection: Connection) -> Sequence[Row]:
        return connection.execute(sa.select(log_head)).all()

    def move(self, connection: Connection, table: sa.Table, rows: Sequence[Row]) -> int:
        if table is not log_head:
            return super().move(connection, table, rows)
        ((_, last_position, last_time, _),) = rows
        position = sa.func.greatest(log_head.c.position, last_position)
        recorded_at = sa.func.greatest(log_head.c.recorded_at, last_time)
        connection.execute(sa.update(log_head).values(position=position, recorded_at=recorded_at))
        return 1


@contextmanager
def by_sequence(_: Journal) -> Iterator[None]:
    """Positions from a sequence, as in many a store of events: no lock, no order of commits."""
    record = recording.record

    def unordered(
        connection: Connection, batch: Sequence[Prepared], now: datetime, _: Bulk
    ) -> Appending:
        def numbered(prepared: Prepared, *, head: Head, **rest: Any) -> Sequence[Recorded]:
            connection.execute(_ALONE)
            first = connection.scalar(_RESERVE, {"size": len(prepared.request.events)})
            connection.execute(_NOT_ALONE)
            assert first is not None
            return record(prepared, head=Head(first - 1, head.recorded_at), **rest)

        try:
            with mock.patch.object(recording, "record", numbered):
                return append_in(connection, batch, now, _FreeHead())
        except LogBroken as error:  # another was at the stream in the meantime
            raise sa.exc.IntegrityError("append", None, error) from error

    def hand_over(delivery: Delivery, commits: Sequence[Sequence[Recorded]]) -> None:
        for commit in commits:
            delivery._deliver(commit)

    with (
        mock.patch("graphql_brief.log.postgres.append_in", unordered),
        # The readers of such a log take gaps for what was rolled back.
        mock.patch("graphql_brief.log.reading._check_gapless"),
        mock.patch.object(Delivery, "hand_over", hand_over),
    ):
        yield


BREAKS: dict[str, Break] = {
    broken.__name__: broken
    for broken in (
        *(acknowledged_before_commit, not_synced, checkpoint_after, checkpoint_before),
        *(commits_not_waited_for, by_sequence),
    )
}
