"""Connections in memory: Relay's rules, cursors that stay, refusals."""

from bisect import insort
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.api.connections import (
    PAGE_BOUND,
    Page,
    read_cursor,
    slice_of,
    window,
    write_cursor,
)
from graphql_brief.api.errors import ApiError

Numbers = st.lists(st.integers(0, 60), unique=True).map(sorted)


def page(numbers: list[int], **asked: Any) -> Page:
    """A page of a list of numbers, which are their own places."""
    return slice_of(
        numbers,
        window(**asked),
        lambda number: (number,),
        lambda cursor: read_cursor(cursor, tuple[int]),
        write_cursor,
    )


def nodes(found: Page) -> list[int]:
    """The entries of a page."""
    return [edge.node for edge in found.edges]


@st.composite
def asked_of(draw: st.DrawFn) -> tuple[list[int], dict[str, Any]]:
    """A list and arguments for a page of it; cursors of entries and of what left the list."""
    numbers = draw(Numbers)
    arguments: dict[str, Any] = {draw(st.sampled_from(["first", "last"])): draw(st.integers(0, 9))}
    for name in draw(st.sets(st.sampled_from(["after", "before"]))):
        arguments[name] = write_cursor(draw(st.integers(0, 60)))
    return numbers, arguments


@given(asked_of())
def test_pages_are_what_relay_says(asked: tuple[list[int], dict[str, Any]]) -> None:
    """First the cursors cut, then first takes from the start or last from the end."""
    numbers, arguments = asked
    after, before = -1, 61
    if "after" in arguments:
        (after,) = read_cursor(arguments["after"], tuple[int])
    if "before" in arguments:
        (before,) = read_cursor(arguments["before"], tuple[int])
    left = [number for number in numbers if after < number < before]
    size = arguments["first"] if "first" in arguments else arguments["last"]
    if "first" in arguments:
        expected = left[:size]
        more = (any(number <= after for number in numbers), len(left) > size)
    else:
        expected = left[max(0, len(left) - size) :]
        more = (len(left) > size, any(number >= before for number in numbers))
    found = page(numbers, **arguments)
    assert nodes(found) == expected
    assert found.total_count == len(numbers)
    assert (found.page_info.has_previous_page, found.page_info.has_next_page) == more
    if expected:
        assert found.page_info.start_cursor == found.edges[0].cursor
        assert found.page_info.end_cursor == found.edges[-1].cursor


@given(Numbers, st.integers(1, 7), st.booleans())
def test_pages_give_everything_once(numbers: list[int], size: int, backward: bool) -> None:
    """Going on from page to page gives each entry once, in order, in either direction."""
    found: list[int] = []
    cursor = None
    while True:
        if backward:
            one = page(numbers, last=size, before=cursor)
            found = nodes(one) + found
            more, cursor = one.page_info.has_previous_page, one.page_info.start_cursor
        else:
            one = page(numbers, first=size, after=cursor)
            found = found + nodes(one)
            more, cursor = one.page_info.has_next_page, one.page_info.end_cursor
        if not more:
            break
    assert found == numbers


@given(Numbers.filter(bool), st.integers(0, 60), st.integers(1, 7))
def test_what_is_added_shifts_no_page(numbers: list[int], added: int, size: int) -> None:
    """A page after a cursor is the same but for what was added in it."""
    cursor = write_cursor(numbers[len(numbers) // 2])
    before = nodes(page(numbers, first=size, after=cursor))
    longer = list(numbers)
    if added not in longer:
        insort(longer, added)
    after = nodes(page(longer, first=size, after=cursor))
    expected = sorted({*before, added}) if added in after else before
    assert after == expected[:size]


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 1, "last": 1},
        {"first": -1},
        {"last": -1},
        {"first": PAGE_BOUND + 1},
        {"last": PAGE_BOUND + 1},
        {"after": "no cursor"},
        {"before": ""},
        {"after": "é"},
        {"after": write_cursor("text")},
        {"after": write_cursor(1, 2)},
    ],
)
def test_bad_pages_are_refused(arguments: dict[str, Any]) -> None:
    """Each with an error for the client that says BAD_PAGE."""
    with pytest.raises(ApiError) as refused:
        page([1, 2, 3], **arguments)
    assert refused.value.extensions == {"code": "BAD_PAGE"}


def test_before_alone_goes_backward() -> None:
    """Without first and last, `before` gives what stands right before it."""
    numbers = list(range(50))
    assert nodes(page(numbers, before=write_cursor(40), default=5)) == [35, 36, 37, 38, 39]
    assert nodes(page(numbers, after=write_cursor(40), default=5)) == [41, 42, 43, 44, 45]
    assert nodes(page(numbers, default=5)) == [0, 1, 2, 3, 4]
