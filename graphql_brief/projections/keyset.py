"""Pages of an ordered list, by the key of the row at their edge and never by counting rows.

What is inserted or moved elsewhere does not shift a page. The edges are Relay's `first`/`after`
and `last`/`before`; a cursor is the key of a row with the name of its order, opaque to clients.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

ROWS_BOUND = 100
"""Most rows of a page."""

Whole = Annotated[int, Meta(ge=0, lt=2**53)]
"""A time, a version or a position, as columns hold them."""


class BadCursor(ValueError):  # noqa: N818 - says what the text is: a client's mistake
    """A text that is no cursor of this order."""


class Slice(Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list."""

    rows: tuple[T, ...]
    has_previous: bool
    has_next: bool
    total: int | None = None
    """Rows on all pages; None if it was not asked for."""
    position: int
    """The read models held at least everything up to here."""


class Window(NamedTuple):
    """Which rows: the first so many after one, or the last so many before one."""

    first: int | None = None
    after: tuple[Any, ...] | None = None
    last: int | None = None
    before: tuple[Any, ...] | None = None

    @property
    def rows(self) -> int:
        """How many. Raises ValueError unless exactly one of `first` and `last` is in bounds."""
        asked = [rows for rows in (self.first, self.last) if rows is not None]
        if len(asked) != 1 or not 0 <= asked[0] <= ROWS_BOUND:
            raise ValueError(f"a page has either `first` or `last`, from 0 to {ROWS_BOUND}")
        return asked[0]


def write_cursor(order: str, key: Sequence[Any]) -> str:
    """The cursor of the row with this key."""
    raw = msgspec.json.encode([order, *key])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(order: str, kind: Any, cursor: str | None) -> tuple[Any, ...] | None:
    """The key that `write_cursor` wrote, of the types in `kind`, a tuple type; None for None.

    Raises BadCursor for anything else.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}", altchars=b"-_", validate=True)
        found, *key = msgspec.json.decode(raw, type=list[Any])
        if found == order:
            return msgspec.convert(tuple(key), kind)  # type: ignore[no-any-return]
    except (binascii.Error, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadCursor(f"{cursor[:80]!r} is no cursor") from error
    raise BadCursor(f"{cursor[:80]!r} is a cursor of another list or order")


async def fetch(
    connection: AsyncConnection,
    query: sa.Select[Any],
    keys: Sequence[sa.ColumnElement[Any]],
    window: Window,
    *,
    descending: bool,
) -> tuple[Sequence[sa.Row[Any]], bool, bool]:
    """The rows of a window on `query`, and whether there are rows before and after them.

    `keys` put the rows in a total order.
    """
    key = sa.tuple_(*keys)
    rows_asked = window.rows
    bounded = query
    if window.after is not None:
        bounded = bounded.where(key < window.after if descending else key > window.after)
    if window.before is not None:
        bounded = bounded.where(key > window.before if descending else key < window.before)
    forward = window.first is not None
    towards = sa.desc if descending is forward else sa.asc
    # One row more than asked for tells whether there are more.
    read = bounded.order_by(*(towards(column) for column in keys)).limit(rows_asked + 1)
    rows = (await connection.execute(read)).all()
    more = len(rows) > rows_asked
    rows = rows[:rows_asked]
    if forward:
        behind = None
        if window.after is not None:
            behind = key >= window.after if descending else key <= window.after
        return rows, await _any(connection, query, behind), more
    ahead = None
    if window.before is not None:
        ahead = key <= window.before if descending else key >= window.before
    return rows[::-1], more, await _any(connection, query, ahead)


async def _any(
    connection: AsyncConnection, query: sa.Select[Any], where: sa.ColumnElement[bool] | None
) -> bool:
    if where is None:
        return False
    return (await connection.execute(query.where(where).limit(1))).first() is not None


async def count(connection: AsyncConnection, query: sa.Select[Any]) -> int:
    """How many rows a query has."""
    counted = sa.select(sa.func.count()).select_from(query.subquery())
    return (await connection.execute(counted)).scalar_one()
