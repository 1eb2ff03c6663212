"""A log in PostgreSQL to try faults on: how it is opened, copied, and read from outside."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self
from unittest import mock
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.api.context import Node
from graphql_brief.http.node import open_node, utc_now
from graphql_brief.log import migrations
from graphql_brief.log.port import Clock, EventLog
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.store import code_of, newest_of
from tests.faults.store import TABLES, Opened, rows_of
from tests.postgres import comes, execute, renamed
from tests.projections.newsroom import Dump


class _OpenedPostgres:
    def __init__(self, database: PostgresDatabase, log: PostgresLog, read_models: Path) -> None:
        self.log: EventLog = log
        self._database = database
        self._read_models = read_models

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.reader()

    async def damage(self) -> list[str]:
        async with self._database.alone() as connection:
            await connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS amcheck")
            found = await connection.exec_driver_sql(_INDEXES)
            for index in found.scalars().all():
                try:
                    await connection.exec_driver_sql(f"SELECT bt_index_check('{index}', true)")
                except sa.exc.DBAPIError as error:
                    return [f"{index}: {error.orig}"]
        return []

    async def rebuild(self) -> Dump:
        done = await rebuild(self._read_models, self.log)
        return await rows_of(done.path)


_INDEXES = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid::regclass::text LIKE 'log\\_%' ORDER BY 1
"""
_NOBODY_ELSE = """
SELECT count(*) = 0 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class PostgresStore(NamedTuple):
    """A database of a server, and a folder with a node's read models in it."""

    database: str
    """Its URL."""
    folder: Path

    @property
    def url(self) -> str:
        """See `Store`."""
        return f"{self.database}#{self.folder}"

    @property
    def read_models_folder(self) -> Path:
        """See `Store`."""
        return self.folder / "read-models"

    @asynccontextmanager
    async def opened(
        self, *, clock: Clock = utc_now, create: bool = False
    ) -> AsyncIterator[Opened]:
        """See `Store`."""
        database = await PostgresDatabase.open(self.database, create=create)
        try:
            log = await PostgresLog.open(database, clock=clock)
            try:
                yield _OpenedPostgres(database, log, self.read_models_folder)
            finally:
                await log.close()
        finally:
            await database.close()

    def node(self, *, create: bool = False) -> AbstractAsyncContextManager[Node]:
        """See `Store`."""
        return open_node(self.database, [self.read_models_folder], create=create)

    async def read_models(self) -> Dump:
        """See `Store`."""
        path = newest_of(self.read_models_folder, code_of(MADE_BY))
        assert path is not None
        return await rows_of(path)

    async def settled(self) -> None:
        """See `Store`: the server ends what a lost process has begun, by itself and at once."""
        await comes(self.database, _NOBODY_ELSE)

    def begin(self) -> Self:
        """Make it, without tables."""
        self._execute(f"CREATE DATABASE {self._name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        return self

    def copy_to(self, folder: Path) -> Self:
        """See `Store`: on the same server."""
        asyncio_run(self.settled())
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
        copy = self._replace(database=renamed(self.database, new_name()), folder=folder)
        copy._execute(f"CREATE DATABASE {copy._name} TEMPLATE {self._name}")
        return copy

    async def in_first_format(self) -> None:
        """See `Store`."""
        old = self._replace(database=renamed(self.database, new_name())).begin()
        with mock.patch.object(migrations, "NEWEST", "0001"):
            await (await PostgresDatabase.open(old.database, create=True)).close()
        source = await asyncpg.connect(self.database)
        target = await asyncpg.connect(old.database)
        for table in TABLES:
            rows = await source.fetch(f"SELECT * FROM {table}")
            if rows:
                columns = list(rows[0].keys())
                await target.copy_records_to_table(table, records=rows, columns=columns)
        await source.close()
        await target.close()
        self._execute(
            f"DROP DATABASE {self._name}", f"ALTER DATABASE {old._name} RENAME TO {self._name}"
        )

    def remove(self) -> None:
        """See `Store`."""
        shutil.rmtree(self.folder)
        self._execute(f"DROP DATABASE {self._name} WITH (FORCE)")

    @property
    def _name(self) -> str:
        return urlsplit(self.database).path[1:]

    def _execute(self, *statements: str) -> None:
        asyncio_run(execute(renamed(self.database, "postgres"), *statements))


def new_name() -> str:
    """A name for a database that no other has."""
    return f"brief_{uuid4().hex}"


def asyncio_run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run it to its end, whether or not a loop runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()
