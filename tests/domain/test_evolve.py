"""(state, event) → state: the story of everything, and what cannot follow."""

import msgspec
import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.evolve import CannotEvolve, after, evolve, fold
from graphql_brief.domain.states import Brief, Stamp, State
from tests.domain.samples import STORIES, STORY
from tests.domain.scenario import BRIEF, brief_of, stamp, stamped

ALL_EVENTS = {type(event): event for story in STORIES.values() for event in story}
FIRST = {ev.BriefDrafted, ev.EntityRegistered, ev.EditionPublished, ev.PageRevised}


def begun(stream: str) -> State:
    """The state after the first event of a story."""
    return evolve(None, stream, STORIES[stream][0], stamp(1))


def test_the_stories_have_every_event() -> None:
    """What is tested with the stories is tested for all event types."""
    assert set(ALL_EVENTS) == set(ev.EVENT_TYPES.values())
    assert [kind.__name__ for kind in ev.EVENT_TYPES.values()] == list(ev.EVENT_TYPES)
    assert len(ev.EVENT_TYPES) == 51


@pytest.mark.parametrize("stream", STORIES)
def test_every_prefix_of_a_story(stream: str) -> None:
    """Each event moves the version, the position and the time of its stream."""
    state = None
    for event, its_stamp in stamped(STORIES[stream]):
        state = evolve(state, stream, event, its_stamp)
        assert (state.id, state.version, state.position) == (
            stream,
            its_stamp.version,
            its_stamp.position,
        )
        assert state.updated_at == its_stamp.at
    assert state == fold(None, stream, stamped(STORIES[stream]))


def test_the_end_of_the_story() -> None:
    """What the brief holds after all of its events."""
    brief = fold(None, "brief-port", stamped(STORY))
    assert isinstance(brief, Brief)
    assert (brief.headline, brief.standfirst) == ("Port strike", "Cranes stand still.")
    assert (brief.slug, brief.former_slugs) == ("port-strike", ("port",))
    assert (brief.language, brief.subjects) == ("en-GB", ("Labour", "Trade"))
    assert (brief.status, brief.status_reason) == ("CLOSED", "The strike is over.")
    assert brief.first_published_version == 16
    lists = {
        name: list(value)
        for name in brief.__struct_fields__
        if isinstance(value := getattr(brief, name), dict)
    }
    assert lists == {
        "overview": ["lede"],
        "indicators": ["ships"],
        "involvements": ["ana"],
        "timeline": ["start", "talks"],
        "scenarios": ["deal"],
        "precedents": ["old"],
        "sources": ["notice"],
        "corrections": ["date"],
        "gone_keys": [
            "sources",
            "overview",
            "indicators",
            "involvements",
            "scenarios",
            "precedents",
        ],
    }


def test_a_fold_goes_on() -> None:
    """From a state, or from nothing; of no events, nothing."""
    history = stamped(STORY)
    half = fold(None, BRIEF, history[:20])
    assert fold(half, BRIEF, history[20:]) == fold(None, BRIEF, history)
    assert fold(half, BRIEF, []) is half
    assert fold(None, BRIEF, []) is None


@pytest.mark.parametrize("kind", [kind for kind in ALL_EVENTS if kind not in FIRST])
def test_nothing_begins_but_a_first_event(kind: type[ev.Event]) -> None:
    """Every other event needs a stream that has begun."""
    with pytest.raises(CannotEvolve, match="the stream has not begun"):
        evolve(None, BRIEF, ALL_EVENTS[kind], stamp(1))


@pytest.mark.parametrize("stream", STORIES)
@pytest.mark.parametrize("version", [0, 2])
def test_a_stream_begins_at_version_one(stream: str, version: int) -> None:
    """A stream whose first events are missing does not pass for a whole one."""
    with pytest.raises(CannotEvolve, match="no version before it"):
        evolve(None, stream, STORIES[stream][0], stamp(version))


@pytest.mark.parametrize("stream", STORIES)
@pytest.mark.parametrize("kind", sorted(FIRST - {ev.PageRevised}, key=str))
def test_nothing_begins_twice(stream: str, kind: type[ev.Event]) -> None:
    """A second first event is refused in every kind of stream."""
    with pytest.raises(CannotEvolve, match="the stream has begun already"):
        evolve(begun(stream), stream, ALL_EVENTS[kind], stamp(2))


@pytest.mark.parametrize("stream", STORIES)
@pytest.mark.parametrize("version", [1, 3])
def test_versions_have_no_gaps(stream: str, version: int) -> None:
    """An event must have the next version: not the same one again, not the one after."""
    event = STORIES[stream][1]
    with pytest.raises(CannotEvolve, match="the state is at version 1"):
        evolve(begun(stream), stream, event, stamp(version))


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (stream, kind)
        for stream, story in STORIES.items()
        for kind in ALL_EVENTS
        if kind not in FIRST | {ev.BodyErased} and kind not in map(type, story)
    ],
)
def test_no_event_of_another_kind_of_stream(stream: str, kind: type[ev.Event]) -> None:
    """An event of a brief says nothing of an entity, an edition or a page, nor the other way."""
    with pytest.raises(CannotEvolve, match=f"it is no event of {stream}"):
        evolve(begun(stream), stream, ALL_EVENTS[kind], stamp(2))


@pytest.mark.parametrize("stream", ["brief-port", "entity-ana", "edition-2026-01-18"])
def test_a_page_event_elsewhere(stream: str) -> None:
    """The one event that may come first or later, in a stream that is no page."""
    with pytest.raises(CannotEvolve, match=f"it is no event of {stream}"):
        evolve(begun(stream), stream, ALL_EVENTS[ev.PageRevised], stamp(2))


NEEDS_AN_ITEM = [
    event
    for kind, event in ALL_EVENTS.items()
    if kind.__name__.endswith(("Revised", "Moved", "Removed", "Pinned", "Unpinned", "Retracted"))
    or kind in (ev.ForecastMade, ev.ForecastWithdrawn, ev.ObservationRecorded)
    or kind in (ev.ScenarioResolved, ev.ScenarioReopened)
    if "key" in kind.__struct_fields__
]


@pytest.mark.parametrize("event", NEEDS_AN_ITEM, ids=lambda event: type(event).__name__)
def test_an_event_of_what_is_not_there(event: ev.Event) -> None:
    """A log with such an event is broken; the message says where and what is missing."""
    with pytest.raises(CannotEvolve, match="there is no '") as caught:
        evolve(brief_of(), BRIEF, event, stamp(2))
    assert caught.value.position == 102
    assert caught.value.event_type == type(event).__name__


def test_what_needs_an_item() -> None:
    """The cases above are 27 event types: all that are neither additions nor the brief's own."""
    assert len(NEEDS_AN_ITEM) == 27


@pytest.mark.parametrize(
    "event",
    [
        ev.ParagraphAdded(key="b", text="x", before="nobody"),
        ev.ParagraphMoved(key="lede", before="nobody"),
        ev.ParagraphMoved(key="lede", before="lede"),
    ],
)
def test_a_place_that_is_not_there(event: ev.Event) -> None:
    """Nothing is put before an item that the list does not have."""
    with pytest.raises(CannotEvolve, match="there is no '"):
        evolve(brief_of(ev.ParagraphAdded(key="lede", text="One.")), BRIEF, event, stamp(3))


def test_a_series_entry_that_is_not_there() -> None:
    """An indicator is there, the observation is not."""
    with pytest.raises(CannotEvolve, match="there is no 'a'"):
        evolve(
            brief_of(ev.IndicatorAdded(key="ships", label="Ships")),
            BRIEF,
            ev.ObservationRetracted(key="a", indicator="ships", reason="No."),
            stamp(3),
        )


ADDITIONS = [
    event
    for event in STORY
    if isinstance(event, ev.Added | ev.ObservationRecorded | ev.ForecastMade)
]


@pytest.mark.parametrize(
    "event", ADDITIONS, ids=lambda event: f"{type(event).__name__}-{event.key}"
)
def test_nothing_is_added_twice(event: ev.Event) -> None:
    """A second item of one key would silently replace the first."""
    place = STORY.index(event) + 1
    state = fold(None, BRIEF, stamped(STORY[:place]))
    with pytest.raises(CannotEvolve, match=r"there is a '.*' already"):
        evolve(state, BRIEF, event, stamp(place + 1))


def test_the_words_of_a_halt() -> None:
    """Whoever must mend a log reads where it broke."""
    with pytest.raises(CannotEvolve) as caught:
        evolve(brief_of(), BRIEF, ev.ParagraphRemoved(key="lede"), stamp(2))
    assert str(caught.value) == (
        "position 102: ParagraphRemoved cannot be applied to version 1 of its stream: "
        "there is no 'lede'"
    )


def test_evolving_changes_no_state() -> None:
    """A state is a value: whoever holds an old one keeps it."""
    states: list[State] = []
    state = None
    for event, its_stamp in stamped(STORY):
        state = evolve(state, BRIEF, event, its_stamp)
        states.append(state)
    frozen = [msgspec.json.encode(found, order="deterministic") for found in states]
    for place, (event, its_stamp) in enumerate(stamped(STORY)[1:]):
        evolve(states[place], BRIEF, event, its_stamp)
    assert [msgspec.json.encode(found, order="deterministic") for found in states] == frozen


@pytest.mark.parametrize("stream", STORIES)
def test_what_unrecorded_events_will_leave(stream: str) -> None:
    """From nothing or from a state: the versions and the content that the log will give."""
    story = STORIES[stream]
    recorded, ahead = fold(None, stream, stamped(story)), after(None, stream, story)
    assert recorded is not None
    assert (ahead.version, ahead.position) == (len(story), len(story))
    begun_ahead = after(begun(stream), stream, story[1:])
    assert (begun_ahead.version, begun_ahead.position) == (len(story), 100 + len(story))
    if isinstance(recorded, Brief):
        assert isinstance(ahead, Brief)
        assert ahead.last_significant_update_at == ahead.first_published_at
        assert list(ahead.timeline) == list(recorded.timeline)
        assert (ahead.headline, ahead.status) == (recorded.headline, recorded.status)


def test_a_stamp_is_what_evolve_knows() -> None:
    """Two folds of the same events at the same stamps are equal; at others they are not."""
    other = Stamp(**{**msgspec.structs.asdict(stamp(2)), "position": 999})
    event = ev.HeadlineRevised(headline="New")
    assert evolve(brief_of(), BRIEF, event, stamp(2)) == evolve(brief_of(), BRIEF, event, stamp(2))
    assert evolve(brief_of(), BRIEF, event, stamp(2)) != evolve(brief_of(), BRIEF, event, other)
