"""The scalars: positions, live cursors, times of the system, days."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.live import cursor
from graphql_brief.live.cursor import LiveCursor

Position = NewType("Position", int)
"""Place in the whole log, as the scalar of that name; as a start, 0 is before the first."""

POSITION_BOUND = 2**53
"""Positions stay below this, so that every JSON parser reads them exactly."""

_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_position(value: Any) -> Position:
    """A position from a request. Raises ApiError if it is none."""
    if type(value) is not int or not 0 <= value < POSITION_BOUND:
        raise _bad_value(value, "a position: a whole number from 0, below 2^53")
    return Position(value)


def read_live_cursor(value: Any) -> LiveCursor:
    """A live cursor from a request. Raises ApiError if it is none."""
    try:
        return cursor.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ApiError(ApiCode.BAD_CURSOR, str(error)) from error


def read_time(value: Any) -> datetime:
    """A time from a request, as UTC. Raises ApiError if it is none or has no offset."""
    try:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _bad_value(
            value, "a time with its offset from UTC, such as 2026-01-18T09:15:00Z"
        ) from error


def write_time(value: datetime) -> str:
    """A time as RFC 3339 in UTC, with Z."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_day(value: Any) -> date:
    """A day from a request. Raises ApiError if it is none."""
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError as error:
        raise _bad_value(value, "a day such as 2026-01-18") from error


def _bad_value(value: Any, wanted: str) -> ApiError:
    return ApiError(ApiCode.BAD_USER_INPUT, f"{str(value)[:80]!r} is not {wanted}")


def _in_document(read: Callable[[Any], Any]) -> Callable[..., Any]:
    """The reader of a value that stands in the document itself: its error says where."""

    def read_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return read(value_from_ast_untyped(node, variables))
        except ApiError as error:
            raise error.at(node) from error

    return read_literal


SCALARS: dict[object, ScalarDefinition] = {
    Position: strawberry.scalar(
        name="Position",
        description=(
            "Place of an event in the whole log: a whole number from 1, dense, in the order of "
            "commits, below 2^53. As a point to start after, 0 is before the first event."
        ),
        serialize=int,
        parse_value=read_position,
        parse_literal=_in_document(read_position),
    ),
    LiveCursor: strawberry.scalar(
        name="LiveCursor",
        description=(
            "Opaque resume point of a subscription. Everything up to it was seen; a subscription "
            "`after` it brings what came since, with no gap and no duplicate."
        ),
        serialize=str,
        parse_value=read_live_cursor,
        parse_literal=_in_document(read_live_cursor),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A time of the system: RFC 3339 in UTC, `2026-01-18T09:15:00Z`, to the microsecond. "
            "In requests any offset from UTC is read, and a time without one is refused."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_time,
        parse_value=read_time,
        parse_literal=_in_document(read_time),
    ),
    date: strawberry.scalar(
        name="Date",
        description="One day of the calendar: `2026-01-18`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=date.isoformat,
        parse_value=read_day,
        parse_literal=_in_document(read_day),
    ),
}
"""The Python types that are scalars of the schema."""
