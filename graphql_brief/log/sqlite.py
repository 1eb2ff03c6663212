"""The log in SQLite: the embedded default, one process, one writing connection."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from graphql_brief.log import recording
from graphql_brief.log.append import Outcome, append_in
from graphql_brief.log.bulk import ByParameters
from graphql_brief.log.database import Database
from graphql_brief.log.deleting import eraser_of
from graphql_brief.log.known import check_readable
from graphql_brief.log.pipeline import Committed, Pipeline
from graphql_brief.log.port import (
    Append,
    AppendResult,
    Clock,
    DatabaseError,
    Entropy,
    Listener,
    Recorded,
    T,
    erasures,
)
from graphql_brief.log.reading import Look, Reading
from graphql_brief.log.recording import Prepared
from graphql_brief.log.sqlite_reader import Query
from graphql_brief.log.tables import log_head

_BULK = ByParameters()


class SqliteLog(Reading):
    """An `EventLog` in the tables of a `Database`, whose owner closes that after the log."""

    broken: None = None
    """Nobody else appends."""
    heard_seconds_ago: None = None
    """There is no server."""

    def __init__(self, database: Database, origin: str, clock: Clock, entropy: Entropy) -> None:
        super().__init__(database.reader)
        self.origin = origin
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._listeners: list[Listener] = []
        self._loop = asyncio.get_running_loop()
        self._appends = Pipeline(database.submit, self._transact, self._deliver).queue

    @classmethod
    async def open(
        cls,
        database: Database,
        *,
        clock: Clock,
        entropy: Entropy = os.urandom,
        origin: str | None = None,
    ) -> "SqliteLog":
        """The log in this database; an empty one is begun if there is none.

        `origin` is for a new log; without it, one is made up. Raises DatabaseError if the
        database is read-only and holds no log, or if its log has another origin, and UnknownEvent
        if the log holds an event that newer code wrote.
        """
        async with database.reader() as connection:
            found = (await connection.execute(sa.select(log_head.c.origin))).scalar_one_or_none()
            await connection.run_sync(check_readable)
        if found is None:
            begun = origin or recording.new_origin(entropy)
            row = {"origin": begun, "position": 0}
            await database.write(lambda connection: connection.execute(log_head.insert(), row))
        elif origin not in (None, found):
            raise DatabaseError(
                f"{database.path} holds the log {found}, not {origin}; name another file"
            )
        else:
            begun = found
        return cls(database, begun, clock, entropy)

    @property
    def queued(self) -> int:
        """See `EventLog`."""
        return len(self._appends)

    async def _rows(
        self, statement: sa.Select[Any], values: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        return await self._database.fetch(statement, values)

    async def _look(self, statement: sa.Select[Any], values: Mapping[str, Any], look: Look[T]) -> T:
        def work(query: Query) -> T:
            return look(query.stream(statement, values), partial(eraser_of, query))

        return await self._database.run(work)

    async def append(self, request: Append) -> AppendResult:
        """See `EventLog`. Raises DatabaseError as `SqliteFile.write` does."""
        self._database.check_writable()
        return await self._appends.append(recording.prepare(request, self._entropy))

    def _transact(self, batch: Sequence[Prepared], before_commit: Callable[[], None]) -> Committed:
        def write(connection: sa.Connection) -> list[Outcome]:
            appending = append_in(connection, batch, self._clock(), _BULK)
            before_commit()
            return appending.outcomes

        # A crash in here leaves the log as it was: SQLite passes over what it finds in the
        # write-ahead log of a transaction without a commit.
        outcomes = self._database.writer.transact(write)
        results = [outcome.result for outcome in outcomes]
        commits = [outcome.recorded for outcome in outcomes if outcome.recorded]
        if any(erasures(commit) for commit in commits):
            # First of all: what is committed is told, whatever becomes of the rest. (The loop, not
            # the callers, would hear of a listener that raises.)
            self._loop.call_soon_threadsafe(self._deliver, commits)
            # A crash before or in this leaves bytes of an erased body in the write-ahead log, until
            # the next start.
            self._database.writer.scrub_or_warn()
            commits = []
        return Committed(results, commits)

    def _deliver(self, commits: Sequence[Sequence[Recorded]]) -> None:
        for commit in commits:
            for listener in self._listeners:
                listener(commit)

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        await self._appends.close()
