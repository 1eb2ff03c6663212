"""Lists of briefs: all, those found by a text, those that an entity has a part in."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import strawberry

from graphql_brief.api import enums
from graphql_brief.api.brief import Brief
from graphql_brief.api.connections import Edge, Page, PageInfo, Window, bad_page, ends_of, window
from graphql_brief.api.context import Context, Info
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.footprint import BRIEFS, EVERYTHING
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.reading import briefs_now
from graphql_brief.api.scalars import Position
from graphql_brief.api.weights import READS
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.projections import lists, scopes
from graphql_brief.projections.catalogue import Hit, Listed
from graphql_brief.projections.keyset import BadCursor, Slice
from graphql_brief.projections.lists import BriefOrder
from graphql_brief.projections.search import MARK_END, MARK_START, TEXT_BOUND


@strawberry.input(description="Which briefs: those for which all that is given holds.")
class BriefFilter:
    """Which briefs."""

    status: enums.BriefStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Where they are in their lives."
    )
    subject: str | None = strawberry.field(
        default=strawberry.UNSET, description="A word that they are filed under, whatever its case."
    )
    entity: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Id of an entity with a part in them."
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="Their language; `en` finds `en-GB` too."
    )
    updated_since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Updated at this time or later."
    )


def wanted(given: BriefFilter) -> lists.BriefFilter:
    """What a client's filter asks for."""
    return lists.BriefFilter(
        status=given.status or None,
        subject=given.subject if isinstance(given.subject, str) else None,
        entity=given.entity if isinstance(given.entity, str) else None,
        language=given.language if isinstance(given.language, str) else None,
        updated_since=given.updated_since or None,
    )


@output()
class BriefEdge:
    """A brief in its place in a list."""

    node: Brief = strawberry.field(description="The brief.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@output()
class BriefConnection:
    """A page of a list of briefs."""

    edges: list[BriefEdge] = strawberry.field(description="The briefs of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")

    @resolved(Position)
    def position(self, root: strawberry.Parent[Page], info: Info) -> int:
        """The list holds everything in the log up to here."""
        return _position(info.context, root)

    @resolved(LiveCursor)
    async def live_cursor(self, root: strawberry.Parent[Page], info: Info) -> LiveCursor:
        """Where `breaking` goes on from this list, with no gap and no duplicate."""
        return await info.context.node.live.cursor_at(_position(info.context, root))

    @resolved(int, cost=READS)
    async def total_count(self, root: strawberry.Parent[Page]) -> int:
        """How many briefs the whole list has."""
        assert root.counter is not None
        return await root.counter()


class Span(NamedTuple):
    """A stretch of a text, in Unicode code points."""

    start: int
    end: int


@output()
class Highlight:
    """A stretch of the snippet that was searched for."""

    start: int = strawberry.field(description="Where it starts, in Unicode code points from 0.")
    end: int = strawberry.field(description="Where it ends: the first code point behind it.")


@output()
class SearchEdge:
    """A brief that was found, with the words that were."""

    node: Brief = strawberry.field(description="The brief.")
    cursor: str = strawberry.field(description="Its place, for `after`.")

    @resolved(str)
    def snippet(self, root: strawberry.Parent[Edge]) -> str:
        """Words around the first match: plain text, to be escaped as any other."""
        text: str = root.extra
        return text.replace(MARK_START, "").replace(MARK_END, "")

    @resolved(list[Highlight])
    def highlights(self, root: strawberry.Parent[Edge]) -> list[Span]:
        """Where the words that were searched for stand in the snippet."""
        return list(marked(root.extra))


@output()
class SearchConnection:
    """A page of the briefs that a search found, the best first."""

    edges: list[SearchEdge] = strawberry.field(description="The briefs of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")

    @resolved(Position)
    def position(self, root: strawberry.Parent[Page], info: Info) -> int:
        """The search was in everything in the log up to here."""
        return _position(info.context, root)


def _position(context: Context, page: Page) -> int:
    assert page.position is not None
    context.footprint.rows(page.position, context.node.tail.position, EVERYTHING)
    return page.position


def marked(snippet: str) -> Iterator[Span]:
    """The stretches between marks, in the text without the marks."""
    length, start = 0, 0
    for character in snippet:
        if character == MARK_START:
            start = length
        elif character == MARK_END:
            yield Span(start, length)
        else:
            length += 1


async def briefs(
    context: Context, filtered: lists.BriefFilter, order: BriefOrder, asked: Window
) -> Page:
    """A page of the briefs that a viewer may see. Raises ApiError (BAD_PAGE)."""
    catalogue, audience = context.node.catalogue, context.viewer.audience
    context.note_rows(BRIEFS, *scopes.made_of(filtered, order, audience))
    try:
        found = await catalogue.briefs(
            filtered,
            order,
            audience=audience,
            first=None if asked.backward else asked.size,
            last=asked.size if asked.backward else None,
            after=asked.after,
            before=asked.before,
        )
    except BadCursor as error:
        raise bad_page(str(error)) from error

    async def count() -> int:
        counted = await catalogue.briefs(
            filtered, order, audience=audience, first=0, with_total=True
        )
        assert counted.total is not None
        return counted.total

    return (await _page(context, found))._replace(counter=count)


async def search(context: Context, text: str, first: int | None, after: str | None) -> Page:
    """A page of the briefs that hold the words of a text. Raises ApiError."""
    if len(text) > TEXT_BOUND:
        raise ApiError(
            ApiCode.BAD_USER_INPUT, f"text has {len(text)} characters, the bound is {TEXT_BOUND}"
        )
    asked, audience = window(first, after), context.viewer.audience
    context.note_rows(BRIEFS, scopes.found_made_of(audience))
    try:
        found = await context.node.catalogue.search(
            text, audience=audience, first=asked.size, after=asked.after
        )
    except BadCursor as error:
        raise bad_page(str(error)) from error
    return await _page(context, found)


async def _page(context: Context, found: Slice[Listed] | Slice[Hit]) -> Page:
    """The rows with their briefs; without those that the viewer lost sight of meanwhile."""
    rows: Sequence[Listed | Hit] = found.rows
    briefs = await briefs_now(context, [row.brief for row in rows])
    edges = [
        Edge(brief, row.cursor, row.snippet if isinstance(row, Hit) else None)
        for row, brief in zip(rows, briefs, strict=True)
        if brief is not None
    ]
    ends = ends_of(found.rows, has_previous=found.has_previous, has_next=found.has_next)
    return Page(edges, ends, position=found.position)
