"""Every adapter of the `EventLog` port, under one fixture."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest

from graphql_brief.log.database import Database
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import EventLog
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import TurnedClock, entropy_of
from tests.postgres import Template, fresh_database


class OpenLog(Protocol):
    """Makes empty logs of one kind; the test's end closes them."""

    def __call__(
        self, *, clock: TurnedClock | None = None, seed: int = 1, origin: str | None = None
    ) -> Awaitable[EventLog]: ...


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenLog]:
    """Makes empty logs, one adapter after the other: their behaviour must be the same."""
    numbers = itertools.count()
    async with AsyncExitStack() as stack:

        async def open_memory(
            *, clock: TurnedClock | None = None, seed: int = 1, origin: str | None = None
        ) -> EventLog:
            log = MemoryLog(clock=clock or TurnedClock(), entropy=entropy_of(seed), origin=origin)
            stack.push_async_callback(log.close)
            return log

        async def open_sqlite(
            *, clock: TurnedClock | None = None, seed: int = 1, origin: str | None = None
        ) -> EventLog:
            path = tmp_path / f"log-{next(numbers)}.db"
            database = await Database.open(path, create=True)
            stack.push_async_callback(database.close)
            log = await SqliteLog.open(
                database,
                clock=clock or TurnedClock(),
                entropy=entropy_of(seed),
                origin=origin,
            )
            stack.push_async_callback(log.close)
            return log

        async def open_postgres(
            *, clock: TurnedClock | None = None, seed: int = 1, origin: str | None = None
        ) -> EventLog:
            template: Template = request.getfixturevalue("postgres_template")
            url = await stack.enter_async_context(fresh_database(*template))
            database = await PostgresDatabase.open(url, create=True)
            stack.push_async_callback(database.close)
            log = await PostgresLog.open(
                database, clock=clock or TurnedClock(), entropy=entropy_of(seed), origin=origin
            )
            stack.push_async_callback(log.close)
            return log

        adapters: dict[str, Callable[..., Awaitable[EventLog]]] = {
            "memory": open_memory,
            "sqlite": open_sqlite,
            "postgres": open_postgres,
        }
        yield adapters[request.param]


@pytest.fixture
async def log(open_log: OpenLog) -> EventLog:
    """An empty log."""
    return await open_log()
