"""Our own side: every way in which the benchmarks open, fill, rebuild and read a log."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from benchmarks.content import history, request
from graphql_brief.domain import events, items, vocabulary
from graphql_brief.log import codec, migrations
from graphql_brief.log.database import Database
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import PAGE_BOUND, Appended, EventLog
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.projections import model
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.store import ReadModelFile, code_of, newest_of

FORMAT = f"{migrations.NEWEST} {model.digest((codec, events, items, vocabulary))}"
"""Changes with the format of the log."""
COMMIT_EVENTS = 10
"""Events of one append in the logs that are built."""
_TOGETHER = 200
"""Appends that are asked for at once while a log is built."""


class Opened(NamedTuple):
    """A log, with what can be read beside it."""

    log: EventLog
    folds: Folds


@asynccontextmanager
async def sqlite(path: Path, *, read_only: bool = False) -> AsyncIterator[Opened]:
    """The log in this file, with its snapshots if there are any; made, if it may be written."""
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(
            open_log(
                f"sqlite:///{path}",
                clock=lambda: datetime.now(UTC),
                create=not read_only,
                read_only=read_only,
            )
        )
        folder = path.with_suffix(".read-models")
        newest = newest_of(folder, code_of(MADE_BY)) if folder.exists() else None
        snapshots = None
        if newest is not None:
            file = await ReadModelFile.open(newest, create=False, read_only=True)
            stack.push_async_callback(file.close)
            snapshots = Snapshots(file)
        yield Opened(log, Folds(log, snapshots))


def has_read_models(path: Path) -> bool:
    """Whether a log has read models, and so snapshots, that this code made."""
    folder = path.with_suffix(".read-models")
    return folder.exists() and newest_of(folder, code_of(MADE_BY)) is not None


async def rebuilt(path: Path) -> int:
    """Make the read models and snapshots of a log anew; gives the number of events."""
    async with open_log(
        f"sqlite:///{path}", clock=lambda: datetime.now(UTC), create=False, read_only=True
    ) as log:
        return (await rebuild(path.with_suffix(".read-models"), log)).position


async def durability(path: Path) -> str:
    """The settings that decide what a commit waits for, asked of the writing connection."""
    database = await Database.open(path, create=True)
    try:

        def settings(connection: sa.Connection) -> str:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
            return f"journal_mode={mode} synchronous={level}"

        return await database.write(settings)
    finally:
        await database.close()


async def durability_on_postgresql(url: str) -> str:
    """The same, of the connections that append."""
    database = await PostgresDatabase.open(url, create=True)
    try:
        found = await database.durability()
        switch = "on" if found.fsync else "off"
        return f"fsync={switch} synchronous_commit={found.synchronous_commit}"
    finally:
        await database.close()


def brief_name(number: int) -> str:
    """The streams of a built log."""
    return f"brief-{number:06d}"


def evict(path: Path) -> None:
    """Have the system forget what it keeps in memory of a log and of its read models."""
    for file in (path, *path.with_suffix(".read-models").glob("*.db")):
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def fill(log: EventLog, *, briefs: int, events_each: int) -> None:
    """Write whole briefs, side by side: the events of one lie far apart."""
    ahead = [history(f"slug-{number}") for number in range(briefs)]
    for first in range(0, events_each, COMMIT_EVENTS):
        size = min(COMMIT_EVENTS, events_each - first)
        for some in range(0, briefs, _TOGETHER):
            asked = (
                request(brief_name(number), first, tuple(islice(ahead[number], size)))
                for number in range(some, min(some + _TOGETHER, briefs))
            )
            for result in await asyncio.gather(*(log.append(one) for one in asked)):
                assert isinstance(result, Appended), result


async def read_stream(log: EventLog, stream: str) -> int:
    """Read a stream to its end as events; gives their number."""
    return len(await log.read_stream(stream, limit=PAGE_BOUND))


async def fold_stream(log: EventLog, stream: str) -> int:
    """Make the state of a stream of all of its events, without snapshots; gives their number."""
    state = await Folds(log).newest(stream)
    assert state is not None
    return state.version


async def read_all(log: EventLog, *, page: int = 1_000) -> int:
    """Read the whole log as events, page by page; gives their number."""
    position = 0
    while found := await log.read(after=position, limit=page):
        position = found[-1].position
    return position
