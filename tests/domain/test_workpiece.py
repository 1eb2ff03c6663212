"""A state while events are applied to it: what it made is its own, and nothing else is."""

from msgspec.json import encode
from msgspec.structs import replace

from graphql_brief.domain import events as ev
from graphql_brief.domain.evolve import evolve, fold
from graphql_brief.domain.states import Brief, Indicator, Mark
from graphql_brief.domain.workpiece import Workpiece, given
from tests.domain.scenario import BRIEF, brief_of, stamp, stamped

PARAGRAPH = ev.ParagraphAdded(key="lede", text="One.")
INDICATOR = ev.IndicatorAdded(key="ships", label="Ships waiting")
OBSERVED = ev.ObservationRecorded(key="o1", indicator="ships", value="7", as_of="2026-01-18")
EVENTS = (PARAGRAPH, INDICATOR, OBSERVED)


def test_a_list_is_copied_when_it_is_first_changed() -> None:
    """Once: what it has made it changes in place, and the state it began with stays."""
    brief = brief_of(*EVENTS)
    piece = Workpiece(brief)
    mine = piece.lists["overview"]
    assert mine == brief.overview
    assert mine is not brief.overview
    assert piece.lists["overview"] is mine
    assert piece.fields["overview"] is mine
    assert piece.fields["timeline"] is brief.timeline


def test_an_item_and_its_series_are_copied_when_they_are_first_changed() -> None:
    """Once each, also the series of an item that is another one by then."""
    brief = brief_of(*EVENTS)
    piece = Workpiece(brief)
    item = brief.indicators["ships"]
    mine = piece.own_item("indicators", "ships", stamp(5))
    assert mine == replace(item, mark=replace(item.mark, changed_at=stamp(5).at, changed_version=5))
    assert mine is not item
    assert mine is piece.lists["indicators"]["ships"]
    entries = piece.own_series(mine, "observations")
    assert entries == item.observations
    assert entries is not item.observations
    assert mine.observations is entries
    assert piece.own_item("indicators", "ships", stamp(6)) is mine
    assert mine.mark.changed_version == 6
    assert piece.own_series(replace(mine), "observations") is entries


def test_a_state_that_was_handed_out_never_changes() -> None:
    """What is changed behind it is copied anew."""
    piece = Workpiece(brief_of(*EVENTS))
    piece.lists["overview"].clear()
    first = piece.state()
    assert isinstance(first, Brief)
    piece.lists["overview"]["other"] = None
    item = piece.own_item("indicators", "ships", stamp(5))
    piece.own_series(item, "observations").clear()
    piece.remember_removed("overview", "lede")
    piece.stamp = stamp(5)
    second = piece.state()
    assert isinstance(second, Brief)
    assert (list(first.overview), list(second.overview)) == ([], ["other"])
    assert list(first.indicators["ships"].observations) == ["o1"]
    # Nor does what was made of the same piece before.
    item = piece.own_item("indicators", "ships", stamp(6))
    piece.own_series(item, "observations")["o2"] = None
    assert second.indicators["ships"].observations == {}
    assert second.indicators["ships"].mark.changed_version == 5
    assert first.gone_keys == {}
    assert second.gone_keys == {"overview": frozenset({"lede"})}


def test_an_item_that_was_handed_out_never_changes() -> None:
    """Its successors are copied once a state, and changed in place only until the next."""
    began = brief_of(*EVENTS)
    before = encode(began)
    revised = ev.IndicatorRevised(key="ships", label="Ships")
    seen = replace(OBSERVED, key="o2")
    first = fold(began, BRIEF, [(revised, stamp(5)), (seen, stamp(6)), (revised, stamp(7))])
    assert isinstance(first, Brief)
    between = encode(first)
    again = replace(revised, label="Ships at anchor")
    second = fold(first, BRIEF, [(again, stamp(8)), (replace(seen, key="o3"), stamp(9))])
    assert isinstance(second, Brief)
    assert (encode(began), encode(first)) == (before, between)
    assert second.indicators["ships"].mark == Mark(
        added_at=stamp(3).at, changed_at=stamp(9).at, changed_version=9
    )
    assert list(second.indicators["ships"].observations) == ["o1", "o2", "o3"]


def test_a_key_that_comes_again_has_a_series_of_its_own() -> None:
    """Folded at once or step by step: what the removed item held does not come back with it."""
    again = (*EVENTS, ev.IndicatorRemoved(key="ships"), INDICATOR, replace(OBSERVED, key="o2"))
    at_once = brief_of(*again)
    assert list(at_once.indicators["ships"].observations) == ["o2"]
    state = None
    for event, its_stamp in stamped(
        (
            ev.BriefDrafted(
                slug="harbour-strike",
                headline="Harbour strike",
                standfirst="Cranes stand still.",
                language="en",
            ),
            *again,
        )
    ):
        state = evolve(state, BRIEF, event, its_stamp)
    assert state == at_once


def test_no_events_leave_the_state() -> None:
    """The very same."""
    brief = brief_of(*EVENTS)
    assert fold(brief, BRIEF, ()) is brief
    assert fold(None, BRIEF, ()) is None


def test_what_an_event_sets() -> None:
    """All fields, but for those that a revision leaves as they are; null is set, too."""
    assert given(INDICATOR) == {
        "key": "ships",
        "label": "Ships waiting",
        "note": None,
        "unit": None,
        "before": None,
    }
    revised = ev.IndicatorRevised(key="ships", note=None)
    assert given(revised) == {"key": "ships", "note": None}
    after = evolve(brief_of(*EVENTS), BRIEF, revised, stamp(5))
    assert isinstance(after, Brief)
    item = after.indicators["ships"]
    assert isinstance(item, Indicator)
    assert (item.label, item.note) == ("Ships waiting", None)
