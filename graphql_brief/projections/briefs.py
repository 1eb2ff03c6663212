"""Rows of briefs: what lists filter and order by, slugs, subjects, involvements."""

from collections.abc import Collection, Iterable, Iterator

import sqlalchemy as sa

from graphql_brief.domain.states import Brief
from graphql_brief.projections.columns import folded, micros, sort_key
from graphql_brief.projections.stretch import Stretch, store
from graphql_brief.projections.tables import rm_brief, rm_involvement, rm_slug, rm_subject

_Member = tuple[str, str, str]
"""A table, a brief, and what the table says that the brief has."""
_COLUMNS: tuple[sa.Column[str], ...] = (
    rm_slug.c.slug,
    rm_subject.c.subject,
    rm_involvement.c.entity,
)


def write(connection: sa.Connection, stretch: Stretch) -> None:
    """Bring the rows of the stretch's briefs up to its end."""
    briefs = stretch.last_of(Brief)
    if not briefs:
        return
    rows = [row_of(brief) for brief in briefs]
    for row in rows:
        if row["id"] in stretch.begun:
            row["number"] = stretch.begun[row["id"]]
    store(connection, rm_brief, rows, stretch.begun)
    _set_members(connection, {brief.id for brief in briefs}, set(_members(briefs)))


def _members(briefs: Iterable[Brief]) -> Iterator[_Member]:
    for brief in briefs:
        for slug in (brief.slug, *brief.former_slugs):
            yield "rm_slug", brief.id, slug
        for subject in brief.subjects:
            yield "rm_subject", brief.id, folded(subject)
        for involvement in brief.involvements.values():
            yield "rm_involvement", brief.id, involvement.entity


def row_of(brief: Brief) -> dict[str, str | int]:
    """What lists filter and order by of a brief, by column of `rm_brief`."""
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


def _set_members(connection: sa.Connection, briefs: Collection[str], wanted: set[_Member]) -> None:
    """Have these briefs have these slugs, subjects and entities, and no others."""
    found = connection.execute(
        sa.union_all(
            *(
                sa.select(sa.literal(column.table.name), column.table.c.brief, column).where(
                    column.table.c.brief.in_(briefs)
                )
                for column in _COLUMNS
            )
        )
    )
    held: set[_Member] = {(table, brief, value) for table, brief, value in found}
    gone, new = sorted(held - wanted), sorted(wanted - held)
    for column in _COLUMNS:
        table = column.table
        deleted = [{"of": of, "value": value} for name, of, value in gone if name == table.name]
        if deleted:
            of = table.c.brief == sa.bindparam("of")
            connection.execute(sa.delete(table).where(of, column == sa.bindparam("value")), deleted)
        added = [{"brief": of, column.name: value} for name, of, value in new if name == table.name]
        if added:
            connection.execute(sa.insert(table), added)
