"""Deliberate defects, one each: what the checks must find. None of them is in the package."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from unittest import mock

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from graphql_brief.log.append import Appending, append_in
from graphql_brief.log.bulk import Bulk
from graphql_brief.log.port import Appended, erasures
from graphql_brief.log.recording import Prepared
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

    with mock.patch("graphql_brief.log.sqlite.append_in", hasty):
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


BREAKS: dict[str, Break] = {
    broken.__name__: broken
    for broken in (acknowledged_before_commit, not_synced, checkpoint_after, checkpoint_before)
}
