"""Reading a log that is kept in SQL tables: what its adapters have from here, as they are logs.

Every read is one statement, and so of one moment; what erased the bodies that it does not find is
there to be asked for from then on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.log import recording, reviving
from graphql_brief.log.append import command_of, head_of
from graphql_brief.log.bisection import SELECT_POSITION_AT, SELECT_VERSION_AT, positions_of
from graphql_brief.log.deleting import SELECT_ERASED_VERSIONS, erasers_of
from graphql_brief.log.envelope import time_text
from graphql_brief.log.port import Appended, Head, LogBroken, Recorded, Stamped, T
from graphql_brief.log.reviving import EraserOf, Rows
from graphql_brief.log.tables import log_body, log_command, log_event, log_head, log_stream


def _select(*columns: sa.Column[Any]) -> sa.Select[Any]:
    # An outer join: an event that lost its body must be seen, not passed over.
    return (
        sa.select(log_event.c.position, log_event.c.header, *columns, log_body.c.body)
        .select_from(log_event.outerjoin(log_body))
        .limit(bindparam("limit"))
    )


_SELECT_EVENTS = _select(log_event.c.leaf_hash, log_body.c.salt)
_SELECT_AFTER = _SELECT_EVENTS.where(log_event.c.position > bindparam("after")).order_by(
    log_event.c.position
)


def _select_after_of(streams: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return _SELECT_EVENTS.where(log_event.c.position.in_(positions_of(streams))).order_by(
        log_event.c.position
    )


_SELECT_AFTER_OF = _select_after_of(log_stream.c.stream.in_(bindparam("streams", expanding=True)))
# An array is one parameter, however many streams there are.
_SELECT_AFTER_OF_ARRAY = _select_after_of(
    log_stream.c.stream == sa.func.any(bindparam("streams", type_=ARRAY(log_stream.c.stream.type)))
)
_OF_STREAM = (
    log_event.c.stream == bindparam("stream"),
    log_event.c.version > bindparam("after"),
    log_event.c.version <= bindparam("up_to"),
)
_SELECT_VERSIONS = _SELECT_EVENTS.where(*_OF_STREAM).order_by(log_event.c.version)
_SELECT_STAMPED = _select().where(*_OF_STREAM).order_by(log_event.c.version)
_SELECT_HEADS = sa.select(log_head)
_SELECT_COMMAND = sa.select(log_command).where(
    log_command.c.actor == bindparam("actor"),
    log_command.c.idempotency_key == bindparam("idempotency_key"),
)
_SELECT_COMMITS = sa.select(log_event.c.stream, log_event.c.command_id).where(
    log_event.c.position.in_([bindparam("before"), bindparam("position")])
)
_BEYOND_ANY_VERSION = 2**53

Look = Callable[[Rows, EraserOf], T]
"""Makes something of rows, and may ask what erased the bodies that are missing."""
Reader = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Lends a connection to read on."""


class Reading:
    """The reads of `EventLog`, on connections that a database lends."""

    def __init__(self, reader: Reader, *, by_arrays: bool = False) -> None:
        """`by_arrays`: the database has arrays."""
        self._reader = reader
        self._select_after_of = _SELECT_AFTER_OF_ARRAY if by_arrays else _SELECT_AFTER_OF

    async def head(self) -> Head:
        """See `EventLog`."""
        async with self._reader() as connection:
            rows = (await connection.execute(_SELECT_HEADS)).all()
        return head_of(rows)[1]

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """See `EventLog`."""
        recording.check_limit(limit)
        bounds = {"after": max(after, 0), "limit": limit}
        if streams is None:
            found = await self._look(_SELECT_AFTER, bounds, _events_of)
            _check_gapless("position", bounds["after"], (event.position for event in found))
            return found
        named = sorted(filter(recording.can_be_named, streams))
        asked = {**bounds, "streams": named}
        return await self._look_on(self._select_after_of, asked, _events_of)

    async def read_stream(
        self,
        stream: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> list[Recorded]:
        """See `EventLog`."""
        bounds = _bounds(stream, after_version, up_to_version, limit)
        if not recording.can_be_named(stream):
            return []
        found = await self._look(_SELECT_VERSIONS, bounds, _events_of)
        _check_gapless(f"version of {stream}", bounds["after"], (event.version for event in found))
        return found

    async def read_stamped(
        self,
        stream: str,
        take: Callable[[Iterable[Stamped]], T],
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> T:
        """See `EventLog`."""
        bounds = _bounds(stream, after_version, up_to_version, limit)
        if not recording.can_be_named(stream):
            return take(())

        def taken(rows: Rows, eraser_of: EraserOf) -> T:
            return take(reviving.stamped_of(rows, eraser_of, stream, bounds["after"]))

        return await self._look(_SELECT_STAMPED, bounds, taken)

    async def _look(self, statement: sa.Select[Any], values: Mapping[str, Any], look: Look[T]) -> T:
        """What `look` makes of rows that begin with a position and end with a body.

        There are no lists among the values.
        """
        return await self._look_on(statement, values, look)

    async def _look_on(
        self, statement: sa.Select[Any], values: Mapping[str, Any], look: Look[T]
    ) -> T:
        """The same on a lent connection, of any statement."""
        async with self._reader() as connection:
            rows = (await connection.execute(statement, values)).all()
            bare = [row[0] for row in rows if row[-1] is None]
            erasers = await erasers_of(connection, bare) if bare else {}
        return look(rows, erasers.get)

    async def _rows(
        self, statement: sa.Select[Any], values: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """All rows of a statement without lists among its values."""
        async with self._reader() as connection:
            found: Sequence[Sequence[Any]] = (await connection.execute(statement, values)).all()
        return found

    async def version_at(self, stream: str, position: int) -> int:
        """See `EventLog`."""
        if not recording.can_be_named(stream):
            return 0
        what = f"version of {stream}"
        return await self._place(what, SELECT_VERSION_AT, stream=stream, position=position)

    async def position_at(self, time: datetime) -> int:
        """See `EventLog`."""
        return await self._place("position", SELECT_POSITION_AT, time=time_text(time))

    async def begins_commit(self, position: int) -> bool:
        """Whether the event at a position and the one before it are of different appends.

        Told by the columns beside them, so that neither needs to be understood.
        """
        asked = {"before": position - 1, "position": position}
        async with self._reader() as connection:
            commits = (await connection.execute(_SELECT_COMMITS, asked)).all()
        return len(commits) == len(set(commits))

    async def _place(self, what: str, statement: sa.Select[Any], **values: Any) -> int:
        ((low, high),) = await self._rows(statement, values)
        if low is None:
            return 0
        if low != high:
            raise LogBroken(f"{what} {(low + high + 1) // 2} is missing")
        return int(low)

    async def find_command(self, actor: str, idempotency_key: str) -> tuple[Appended, str] | None:
        """See `EventLog`."""
        if not (recording.can_be_named(actor) and recording.can_be_named(idempotency_key)):
            return None
        async with self._reader() as connection:
            row = (
                await connection.execute(
                    _SELECT_COMMAND, {"actor": actor, "idempotency_key": idempotency_key}
                )
            ).one_or_none()
        return None if row is None else command_of(row)

    async def erased_versions(self, stream: str) -> frozenset[int]:
        """See `EventLog`."""
        if not recording.can_be_named(stream):
            return frozenset()
        rows = await self._rows(SELECT_ERASED_VERSIONS, {"stream": stream})
        return frozenset(version for (version,) in rows)


def _events_of(rows: Rows, eraser_of: EraserOf) -> list[Recorded]:
    return list(reviving.events_of(rows, eraser_of))


def _bounds(stream: str, after: int, up_to: int | None, limit: int) -> dict[str, Any]:
    """What is asked of a stream. Raises ValueError for a limit out of bounds."""
    recording.check_limit(limit)
    end = _BEYOND_ANY_VERSION if up_to is None else up_to
    return {"stream": stream, "after": max(after, 0), "up_to": end, "limit": limit}


def _check_gapless(what: str, after: int, numbers: Iterable[int]) -> None:
    for expected, number in enumerate(numbers, after + 1):
        if number != expected:
            raise LogBroken(f"{what} {expected} is missing")
