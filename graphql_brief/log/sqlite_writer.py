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
        """`engine` has one connection, which is opened when it is first needed."""
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` gives, once its transaction is committed.

        An exception in it rolls back. What was begun is finished, also if the caller is cancelled:
        they are told nothing then of whether it was committed. What was not begun never is.
        """

        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return await self._run(transaction)

    async def outside(self, work: Callable[[Any], T]) -> T:
        """What `work` gives on the driver's own connection (sqlite3), in no transaction."""

        def bare() -> T:
            lent = self._engine.raw_connection()
            try:
                return work(lent.driver_connection)
            finally:
                lent.close()

        return await self._run(bare)

    async def close(self) -> None:
        """Close the connection, once what was asked for before is done."""
        # In the thread that opened it: the driver lets no other one touch it.
        await self._run(self._engine.dispose)
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
