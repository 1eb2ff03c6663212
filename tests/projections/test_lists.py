"""Lists of briefs: filters, orders, and pages that nothing shifts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import Audience, BriefStatus, Significance
from graphql_brief.projections.keyset import BadCursor, Slice, Window, write_cursor
from graphql_brief.projections.lists import ORDERS, BriefFilter, BriefOrder, conditions
from graphql_brief.projections.tables import rm_brief
from tests.projections.newsroom import START, Newsroom, newsroom

PUBLIC, NEWSROOM = Audience.PUBLIC, Audience.NEWSROOM
EVERYTHING = BriefFilter()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """The six briefs of `write_six`, for a test that changes them."""
    async with newsroom(tmp_path / "brief.db") as made:
        await write_six(made)
        yield made


@pytest.fixture(scope="module")
async def shelf(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newsroom]:
    """The six briefs of `write_six`, for tests that only read them."""
    async with newsroom(tmp_path_factory.mktemp("shelf") / "brief.db") as made:
        await write_six(made)
        yield made


async def write_six(room: Newsroom) -> None:
    """Six briefs; e is a draft, f is withheld. Two have the same headline."""
    write = room.write
    await write.publish("brief-a", headline="Zebra", subjects=("Iraq", "Troops"))
    await write.publish("brief-b", headline="“Élysée” talks", language="fr")
    await write.publish("brief-c", headline="elections", subjects=("STRASSE",))
    await write.draft("brief-e", headline="A secret", subjects=("Iraq",))
    await write.publish("brief-d", headline="Zebra", language="en-GB")
    await write.publish("brief-f", headline="Withheld", subjects=("Iraq",))
    await write.record("brief-f", ev.BriefWithheld(reason="A court asked."))
    await write.register("entity-ana", "Ana")
    for brief in ("brief-a", "brief-e"):
        await write.involve(brief, "entity-ana")
    await write.record("brief-b", ev.BriefClosed())
    await write.record(
        "brief-c", ev.StandfirstRevised(standfirst="x"), significance=Significance.COPY_EDIT
    )
    await room.caught_up()


def ids(found: Slice[Any]) -> str:
    """The last letters of the briefs on a page."""
    return "".join(row.brief[-1] for row in found.rows)


async def listed(room: Newsroom, wanted: BriefFilter = EVERYTHING, **more: Any) -> str:
    """The briefs in a list, whole."""
    asked: dict[str, Any] = {"first": 100, "audience": PUBLIC} | more
    return ids(await room.catalogue.briefs(wanted, **asked))


@pytest.mark.parametrize(
    ("order", "public", "everybody"),
    [
        (BriefOrder.UPDATED, "cbad", "cbeafd"),
        (BriefOrder.SIGNIFICANT_UPDATE, "badc", "beafdc"),
        (BriefOrder.PUBLISHED, "dcba", "fdcbae"),
        (BriefOrder.HEADLINE, "cbad", "ecbfad"),
    ],
)
async def test_orders(shelf: Newsroom, order: BriefOrder, public: str, everybody: str) -> None:
    """Times newest first, briefs without one last; headlines from A to Z, whatever the case,
    accents and quotes; readers see none that is not published.
    """
    assert public == await listed(shelf, order=order)
    assert everybody == await listed(shelf, order=order, audience=NEWSROOM)
    assert everybody == await listed(shelf, order=order, audience=Audience.AUDIT)


@pytest.mark.parametrize(
    ("wanted", "everybody"),
    [
        (BriefFilter(status=BriefStatus.PUBLISHED), "cad"),
        (BriefFilter(status=BriefStatus.CLOSED), "b"),
        (BriefFilter(status=BriefStatus.DRAFT), "e"),
        (BriefFilter(status=BriefStatus.WITHHELD), "f"),
        (BriefFilter(subject="iraq"), "eaf"),
        (BriefFilter(subject="straße"), "c"),
        (BriefFilter(subject="Ira"), ""),
        (BriefFilter(entity="entity-ana"), "ea"),
        (BriefFilter(entity="entity-nobody"), ""),
        (BriefFilter(language="en"), "ceafd"),
        (BriefFilter(language="en-GB"), "d"),
        (BriefFilter(language="%"), ""),
        (BriefFilter(subject="Iraq", status=BriefStatus.DRAFT, entity="entity-ana"), "e"),
        (BriefFilter(subject="\ud800", entity="\ud800", language="\ud800"), ""),
    ],
)
async def test_filters(shelf: Newsroom, wanted: BriefFilter, everybody: str) -> None:
    """All that is given must hold; readers get those of them that they may see."""
    assert everybody == await listed(shelf, wanted, audience=NEWSROOM)
    public = "".join(brief for brief in everybody if brief not in "ef")
    assert public == await listed(shelf, wanted)


async def test_updated_since(shelf: Newsroom) -> None:
    """From that time on, to the microsecond."""
    state = await shelf.states.get("brief-a")
    assert state is not None
    at = state.updated_at
    assert await listed(shelf, BriefFilter(updated_since=at)) == "cba"
    assert await listed(shelf, BriefFilter(updated_since=at + timedelta(microseconds=1))) == "cb"
    assert await listed(shelf, BriefFilter(updated_since=START)) == "cbad"


async def test_a_brief_that_left_a_filter_is_not_found_by_it(room: Newsroom) -> None:
    """Rows follow the state down as well as up."""
    await room.write.record(
        "brief-a", ev.SubjectsSet(subjects=("Peace",)), ev.InvolvementRemoved(key="ana")
    )
    await room.caught_up()
    assert await listed(room, BriefFilter(subject="Iraq"), audience=NEWSROOM) == "ef"
    assert await listed(room, BriefFilter(entity="entity-ana"), audience=NEWSROOM) == "e"
    assert await listed(room, BriefFilter(subject="peace")) == "a"


async def test_the_total_is_of_what_may_be_seen(shelf: Newsroom) -> None:
    """Counted only when asked for, over all pages, for the audience."""
    ask = shelf.catalogue.briefs
    assert (await ask(audience=PUBLIC, first=1)).total is None
    assert (await ask(audience=PUBLIC, first=1, with_total=True)).total == 4
    assert (await ask(audience=NEWSROOM, last=1, with_total=True)).total == 6
    iraq = BriefFilter(subject="iraq")
    assert (await ask(iraq, audience=PUBLIC, first=0, with_total=True)).total == 1


def relay(
    whole: str, first: int | None, after: str | None, last: int | None, before: str | None
) -> tuple[str, bool, bool]:
    """What the connections specification says of a list of letters: page, previous, next."""
    start = whole.index(after) + 1 if after else 0
    end = whole.index(before) if before else len(whole)
    edges = whole[start:end] if start < end else ""
    if first is not None:
        return edges[:first], after is not None, len(edges) > first
    assert last is not None
    return edges[max(len(edges) - last, 0) :], len(edges) > last, before is not None


@pytest.mark.parametrize("order", BriefOrder)
async def test_every_page_is_as_the_specification_says(shelf: Newsroom, order: BriefOrder) -> None:
    """For each size, direction and pair of edges, against slices of the whole list."""
    full = await shelf.catalogue.briefs(EVERYTHING, order, audience=NEWSROOM, first=100)
    whole = ids(full)
    cursors = {row.brief[-1]: row.cursor for row in full.rows}
    edges = [None, *whole]
    for size, forward, after, before in product((0, 1, 2, 6), (True, False), edges, edges):
        first, last = (size, None) if forward else (None, size)
        found = await shelf.catalogue.briefs(
            EVERYTHING,
            order,
            audience=NEWSROOM,
            first=first,
            after=after and cursors[after],
            last=last,
            before=before and cursors[before],
        )
        expected = relay(whole, first, after, last, before)
        assert expected == (ids(found), found.has_previous, found.has_next)


async def test_pages_do_not_shift(room: Newsroom) -> None:
    """A brief that comes to the top between two pages is on neither twice, nor pushes one out."""
    ask = room.catalogue.briefs
    page = await ask(audience=PUBLIC, first=2)
    await room.write.publish("brief-g")
    await room.write.record("brief-d", ev.HeadlineRevised(headline="Now"))
    await room.caught_up()
    rest = await ask(audience=PUBLIC, first=2, after=page.rows[-1].cursor)
    assert (ids(page), ids(rest)) == ("cb", "a")
    assert await listed(room) == "dgcba"


async def test_a_cursor_outlives_its_brief(room: Newsroom) -> None:
    """The row at the edge may be withheld, or moved: the page goes on from where it stood."""
    page = await room.catalogue.briefs(audience=PUBLIC, first=2)
    await room.write.record("brief-a", ev.BriefWithheld(reason="A court asked."))
    await room.caught_up()
    rest = await room.catalogue.briefs(audience=PUBLIC, first=2, after=page.rows[-1].cursor)
    assert ids(rest) == "d"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "a",
        "é",
        "\ud800",
        "W10",
        "W10=",
        write_cursor("HEADLINE", ("a", "brief-a")),
        write_cursor("PUBLISHED", (1, "brief-a")),
        write_cursor("UPDATED", ("a", "brief-a")),
        write_cursor("UPDATED", (1,)),
        write_cursor("UPDATED", (1, "brief-a", 1)),
        write_cursor("UPDATED", (2**53, "brief-a")),
        write_cursor("UPDATED", (-1, "brief-a")),
        write_cursor("UPDATED", (1.5, "brief-a")),
        write_cursor("UPDATED", (None, "brief-a")),
    ],
)
async def test_what_is_no_cursor_is_refused(shelf: Newsroom, cursor: str) -> None:
    """Whatever a client makes up, or takes from another order."""
    with pytest.raises(BadCursor):
        await shelf.catalogue.briefs(audience=PUBLIC, first=1, after=cursor)


@pytest.mark.parametrize(
    "bounds", [{}, {"first": 1, "last": 1}, {"first": -1}, {"last": 101}, {"first": 101}]
)
async def test_a_page_has_bounds(shelf: Newsroom, bounds: dict[str, Any]) -> None:
    """Exactly one of first and last, from 0 to 100."""
    with pytest.raises(ValueError, match="either `first` or `last`, from 0 to 100"):
        await shelf.catalogue.briefs(audience=PUBLIC, **bounds)


@pytest.mark.parametrize("order", BriefOrder)
@pytest.mark.parametrize("audience", [PUBLIC, NEWSROOM])
async def test_a_page_reads_no_more_than_its_rows(
    shelf: Newsroom, order: BriefOrder, audience: Audience
) -> None:
    """Every order has its index, also for readers: no page sorts all briefs."""
    column, descending, _ = ORDERS[order]
    keys = (column, rm_brief.c.id)
    key = sa.tuple_(*keys)
    edge = (START.isoformat(), "") if order is BriefOrder.HEADLINE else (1, "")
    query = sa.select(rm_brief.c.id, column).where(*conditions(EVERYTHING, audience))
    query = query.where(key < edge if descending else key > edge)
    query = query.order_by(*(each.desc() if descending else each for each in keys)).limit(3)
    async with shelf.store.reader() as connection:
        raw = await connection.run_sync(
            lambda sync: str(query.compile(sync, compile_kwargs={"literal_binds": True}))
        )
        steps = await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {raw}"))
        (plan,) = [step.detail for step in steps]
    index = f"rm_brief_{'public_' if audience is PUBLIC else ''}{column.key}"
    assert plan.startswith(f"SEARCH rm_brief USING COVERING INDEX {index} (")


def test_a_window_is_hashable() -> None:
    """It is part of the key that an answer is kept under."""
    assert {Window(first=1, after=(1, "a"))} == {Window(first=1, after=(1, "a"))}
