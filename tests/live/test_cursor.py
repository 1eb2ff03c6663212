"""The live cursor: opaque, and nothing else reads as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.live.cursor import LiveCursor, parse


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.integers(0, 2**53))
def test_round_trip(origin: str, position: int) -> None:
    """A cursor's text reads as the cursor."""
    cursor = LiveCursor(origin, position)
    assert parse(str(cursor)) == cursor


@given(st.text())
def test_other_text_is_refused(text: str) -> None:
    """What is read as a cursor is exactly the text of that cursor."""
    try:
        found = parse(text)
    except ValueError:
        return
    assert str(found) == text


@pytest.mark.parametrize("text", ["", "a", "ä", "YQ", "YQAtMQ", "YQAx=", "YQAx\n", "YQAgMQ"])
def test_near_misses(text: str) -> None:
    """Padding, signs, blanks and line ends are refused."""
    with pytest.raises(ValueError, match="not a live cursor"):
        parse(text)
