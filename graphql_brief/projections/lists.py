"""Lists of briefs: what they can be filtered and ordered by."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec import Struct

from graphql_brief.domain.vocabulary import Audience, BriefStatus
from graphql_brief.projections.columns import folded, micros
from graphql_brief.projections.keyset import Whole
from graphql_brief.projections.tables import rm_brief, rm_involvement, rm_subject


class BriefOrder(StrEnum):
    """What a list of briefs is ordered by."""

    UPDATED = "UPDATED"
    SIGNIFICANT_UPDATE = "SIGNIFICANT_UPDATE"
    PUBLISHED = "PUBLISHED"
    HEADLINE = "HEADLINE"


class Order(NamedTuple):
    """An order as SQL: a column, and the brief's id to make it total."""

    column: sa.Column[Any]
    descending: bool
    cursor: Any
    """The types of a cursor's key."""


ORDERS = {
    BriefOrder.UPDATED: Order(rm_brief.c.updated_at, True, tuple[Whole, str]),
    BriefOrder.SIGNIFICANT_UPDATE: Order(
        rm_brief.c.last_significant_update_at, True, tuple[Whole, str]
    ),
    BriefOrder.PUBLISHED: Order(rm_brief.c.first_published_at, True, tuple[Whole, str]),
    BriefOrder.HEADLINE: Order(rm_brief.c.headline_key, False, tuple[str, str]),
}
"""Times have the newest first, and briefs without one last; headlines go from A to Z."""


class BriefFilter(Struct, frozen=True, kw_only=True):
    """Which briefs: those for which all that is given holds."""

    status: BriefStatus | None = None
    subject: str | None = None
    """Whatever its case."""
    entity: str | None = None
    """Id of an entity with a part in the brief."""
    language: str | None = None
    """`en` finds `en-GB` too."""
    updated_since: datetime | None = None
    """Updated then or later."""


def conditions(wanted: BriefFilter, audience: Audience) -> list[sa.ColumnElement[bool]]:
    """What must hold of a row of rm_brief."""
    found: list[sa.ColumnElement[bool]] = []
    if audience is Audience.PUBLIC:
        found.append(rm_brief.c.is_public == 1)
    if wanted.status is not None:
        found.append(rm_brief.c.status == wanted.status.value)
    if wanted.subject is not None:
        having = sa.select(rm_subject.c.brief).where(
            rm_subject.c.subject == subject_key(wanted.subject)
        )
        found.append(rm_brief.c.id.in_(having))
    if wanted.entity is not None:
        having = sa.select(rm_involvement.c.brief).where(
            rm_involvement.c.entity == storable(wanted.entity)
        )
        found.append(rm_brief.c.id.in_(having))
    if wanted.language is not None:
        asked = storable(wanted.language)
        language = rm_brief.c.language
        found.append((language == asked) | language.startswith(f"{asked}-", autoescape=True))
    if wanted.updated_since is not None:
        found.append(rm_brief.c.updated_at >= micros(wanted.updated_since))
    return found


def related_to(brief: str, audience: Audience) -> sa.Select[tuple[str]]:
    """Ids of other briefs with entities or subjects in common, most of them first."""
    shared = sa.union_all(
        _sharing(rm_involvement, rm_involvement.c.entity, brief),
        _sharing(rm_subject, rm_subject.c.subject, brief),
    ).subquery()
    return (
        sa.select(rm_brief.c.id)
        .join(shared, shared.c.brief == rm_brief.c.id)
        .where(*conditions(BriefFilter(), audience))
        .group_by(rm_brief.c.id)
        .order_by(sa.func.count().desc(), rm_brief.c.updated_at.desc(), rm_brief.c.id.desc())
    )


def _sharing(table: sa.Table, column: sa.Column[str], brief: str) -> sa.Select[tuple[str]]:
    """Other briefs, each once for every value of the column that it shares with this one."""
    mine = table.alias()
    return (
        sa.select(table.c.brief)
        .join(mine, mine.c[column.name] == column)
        .where(mine.c.brief == storable(brief), table.c.brief != storable(brief))
    )


def subject_key(subject: str) -> str:
    """A subject as `rm_subject` has it."""
    return storable(folded(subject))


def storable(text: str) -> str:
    """The text, or one that no row has if it holds what UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()
