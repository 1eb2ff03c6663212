"""The scalars: what they read, what they write, what they refuse."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graphql_brief.api.errors import ApiError
from graphql_brief.api.scalars import (
    POSITION_BOUND,
    read_day,
    read_live_cursor,
    read_position,
    read_time,
    write_time,
)
from graphql_brief.live.cursor import LiveCursor


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back(time: datetime) -> None:
    """A time as written is read as the same time, to the microsecond."""
    assert read_time(write_time(time)) == time


@given(st.datetimes(), st.integers(-14, 14))
def test_any_offset_is_read_as_utc(time: datetime, hours: int) -> None:
    """An offset says the same instant; what is written is UTC with Z."""
    assume(2 <= time.year <= 9998)
    there = time.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert read_time(there.isoformat()) == there
    assert write_time(there).endswith("Z")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (read_time, "2026-01-18T09:15:00"),
        (read_time, "2026-01-18"),
        (read_time, "2026-01-18 09:15:00Z"),
        (read_time, "2026-02-30T09:15:00Z"),
        (read_time, "2026-W03-1T09:15:00Z"),
        (read_time, "0001-01-01T00:00:00+14:00"),
        (read_time, 1768727700),
        (read_day, "2026-1-18"),
        (read_day, "20260118"),
        (read_day, "2026-02-30"),
        (read_day, None),
        (read_position, -1),
        (read_position, POSITION_BOUND),
        (read_position, True),
        (read_position, "7"),
        (read_position, 7.0),
        (read_live_cursor, "7"),
        (read_live_cursor, ""),
        (read_live_cursor, 70),
        (read_live_cursor, "é"),
    ],
)
def test_what_is_no_value_is_refused(read: Callable[[Any], Any], value: Any) -> None:
    """Anything but the one written form is an error for the client, and no other exception."""
    with pytest.raises(ApiError):
        read(value)


def test_values_are_read() -> None:
    """What the scalars take."""
    assert read_day("2026-01-18") == date(2026, 1, 18)
    assert read_position(0) == 0
    assert read_position(POSITION_BOUND - 1) == POSITION_BOUND - 1
    cursor = LiveCursor("graphql-brief/1", 7, datetime(2026, 1, 18, tzinfo=UTC))
    assert read_live_cursor(str(cursor)) == cursor
    assert read_time("2026-01-18T09:15:00.5+02:00") == datetime(2026, 1, 18, 7, 15, 0, 500000, UTC)
    assert write_time(datetime(2026, 1, 18, 7, 15, tzinfo=UTC)) == "2026-01-18T07:15:00Z"
