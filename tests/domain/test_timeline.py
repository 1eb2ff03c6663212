"""Developments: their order, what they supersede, pins and retractions."""

from itertools import permutations

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.sections import timeline_order
from graphql_brief.domain.vocabulary import ErrorCode
from tests.domain.scenario import Given, brief_of, given, stamp


def development(key: str, date: str = "2026-01", *supersedes: str) -> ev.DevelopmentAdded:
    """A development."""
    return ev.DevelopmentAdded(
        key=key, date=date, headline="H", category="C", body="B", supersedes=supersedes
    )


FIELDS = {"date": "2026-01", "headline": "H", "category": "C", "body": "B"}


def order(*events: ev.Event) -> list[str]:
    """The keys of a timeline as shown."""
    return [found.key for found in timeline_order(brief_of(*events).timeline.values())]


def test_newest_first() -> None:
    """By the date that it happened, in whatever order it was recorded."""
    dates = ["2026-01-18", "2025-10-20", "2025-08", "2014", "1991-09/1992-11"]
    for some_order in permutations(dates):
        assert order(*(development(f"d{dates.index(date)}", date) for date in some_order)) == [
            "d0",
            "d1",
            "d2",
            "d3",
            "d4",
        ]


def test_of_one_first_day_the_longer_is_newer() -> None:
    """A month stands over its first day, a year over its January, what still runs over all."""
    dates = {"open": "2014/..", "year": "2014", "month": "2014-01", "day": "2014-01-01"}
    for some_order in permutations(dates):
        assert order(*(development(key, dates[key]) for key in some_order)) == list(dates)


def test_without_a_beginning_is_oldest() -> None:
    """What was going on until some day began before everything else."""
    assert order(development("until", "../2026-01-18"), development("old", "0002")) == [
        "old",
        "until",
    ]


def test_of_one_date_the_later_recorded_is_newer() -> None:
    """The order is total: no two developments share a place."""
    assert order(development("one"), development("two"), development("three")) == [
        "three",
        "two",
        "one",
    ]


def test_a_new_date_is_a_new_place() -> None:
    """A corrected date moves a development."""
    corrected = ev.DevelopmentRevised(key="a", date="2027")
    assert order(development("a", "2025"), development("b", "2026")) == ["b", "a"]
    assert order(development("a", "2025"), development("b", "2026"), corrected) == ["a", "b"]


def test_other_revisions_keep_the_place() -> None:
    """Among those of one date, a revised text is not news."""
    revised = ev.DevelopmentRevised(key="a", body="Better.")
    assert order(development("a"), development("b"), revised) == ["b", "a"]


def test_a_development_supersedes_another() -> None:
    """Both stay, linked."""
    after = (
        given(development("a"), development("b"))
        .when({"reviseDevelopment": {"key": "b", "supersedes": ["a"]}})
        .then(ev.DevelopmentRevised(key="b", supersedes=("a",)))
    )
    assert [found.supersedes for found in after.timeline.values()] == [(), ("a",)]


def test_one_account_replaces_two() -> None:
    """And what it replaces may itself have replaced something, twice over."""
    edit = {"addDevelopment": {"key": "d", **FIELDS, "supersedes": ["b", "c"]}}
    given(development("a"), development("b", "2026", "a"), development("c", "2026", "a")).when(
        edit
    ).then(development("d", "2026-01", "b", "c"))


def test_nothing_supersedes_what_is_not_there() -> None:
    """The path leads to the entry of the list."""
    given(development("a"), development("b")).when(
        {"reviseDevelopment": {"key": "b", "supersedes": ["a", "nobody"]}}
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "0", "reviseDevelopment", "supersedes", "1")


def test_nothing_supersedes_itself() -> None:
    """Neither when it is added nor later."""
    path = ("supersedes", "0")
    given().when({"addDevelopment": {"key": "a", **FIELDS, "supersedes": ["a"]}}).then_refused(
        ErrorCode.UNKNOWN_ITEM, "edits", "0", "addDevelopment", *path
    )
    given(development("a")).when(
        {"reviseDevelopment": {"key": "a", "supersedes": ["a"]}}
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "0", "reviseDevelopment", *path)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_nothing_supersedes_itself_in_the_end(length: int) -> None:
    """A chain of replacements is never closed to a ring, however long."""
    chain = [
        development("k0"),
        *(development(f"k{n}", "2026", f"k{n - 1}") for n in range(1, length)),
    ]
    given(*chain).when(
        {"reviseDevelopment": {"key": "k0", "supersedes": [f"k{length - 1}"]}}
    ).then_refused(
        ErrorCode.INVALID_INPUT,
        *("edits", "0", "reviseDevelopment", "supersedes", "0"),
        saying="itself supersedes",
    )


def test_a_web_of_replacements_is_searched_once() -> None:
    """A trillion ways lead back from the last of forty pairs; each development is met once."""
    web = [development("a0"), development("b0")]
    for level in range(1, 41):
        below = (f"a{level - 1}", f"b{level - 1}")
        web += [development(f"a{level}", "2026", *below), development(f"b{level}", "2026", *below)]
    edit = {"reviseDevelopment": {"key": "a0", "supersedes": ["b40"]}}
    assert given(*web).when(edit).refusals
    free = {"addDevelopment": {"key": "c", **FIELDS, "supersedes": ["a40", "b40"]}}
    assert not given(*web).when(free).refusals


def test_a_ring_opened_first() -> None:
    """Once the first link is taken away, the opposite one is allowed, in the same batch."""
    given(development("a"), development("b", "2026", "a")).when(
        {"reviseDevelopment": {"key": "b", "supersedes": []}},
        {"reviseDevelopment": {"key": "a", "supersedes": ["b"]}},
    ).then(
        ev.DevelopmentRevised(key="b", supersedes=()),
        ev.DevelopmentRevised(key="a", supersedes=("b",)),
    )


def test_pins() -> None:
    """Pinned and unpinned; asked again, nothing changes."""
    pin, unpin = {"pinDevelopment": {"key": "a"}}, {"unpinDevelopment": {"key": "a"}}
    plain = given(development("a"))
    pinned = plain.when(pin).then(ev.DevelopmentPinned(key="a"))
    assert (pinned.timeline["a"].pinned, pinned.timeline["a"].mark.changed_version) == (True, 3)
    Given(pinned).when(pin).then_nothing()
    assert not Given(pinned).when(unpin).then(ev.DevelopmentUnpinned(key="a")).timeline["a"].pinned
    plain.when(unpin).then_nothing()


def test_a_development_is_retracted() -> None:
    """It stays in the timeline, marked with the reason and the time."""
    after = (
        given(development("a"))
        .when({"retractDevelopment": {"key": "a", "reason": "It did not happen."}})
        .then(ev.DevelopmentRetracted(key="a", reason="It did not happen."))
    )
    retraction = after.timeline["a"].retraction
    assert retraction is not None
    assert (retraction.at, retraction.reason) == (stamp(3).at, "It did not happen.")


def test_a_development_is_retracted_once() -> None:
    """The first reason stands."""
    given(development("a"), ev.DevelopmentRetracted(key="a", reason="No.")).when(
        {"retractDevelopment": {"key": "a", "reason": "Never."}}
    ).then_refused(ErrorCode.WRONG_STATE, "edits", "0", "retractDevelopment", "key")


@pytest.mark.parametrize("name", ["pinDevelopment", "unpinDevelopment", "retractDevelopment"])
def test_marks_of_nothing(name: str) -> None:
    """The development must be there."""
    reason = {"reason": "No."} if name == "retractDevelopment" else {}
    given().when({name: {"key": "a", **reason}}).then_refused(
        ErrorCode.UNKNOWN_ITEM, "edits", "0", name, "key"
    )
