"""The log in SQLite: the embedded default, one process, one writing connection."""

import logging
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from graphql_brief.log import recording
from graphql_brief.log.append import append_in
from graphql_brief.log.bulk import ByParameters
from graphql_brief.log.database import Database
from graphql_brief.log.group import GroupCommit
from graphql_brief.log.known import check_readable
from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    Clock,
    DatabaseError,
    Entropy,
    Head,
    Listener,
    Recorded,
    erasures,
)
from graphql_brief.log.reading import Reading
from graphql_brief.log.recording import Prepared
from graphql_brief.log.tables import log_head

_BULK = ByParameters()
_logger = logging.getLogger(__name__)


class SqliteLog:
    """An `EventLog` in the tables of a `Database`, whose owner closes that after the log."""

    broken: None = None
    """Nobody else appends."""
    heard_seconds_ago: None = None
    """There is no server."""

    def __init__(self, database: Database, origin: str, clock: Clock, entropy: Entropy) -> None:
        self.origin = origin
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._reading = Reading(database.reader)
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
        if any(erasures(outcome.recorded) for outcome in outcomes):
            await self._scrub()
        return [outcome.result for outcome in outcomes]

    async def _scrub(self) -> None:
        try:
            await self._database.scrub()
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            # The erasure is committed: who asked for it must not be told that it failed.
            _logger.warning(
                "%s-wal may hold what was erased (%s): see what doctor says of the disk, then "
                "start the server anew",
                self._database.path,
                error,
            )

    async def head(self) -> Head:
        """See `EventLog`."""
        return await self._reading.head()

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """See `EventLog`."""
        return await self._reading.read(after=after, limit=limit, streams=streams)

    async def read_stream(
        self,
        stream: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> list[Recorded]:
        """See `EventLog`."""
        return await self._reading.read_stream(
            stream, after_version=after_version, up_to_version=up_to_version, limit=limit
        )

    async def version_at(self, stream: str, position: int) -> int:
        """See `EventLog`."""
        return await self._reading.version_at(stream, position)

    async def position_at(self, time: datetime) -> int:
        """See `EventLog`."""
        return await self._reading.position_at(time)

    async def find_command(self, actor: str, idempotency_key: str) -> tuple[Appended, str] | None:
        """See `EventLog`."""
        return await self._reading.find_command(actor, idempotency_key)

    async def erased_versions(self, stream: str) -> frozenset[int]:
        """See `EventLog`."""
        return await self._reading.erased_versions(stream)

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        await self._appends.close()
