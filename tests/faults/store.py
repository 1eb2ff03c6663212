"""What faults need of a database, whichever it is."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.api.context import Node
from graphql_brief.http.node import utc_now
from graphql_brief.log.port import Clock, EventLog
from graphql_brief.log.sqlite_file import SqliteFile
from graphql_brief.projections.store import ReadModelFile
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
    def folder(self) -> Path:
        """The node's own folder."""

    @property
    def url(self) -> str:
        """What `store_of` makes this of."""

    @property
    def read_models_folder(self) -> Path:
        """Where its read models are."""

    def opened(
        self, *, clock: Clock = utc_now, create: bool = False
    ) -> AbstractAsyncContextManager[Opened]:
        """Open the log alone."""

    def node(self, *, create: bool = False) -> AbstractAsyncContextManager[Node]:
        """Open the log and the read models, as the server does, and bring them up to it."""

    async def read_models(self) -> Dump:
        """Every row of every read model, as the last node has left them."""

    async def settled(self) -> None:
        """Return once nothing is under way any more that lost processes have begun."""

    def copy_to(self, folder: Path) -> Self:
        """A copy, with this folder for its node."""

    async def in_first_format(self) -> None:
        """Put a log that has no more in it than the first format can hold into that format."""

    def remove(self) -> None:
        """Delete it."""


TABLES = ("log_head", "log_event", "log_body", "log_stream", "log_command", "log_claim")
"""What the first format holds."""


async def damage_of(file: SqliteFile) -> list[str]:
    """What SQLite finds wrong with a file."""
    async with file.reader() as connection:
        found = await connection.exec_driver_sql("PRAGMA integrity_check")
        wrong = [f"{file.path.name}: {row[0]}" for row in found if row[0] != "ok"]
        found = await connection.exec_driver_sql("PRAGMA foreign_key_check")
        return wrong + [f"{file.path.name}: foreign key {tuple(row)}" for row in found]


async def rows_of(path: Path) -> Dump:
    """Every row of the read models in a file, which is sound."""
    file = await ReadModelFile.open(path, create=False)
    try:
        wrong = await damage_of(file)
        if wrong:
            raise AssertionError(wrong)
        return await dump(file)
    finally:
        await file.close()
