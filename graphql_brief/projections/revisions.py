"""Revisions, the events of one command on one stream: their rows, and a stream's history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.commits import commits_of
from graphql_brief.log.port import Recorded
from graphql_brief.projections.columns import from_micros, micros
from graphql_brief.projections.keyset import write_cursor
from graphql_brief.projections.stretch import Stretch
from graphql_brief.projections.tables import rm_revision

CURSOR = "REVISION"
"""The name of history's order in cursors."""


# A change note is kept with the first event of its command.
_WITHOUT_NOTE = (
    sa.update(rm_revision)
    .where(
        rm_revision.c.stream == sa.bindparam("of"),
        rm_revision.c.first_version == sa.bindparam("version"),
    )
    .values(change_note=None)
)


class Revision(NamedTuple):
    """The events of one command on one stream."""

    stream: str
    first_version: int
    last_version: int
    first_position: int
    last_position: int
    command_id: str
    actor: str
    recorded_at: datetime
    significance: Significance
    change_note: str | None
    cursor: str


def write(connection: sa.Connection, stretch: Stretch) -> None:
    """Add the revisions of a stretch."""
    groups = list(commits_of(stretch.recorded))
    if _continued(connection, groups[0]):
        del groups[0]
    if groups:
        connection.execute(sa.insert(rm_revision), [_row(events) for events in groups])
    erased = [
        {"of": found.stream, "version": found.event.version}
        for found in stretch.recorded
        if isinstance(found.event, BodyErased)
    ]
    if erased:
        connection.execute(_WITHOUT_NOTE, erased)


def _continued(connection: sa.Connection, events: Sequence[Recorded]) -> bool:
    """Whether these events end a revision whose first ones were in the stretch before."""
    first, last = events[0], events[-1]
    newest = sa.select(sa.func.max(rm_revision.c.first_version))
    newest = newest.where(rm_revision.c.stream == first.stream)
    result = connection.execute(
        sa.update(rm_revision)
        .where(
            rm_revision.c.stream == first.stream,
            rm_revision.c.first_version == newest.scalar_subquery(),
            rm_revision.c.command_id == first.command_id,
        )
        .values(last_version=last.version, last_position=last.position)
    )
    return result.rowcount == 1


def _row(events: Sequence[Recorded]) -> dict[str, str | int | None]:
    first, last = events[0], events[-1]
    return {
        "stream": first.stream,
        "first_version": first.version,
        "last_version": last.version,
        "first_position": first.position,
        "last_position": last.position,
        "command_id": first.command_id,
        "actor": first.actor,
        "recorded_at": micros(first.recorded_at),
        "significance": first.significance.value,
        "change_note": first.change_note,
    }


def listing(
    stream: str,
    *,
    from_version: int,
    to_version: int | None,
    without: Sequence[tuple[int, int]] = (),
) -> sa.Select[Any]:
    """The revisions of a stream that end within these versions, and in none of those without."""
    query = sa.select(rm_revision).where(
        rm_revision.c.stream == stream, rm_revision.c.last_version >= from_version
    )
    if to_version is not None:
        query = query.where(rm_revision.c.last_version <= to_version)
    for first, last in without:
        query = query.where(~rm_revision.c.last_version.between(first, last))
    return query


async def ending_at(
    connection: AsyncConnection, ends: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Revision]:
    """The revisions of these streams that end at these versions, as many as there are."""
    query = sa.select(rm_revision).where(sa.or_(*(_ending_at(*end) for end in ends)))
    found = [revived(row) for row in await connection.execute(query)]
    return {(row.stream, row.last_version): row for row in found}


def _ending_at(stream: str, version: int) -> sa.ColumnElement[bool]:
    """By the table's key: the last revision that begins at the version or before it."""
    begun = rm_revision.alias()
    newest = sa.select(sa.func.max(begun.c.first_version)).where(
        begun.c.stream == stream, begun.c.first_version <= version
    )
    return sa.and_(
        rm_revision.c.stream == stream,
        rm_revision.c.first_version == newest.scalar_subquery(),
        rm_revision.c.last_version == version,
    )


def revived(row: sa.Row[Any]) -> Revision:
    """The revision that a row of rm_revision holds."""
    return Revision(
        stream=row.stream,
        first_version=row.first_version,
        last_version=row.last_version,
        first_position=row.first_position,
        last_position=row.last_position,
        command_id=row.command_id,
        actor=row.actor,
        recorded_at=from_micros(row.recorded_at),
        significance=Significance(row.significance),
        change_note=row.change_note,
        cursor=write_cursor(CURSOR, (row.first_version,)),
    )
