"""The one connection that writes an SQLite file, in a thread of its own.

A transaction is a plain function that is handed to the thread whole: between the event loop and the
database it goes there and back once, however many statements it has, and the loop serves others
meanwhile.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite_errors import explained, is_of_file

_logger = logging.getLogger(__name__)

T = TypeVar("T")


class SqliteWriter:
    """The writing connection, and its thread, to which functions come in the order of the calls."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        """`engine` has one connection, which is opened when it is first needed, and then kept:
        to take it from the engine and to give it back costs more than to begin and to commit."""
        self._path = path
        self._engine = engine
        self._kept: sa.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives in the thread.

        What was begun is finished, also if the caller is cancelled: they are told nothing then of
        what became of it. What was not begun never is.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def submit(self, work: Callable[[], None]) -> None:
        """Have `work` done in the thread, from any thread. It raises nothing: nobody would hear.

        Raises DatabaseError once closed.
        """
        try:
            self._thread.submit(work)
        except RuntimeError as error:
            raise DatabaseError(f"{self._path} is closed") from error

    async def close(self) -> None:
        """Close the connection, once what was asked for before is done."""

        def end() -> None:
            if self._kept is not None:
                self._kept.close()
            self._engine.dispose()

        await self.run(end)
        self._thread.shutdown()

    # What follows is called in the thread: the driver lets no other one touch the connection.

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` gives, called in a transaction that is committed, and synced, after it.

        An exception rolls it back. Raises DatabaseError if the disk is full or fails.
        """
        try:
            connection = self._connection()
            with connection.begin():
                return work(connection)
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            if not is_of_file(cause):
                raise  # of the statement
            raise explained(self._path, cause) from error

    def scrub(self) -> None:
        """Move what was written into the database file and cut the write-ahead log to nothing.

        After an erasure: pages as they were before would lie in it until they were overwritten.
        Waits for readers under way, as long as a statement waits for a lock; behind longer ones, it
        is left to the next time, and to the end of the process.
        """
        # Outside of any transaction: within one there is no checkpoint.
        driver: Any = self._connection().connection.driver_connection
        ((busy, *_),) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            _logger.warning("%s-wal still holds what was erased: it is being read", self._path)

    def scrub_or_warn(self) -> None:
        """`scrub`; where it fails the erasure stands, and its caller is not told otherwise."""
        try:
            self.scrub()
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            _logger.warning(
                "%s-wal may hold what was erased (%s): see what doctor says of the disk, then "
                "start the server anew",
                self._path,
                error,
            )

    def _connection(self) -> sa.Connection:
        if self._kept is None:
            self._kept = self._engine.connect()
        return self._kept
