"""The questions that are asked of the read models in SQL.

An answer is kept until the projector's next step, and then it is asked for anew: no answer is
older than the projector's position at the time of the question, and equal questions between two
steps cost one read. Slugs are kept for good: a slug once given leads to its brief for ever.
"""

from collections.abc import Callable, Coroutine, Hashable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar, cast

import sqlalchemy as sa

from graphql_brief.domain.events import BriefDrafted, SlugChanged
from graphql_brief.domain.rules import KEY
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.log.database import Database
from graphql_brief.log.port import Recorded
from graphql_brief.log.tail import Tail
from graphql_brief.projections.caching import Flights, Lru
from graphql_brief.projections.columns import from_micros
from graphql_brief.projections.keyset import (
    ROWS_BOUND,
    Slice,
    Whole,
    Window,
    fetch,
    read_cursor,
    write_cursor,
)
from graphql_brief.projections.lists import ORDERS, PUBLIC, BriefFilter, BriefOrder, conditions
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.search import (
    MARK_END,
    MARK_START,
    TEXT_BOUND,
    WEIGHTS,
    match_expression,
)
from graphql_brief.projections.tables import (
    SEARCH_ALL,
    SEARCH_COLUMNS,
    SEARCH_PUBLIC,
    rm_brief,
    rm_edition,
    rm_involvement,
    rm_page,
    rm_revision,
    rm_slug,
    rm_subject,
)

T = TypeVar("T")

SLUGS_KEPT = 10_000
ANSWERS_KEPT = 1_000
SNIPPET_WORDS = 24
"""About how many words of a brief a hit shows."""

_ALL = BriefFilter()


class Listed(NamedTuple):
    """A brief in a list."""

    brief: str
    cursor: str


class Hit(NamedTuple):
    """A brief that a search found."""

    brief: str
    snippet: str
    """Words around the first match, which stands between `MARK_START` and `MARK_END`."""
    cursor: str


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


class Catalogue:
    """Lists, history and search, for an audience."""

    def __init__(self, database: Database, tail: Tail, projector: Projector) -> None:
        self._database = database
        self._projector = projector
        self._slugs: Lru[str, str] = Lru(SLUGS_KEPT)
        self._answers: Lru[Hashable, tuple[int, Any]] = Lru(ANSWERS_KEPT)
        self._questions: Flights[Hashable, Any] = Flights()
        tail.listen(self._hear)

    async def brief_by_slug(self, slug: str) -> str | None:
        """The id of the brief that has or had this slug; None if none ever had.

        Whether the asker may see the brief is to be judged by its state.
        """
        brief = self._slugs.get(slug)
        if brief is not None or not KEY.pattern.fullmatch(slug):
            return brief
        async with self._database.reader() as connection:
            brief = await connection.scalar(
                sa.select(rm_slug.c.brief).where(rm_slug.c.slug == slug)
            )
        if brief is not None:
            self._slugs.put(slug, brief)
        return brief

    async def briefs(
        self,
        wanted: BriefFilter = _ALL,
        order: BriefOrder = BriefOrder.UPDATED,
        *,
        audience: Audience,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        with_total: bool = False,
    ) -> Slice[Listed]:
        """A page of the briefs that the audience may see.

        Raises BadCursor, and ValueError for a page without bounds.
        """
        column, descending, cursor = ORDERS[order]
        window = Window(
            first, read_cursor(order, cursor, after), last, read_cursor(order, cursor, before)
        )

        async def ask(position: int) -> Slice[Listed]:
            where = conditions(wanted, audience)
            query = sa.select(rm_brief.c.id, column.label("key")).where(*where)
            keys = (column, rm_brief.c.id)
            async with self._database.reader() as connection:
                rows, has_previous, has_next = await fetch(
                    connection, query, keys, window, descending=descending
                )
                total = None
                if with_total:
                    counted = sa.select(sa.func.count()).select_from(rm_brief).where(*where)
                    total = await connection.scalar(counted)
            return Slice(
                rows=tuple(Listed(row.id, write_cursor(order, (row.key, row.id))) for row in rows),
                has_previous=has_previous,
                has_next=has_next,
                total=total,
                position=position,
            )

        return await self._answer(("briefs", wanted, order, audience, window, with_total), ask)

    async def briefs_of_entity(
        self,
        entity: str,
        *,
        audience: Audience,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Slice[Listed]:
        """A page of the briefs that an entity has a part in, last updated first."""
        return await self.briefs(
            BriefFilter(entity=entity),
            audience=audience,
            first=first,
            after=after,
            last=last,
            before=before,
        )

    async def related(self, brief: str, *, audience: Audience, first: int = 5) -> tuple[str, ...]:
        """Other briefs that share entities and subjects with this one, most in common first."""
        rows_asked = Window(first=first).rows

        async def ask(_: int) -> tuple[str, ...]:
            shared = sa.union_all(
                _sharing(rm_involvement, rm_involvement.c.entity, brief),
                _sharing(rm_subject, rm_subject.c.subject, brief),
            ).subquery()
            query = (
                sa.select(rm_brief.c.id)
                .join(shared, shared.c.brief == rm_brief.c.id)
                .group_by(rm_brief.c.id)
                .order_by(
                    sa.func.count().desc(), rm_brief.c.updated_at.desc(), rm_brief.c.id.desc()
                )
                .limit(rows_asked)
            )
            if audience is Audience.PUBLIC:
                query = query.where(PUBLIC)
            async with self._database.reader() as connection:
                return tuple(await connection.scalars(query))

        return await self._answer(("related", brief, audience, rows_asked), ask)

    async def search(
        self, text: str, *, audience: Audience, first: int, after: str | None = None
    ) -> Slice[Hit]:
        """A page of the briefs that hold all words of a text, the best first.

        The public searches what it may see, everybody else everything. Any text will do: see
        `search.match_expression`. Raises BadCursor, and ValueError for a text or page out of
        bounds.
        """
        if len(text) > TEXT_BOUND:
            raise ValueError(f"a text to search for has at most {TEXT_BOUND} characters")
        rows_asked = Window(first=first).rows
        key = read_cursor("SEARCH", tuple[float, Whole], after)
        expression = match_expression(text)
        index = SEARCH_PUBLIC if audience is Audience.PUBLIC else SEARCH_ALL

        async def ask(position: int) -> Slice[Hit]:
            rows: Sequence[sa.Row[Any]] = ()
            if expression is not None:
                async with self._database.reader() as connection:
                    found = await connection.execute(
                        _search(index, has_after=key is not None),
                        {
                            "text": expression,
                            "rows": rows_asked + 1,
                            "rank": key[0] if key else None,
                            "number": key[1] if key else None,
                        },
                    )
                    rows = found.all()
            return Slice(
                rows=tuple(
                    Hit(row.id, row.snippet, write_cursor("SEARCH", (row.rank, row.number)))
                    for row in rows[:rows_asked]
                ),
                has_previous=key is not None,
                has_next=len(rows) > rows_asked,
                position=position,
            )

        return await self._answer(("search", expression, index, rows_asked, key), ask)

    async def revisions(
        self,
        stream: str,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        from_version: int = 1,
        to_version: int | None = None,
        with_total: bool = False,
    ) -> Slice[Revision]:
        """A page of a stream's revisions, newest first, of those that end within the versions.

        Raises BadCursor, and ValueError for a page without bounds.
        """
        window = Window(
            first,
            read_cursor("REVISION", tuple[Whole], after),
            last,
            read_cursor("REVISION", tuple[Whole], before),
        )

        async def ask(position: int) -> Slice[Revision]:
            where = [rm_revision.c.stream == stream, rm_revision.c.last_version >= from_version]
            if to_version is not None:
                where.append(rm_revision.c.last_version <= to_version)
            async with self._database.reader() as connection:
                rows, has_previous, has_next = await fetch(
                    connection,
                    sa.select(rm_revision).where(*where),
                    (rm_revision.c.first_version,),
                    window,
                    descending=True,
                )
                total = None
                if with_total:
                    counted = sa.select(sa.func.count()).select_from(rm_revision).where(*where)
                    total = await connection.scalar(counted)
            return Slice(
                rows=tuple(_revision(row) for row in rows),
                has_previous=has_previous,
                has_next=has_next,
                total=total,
                position=position,
            )

        key = ("revisions", stream, window, from_version, to_version, with_total)
        return await self._answer(key, ask)

    async def revision_of(self, stream: str, version: int) -> Revision | None:
        """The revision that a version belongs to; None if the stream has no such version yet."""

        async def ask(_: int) -> Revision | None:
            query = (
                sa.select(rm_revision)
                .where(rm_revision.c.stream == stream, rm_revision.c.first_version <= version)
                .order_by(rm_revision.c.first_version.desc())
                .limit(1)
            )
            async with self._database.reader() as connection:
                row = (await connection.execute(query)).one_or_none()
            return None if row is None or row.last_version < version else _revision(row)

        return await self._answer(("revision_of", stream, version), ask)

    async def latest_edition(self) -> str | None:
        """The id of the Daily Brief with the latest date."""

        async def ask(_: int) -> str | None:
            query = sa.select(rm_edition.c.id).order_by(rm_edition.c.date.desc()).limit(1)
            async with self._database.reader() as connection:
                return cast(str | None, await connection.scalar(query))

        return await self._answer("latest_edition", ask)

    async def editions(self, *, first: int, before: str | None = None) -> tuple[str, ...]:
        """Dates of Daily Briefs, latest first, of those before a date."""
        rows_asked = Window(first=first).rows

        async def ask(_: int) -> tuple[str, ...]:
            query = sa.select(rm_edition.c.date).order_by(rm_edition.c.date.desc())
            if before is not None:
                query = query.where(rm_edition.c.date < before)
            async with self._database.reader() as connection:
                return tuple(await connection.scalars(query.limit(rows_asked)))

        return await self._answer(("editions", rows_asked, before), ask)

    async def pages(self) -> tuple[str, ...]:
        """The ids of the standing pages, in the order of their slugs, at most `ROWS_BOUND`."""

        async def ask(_: int) -> tuple[str, ...]:
            query = sa.select(rm_page.c.id).order_by(rm_page.c.slug).limit(ROWS_BOUND)
            async with self._database.reader() as connection:
                return tuple(await connection.scalars(query))

        return await self._answer("pages", ask)

    async def _answer(self, question: Hashable, ask: Callable[[int], Coroutine[Any, Any, T]]) -> T:
        """The answer that is kept, if the projector has not moved since it was asked for."""
        # Taken before the read, which may see a later step: an answer can be newer than it says
        # and is then only asked for once more, but it is never older.
        position = self._projector.position
        kept = self._answers.get(question)
        if kept is not None and kept[0] == position:
            return cast(T, kept[1])
        answer = await self._questions.share((position, question), lambda: ask(position))
        self._answers.put(question, (position, answer))
        return cast(T, answer)

    def _hear(self, commit: Sequence[Recorded]) -> None:
        """A slug leads to its brief at once, before the projector has come so far."""
        for recorded in commit:
            if isinstance(recorded.event, BriefDrafted | SlugChanged):
                self._slugs.put(recorded.event.slug, recorded.stream)


def _revision(row: sa.Row[Any]) -> Revision:
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
        cursor=write_cursor("REVISION", (row.first_version,)),
    )


def _sharing(table: sa.Table, column: sa.Column[str], brief: str) -> sa.Select[tuple[str]]:
    """Other briefs, each once for every value of the column that it shares with this one."""
    mine = table.alias()
    return (
        sa.select(table.c.brief)
        .join(mine, mine.c[column.name] == column)
        .where(mine.c.brief == brief, table.c.brief != brief)
    )


def _search(index: Literal["rm_search", "rm_search_public"], *, has_after: bool) -> sa.TextClause:
    """The hits in an index from one on, in the order of rank; and snippets of these alone."""
    weights = ", ".join(str(WEIGHTS[name]) for name in SEARCH_COLUMNS)
    after = "WHERE (rank, number) > (:rank, :number)" if has_after else ""
    return sa.text(
        f"""
        WITH ranked AS MATERIALIZED (
          SELECT rowid AS number, bm25({index}, {weights}) AS rank
          FROM {index} WHERE {index} MATCH :text
        ), page AS MATERIALIZED (
          SELECT number, rank FROM ranked {after} ORDER BY rank, number LIMIT :rows
        )
        SELECT rm_brief.id, page.rank, page.number,
          snippet({index}, -1, '{MARK_START}', '{MARK_END}', '…', {SNIPPET_WORDS}) AS snippet
        FROM page
        CROSS JOIN {index} ON {index}.rowid = page.number AND {index} MATCH :text
        JOIN rm_brief ON rm_brief.number = page.number
        ORDER BY page.rank, page.number
        """  # noqa: S608 - the names are ours
    )
