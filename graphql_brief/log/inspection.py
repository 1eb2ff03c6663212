"""A log's rows as they are stored, for who must know whether they are right.

`EventLog` gives events and raises at the first row that it cannot understand. Here every row is
had, and what it says is taken for nothing more than what is stored there.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.domain.events import BodyErased
from graphql_brief.log import codec
from graphql_brief.log.envelope import decode_header
from graphql_brief.log.integrity import Check, Checked, Eraser, EventRow, HeadRow
from graphql_brief.log.opening import sqlite_path
from graphql_brief.log.port import LogBroken
from graphql_brief.log.sqlite_file import SqliteFile
from graphql_brief.log.tables import (
    log_body,
    log_erasure,
    log_event,
    log_event_type,
    log_head,
    log_stream,
)

PAGE_EVENTS = 500
"""Most events that are read at once: a reader holds up the log's writer if it reads for long."""


class Readable(Protocol):
    """A database that holds a log."""

    def reader(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection to read on."""


class Kind(NamedTuple):
    """Events of one type and schema version."""

    type: str
    schema: int
    first: int
    """The position of the first that was recorded."""


class Erasure(NamedTuple):
    """A body that was erased, and what the log says of that."""

    position: int
    leaf_hash: bytes
    """Of the event whose body is gone."""
    erased_by: int
    """The position of the event that says so."""
    header: bytes
    """Of that event."""
    by: BodyErased


Tell = Callable[[int, int], None]
"""Takes how many events are done, and of how many."""

_previous = log_event.alias("previous")
_eraser = log_event.alias("eraser")
_eraser_body = log_body.alias("eraser_body")
_EVENT_COLUMNS = (
    *(log_event.c[name] for name in ("position", "stream", "version", "type", "schema")),
    *(log_event.c[name] for name in ("event_id", "command_id", "recorded_at")),
    *(log_event.c.header, log_event.c.leaf_hash, log_body.c.salt, log_body.c.body),
    _previous.c.position.label("previous_position"),
    _previous.c.leaf_hash.label("previous_leaf"),
    log_stream.c.version.label("stream_version"),
    log_stream.c.leaf_hash.label("stream_leaf"),
    log_stream.c.position.label("stream_position"),
)
_ERASER_COLUMNS = (
    log_erasure.c.erased_by,
    _eraser.c.stream.label("eraser_stream"),
    _eraser.c.type.label("eraser_type"),
    _eraser.c.schema.label("eraser_schema"),
    _eraser_body.c.body.label("eraser_body"),
)
_SELECT_PAGE = (
    sa.select(*_EVENT_COLUMNS, *_ERASER_COLUMNS)
    .select_from(
        log_event.outerjoin(log_body, log_body.c.position == log_event.c.position)
        .outerjoin(
            _previous,
            sa.and_(
                _previous.c.stream == log_event.c.stream,
                _previous.c.version == log_event.c.version - 1,
            ),
        )
        .outerjoin(log_stream, log_stream.c.stream == log_event.c.stream)
        .outerjoin(log_erasure, log_erasure.c.position == log_event.c.position)
        .outerjoin(_eraser, _eraser.c.position == log_erasure.c.erased_by)
        .outerjoin(_eraser_body, _eraser_body.c.position == log_erasure.c.erased_by)
    )
    .where(log_event.c.position > bindparam("after"), log_event.c.position <= bindparam("up_to"))
    .order_by(log_event.c.position)
    .limit(bindparam("limit"))
)
_SELECT_HEAD = sa.select(
    log_head, sa.select(sa.func.max(log_event.c.position)).scalar_subquery().label("last")
)
_SELECT_EMPTY_STREAMS = (
    sa.select(log_stream.c.stream)
    .select_from(
        log_stream.outerjoin(
            log_event,
            sa.and_(
                log_event.c.stream == log_stream.c.stream,
                log_event.c.version == log_stream.c.version,
            ),
        )
    )
    .where(log_event.c.position.is_(None))
    .order_by(log_stream.c.stream)
)
_SELECT_KINDS = sa.select(
    log_event_type.c.type, log_event_type.c.schema, log_event_type.c.position
).order_by(log_event_type.c.position)
_SELECT_ERASURES = (
    sa.select(
        log_erasure.c.position,
        log_event.c.leaf_hash,
        log_erasure.c.erased_by,
        _eraser.c.header,
        _eraser.c.schema,
        _eraser_body.c.body,
    )
    .select_from(
        log_erasure.join(log_event, log_event.c.position == log_erasure.c.position)
        .join(_eraser, _eraser.c.position == log_erasure.c.erased_by)
        .join(_eraser_body, _eraser_body.c.position == log_erasure.c.erased_by)
    )
    .order_by(log_erasure.c.erased_by, log_erasure.c.position)
)


@asynccontextmanager
async def open_rows(url: str) -> AsyncIterator[Readable]:
    """The database of a URL, to be read as it is; another process may be writing.

    Its format is not looked at. Raises DatabaseError if it cannot be read.
    """
    path = sqlite_path(url)
    async with AsyncExitStack() as stack:
        if path is not None:
            file = await SqliteFile.open(path, create=False, read_only=True)
            stack.push_async_callback(file.close)
            yield file
        else:
            # Not above: who keeps the log in SQLite does not wait for what he does not use.
            from graphql_brief.log.postgres_database import PostgresDatabase

            server = await PostgresDatabase.look(url)
            stack.push_async_callback(server.close)
            yield server


async def head_of(database: Readable) -> HeadRow:
    """Where a log ends. Raises LogBroken unless there is one log."""
    async with database.reader() as connection:
        rows = (await connection.execute(_SELECT_HEAD)).all()
    if len(rows) != 1:
        raise LogBroken(f"log_head has {len(rows)} rows, not one")
    (row,) = rows
    return HeadRow(row.origin, row.position, row.recorded_at, row.last or 0)


async def leaf_at(database: Readable, position: int) -> bytes | None:
    """The leaf hash that is stored at a position; None if there is none."""
    at = sa.select(log_event.c.leaf_hash).where(log_event.c.position == position)
    async with database.reader() as connection:
        found: bytes | None = (await connection.execute(at)).scalar()
    return found


async def kinds_of(database: Readable) -> list[Kind]:
    """Which events a log holds."""
    async with database.reader() as connection:
        return [Kind(*row) for row in await connection.execute(_SELECT_KINDS)]


async def erasures_of(database: Readable) -> list[Erasure]:
    """What was erased in a log, in the order in which it was."""
    async with database.reader() as connection:
        rows = (await connection.execute(_SELECT_ERASURES)).all()
    found = []
    for row in rows:
        by, _ = codec.decode(decode_header(row.header).type, row.schema, row.body)
        if not isinstance(by, BodyErased):
            raise LogBroken(f"position {row.erased_by} erases nothing, and log_erasure names it")
        found.append(Erasure(row.position, row.leaf_hash, row.erased_by, row.header, by))
    return found


async def check_log(
    database: Readable,
    tell: Tell = lambda done, total: None,
    *,
    newest: int | None = None,
    page_events: int = PAGE_EVENTS,
) -> Checked:
    """Check a log up to where its head is at the beginning, or only the `newest` events of it.

    Appends may go on meanwhile. Raises LogBroken unless there is one log.
    """
    head = await head_of(database)
    first = 1 if newest is None else max(1, head.position - newest + 1)
    check = Check(head, first)
    limit = page_events
    while check.position < head.position:
        try:
            page = await _page(database, check.position, head.position, limit)
        except sa.exc.DBAPIError as error:
            # The file itself is damaged there: the rows before are to be had in smaller pages.
            if limit == 1:
                check.fault(check.position + 1, f"it cannot be read: {error.orig}")
                break
            limit = max(1, limit // 8)
            continue
        for row in page:
            check.take(row)
        tell(check.position - first + 1, head.position - first + 1)
        if len(page) < limit:
            break
    if newest is None:
        await _check_streams(database, check)
    return check.end()


async def _page(database: Readable, after: int, up_to: int, limit: int) -> list[EventRow]:
    async with database.reader() as connection:
        rows = await connection.execute(
            _SELECT_PAGE, {"after": after, "up_to": up_to, "limit": limit}
        )
        return [_event_row(*row) for row in rows]


def _event_row(*row: Any) -> EventRow:
    *event, erased_by, stream, type_, schema, body = row
    eraser = None if erased_by is None else Eraser(erased_by, stream, type_, schema, body)
    return EventRow._make([*event, eraser])


async def _check_streams(database: Readable, check: Check) -> None:
    try:
        async with database.reader() as connection:
            for (stream,) in await connection.execute(_SELECT_EMPTY_STREAMS):
                check.fault(None, f"log_stream ends {stream} at a version that it does not have")
    except sa.exc.DBAPIError as error:
        check.fault(None, f"log_stream cannot be read: {error.orig}")
