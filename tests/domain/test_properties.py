"""Laws that hold for every history of a brief, not only for those that somebody thought of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, assume, reject, seed, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from graphql_brief.domain import edtf
from graphql_brief.domain import events as ev
from graphql_brief.domain.decide import decide
from graphql_brief.domain.decision import Accepted, Rejected
from graphql_brief.domain.edits import EDIT_NAMES, Edit
from graphql_brief.domain.evolve import evolve, fold
from graphql_brief.domain.parse import parse_edits
from graphql_brief.domain.sections import LISTS, timeline_order
from graphql_brief.domain.states import Brief, Development, Stamp, State
from graphql_brief.domain.touches import meet
from graphql_brief.domain.vocabulary import BriefStatus, ErrorCode, Significance
from tests.domain.samples import STORY
from tests.domain.scenario import BRIEF, START, brief_of, following
from tests.domain.strategies import (
    BEGINNINGS,
    KNOWN,
    History,
    accepted_batches,
    decision_on,
    histories,
    parsed,
)

thorough = settings(
    max_examples=100,
    deadline=None,  # the slowest example is slow to draw, not to decide
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@thorough
@for_all(histories())
def test_folding_any_prefix_never_fails(history: History) -> None:
    """Every state on the way can be reached, and its end is the brief that was decided on."""
    for length in range(1, len(history.recorded) + 1):
        state = fold(None, BRIEF, history.recorded[:length])
        assert state is not None
        assert state.version == length
    assert fold(None, BRIEF, history.recorded) == history.brief


@thorough
@for_all(histories(), st.data())
def test_a_snapshot_and_the_rest_give_the_same(history: History, data: st.DataObject) -> None:
    """A state stored as JSON anywhere on the way, and folded on, is the state folded whole."""
    cut = data.draw(st.integers(1, len(history.recorded)))
    stored = msgspec.json.encode(fold(None, BRIEF, history.recorded[:cut]))
    snapshot = msgspec.json.decode(stored, type=Brief)
    again = fold(snapshot, BRIEF, history.recorded[cut:])
    assert isinstance(again, Brief)
    assert again == history.brief
    assert orders(again) == orders(history.brief)
    assert snapshot_bytes(again) == snapshot_bytes(history.brief)


@thorough
@for_all(histories(), st.data())
def test_folding_at_once_is_folding_step_by_step(history: History, data: st.DataObject) -> None:
    """To the byte; and no state that somebody has is changed by folding on from it."""
    state: State | None = None
    states: list[State | None] = [state]
    for event, its_stamp in history.recorded:
        state = evolve(state, BRIEF, event, its_stamp)
        states.append(state)
    held = [msgspec.json.encode(each) for each in states]
    cut = data.draw(st.integers(0, len(history.recorded)))
    at_once = fold(states[cut], BRIEF, history.recorded[cut:])
    assert at_once == state
    assert msgspec.json.encode(at_once, order="deterministic") == msgspec.json.encode(
        state, order="deterministic"
    )
    assert [msgspec.json.encode(each) for each in states] == held


def snapshot_bytes(brief: Brief) -> bytes:
    """A brief as bytes that are equal only if the order of its lists is, too."""
    return msgspec.json.encode(brief, order="deterministic")


def orders(brief: Brief) -> dict[str, list[str]]:
    """The keys of each list, in order."""
    return {row.attribute: list(getattr(brief, row.attribute)) for row in LISTS}


@thorough
@for_all(histories())
def test_decide_gives_only_what_evolve_takes(history: History) -> None:
    """At whatever place and time the log then records it."""
    for step in history.steps:
        state = step.before
        for event in step.events:
            later = Stamp(
                version=state.version + 1,
                position=state.position + 7000,
                at=START.replace(year=2099),
                significance=Significance.BREAKING,
            )
            after = evolve(state, BRIEF, event, later)
            assert isinstance(after, Brief)
            state = after


@thorough
@for_all(histories())
def test_a_refused_request_gives_no_events(history: History) -> None:
    """It has reasons instead, each with words; of a batch, at one of its edits or at all of it."""
    for step in history.steps:
        if not isinstance(step.decision, Rejected):
            continue
        assert step.events == ()
        assert step.decision.refusals
        for refusal in step.decision.refusals:
            assert refusal.message
            if isinstance(step.asked, tuple) and step.before.status is not BriefStatus.CLOSED:
                place, name = refusal.path[1:3]
                assert EDIT_NAMES[type(step.asked[int(place)])] == name
            else:
                assert refusal.path == ()


@thorough
@for_all(histories())
def test_an_accepted_batch_is_its_edits_one_by_one(history: History) -> None:
    """A batch does what its edits would do alone, one after the other."""
    for step in history.steps:
        if isinstance(step.asked, tuple) and isinstance(step.decision, Accepted):
            state = step.before
            events: list[ev.Event] = []
            for edit in step.asked:
                alone = decide(state, [edit], KNOWN)
                assert isinstance(alone, Accepted)
                events += alone.events
                state = following(state, alone.events)
            assert tuple(events) == step.events


@thorough
@for_all(histories(), st.data())
def test_one_bad_edit_refuses_the_batch(history: History, data: st.DataObject) -> None:
    """Wherever it stands among good ones; the path says where."""
    good = data.draw(accepted_batches(history.brief))
    assume(history.brief.status is not BriefStatus.CLOSED)
    place = data.draw(st.integers(0, len(good)))
    (bad,) = parse_edits([{"removeParagraph": {"key": "nobody"}}])
    decision = decide(history.brief, [*good[:place], bad, *good[place:]], KNOWN)
    assert isinstance(decision, Rejected)
    assert decision.refusals[0].path == ("edits", str(place), "removeParagraph", "key")


@thorough
@for_all(histories())
def test_what_is_set_again_changes_nothing(history: History) -> None:
    """The last setting, revision or move of a batch, asked once more, gives no event."""
    again = ("revise", "set", "change", "pin", "unpin", "move")
    for step in history.steps:
        if isinstance(step.asked, tuple) and isinstance(step.decision, Accepted):
            after = following(step.before, step.events)
            for last in step.asked[-1:]:
                if EDIT_NAMES[type(last)].startswith(again):
                    assert decide(after, [last], KNOWN) == Accepted(())


@thorough
@for_all(histories())
def test_a_brief_is_sound(history: History) -> None:
    """After anything: keys and links are as the rules promise."""
    brief = history.brief
    for row in LISTS:
        items = getattr(brief, row.attribute)
        assert [item.key for item in items.values()] == list(items)
        assert not brief.gone_keys.get(row.attribute, frozenset()) & items.keys()
        assert len(items) <= row.bound
        for item in items.values():
            assert {cited.source for cited in citations(item)} <= brief.sources.keys()
            assert item.mark.added_at <= item.mark.changed_at <= brief.updated_at
            assert item.mark.changed_version <= brief.version
    entities = [found.entity for found in brief.involvements.values()]
    assert len(set(entities)) == len(entities)
    assert all(KNOWN.entities.get(f.entity, f.kind) is f.kind for f in brief.involvements.values())
    assert len({brief.slug, *brief.former_slugs}) == 1 + len(brief.former_slugs)
    assert_no_rings({key: found.supersedes for key, found in brief.timeline.items()})
    assert (brief.first_published_at is None) is (brief.status is BriefStatus.DRAFT)


def citations(item: Any) -> list[Any]:
    """An item's citations, with those of its series."""
    series = {**getattr(item, "observations", {}), **getattr(item, "forecasts", {})}
    return [
        *getattr(item, "citations", ()),
        *(c for entry in series.values() for c in entry.citations),
    ]


def assert_no_rings(links: dict[str, tuple[str, ...]]) -> None:
    """Takes away what leads nowhere, until nothing is left."""
    left = {key: set(targets) for key, targets in links.items()}
    while left:
        ends = {key for key, targets in left.items() if not targets & left.keys()}
        assert ends, f"a ring: {left}"
        left = {key: targets for key, targets in left.items() if key not in ends}


def test_a_ring_is_found() -> None:
    """The check above can fail."""
    assert_no_rings({"a": ("b",), "b": ("c",), "c": ()})
    with pytest.raises(AssertionError, match="a ring"):
        assert_no_rings({"a": ("b",), "b": ("c",), "c": ("b",), "d": ()})


DATES = ["2026-01-18", "2026-01", "2026", "2026/..", "../2026", "2025", "198X", "2026-01-18?"]


@st.composite
def timelines(draw: Any) -> list[Development]:
    """Developments in the order of their recording, many of them on one date."""
    dates = draw(st.lists(st.sampled_from(DATES), max_size=8))
    events = [
        ev.DevelopmentAdded(key=f"d{place}", date=date, headline="H", category="C", body="B")
        for place, date in enumerate(dates)
    ]
    return list(brief_of(*events).timeline.values())


@thorough
@for_all(timelines())
def test_the_timeline_has_a_total_order(recorded: list[Development]) -> None:
    """Every development is in it once, and of any two one is newer: by date, then by recording."""
    ordered = timeline_order(recorded)
    assert Counter(found.key for found in ordered) == Counter(found.key for found in recorded)
    place = {found.key: place for place, found in enumerate(recorded)}
    for newer, older in pairwise(ordered):
        one, other = edtf.order(newer.date), edtf.order(older.date)
        assert one > other or (one == other and place[newer.key] > place[older.key])


@thorough
@for_all(timelines())
def test_the_timeline_is_stable(recorded: list[Development]) -> None:
    """A new development takes its place; those that were there keep theirs."""
    for length in range(len(recorded)):
        before = [found.key for found in timeline_order(recorded[:length])]
        after = [found.key for found in timeline_order(recorded[: length + 1])]
        assert [key for key in after if key != recorded[length].key] == before


# Two editors at once


def at_once(state: Brief, events: Iterable[ev.Event]) -> Brief:
    """The brief after some more events, all recorded at one moment."""
    for event in events:
        same_time = Stamp(
            version=state.version + 1,
            position=state.position + 1,
            at=START,
            significance=Significance.MINOR,
        )
        after = evolve(state, BRIEF, event, same_time)
        assert isinstance(after, Brief)
        state = after
    return state


def content(value: Any) -> Any:
    """A state without what depends on the order of recording: versions, positions, marks."""
    if isinstance(value, msgspec.Struct):
        left_out = ("version", "position", "mark")
        return {
            name: content(getattr(value, name))
            for name in value.__struct_fields__
            if name not in left_out
        }
    if isinstance(value, dict):
        return {key: content(inner) for key, inner in value.items()}
    return value


def places(events: Iterable[ev.Event]) -> set[str]:
    """The lists in which these events put something in a place."""
    return {
        row.attribute for row in LISTS for event in events if type(event) in (row.added, row.moved)
    }


def decided(state: Brief, batch: Sequence[Edit]) -> tuple[ev.Event, ...]:
    """The events of a batch that is accepted; other examples do not count."""
    decision = decision_on(state, batch)
    if not isinstance(decision, Accepted):
        reject()
    return decision.events


@thorough
@for_all(histories(max_steps=2), st.data())
def test_batches_that_do_not_meet_commute(history: History, data: st.DataObject) -> None:
    """The brief is the same whichever came first, but for the order in lists that both filled."""
    state = history.brief
    mine = data.draw(accepted_batches(state), label="mine")
    theirs = data.draw(accepted_batches(state), label="theirs")
    mine_first, theirs_first = decided(state, mine), decided(state, theirs)
    after_mine, after_theirs = at_once(state, mine_first), at_once(state, theirs_first)
    mine_second, theirs_second = decided(after_theirs, mine), decided(after_mine, theirs)
    my_events, their_events = mine_first + mine_second, theirs_first + theirs_second
    assume(not meet(my_events, their_events))
    one, other = at_once(after_mine, theirs_second), at_once(after_theirs, mine_second)
    assert content(one) == content(other)
    both_placed = places(my_events) & places(their_events)
    for attribute, order in orders(one).items():
        if attribute not in both_placed:
            assert order == orders(other)[attribute]


def test_an_edit_that_changed_nothing_when_it_was_written() -> None:
    """A rebased batch is compared as it is decided on the newest state, or it overwrites others."""
    state = brief_of(ev.ParagraphAdded(key="a", text="One."))
    to_one, to_two = (
        parsed({"reviseParagraph": {"key": "a", "text": text}}) for text in ("One.", "Two.")
    )
    theirs = (ev.ParagraphRevised(key="a", text="Two."),)
    assert decide(state, to_two) == Accepted(theirs)
    assert decide(state, to_one) == Accepted(())
    rebased = decide(following(state, theirs), to_one)
    assert isinstance(rebased, Accepted)
    assert not meet((), theirs)
    assert meet(rebased.events, theirs)


# What the strategies are worth


@pytest.fixture(scope="module")
def sample() -> list[History]:
    """Some of the histories that the laws above are tested on."""
    found: list[History] = []
    some = settings(thorough, max_examples=40, database=None, phases=[Phase.generate])
    for number in range(16):

        @seed(number)
        @some
        @for_all(histories())
        def collect(history: History) -> None:
            found.append(history)

        collect()
    return found


def test_histories_lead_everywhere(sample: list[History]) -> None:
    """Every status, and nearly every event: the laws above are not laws of drafts alone."""
    assert {history.brief.status for history in sample} == set(BriefStatus)
    missing = {type(event) for event in STORY}
    missing -= {
        type(event) for history in sample for step in history.steps for event in step.events
    }
    assert len(missing) <= 4  # always BriefDrafted, which no batch gives; the rest is chance


def test_histories_are_accepted_and_refused(sample: list[History]) -> None:
    """Most of what is asked is accepted, some is not, and it is refused for many reasons."""
    steps = [step for history in sample for step in history.steps]
    share = sum(isinstance(step.decision, Accepted) for step in steps) / len(steps)
    assert 0.3 < share < 0.9
    codes = {
        refusal.code
        for step in steps
        if isinstance(step.decision, Rejected)
        for refusal in step.decision.refusals
    }
    assert codes >= {ErrorCode.DUPLICATE, ErrorCode.UNKNOWN_ITEM, ErrorCode.WRONG_STATE}
    assert len(codes) >= 5


def test_a_beginning_has_two_of_everything() -> None:
    """So that the strategies have something to revise, move, cite and remove."""
    assert all(len(keys) == 2 for keys in orders(brief_of(*BEGINNINGS[0])).values())
