"""The live cursor: opaque, and nothing else reads as one."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.live.cursor import LiveCursor, parse


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.integers(1, 2**53),
    st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the bounds have none
)
def test_round_trip(origin: str, position: int, recorded_at: datetime) -> None:
    """A cursor's text reads as the cursor, to the microsecond."""
    for cursor in (LiveCursor(origin, position, recorded_at), LiveCursor(origin, 0)):
        assert parse(str(cursor)) == cursor


@given(st.text())
def test_other_text_is_refused(text: str) -> None:
    """What is read as a cursor is exactly the text of that cursor."""
    try:
        found = parse(text)
    except ValueError:
        return
    assert str(found) == text


def written(*parts: str) -> str:
    """What a cursor of these parts would be."""
    return base64.urlsafe_b64encode("\0".join(parts).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        *["", "a", "ä", "YQ", "YQAtMQ", "YQAx=", "YQAx\n", "YQAgMQ"],
        *[written("a", "1", time) for time in ("", "x", "+1", "-1", "01", "9" * 20, "9" * 5000)],
        *[written(*parts) for parts in (["b"], ["a", "1"], ["a", "0", "1"], ["a", "1", "2", "3"])],
    ],
)
def test_near_misses(text: str) -> None:
    """Padding, signs, blanks, line ends, and times that are none are refused."""
    with pytest.raises(ValueError, match="not a live cursor"):
        parse(text)
