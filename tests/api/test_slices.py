"""Slices of every connection, against a plain list sliced as Relay's specification says.

Entries come, move and go between pages; a cursor is the place that its entry had when it was
given, and stays good. The specification: https://relay.dev/graphql/connections.htm
"""

from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphql_brief.api.connections import PAGE_BOUND
from tests.api.conftest import EDITOR, Newsroom
from tests.api.listed import LISTS, PAGE, Briefs, ByHeadline, History, Place, Timeline


class Page(NamedTuple):
    """Which page: so many from one end, between the places of two cursors that were given."""

    backward: bool
    size: int | None
    after: int | None
    before: int | None


class Add(NamedTuple):
    """Add an entry at a place that the number says."""

    number: int


class Move(NamedTuple):
    """Move an entry to the place that the number says."""

    entry: int
    number: int


class Remove(NamedTuple):
    """Take an entry from the list."""

    entry: int


Indexes = st.integers(0, 50)
Pages = st.builds(
    Page,
    backward=st.booleans(),
    size=st.none() | st.integers(0, 5),
    after=st.none() | Indexes,
    before=st.none() | Indexes,
)
Changes = st.one_of(
    st.builds(Add, st.integers(0, 9)),
    st.builds(Move, Indexes, st.integers(0, 9)),
    st.builds(Remove, Indexes),
)
Steps = st.builds(
    lambda begin, steps: [*begin, *steps],
    st.lists(st.builds(Add, st.integers(0, 9)), min_size=2, max_size=5),
    st.lists(st.one_of(Pages, Pages, Changes), min_size=1, max_size=12),
)


def sliced(
    places: dict[str, Place], asked: Page, after: Place | None, before: Place | None, default: int
) -> tuple[list[str], bool, bool]:
    """The specification's EdgesToReturn, HasPreviousPage and HasNextPage, for a plain list.

    Where it leaves a server to tell what it can of entries beyond a cursor, ours tells it, and
    counts the cursor's own entry with them.
    """
    whole = sorted(places, key=lambda entry: places[entry])
    left = [
        entry
        for entry in whole
        if (after is None or places[entry] > after) and (before is None or places[entry] < before)
    ]
    size = default if asked.size is None else asked.size
    more = len(left) > size
    if asked.backward:
        beyond = before is not None and any(places[entry] >= before for entry in whole)
        return left[max(0, len(left) - size) :], more, beyond
    beyond = after is not None and any(places[entry] <= after for entry in whole)
    return left[:size], beyond, more


async def check(listed: Briefs, steps: list[Page | Add | Move | Remove]) -> None:
    """Each page of the connection is that of the plain list, whatever happened before."""
    await listed.begin()
    given: list[tuple[str, Place]] = []
    for step in steps:
        entries = sorted(listed.places)
        match step:
            case Add(number):
                await listed.add(number)
            case Move(entry, number) if entries:
                await listed.move(entries[entry % len(entries)], number)
            case Remove(entry) if entries:
                await listed.remove(entries[entry % len(entries)])
            case Page():
                await check_page(listed, step, given)
            case _:
                pass  # there is nothing to move or to remove


async def check_page(listed: Briefs, asked: Page, given: list[tuple[str, Place]]) -> None:
    """One page; the cursors in it are added to those given."""
    backward = asked.backward and listed.backward
    cursors = {"after": asked.after, "before": asked.before if listed.backward else None}
    chosen = {
        name: given[index % len(given)]
        for name, index in cursors.items()
        if index is not None and given
    }
    if asked.size is None:
        # Without `first` and `last` a page goes backward only from `before` alone.
        backward = "before" in chosen and "after" not in chosen
    variables: dict[str, Any] = {name: cursor for name, (cursor, _) in chosen.items()}
    variables |= {"last" if backward else "first": asked.size}
    found = await listed.page(**variables)
    after, before = (chosen[name][1] if name in chosen else None for name in ("after", "before"))
    shown, has_previous, has_next = sliced(
        listed.places, asked._replace(backward=backward), after, before, listed.default
    )
    assert [str(edge["node"]["id"]) for edge in found["edges"]] == shown
    assert found["pageInfo"] == {
        "hasPreviousPage": has_previous,
        "hasNextPage": has_next,
        "startCursor": found["edges"][0]["cursor"] if shown else None,
        "endCursor": found["edges"][-1]["cursor"] if shown else None,
    }
    assert found.get("totalCount", len(listed.places)) == len(listed.places)
    given += [(edge["cursor"], listed.places[str(edge["node"]["id"])]) for edge in found["edges"]]


_numbers = count()


@pytest.mark.parametrize("kind", LISTS)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=Steps)
async def test_pages_are_slices_of_a_plain_list(
    newsroom: Newsroom, kind: type[Briefs], steps: list[Page | Add | Move | Remove]
) -> None:
    """All combinations of `first`, `last`, `after` and `before`, in a list that changes."""
    await check(kind(newsroom, next(_numbers)), steps)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    "asked",
    [
        {"first": -1},
        {"first": PAGE_BOUND + 1},
        {"first": 1, "after": ""},
        {"first": 1, "after": "é"},
        {"first": 1, "after": "bm9uc2Vuc2U"},
    ],
)
async def test_what_is_no_page_is_refused(
    newsroom: Newsroom, kind: type[Briefs], asked: dict[str, Any]
) -> None:
    """By every connection, with the same code."""
    listed = kind(newsroom, 0)
    await listed.begin()
    assert await newsroom.code(kind.document, EDITOR, of=listed.of, **asked) == "BAD_PAGE"
    if kind.backward:
        turned = {{"first": "last", "after": "before"}[name]: it for name, it in asked.items()}
        assert await newsroom.code(kind.document, EDITOR, of=listed.of, **turned) == "BAD_PAGE"
        both = {"first": 1, "last": 1}
        assert await newsroom.code(kind.document, EDITOR, of=listed.of, **both) == "BAD_PAGE"


async def test_a_cursor_is_one_list_s(newsroom: Newsroom) -> None:
    """The cursors of every other order are refused."""
    cursors: dict[type[Briefs], str] = {}
    lists = [kind(newsroom, 0) for kind in (Briefs, ByHeadline, Timeline, History)]
    for listed in lists:
        await listed.begin()
        await listed.add(1)
        cursors[type(listed)] = (await listed.page(first=1))["edges"][0]["cursor"]
    for listed in lists:
        for kind, cursor in cursors.items():
            if not isinstance(listed, kind):
                asked = {"of": listed.of, "after": cursor}
                assert await newsroom.code(listed.document, EDITOR, **asked) == "BAD_PAGE"


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(numbers=st.lists(st.integers(0, 3), max_size=6), size=st.integers(0, 4))
async def test_pages_of_a_search(newsroom: Newsroom, numbers: list[int], size: int) -> None:
    """Slices of all that was found, the best first, of which some are equally good."""
    word = f"w{next(_numbers)}"
    for number in numbers:
        await newsroom.draft(headline=" ".join([word] * (number + 1)))
    document = f"""query($first: Int!, $after: String) {{
        search(text: "{word}", first: $first, after: $after) {{
            edges {{ cursor node {{ id }} }} {PAGE} }} }}"""

    async def page(first: int, after: str | None = None) -> Any:
        return (await newsroom.ask(document, EDITOR, first=first, after=after))["search"]

    whole = (await page(100))["edges"]
    assert len({edge["node"]["id"] for edge in whole}) == len(numbers)
    for place, cursor in enumerate([None, *(edge["cursor"] for edge in whole)]):
        found = await page(size, cursor)
        assert found["edges"] == whole[place : place + size]
        assert found["pageInfo"] == {
            "hasPreviousPage": place > 0,
            "hasNextPage": len(whole) > place + size,
            "startCursor": found["edges"][0]["cursor"] if found["edges"] else None,
            "endCursor": found["edges"][-1]["cursor"] if found["edges"] else None,
        }
