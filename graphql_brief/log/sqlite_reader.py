"""Rows of an SQLite file, read in threads: one way there and back for a whole statement.

A connection that the event loop speaks to goes that way for each step: eight times, from the
beginning of a transaction to its end. That is most of what a small read costs.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache, partial
from itertools import chain
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

Rows = list[tuple[Any, ...]]
Statement = sa.Select[*tuple[Any, ...]]
"""One that is kept: it is written in SQL once."""

T = TypeVar("T")

HELD_ROWS = 64
"""Rows that are read right after one another cost less than rows read one at a time between other
work, and less than a list of all of them."""


class Query:
    """Asks a connection for rows, in the thread that has it."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.text: str | None = None
        """What was asked last, in SQL."""
        self._driver = driver
        self._cursors: list[sqlite3.Cursor] = []

    def __call__(self, statement: Statement, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """The rows of a statement, as the driver gives them. No value may be a list."""
        self.text, bound = _written(statement)
        found = self._driver.execute(self.text, {**bound, **values})
        self._cursors.append(found)
        return found

    def stream(self, statement: Statement, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The same rows, of which only a few are held at once."""
        found = self(statement, values)
        return chain.from_iterable(iter(partial(found.fetchmany, HELD_ROWS), []))

    def close(self) -> None:
        """Leave the rows that were not read: as long as there are some, the reading goes on."""
        for cursor in self._cursors:
            cursor.close()


class SqliteReader:
    """Reads on connections of its own, on as many at once as it has threads."""

    def __init__(self, engine: sa.Engine, threads: int) -> None:
        """`engine` lends as many connections, to any thread; they are opened when needed."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sqlite-reader")

    async def run(self, work: Callable[[Query], T]) -> T:
        """What `work` makes of rows: a plain function, called in a thread.

        Raises DBAPIError, as a connection of SQLAlchemy does.
        """

        def run() -> T:
            text = None
            try:
                with closing(self._engine.raw_connection()) as lent:
                    driver: Any = lent.driver_connection
                    with closing(Query(driver)) as query:
                        try:
                            return work(query)
                        finally:
                            text = query.text
            except sqlite3.Error as error:
                raise sa.exc.DBAPIError(text, None, error, hide_parameters=True) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def close(self) -> None:
        """Close the connections, once what was asked for before is done."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


@lru_cache(maxsize=64)
def _written(statement: Statement) -> tuple[str, dict[str, Any]]:
    """A statement in SQL, with the values that it brings along."""
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    return str(compiled), dict(compiled.params)
