"""The log in SQLite: the embedded default, one process, one writing connection."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from graphql_brief.log import recording
from graphql_brief.log.append import (
    SELECT_COMMAND,
    Outcome,
    append_in,
    command_of,
    take_head,
)
from graphql_brief.log.database import Database, DatabaseError
from graphql_brief.log.deleting import SELECT_ERASED_VERSIONS, erasers_of
from graphql_brief.log.envelope import time_text
from graphql_brief.log.group import GroupCommit
from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    Clock,
    Entropy,
    Head,
    Listener,
    LogBroken,
    Recorded,
    erasures,
)
from graphql_brief.log.recording import Prepared
from graphql_brief.log.tables import log_body, log_event, log_head

# An outer join: an event that lost its body must be seen, not passed over.
_SELECT_EVENTS = (
    sa.select(
        log_event.c.position,
        log_event.c.header,
        log_event.c.leaf_hash,
        log_body.c.salt,
        log_body.c.body,
    )
    .select_from(log_event.outerjoin(log_body))
    .limit(bindparam("limit"))
)
_SELECT_AFTER = _SELECT_EVENTS.where(log_event.c.position > bindparam("after")).order_by(
    log_event.c.position
)
_SELECT_AFTER_OF = _SELECT_AFTER.where(log_event.c.stream.in_(bindparam("streams", expanding=True)))
_SELECT_VERSIONS = _SELECT_EVENTS.where(
    log_event.c.stream == bindparam("stream"),
    log_event.c.version > bindparam("after"),
    log_event.c.version <= bindparam("up_to"),
).order_by(log_event.c.version)
_SELECT_VERSION_AT = (
    sa.select(log_event.c.version)
    .where(log_event.c.stream == bindparam("stream"), log_event.c.position <= bindparam("position"))
    .order_by(log_event.c.position.desc())
    .limit(1)
)
_SELECT_POSITION_AT = (
    sa.select(log_event.c.position)
    .where(log_event.c.recorded_at <= bindparam("time"))
    .order_by(log_event.c.recorded_at.desc(), log_event.c.position.desc())
    .limit(1)
)
_BEYOND_ANY_VERSION = 2**53


class SqliteLog:
    """An `EventLog` in the tables of a `Database`, whose owner closes that after the log."""

    def __init__(self, database: Database, origin: str, clock: Clock, entropy: Entropy) -> None:
        self.origin = origin
        self._database = database
        self._clock = clock
        self._entropy = entropy
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
        database is read-only and holds no log, or if its log has another origin.
        """
        async with database.reader() as connection:
            found = (await connection.execute(sa.select(log_head.c.origin))).scalar_one_or_none()
        if found is None:
            begun = origin or recording.new_origin(entropy)
            async with database.writer() as connection:
                await connection.execute(log_head.insert(), {"origin": begun, "position": 0})
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

    async def _commit(self, batch: Sequence[Prepared]) -> Sequence[Outcome]:
        async with self._database.writer() as connection:
            # A crash in this block leaves the log as it was: SQLite passes over what it finds in
            # the write-ahead log of a transaction without a commit.
            outcomes = await connection.run_sync(append_in, batch, self._clock())
        # A crash before or in this leaves bytes of an erased body in the files, in pages that
        # nothing leads to, until the next start.
        if any(erasures(outcome.recorded) for outcome in outcomes):
            await self._database.scrub()
        return outcomes

    async def head(self) -> Head:
        """See `EventLog`."""
        async with self._database.reader() as connection:
            _, head = await connection.run_sync(take_head)
        return head

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """See `EventLog`."""
        recording.check_limit(limit)
        after = max(after, 0)
        if streams is None:
            found = await self._events(_SELECT_AFTER, after=after, limit=limit)
            _check_gapless("position", after, (event.position for event in found))
            return found
        return await self._events(
            _SELECT_AFTER_OF, after=after, limit=limit, streams=sorted(streams)
        )

    async def read_stream(
        self,
        stream: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> list[Recorded]:
        """See `EventLog`."""
        recording.check_limit(limit)
        after = max(after_version, 0)
        up_to = _BEYOND_ANY_VERSION if up_to_version is None else up_to_version
        found = await self._events(
            _SELECT_VERSIONS, stream=stream, after=after, up_to=up_to, limit=limit
        )
        _check_gapless(f"version of {stream}", after, (event.version for event in found))
        return found

    async def _events(self, statement: sa.Select[Any], **values: Any) -> list[Recorded]:
        async with self._database.reader() as connection:
            rows = (await connection.execute(statement, values)).all()
            erasers = await erasers_of(connection, rows)
        return [
            recording.revive(
                row.position,
                row.header,
                row.leaf_hash,
                row.salt,
                row.body,
                erasers.get(row.position),
            )
            for row in rows
        ]

    async def version_at(self, stream: str, position: int) -> int:
        """See `EventLog`."""
        return await self._number(_SELECT_VERSION_AT, stream=stream, position=position)

    async def position_at(self, time: datetime) -> int:
        """See `EventLog`."""
        return await self._number(_SELECT_POSITION_AT, time=time_text(time))

    async def _number(self, statement: sa.Select[Any], **values: Any) -> int:
        async with self._database.reader() as connection:
            found: int | None = (await connection.execute(statement, values)).scalar()
        return found or 0

    async def find_command(self, actor: str, idempotency_key: str) -> tuple[Appended, str] | None:
        """See `EventLog`."""
        async with self._database.reader() as connection:
            row = (
                await connection.execute(
                    SELECT_COMMAND, {"actor": actor, "idempotency_key": idempotency_key}
                )
            ).one_or_none()
        return None if row is None else command_of(row)

    async def erased_versions(self, stream: str) -> frozenset[int]:
        """See `EventLog`."""
        async with self._database.reader() as connection:
            found = await connection.scalars(SELECT_ERASED_VERSIONS, {"stream": stream})
        return frozenset(found)

    def on_commit(self, listener: Listener) -> None:
        """See `EventLog`."""
        self._appends.listeners.append(listener)

    async def close(self) -> None:
        """See `EventLog`."""
        await self._appends.close()


def _check_gapless(what: str, after: int, numbers: Iterable[int]) -> None:
    for expected, number in enumerate(numbers, after + 1):
        if number != expected:
            raise LogBroken(f"{what} {expected} is missing")
