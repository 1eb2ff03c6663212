"""Rows of an SQLite file, fetched in threads: one way there and back for a whole statement.

A connection that the event loop speaks to goes that way for each step: eight times, from the
beginning of a transaction to its end. That is most of what a small read costs.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

Rows = list[tuple[Any, ...]]


class SqliteReader:
    """Fetches rows on connections of its own, as many at once as it has threads."""

    def __init__(self, engine: sa.Engine, threads: int) -> None:
        """`engine` lends as many connections, to any thread; they are opened when needed."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sqlite-reader")

    async def fetch(
        self, statement: sa.Select[*tuple[Any, ...]], values: Mapping[str, Any]
    ) -> Rows:
        """All rows of a statement, as the driver gives them. No value may be a list.

        The statement must be one that is kept: it is written in SQL once. Raises DBAPIError, as a
        connection of SQLAlchemy does.
        """
        text, bound = _written(statement)

        def rows() -> Rows:
            try:
                with closing(self._engine.raw_connection()) as lent:
                    driver: Any = lent.driver_connection
                    found: Rows = driver.execute(text, {**bound, **values}).fetchall()
            except sqlite3.Error as error:
                raise sa.exc.DBAPIError(text, None, error, hide_parameters=True) from error
            return found

        return await asyncio.get_running_loop().run_in_executor(self._threads, rows)

    async def close(self) -> None:
        """Close the connections, once what was asked for before is done."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


@lru_cache(maxsize=64)
def _written(statement: sa.Select[*tuple[Any, ...]]) -> tuple[str, dict[str, Any]]:
    """A statement in SQL, with the values that it brings along."""
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    return str(compiled), dict(compiled.params)
