"""An SQLite file: who may open it, read it, write it.

One process writes (a lock file beside the database says which), on one connection: SQLite 3.7.0
to 3.51.2 can damage a database on which two connections write or checkpoint at once. All other
connections are `query_only` and never checkpoint. Readers are asynchronous, or fetch the rows of
one statement (`sqlite_reader`); what writes is a plain function that runs in the thread of that one
connection (`sqlite_writer`).
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from graphql_brief.log.lockfile import LockFile, LockHeld
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite_engines import READERS, fetching, reading, writing
from graphql_brief.log.sqlite_errors import explained
from graphql_brief.log.sqlite_reader import Query, Rows, SqliteReader, Statement
from graphql_brief.log.sqlite_writer import SqliteWriter

T = TypeVar("T")


class SqliteFile:
    """One open SQLite file. Made by `open`, ended by `close`."""

    synchronous: ClassVar[Literal["FULL", "NORMAL"]] = "FULL"
    """FULL: a commit is synced to disk. NORMAL: it may be lost when the power fails, whole."""

    def __init__(
        self,
        path: Path,
        readers: AsyncEngine,
        fetcher: SqliteReader,
        writer: SqliteWriter | None = None,
        lock: LockFile | None = None,
    ) -> None:
        self.path = path
        self.reads = 0
        """How many times `reader` was entered, and rows were fetched."""
        self._readers = readers
        self._fetcher = fetcher
        self._writer = writer
        self._lock = lock
        self._closing = asyncio.Lock()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, create: bool, read_only: bool = False) -> Self:
        """Open the file and keep other writers out.

        With `create`, a missing file and its folders are made. With `read_only`, nothing is
        changed, and another process may be writing. Raises DatabaseError for a file that is
        missing, cannot be written, is no database or none of ours, is of a newer format, or is
        open for writing elsewhere.
        """
        path = _found(path, create=create and not read_only)
        left_over = _size(path.with_name(f"{path.name}-wal")) > 0
        mode: Literal["ro", "rw"] = "ro" if read_only else "rw"
        lock = None if read_only else take_lock(path)
        writer = None if read_only else SqliteWriter(path, writing(path, cls.synchronous))
        fetcher = SqliteReader(fetching(path, mode), READERS)
        database = cls(path, reading(path, mode), fetcher, writer, lock)
        try:
            _try_open(path, "rwc" if create and not read_only else mode)
            await database._check(create)
            if left_over and not read_only:
                # Whoever had it open was killed, perhaps between an erasure and the end of it.
                await database.scrub()
        except sqlite3.Error as error:
            await database.close()
            raise explained(path, error) from error
        except sa.exc.DBAPIError as error:
            await database.close()
            raise explained(path, error.orig) from error
        except BaseException:
            await database.close()
            raise
        return database

    async def _check(self, create: bool) -> None:
        """Make sure that the file can be used; whoever keeps something in it adds to this."""
        if self._writer is None:
            async with self.reader() as connection:
                await connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
            return

        def journal_mode(connection: sa.Connection) -> str:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())

        mode = await self.write(journal_mode)
        if mode != "wal":
            raise DatabaseError(
                f"{self.path} cannot have a write-ahead log (its journal mode stays {mode}); "
                "put it on a local file system"
            )

    @property
    def read_only(self) -> bool:
        """Whether it was opened for reading only."""
        return self._writer is None

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` gives, called with the writing connection in a transaction of its own.

        No other one overlaps it. It is committed, and synced to disk, when `work` returns; an
        exception rolls it back. `work` runs in the writer's thread: it touches nothing that the
        event loop changes meanwhile. If the caller is cancelled, what was begun is finished all
        the same, and the next `write`, and `close`, come after it. Raises DatabaseError if the
        database is read-only or closed, and if its disk is full or fails: it is rolled back.
        """
        writer = self.writer
        return await writer.run(partial(writer.transact, work))

    def submit(self, work: Callable[[], None]) -> None:
        """`SqliteWriter.submit`, also while the database is being closed."""
        assert self._writer is not None
        self._writer.submit(work)

    async def scrub(self) -> None:
        """`SqliteWriter.scrub`."""
        await self.writer.run(self.writer.scrub)

    async def scrub_or_warn(self) -> None:
        """`SqliteWriter.scrub_or_warn`."""
        await self.writer.run(self.writer.scrub_or_warn)

    @property
    def writer(self) -> SqliteWriter:
        """The one connection that writes. Raises DatabaseError as `check_writable`."""
        self.check_writable()
        assert self._writer is not None
        return self._writer

    def check_writable(self) -> None:
        """Raises DatabaseError if the database is read-only or closed."""
        if self._writer is None:
            raise DatabaseError(f"{self.path} was opened for reading only")
        if self._closed:
            raise DatabaseError(f"{self.path} is closed")

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncConnection]:
        """A connection that cannot write. All that it reads in the block is of one moment.

        The block must be short: a reader keeps the write-ahead log from being reused.
        """
        if self._closed:
            raise DatabaseError(f"{self.path} is closed")
        self.reads += 1
        async with self._readers.connect() as connection:
            yield connection

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """All rows of a statement that is kept, without lists among its values: `SqliteReader`.

        For what is read often: it costs a fifth of what it does on a `reader`.
        """
        return await self.run(lambda query: query(statement, values).fetchall())

    async def run(self, work: Callable[[Query], T]) -> T:
        """What `work` makes of rows, in a thread in which it may read them: `SqliteReader`."""
        if self._closed:
            raise DatabaseError(f"{self.path} is closed")
        self.reads += 1
        return await self._fetcher.run(work)

    async def close(self) -> None:
        """Wait for the writer, close all connections and drop the lock. May be called twice."""
        async with self._closing:
            if self._closed:
                return
            self._closed = True
            # The writer is the last to go, because the last connection to close checkpoints.
            await self._readers.dispose()
            await self._fetcher.close()
            if self._writer is not None:
                await self._writer.close()
            if self._lock is not None:
                self._lock.release()


def _found(path: Path, *, create: bool) -> Path:
    """The path with links followed, so that one file has one lock."""
    path = path.resolve()
    if path.is_dir():
        raise DatabaseError(f"{path} is a directory; name a file in it")
    if not path.exists() and not create:
        raise DatabaseError(f"there is no database {path}; check the path, or have it made")
    return path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def take_lock(path: Path) -> LockFile:
    """The lock of the database in `path`, whose folder is made. Raises DatabaseError if held."""
    path = path.resolve()
    lock_path = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return LockFile(lock_path)
    except LockHeld as error:
        raise DatabaseError(
            f"{path} is open for writing by process {error.pid}; stop that process first"
        ) from error
    except OSError as error:
        raise DatabaseError(
            f"{lock_path} cannot be written ({error.strerror}); make its directory writable"
        ) from error


def _try_open(path: Path, mode: Literal["ro", "rw", "rwc"]) -> None:
    """Make the file, with `rwc`, or find out that it cannot be opened, from this thread.

    Raises sqlite3.Error. The driver's own thread would, after such a failure, outlive the event
    loop of a command that ends with it, and print a traceback.
    """
    sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True).close()
