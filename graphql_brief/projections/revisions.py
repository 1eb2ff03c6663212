"""Rows of revisions: the events of one command on one stream, which history lists."""

from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.log.port import Recorded
from graphql_brief.projections.columns import micros
from graphql_brief.projections.stretch import Stretch
from graphql_brief.projections.tables import rm_revision


async def write(connection: AsyncConnection, stretch: Stretch) -> None:
    """Add the revisions of a stretch."""
    groups = [
        list(events)
        for _, events in groupby(
            stretch.recorded, key=lambda found: (found.stream, found.command_id)
        )
    ]
    if await _continued(connection, groups[0]):
        del groups[0]
    if groups:
        await connection.execute(sa.insert(rm_revision), [_row(events) for events in groups])


async def _continued(connection: AsyncConnection, events: Sequence[Recorded]) -> bool:
    """Whether these events end a revision whose first ones were in the stretch before."""
    first, last = events[0], events[-1]
    result = await connection.execute(
        sa.update(rm_revision)
        .where(
            rm_revision.c.stream == first.stream,
            rm_revision.c.command_id == first.command_id,
            rm_revision.c.last_position == first.position - 1,
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
