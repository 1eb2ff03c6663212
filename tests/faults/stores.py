"""The databases that faults are tried on: how each is opened, copied, and read from outside.

All that these tests know of opening a log and its read models stands here.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol
from unittest import mock

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.api.context import Node
from graphql_brief.http.node import open_node, utc_now
from graphql_brief.log import migrations
from graphql_brief.log.database import Database
from graphql_brief.log.port import Clock, EventLog
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.sqlite_file import SqliteFile
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.store import ReadModelFile, code_of, newest_of
from tests.projections.newsroom import Dump, dump


class Opened(Protocol):
    """A log in use, by itself."""

    log: EventLog

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to read the log's tables with."""

    async def damage(self) -> list[str]:
        """What the database itself finds wrong with what it has stored."""

    async def rebuild(self) -> Dump:
        """Make the read models anew; gives every row of them."""


class Store(Protocol):
    """A log and its read models, in use or not."""

    @property
    def url(self) -> str:
        """What `store_of` makes this of."""

    def opened(
        self, *, clock: Clock = utc_now, create: bool = False
    ) -> AbstractAsyncContextManager[Opened]:
        """Open the log alone."""

    def node(self, *, create: bool = False) -> AbstractAsyncContextManager[Node]:
        """Open the log and the read models, as the server does, and bring them up to it."""

    async def read_models(self) -> Dump:
        """Every row of every read model, as the last node has left them."""


class _OpenedSqlite:
    def __init__(self, database: Database, log: SqliteLog, read_models: Path) -> None:
        self.log: EventLog = log
        self._database = database
        self._read_models = read_models

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.reader()

    async def damage(self) -> list[str]:
        return await _damage(self._database)

    async def rebuild(self) -> Dump:
        done = await rebuild(self._read_models, self.log)
        return await _rows(done.path)


async def _damage(file: SqliteFile) -> list[str]:
    async with file.reader() as connection:
        found = await connection.exec_driver_sql("PRAGMA integrity_check")
        wrong = [f"{file.path.name}: {row[0]}" for row in found if row[0] != "ok"]
        found = await connection.exec_driver_sql("PRAGMA foreign_key_check")
        return wrong + [f"{file.path.name}: foreign key {tuple(row)}" for row in found]


async def _rows(path: Path) -> Dump:
    file = await ReadModelFile.open(path, create=False)
    try:
        wrong = await _damage(file)
        if wrong:
            raise AssertionError(wrong)
        return await dump(file)
    finally:
        await file.close()


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
        return await _rows(path)

    def copy_to(self, folder: Path) -> "SqliteStore":
        """A copy as it is on the disk. Shared memory is not; SQLite makes it anew."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
        return SqliteStore(folder)

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


_TABLES = ("log_head", "log_event", "log_body", "log_stream", "log_command", "log_claim")
"""What the first format holds."""


async def in_first_format(store: SqliteStore) -> None:
    """Put a log that has no more in it than the first format can hold into that format."""
    old = store.path.with_name("old.db")
    with mock.patch.object(migrations, "NEWEST", "0001"):
        await (await Database.open(old, create=True)).close()
    connection = sqlite3.connect(old)
    connection.execute("ATTACH ? AS newest", (str(store.path),))
    for table in _TABLES:
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM newest.{table}")
    connection.commit()
    connection.close()
    old.replace(store.path)


def store_of(url: str) -> Store:
    """The database of this name."""
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        raise ValueError(f"faults know no database of the kind {scheme!r}")
    return SqliteStore(Path(rest))
