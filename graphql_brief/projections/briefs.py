"""Rows of briefs: what lists filter and order by, slugs, subjects, involvements."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.domain.states import Brief
from graphql_brief.projections.columns import folded, micros, sort_key
from graphql_brief.projections.stretch import Stretch, store
from graphql_brief.projections.tables import rm_brief, rm_involvement, rm_slug, rm_subject


async def write(connection: AsyncConnection, stretch: Stretch) -> None:
    """Bring the rows of the stretch's briefs up to its end."""
    briefs = stretch.last_of(Brief)
    if not briefs:
        return
    rows = [_row(brief) for brief in briefs]
    for row in rows:
        if row["id"] in stretch.begun:
            row["number"] = stretch.begun[row["id"]]
    await store(connection, rm_brief, rows, stretch.begun)
    await _set(
        connection,
        rm_slug.c.slug,
        {brief.id: {brief.slug, *brief.former_slugs} for brief in briefs},
    )
    await _set(
        connection,
        rm_subject.c.subject,
        {brief.id: {folded(subject) for subject in brief.subjects} for brief in briefs},
    )
    await _set(
        connection,
        rm_involvement.c.entity,
        {brief.id: {found.entity for found in brief.involvements.values()} for brief in briefs},
    )


def _row(brief: Brief) -> dict[str, str | int]:
    return {
        "id": brief.id,
        "slug": brief.slug,
        "headline": brief.headline,
        "headline_key": sort_key(brief.headline),
        "status": brief.status.value,
        "is_public": int(brief.is_public),
        "language": brief.language,
        "updated_at": micros(brief.updated_at),
        "last_significant_update_at": micros(brief.last_significant_update_at),
        "first_published_at": micros(brief.first_published_at),
        "version": brief.version,
        "position": brief.position,
    }


async def _set(
    connection: AsyncConnection, column: sa.Column[str], wanted: Mapping[str, set[str]]
) -> None:
    """Have the column's table hold, for each of these briefs, these values and no others."""
    table = column.table
    assert isinstance(table, sa.Table)
    found = await connection.execute(
        sa.select(table.c.brief, column).where(table.c.brief.in_(wanted))
    )
    held = {(brief, value) for brief, value in found}
    asked = {(brief, value) for brief, values in wanted.items() for value in values}
    if held - asked:
        await connection.execute(
            sa.delete(table).where(
                table.c.brief == sa.bindparam("of"), column == sa.bindparam("value")
            ),
            [{"of": brief, "value": value} for brief, value in sorted(held - asked)],
        )
    if asked - held:
        await connection.execute(
            sa.insert(table),
            [{"brief": brief, column.name: value} for brief, value in sorted(asked - held)],
        )
