"""Who appends in the benchmark of appends, by database: ours, and who it is compared with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from benchmarks import ours
from benchmarks.content import development, request
from benchmarks.measure import Contender, Sample, tasks, threads
from benchmarks.peers.bare_postgres import BarePostgres
from benchmarks.peers.bare_sqlite import BareSqlite
from benchmarks.peers.eventsourcing_library import Library
from benchmarks.setting import Setting
from graphql_brief.log import codec
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import Appended, EventLog
from tests.postgres import PostgresServer, execute

OURS = "graphql-brief"
LIBRARY = "eventsourcing"
BARE = "bare commits"

EVENTS = [development(number) for number in range(64)]
"""What is appended, in turn."""

_series = count()


class Side(NamedTuple):
    """One of those who append."""

    name: str
    durability: str
    """The settings in force, asked of a connection."""
    contender: Callable[[int, float], Contender]
    """For so many callers, who call for so many seconds."""


def check_durable(database: str, sides: Sequence[Side]) -> None:
    """Raises RuntimeError unless each of them waits for a sync at every commit."""
    for side in sides:
        if side.durability != DURABLE[database]:
            raise RuntimeError(
                f"on {database}, {side.name} runs with {side.durability} and not with "
                f"{DURABLE[database]}: that is no fair comparison"
            )


Sides = Callable[[Setting], AbstractAsyncContextManager[list[Side]]]
"""Opens them on new databases."""


@asynccontextmanager
async def _on_sqlite(setting: Setting) -> AsyncIterator[list[Side]]:
    settings = await ours.durability(setting.scratch / "appends-settings.db")
    library = Library.sqlite(setting.scratch / "appends-library.db")
    bare = BareSqlite(setting.scratch / "appends-bare.db")
    try:
        async with ours.sqlite(setting.scratch / "appends-ours.db") as opened:
            yield [
                Side(OURS, settings, lambda n, s: appending(opened.log, n, seconds=s)),
                Side(LIBRARY, library.durability(), lambda n, s: _saving(library, n, s)),
                Side(BARE, bare.durability(), lambda _, s: _inserting(bare, s)),
            ]
    finally:
        library.close()
        bare.close()


@asynccontextmanager
async def _on_postgresql(setting: Setting) -> AsyncIterator[list[Side]]:
    server = await asyncio.to_thread(PostgresServer)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, server.remove)
        await asyncio.to_thread(server.start)
        for name in ("ours", "library", "bare"):
            await execute(server.url(), f"CREATE DATABASE {name}")
        library = await asyncio.to_thread(Library.postgres, server.url("library"))
        stack.callback(library.close)
        bare = BarePostgres(server.url("bare"))
        await bare.open()
        stack.push_async_callback(bare.close)
        log = await stack.enter_async_context(
            open_log(server.url("ours"), clock=lambda: datetime.now(UTC))
        )
        settings = await ours.durability_on_postgresql(server.url("ours"))
        yield [
            Side(OURS, settings, lambda n, s: appending(log, n, seconds=s)),
            Side(LIBRARY, library.durability(), lambda n, s: _saving(library, n, s)),
            Side(BARE, await bare.durability(), lambda n, s: _inserting_in(bare, n, s)),
        ]


DURABLE = {
    "SQLite": "journal_mode=wal synchronous=2",
    "PostgreSQL": "fsync=on synchronous_commit=on",
}
"""By database, the settings with which a commit is synced before it is acknowledged."""
DATABASES: dict[str, Sides] = {"SQLite": _on_sqlite, "PostgreSQL": _on_postgresql}
"""By name. An adapter of the log on another database has its sides here."""


def appending(
    log: EventLog, callers: int, *, seconds: float = float("inf"), calls_each: float = float("inf")
) -> Contender:
    """Each caller appends to a new brief of its own."""

    async def contend() -> Sample:
        series = next(_series)
        versions = [0] * callers

        async def append(caller: int) -> None:
            version = versions[caller]
            event = EVENTS[version % len(EVENTS)]
            result = await log.append(request(f"brief-s{series}-{caller}", version, (event,)))
            assert isinstance(result, Appended), result
            versions[caller] = result.last_version

        return await tasks(callers, append, seconds=seconds, calls_each=calls_each)

    return contend


def _saving(library: Library, callers: int, seconds: float) -> Contender:
    async def contend() -> Sample:
        briefs = [library.begin() for _ in range(callers)]

        def save(caller: int) -> None:
            brief = briefs[caller]
            library.append(brief, EVENTS[brief.version % len(EVENTS)])

        return await threads(callers, save, seconds=seconds)

    return contend


def _inserting_in(bare: BarePostgres, callers: int, seconds: float) -> Contender:
    bodies = [codec.encode(event).body for event in EVENTS]
    numbers = count()

    async def contend() -> Sample:
        async def insert(caller: int) -> None:
            await bare.append(caller, bodies[next(numbers) % len(bodies)])

        return await tasks(callers, insert, seconds=seconds)

    return contend


def _inserting(bare: BareSqlite, seconds: float) -> Contender:
    bodies = [codec.encode(event).body for event in EVENTS]
    numbers = count()

    async def contend() -> Sample:
        return await threads(
            1, lambda _: bare.append(bodies[next(numbers) % len(bodies)]), seconds=seconds
        )

    return contend
