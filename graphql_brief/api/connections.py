"""Connections: pages of a list, forward or backward, with cursors that stay where they are.

Relay's rules (https://relay.dev/graphql/connections.htm). A cursor names a place in the order of
the list, not a count of entries: what is added before it moves nothing, and it is good even when
its own entry has left the list.
"""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NamedTuple, Protocol, TypeVar

import msgspec
import strawberry

from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.manual import output

T = TypeVar("T")

FIRST = 20
"""Entries of a page if the client does not say."""
PAGE_BOUND = 100
"""Most entries of a page."""

First = Annotated[
    int | None, strawberry.argument(description=f"So many from the start, 0 to {PAGE_BOUND}.")
]
After = Annotated[
    str | None, strawberry.argument(description="Only what follows the place of this cursor.")
]
Last = Annotated[
    int | None, strawberry.argument(description=f"So many from the end, 0 to {PAGE_BOUND}.")
]
Before = Annotated[
    str | None, strawberry.argument(description="Only what precedes the place of this cursor.")
]


class Edge(NamedTuple):
    """One entry of a page; `extra` is what its own edge type has beside."""

    node: Any
    cursor: str
    extra: Any = None


class Page(NamedTuple):
    """One page of a list."""

    edges: list[Edge]
    page_info: "PageEnds"
    position: int | None = None
    """The log's position that the list is of, where it is not its parent's."""
    counter: Callable[[], Awaitable[int]] | None = None
    """Counts the whole list, where that costs something."""
    total_count: int | None = None
    """How long the whole list is, where that is at hand."""


class PageEnds(NamedTuple):
    """Where a page starts and ends, and what lies beyond."""

    has_previous_page: bool
    has_next_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Placed(Protocol):
    """What has a cursor: an edge, or a row that one is made of."""

    @property
    def cursor(self) -> str:
        """Its place in the list."""


def ends_of(placed: Sequence[Placed], *, has_previous: bool, has_next: bool) -> PageEnds:
    """The ends of a page of these."""
    return PageEnds(
        has_previous_page=has_previous,
        has_next_page=has_next,
        start_cursor=placed[0].cursor if placed else None,
        end_cursor=placed[-1].cursor if placed else None,
    )


class Window(NamedTuple):
    """Which page a client asks for: so many entries, from one end of what the cursors leave."""

    size: int
    backward: bool
    after: str | None
    before: str | None


def window(
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    *,
    default: int = FIRST,
    bound: int = PAGE_BOUND,
) -> Window:
    """The window that a connection's arguments ask for. Raises ApiError (BAD_PAGE)."""
    if first is not None and last is not None:
        raise bad_page("give first or last, not both")
    count = first if first is not None else last
    if count is not None and not 0 <= count <= bound:
        name = "first" if first is not None else "last"
        raise bad_page(f"{name} is {count}, not within 0 to {bound}")
    backward = last is not None or (first is None and after is None and before is not None)
    return Window(count if count is not None else default, backward, after, before)


def bad_page(why: str) -> ApiError:
    """The error for arguments of a connection."""
    return ApiError(ApiCode.BAD_PAGE, why)


def write_cursor(*place: str | int) -> str:
    """An opaque cursor for a place in an order."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def read_cursor(text: str, kind: type[T]) -> T:
    """The place that a cursor names, as a `kind` of tuple. Raises ApiError (BAD_PAGE)."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise bad_page(f"{text[:80]!r} is not a cursor of this list") from error


def slice_of(
    entries: Sequence[T],
    asked: Window,
    place: Callable[[T], Any],
    read: Callable[[str], Any],
    write: Callable[[T], str],
) -> Page:
    """A page of a list in memory, whose entries stand in ascending order of `place`.

    `read` gives the place that a cursor names, `write` the cursor of an entry. Raises ApiError
    (BAD_PAGE) as `read` does.
    """
    start, stop = 0, len(entries)
    if asked.after is not None:
        start = bisect_right(entries, read(asked.after), key=place)
    if asked.before is not None:
        stop = bisect_left(entries, read(asked.before), key=place)
    left = max(0, stop - start)
    # The specification: in the direction of reading, what lies behind the other cursor is no more.
    more = left > asked.size
    if asked.backward:
        has_previous, has_next = more, stop < len(entries)
        start = stop - min(left, asked.size)
    else:
        has_previous, has_next = start > 0, more
        stop = start + min(left, asked.size)
    edges = [Edge(entry, write(entry)) for entry in entries[start:stop]]
    ends = ends_of(edges, has_previous=has_previous, has_next=has_next)
    return Page(edges, ends, total_count=len(entries))


@output()
class PageInfo:
    """Where a page starts and ends, and whether there is more."""

    has_previous_page: bool = strawberry.field(description="Whether entries precede the page.")
    has_next_page: bool = strawberry.field(description="Whether entries follow the page.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first entry, for `before`; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last entry, for `after`; null on an empty page."
    )
