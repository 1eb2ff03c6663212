"""The one connection that writes an SQLite file, in a thread of its own.

A transaction is a plain function that is handed to the thread whole: between the event loop and the
database it goes there and back once, however many statements it has, and the loop serves others
meanwhile.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")


class SqliteWriter:
    """Runs functions on the writing connection, one after the other, in the order of the calls."""

    def __init__(self, engine: sa.Engine) -> None:
        """`engine` has one connection, which is opened when it is first needed, and then kept:
        to take it from the engine and to give it back costs more than to begin and to commit."""
        self._engine = engine
        self._kept: sa.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` gives, once its transaction is committed.

        An exception in it rolls back. What was begun is finished, also if the caller is cancelled:
        they are told nothing then of whether it was committed. What was not begun never is.
        """

        def transaction() -> T:
            connection = self._connection()
            with connection.begin():
                return work(connection)

        return await self._run(transaction)

    async def outside(self, work: Callable[[Any], T]) -> T:
        """What `work` gives on the driver's own connection (sqlite3), in no transaction."""

        def bare() -> T:
            return work(self._connection().connection.driver_connection)

        return await self._run(bare)

    async def close(self) -> None:
        """Close the connection, once what was asked for before is done."""

        def end() -> None:
            if self._kept is not None:
                self._kept.close()
            self._engine.dispose()

        # In the thread that opened it: the driver lets no other one touch it.
        await self._run(end)
        self._thread.shutdown()

    def _connection(self) -> sa.Connection:
        if self._kept is None:
            self._kept = self._engine.connect()
        return self._kept

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
