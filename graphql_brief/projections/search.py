"""The full-text indexes: their rows, what a reader's words are to them, and what they find."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.domain.states import Brief, Entity
from graphql_brief.log.port import erasures
from graphql_brief.projections.stretch import Stretch
from graphql_brief.projections.tables import (
    SEARCH_ALL,
    SEARCH_COLUMNS,
    SEARCH_PUBLIC,
    SEARCHES,
    rm_brief,
    rm_entity,
    rm_involvement,
)

TEXT_BOUND = 200
"""Longest text to search for, in characters."""
MARK_START, MARK_END = "\ue000", "\ue001"
"""Around what was found in a snippet. Private characters: they stand in no indexed text."""
SNIPPET_WORDS = 24
"""About how many words of a brief a snippet has."""
WEIGHTS = {"headline": 10.0, "standfirst": 5.0, "names": 5.0, "subjects": 3.0, "prose": 1.0}
"""What a word counts for by where it stands."""

_RENAMED_AT_ONCE = 500
_UNMARKED = {ord(MARK_START): None, ord(MARK_END): None}

_PROSE = {
    "overview": ("text",),
    "indicators": ("label", "note"),
    "involvements": ("role", "status"),
    "timeline": ("headline", "category", "body"),
    "scenarios": ("title", "body", "resolution_criteria"),
    "precedents": (
        "title",
        "what_happened",
        "outcome_short_term",
        "outcome_long_term",
        "relevance",
    ),
    "corrections": ("text",),
}
"""What is prose in each of a brief's lists."""


def write(connection: sa.Connection, stretch: Stretch) -> None:
    """Bring the indexes up to the end of a stretch, whose other rows are written already."""
    briefs = {brief.id: brief for brief in stretch.last_of(Brief)}
    numbered = _numbered(connection, briefs)
    rows = [
        {"number": numbered[brief.id].number, **_texts(brief, numbered[brief.id].names)}
        for brief in briefs.values()
    ]
    public = [row for row, brief in zip(rows, briefs.values(), strict=True) if brief.is_public]
    for search, shown in ((SEARCH_ALL, rows), (SEARCH_PUBLIC, public)):
        if rows:
            connection.execute(
                sa.text(f"DELETE FROM {search} WHERE rowid = :number"),  # noqa: S608
                [{"number": row["number"]} for row in rows],
            )
        if shown:
            connection.execute(_insert(search), shown)
    entities = [entity.id for entity in stretch.last_of(Entity)]
    if entities:
        _rename(connection, entities, briefs)
    if erasures(stretch.recorded):
        for search in SEARCHES:
            # Words of deleted rows stay in an index until its parts are merged.
            connection.execute(
                sa.text(f"INSERT INTO {search} ({search}) VALUES ('optimize')")  # noqa: S608
            )


def _insert(search: str) -> sa.TextClause:
    columns = ", ".join(SEARCH_COLUMNS)
    values = ", ".join(f":{name}" for name in SEARCH_COLUMNS)
    return sa.text(f"INSERT INTO {search} (rowid, {columns}) VALUES (:number, {values})")  # noqa: S608


def _rename(connection: sa.Connection, entities: Iterable[str], done: Iterable[str]) -> None:
    """Have the rows of briefs with a part of these entities follow their names."""
    involved = connection.scalars(
        sa.select(rm_involvement.c.brief).distinct().where(rm_involvement.c.entity.in_(entities))
    )
    left = sorted(set(involved) - set(done))
    for start in range(0, len(left), _RENAMED_AT_ONCE):
        briefs = left[start : start + _RENAMED_AT_ONCE]
        numbered = _numbered(connection, briefs)
        for search in SEARCHES:
            connection.execute(
                sa.text(
                    f"UPDATE {search} SET names = :names"  # noqa: S608
                    " WHERE rowid = :number AND names <> :names"
                ),
                [found._asdict() for found in numbered.values()],
            )


class _Numbered(NamedTuple):
    """What the indexes hold of a brief that is not in its state."""

    number: int
    names: str
    """Of the entities with a part in it, one a line."""


def _numbered(connection: sa.Connection, briefs: Iterable[str]) -> dict[str, _Numbered]:
    found = connection.execute(
        sa.select(rm_brief.c.id, rm_brief.c.number, rm_entity.c.name)
        .outerjoin(rm_involvement, rm_involvement.c.brief == rm_brief.c.id)
        .outerjoin(rm_entity, rm_entity.c.id == rm_involvement.c.entity)
        .where(rm_brief.c.id.in_(briefs))
        .order_by(rm_brief.c.id, rm_involvement.c.entity)
    )
    numbered = {}
    for (brief, number), rows in groupby(found, key=lambda row: (row.id, row.number)):
        names = "\n".join(row.name for row in rows if row.name is not None)
        numbered[brief] = _Numbered(number, names.translate(_UNMARKED))
    return numbered


def _texts(brief: Brief, names: str) -> dict[str, str]:
    """What the indexes hold of a brief, by column."""
    texts = {
        "headline": brief.headline,
        "standfirst": brief.standfirst,
        "names": names,
        "subjects": "\n".join(brief.subjects),
        "prose": "\n".join(_prose(brief)),
    }
    return {column: text.translate(_UNMARKED) for column, text in texts.items()}


def _prose(brief: Brief) -> Iterator[str]:
    for attribute, fields in _PROSE.items():
        for item in getattr(brief, attribute).values():
            for field in fields:
                text = getattr(item, field)
                if text is not None:
                    yield text


async def find(
    connection: AsyncConnection,
    index: str,
    expression: str | None,
    *,
    rows: int,
    after: tuple[Any, ...] | None,
) -> Sequence[sa.Row[Any]]:
    """At most so many rows (id, rank, number, snippet) of one index, the best first, from behind
    a (rank, number) on. None finds nothing.
    """
    if expression is None:
        return ()
    rank, number = after or (None, None)
    found = await connection.execute(
        _find(index, has_after=after is not None),
        {"expression": expression, "rows": rows, "rank": rank, "number": number},
    )
    return found.all()


def _find(index: str, *, has_after: bool) -> sa.TextClause:
    weights = ", ".join(str(WEIGHTS[name]) for name in SEARCH_COLUMNS)
    after = "WHERE (rank, number) > (:rank, :number)" if has_after else ""
    # In two steps, so that snippets are made for the page alone.
    return sa.text(
        f"""
        WITH ranked AS MATERIALIZED (
          SELECT rowid AS number, bm25({index}, {weights}) AS rank
          FROM {index} WHERE {index} MATCH :expression
        ), page AS MATERIALIZED (
          SELECT number, rank FROM ranked {after} ORDER BY rank, number LIMIT :rows
        )
        SELECT rm_brief.id, page.rank, page.number,
          snippet({index}, -1, '{MARK_START}', '{MARK_END}', '…', {SNIPPET_WORDS}) AS snippet
        FROM page
        CROSS JOIN {index} ON {index}.rowid = page.number AND {index} MATCH :expression
        JOIN rm_brief ON rm_brief.number = page.number
        ORDER BY page.rank, page.number
        """  # noqa: S608 - the names are ours
    )


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')


def match_expression(text: str) -> str | None:
    """What a reader typed, as an FTS5 expression; None if there is nothing to search for.

    All words must be found, words in double quotes as a phrase, and the last word as the start of
    one, since it may be typed still. Whatever was typed is quoted: none of it is syntax.
    """
    text = _UNSTORABLE.sub(" ", text).translate(_UNMARKED)
    terms = [phrase or word for phrase, word in _TERM.findall(text) if phrase or word]
    if not terms:
        return None
    quoted = " ".join(f'"{term}"' for term in terms)
    unfinished = not text.endswith('"') and not text[-1].isspace()
    return f"{quoted}*" if unfinished else quoted
