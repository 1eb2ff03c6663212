"""The log in SQLite: the embedded default, one process, one writing connection."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from graphql_brief.log import recording
from graphql_brief.log.append import append_in
from graphql_brief.log.bulk import ByParameters
from graphql_brief.log.database import Database
from graphql_brief.log.deleting import eraser_of
from graphql_brief.log.group import GroupCommit
from graphql_brief.log.known import check_readable
from graphql_brief.log.port import (
    Append,
    AppendResult,
    Clock,
    DatabaseError,
    Entropy,
    Listener,
    T,
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
        self._appends = GroupCommit(self._commit)

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
        return self._appends.queued

    async def _rows(
        self, statement: sa.Select[Any], values: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        return await self._database.fetch(statement, values)

    async def _look(self, statement: sa.Select[Any], values: Mapping[str, Any], look: Look[T]) -> T:
        def work(query: Query) -> T:
            return look(query.stream(statement, values), partial(eraser_of, query))

        return await self._database.run(work)

    async def append(self, request: Append) -> AppendResult:
        """See `EventLog`."""
        return await self._appends.append(recording.prepare(request, self._entropy))

    async def _commit(self, batch: Sequence[Prepared]) -> Sequence[AppendResult | ValueError]:
        now = self._clock()
        # A crash in here leaves the log as it was: SQLite passes over what it finds in the
        # write-ahead log of a transaction without a commit.
        _, outcomes = await self._database.write(
            lambda connection: append_in(connection, batch, now, _BULK)
        )
        # First of all: what is committed is told, whatever becomes of the rest.
        for outcome in outcomes:
            if outcome.recorded:
                for listener in self._listeners:
                    listener(outcome.recorded)
        # A crash before or in this leaves bytes of an erased body in the write-ahead log, until the
        # next start.
        told = zip(batch, outcomes, strict=True)
        if any(prepared.erases and outcome.recorded for prepared, outcome in told):
            await self._database.scrub_or_warn()
        return [outcome.result for outcome in outcomes]

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        await self._appends.close()
