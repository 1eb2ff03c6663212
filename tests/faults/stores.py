"""The databases that faults are tried on: how each is opened, copied, and read from outside.

All that these tests know of opening a log and its read models stands here.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Self
from unittest import mock

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.api.context import Node
from graphql_brief.http.node import open_node, utc_now
from graphql_brief.log import migrations
from graphql_brief.log.database import Database
from graphql_brief.log.port import Clock, EventLog
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.store import code_of, newest_of
from tests.faults.store import TABLES, Opened, damage_of, rows_of
from tests.faults.store_postgres import PostgresStore
from tests.projections.newsroom import Dump


class _OpenedSqlite:
    def __init__(self, database: Database, log: SqliteLog, read_models: Path) -> None:
        self.log: EventLog = log
        self._database = database
        self._read_models = read_models

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.reader()

    async def damage(self) -> list[str]:
        return await damage_of(self._database)

    async def rebuild(self) -> Dump:
        done = await rebuild(self._read_models, self.log)
        return await rows_of(done.path)


class SqliteStore(NamedTuple):
    """A folder with the files of a node in it."""

    folder: Path

    @property
    def url(self) -> str:
        """See `Store`."""
        return f"sqlite://{self.folder}"

    @property
    def path(self) -> Path:
        """The log's file."""
        return self.folder / "brief.db"

    @property
    def read_models_folder(self) -> Path:
        """Where its read models are."""
        return self.folder / "read-models"

    @asynccontextmanager
    async def opened(
        self, *, clock: Clock = utc_now, create: bool = False
    ) -> AsyncIterator[Opened]:
        """See `Store`."""
        database = await Database.open(self.path, create=create)
        try:
            log = await SqliteLog.open(database, clock=clock)
            try:
                yield _OpenedSqlite(database, log, self.read_models_folder)
            finally:
                await log.close()
        finally:
            await database.close()

    def node(self, *, create: bool = False) -> AbstractAsyncContextManager[Node]:
        """See `Store`."""
        return open_node(f"sqlite:///{self.path}", [self.read_models_folder], create=create)

    async def read_models(self) -> Dump:
        """See `Store`."""
        path = newest_of(self.read_models_folder, code_of(MADE_BY))
        assert path is not None
        return await rows_of(path)

    async def settled(self) -> None:
        """See `Store`: with its process, all is over that it has begun."""

    def copy_to(self, folder: Path) -> Self:
        """A copy as it is on the disk. Shared memory is not; SQLite makes it anew."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
        return self._replace(folder=folder)

    async def in_first_format(self) -> None:
        """See `Store`."""
        old = self.path.with_name("old.db")
        with mock.patch.object(migrations, "NEWEST", "0001"):
            await (await Database.open(old, create=True)).close()
        connection = sqlite3.connect(old)
        connection.execute("ATTACH ? AS newest", (str(self.path),))
        for table in TABLES:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM newest.{table}")
        connection.commit()
        connection.close()
        old.replace(self.path)

    def remove(self) -> None:
        """See `Store`."""
        shutil.rmtree(self.folder)

    def files(self) -> dict[Path, bytes]:
        """What is on the disk, by the path within the folder."""
        return {
            path.relative_to(self.folder): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", "lock"))
        }

    def put(self, files: dict[Path, bytes]) -> None:
        """Make a folder of these files."""
        for name, raw in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)


def store_of(url: str) -> SqliteStore | PostgresStore:
    """The database of this name."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return SqliteStore(Path(rest))
    if scheme == "postgresql":
        database, _, folder = url.partition("#")
        return PostgresStore(database, Path(folder))
    raise ValueError(f"faults know no database of the kind {scheme!r}")
