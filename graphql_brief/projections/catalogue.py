"""The questions that are asked of the read models in SQL: lists, history, search.

Answers are kept until the projector's next step (`kept_reads`). Slugs are kept for good: a slug
once given leads to its brief for ever.
"""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from graphql_brief.domain.events import BriefDrafted, SlugChanged
from graphql_brief.domain.rules import KEY
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.log.port import Recorded, erasures
from graphql_brief.log.tail import Tail
from graphql_brief.projections import revisions, search
from graphql_brief.projections.caching import Lru
from graphql_brief.projections.kept_reads import KeptReads
from graphql_brief.projections.keyset import (
    ROWS_BOUND,
    Slice,
    Whole,
    Window,
    count,
    fetch,
    read_cursor,
    write_cursor,
)
from graphql_brief.projections.lists import ORDERS, BriefFilter, BriefOrder, conditions, related_to
from graphql_brief.projections.revisions import Revision
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.store import Store
from graphql_brief.projections.tables import (
    SEARCH_ALL,
    SEARCH_PUBLIC,
    rm_brief,
    rm_edition,
    rm_page,
    rm_revision,
    rm_slug,
)

SLUGS_KEPT = 10_000

_ALL = BriefFilter()
_HIT = "SEARCH"


class Listed(NamedTuple):
    """A brief in a list."""

    brief: str
    cursor: str


class Hit(NamedTuple):
    """A brief that a search found."""

    brief: str
    snippet: str
    """Words around what was found, which stands between `search.MARK_START` and `MARK_END`."""
    cursor: str


class Catalogue:
    """Lists, history and search over one node's read models.

    Methods that give pages raise BadCursor for a text that is no cursor of theirs, and ValueError
    unless exactly one of `first` and `last` is given, from 0 to `keyset.ROWS_BOUND`.
    """

    def __init__(self, store: Store, tail: Tail, projector: Projector) -> None:
        self._store = store
        tail.listen(self._hear)
        self._answers = KeptReads(lambda: projector.position, lambda: store.changes)
        self._slugs: Lru[str, str] = Lru(SLUGS_KEPT)

    @property
    def changes(self) -> int:
        """How often other read models took the place of those before."""
        return self._store.changes

    async def brief_by_slug(self, slug: str) -> str | None:
        """The id of the brief that has or had this slug; None if none ever had.

        Whether the asker may see the brief is to be judged by its state.
        """
        brief = self._slugs.get(slug)
        if brief is not None or not KEY.pattern.fullmatch(slug):
            return brief
        query = sa.select(rm_slug.c.brief).where(rm_slug.c.slug == slug)
        async with self._store.reader() as connection:
            brief = await connection.scalar(query)
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
        """A page of the briefs that the audience may see."""
        column, descending, cursor = ORDERS[order]
        edges = read_cursor(order, cursor, after), read_cursor(order, cursor, before)
        window = Window(first, edges[0], last, edges[1])

        async def ask(position: int) -> Slice[Listed]:
            query = sa.select(rm_brief.c.id, column.label("key"))
            query = query.where(*conditions(wanted, audience))
            async with self._store.reader() as connection:
                rows, has_previous, has_next = await fetch(
                    connection, query, (column, rm_brief.c.id), window, descending=descending
                )
                total = await count(connection, query) if with_total else None
            return Slice(
                rows=tuple(Listed(row.id, write_cursor(order, (row.key, row.id))) for row in rows),
                has_previous=has_previous,
                has_next=has_next,
                total=total,
                position=position,
            )

        question = ("briefs", wanted, order, audience, window, with_total)
        return await self._answers.get(question, ask)

    async def related(self, brief: str, *, audience: Audience, first: int = 5) -> tuple[str, ...]:
        """Other briefs that share entities and subjects with this one, most in common first."""
        query = related_to(brief, audience).limit(Window(first=first).rows)
        return await self._column(("related", brief, audience, first), query)

    async def search(
        self, text: str, *, audience: Audience, first: int, after: str | None = None
    ) -> Slice[Hit]:
        """A page of the briefs that hold all words of a text, the best first.

        The public searches what it may see, everybody else everything. Any text will do, up to
        `search.TEXT_BOUND` characters (else ValueError): see `search.match_expression`.
        """
        if len(text) > search.TEXT_BOUND:
            raise ValueError(f"a text to search for has at most {search.TEXT_BOUND} characters")
        rows_asked = Window(first=first).rows
        edge = read_cursor(_HIT, tuple[float, Whole], after)
        expression = search.match_expression(text)
        index = SEARCH_PUBLIC if audience is Audience.PUBLIC else SEARCH_ALL

        async def ask(position: int) -> Slice[Hit]:
            async with self._store.reader() as connection:
                rows = await search.find(
                    connection, index, expression, rows=rows_asked + 1, after=edge
                )
            return Slice(
                rows=tuple(
                    Hit(row.id, row.snippet, write_cursor(_HIT, (row.rank, row.number)))
                    for row in rows[:rows_asked]
                ),
                has_previous=edge is not None,
                has_next=len(rows) > rows_asked,
                position=position,
            )

        return await self._answers.get(("search", expression, index, rows_asked, edge), ask)

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
        without: tuple[tuple[int, int], ...] = (),
        with_total: bool = False,
    ) -> Slice[Revision]:
        """A page of a stream's revisions, newest first, of those that end within the versions.

        Those that end between the first and the last of a pair of `without` are left out.
        """
        edges = [read_cursor(revisions.CURSOR, tuple[Whole], cursor) for cursor in (after, before)]
        window = Window(first, edges[0], last, edges[1])

        async def ask(position: int) -> Slice[Revision]:
            query = revisions.listing(
                stream, from_version=from_version, to_version=to_version, without=without
            )
            async with self._store.reader() as connection:
                rows, has_previous, has_next = await fetch(
                    connection, query, (rm_revision.c.first_version,), window, descending=True
                )
                total = await count(connection, query) if with_total else None
            return Slice(
                rows=tuple(revisions.revived(row) for row in rows),
                has_previous=has_previous,
                has_next=has_next,
                total=total,
                position=position,
            )

        question = ("revisions", stream, window, from_version, to_version, without, with_total)
        return await self._answers.get(question, ask)

    async def revisions_ending_at(
        self, ends: frozenset[tuple[str, int]]
    ) -> dict[tuple[str, int], Revision]:
        """The revisions that end at these versions of these streams, as many as there are.

        One read for all; at most `keyset.ROWS_BOUND`, else ValueError.
        """
        if len(ends) > ROWS_BOUND:
            raise ValueError(f"at most {ROWS_BOUND} revisions are looked up at once")

        async def ask(_: int) -> dict[tuple[str, int], Revision]:
            async with self._store.reader() as connection:
                return await revisions.ending_at(connection, ends)

        return await self._answers.get(("revisions_ending_at", ends), ask) if ends else {}

    async def latest_edition(self) -> str | None:
        """The id of the Daily Brief with the latest date; None if none came out."""
        query = sa.select(rm_edition.c.id).order_by(rm_edition.c.date.desc()).limit(1)
        found = await self._column("latest_edition", query)
        return found[0] if found else None

    async def editions(self, *, first: int, before: str | None = None) -> tuple[str, ...]:
        """The dates of the Daily Briefs, latest first, of those before a date."""
        query = sa.select(rm_edition.c.date).order_by(rm_edition.c.date.desc())
        query = query.limit(Window(first=first).rows)
        if before is not None:
            query = query.where(rm_edition.c.date < before)
        return await self._column(("editions", first, before), query)

    async def pages(self) -> tuple[str, ...]:
        """The ids of the standing pages in the order of their slugs, at most `ROWS_BOUND`."""
        query = sa.select(rm_page.c.id).order_by(rm_page.c.slug).limit(ROWS_BOUND)
        return await self._column("pages", query)

    async def _column(self, question: object, query: sa.Select[tuple[str]]) -> tuple[str, ...]:
        async def ask(_: int) -> tuple[str, ...]:
            async with self._store.reader() as connection:
                return tuple(await connection.scalars(query))

        return await self._answers.get(question, ask)

    def _hear(self, commit: Sequence[Recorded]) -> None:
        """A slug leads to its brief at once, before the projector has come so far; what may hold
        what was erased is let go of.
        """
        if erasures(commit):
            self._answers.forget()
        for recorded in commit:
            if isinstance(recorded.event, BriefDrafted | SlugChanged):
                self._slugs.put(recorded.event.slug, recorded.stream)
