"""What an erased event still does, and that erasing puts no word on any page."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decision import Accepted, Rejected
from graphql_brief.domain.erasure import ERASED, effect_of, erase
from graphql_brief.domain.evolve import CannotEvolve, evolve, fold
from graphql_brief.domain.states import Brief, Entity, Stamp, State
from graphql_brief.domain.touches import ALL, touches
from graphql_brief.domain.vocabulary import Basis, BriefStatus, ErrorCode, Section
from tests.domain.samples import STORIES, STORY
from tests.domain.scenario import BRIEF, stamp, stamped
from tests.domain.strategies import accepted_batches, decision_on, histories

History = list[tuple[ev.Event, Stamp]]


def asked(version: int, **fields: Any) -> c.EraseBody:
    """The command that erases a version."""
    given = {"basis": Basis.DATA_PROTECTION, "case_reference": "DP 1"} | fields
    return c.EraseBody(version=version, **given)


def erasure_of(history: History, version: int, stream: str = BRIEF) -> ev.BodyErased:
    """The event that erases a version of a history, as it is decided at its end."""
    state = fold(None, stream, history)
    assert state is not None
    before = fold(None, stream, history[: version - 1])
    decision = erase(state, asked(version), history[version - 1][0], before)
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    assert isinstance(event, ev.BodyErased)
    return event


def without(history: History, version: int, stream: str = BRIEF) -> History:
    """The history as the log holds it after a version was erased, with the event that says so."""
    by = erasure_of(history, version, stream)
    event, its_stamp = history[version - 1]
    hole = (ev.Erased(of=type(event).__name__, by=by), its_stamp)
    return [*history[: version - 1], hole, *history[version:], (by, stamp(len(history) + 1))]


def at(history: History, version: int | None = None, stream: str = BRIEF) -> Any:
    """The state at a version, or at the end."""
    return fold(None, stream, history[:version])


def first(kind: type[ev.Event], story: tuple[ev.Event, ...] = STORY) -> int:
    """The version of the first event of a type in a story."""
    return [type(event) for event in story].index(kind) + 1


def erased(kind: type[ev.Event], *, version: int | None = None) -> tuple[Brief, Brief]:
    """The story's brief right after its first event of a type, as it was and with that erased."""
    place = first(kind)
    history = stamped(STORY)
    return at(history, version or place), at(without(history, place), version or place)


# What it still does, by type


def test_the_beginning_of_a_brief() -> None:
    """It is there, under its address, and says nothing."""
    _, brief = erased(ev.BriefDrafted)
    assert (brief.slug, brief.headline, brief.standfirst) == ("port", ERASED, ERASED)
    assert (brief.language, brief.subjects, brief.status) == ("und", (), BriefStatus.DRAFT)
    assert (brief.version, brief.erased) == (1, (1,))


@pytest.mark.parametrize("kind", [ev.HeadlineRevised, ev.StandfirstRevised])
def test_a_text_of_the_head(kind: type[ev.Event]) -> None:
    """The text before it does not come back."""
    before, brief = erased(kind)
    name = kind.__name__.removesuffix("Revised").lower()
    assert getattr(brief, name) == ERASED
    same = msgspec.structs.replace(before, **{name: ERASED}, erased=brief.erased)
    assert brief == same


def test_addresses_stay() -> None:
    """They are claimed for ever; the language is the one before, and there are no subjects."""
    before, brief = erased(ev.SlugChanged)
    assert (brief.slug, brief.former_slugs) == (before.slug, before.former_slugs)
    assert erased(ev.LanguageSet)[1].language == "en"
    assert erased(ev.SubjectsSet)[1].subjects == ()


@pytest.mark.parametrize(
    "kind", [ev.BriefPublished, ev.BriefWithheld, ev.BriefReopened, ev.BriefClosed]
)
def test_steps_of_a_life(kind: type[ev.Event]) -> None:
    """Taken as before, and seen by whoever saw it before; only the reason is gone."""
    before, brief = erased(kind)
    reason = None if kind is ev.BriefPublished else ERASED
    assert brief == msgspec.structs.replace(before, status_reason=reason, erased=(first(kind),))


@pytest.mark.parametrize(
    ("kind", "attribute", "key"),
    [
        (ev.SourceAdded, "sources", "notice"),
        (ev.ParagraphAdded, "overview", "lede"),
        (ev.IndicatorAdded, "indicators", "ships"),
        (ev.EntityInvolved, "involvements", "ana"),
        (ev.DevelopmentAdded, "timeline", "start"),
        (ev.ScenarioAdded, "scenarios", "deal"),
        (ev.PrecedentAdded, "precedents", "old"),
        (ev.CorrectionPublished, "corrections", "date"),
    ],
)
def test_what_was_added(kind: type[ev.Event], attribute: str, key: str) -> None:
    """Is not there, then or later, whatever later events say of it; all else is."""
    history, place = stamped(STORY), first(kind)
    assert erasure_of(history, place).kept is None
    for version in range(place, len(STORY) + 1):
        was, brief = at(history, version), at(without(history, place), version)
        items = getattr(was, attribute)
        assert list(getattr(brief, attribute)) == [found for found in items if found != key]
        assert brief.status is was.status


def test_entries_of_series() -> None:
    """They are not there, and what takes them back takes nothing back."""
    end = len(STORY)
    assert erased(ev.ObservationRecorded, version=end)[1].indicators["ships"].observations == {}
    assert erased(ev.ForecastMade, version=end)[1].scenarios["deal"].forecasts == {}
    assert erased(ev.ScenarioResolved)[1].scenarios["deal"].resolution is None


def test_retractions() -> None:
    """What was retracted stays retracted; why is gone."""
    retraction = erased(ev.DevelopmentRetracted)[1].timeline["start"].retraction
    assert retraction is not None
    assert retraction.reason == ERASED
    observation = erased(ev.ObservationRetracted)[1].indicators["ships"].observations["january"]
    assert observation.retraction is not None
    assert observation.retraction.reason == ERASED
    forecast = erased(ev.ForecastWithdrawn)[1].scenarios["deal"].forecasts["first"]
    assert forecast.withdrawn is not None
    assert forecast.withdrawn.reason == ERASED


@pytest.mark.parametrize(
    "kind",
    [kind for kind in map(type, STORY) if issubclass(kind, ev.Moved | ev.Removed)]
    + [ev.DevelopmentPinned, ev.DevelopmentUnpinned, ev.ScenarioReopened],
)
def test_what_says_nothing_of_its_item(kind: type[ev.Event]) -> None:
    """Moved, removed, pinned, open again: as before."""
    before, brief = erased(kind)
    assert brief == msgspec.structs.replace(before, erased=(first(kind),))
    for attribute in ("overview", "indicators", "involvements", "scenarios", "precedents"):
        assert list(getattr(brief, attribute)) == list(getattr(before, attribute))


def test_revisions_of_items() -> None:
    """Texts are erased, lists empty, what may be missing is; a date or a mark is as before."""
    assert erased(ev.ParagraphRevised)[1].overview["lede"].text == ERASED
    assert erased(ev.IndicatorRevised)[1].indicators["ships"].unit == ERASED
    part = erased(ev.InvolvementRevised)[1].involvements["ana"]
    assert (part.role, part.status, part.status_as_of) == ("Mayor", ERASED, None)
    assert erased(ev.SourceRevised)[1].sources["notice"].url is None
    assert erased(ev.PrecedentRevised)[1].precedents["old"].brief is None
    history = stamped(
        (
            STORY[0],
            ev.DevelopmentAdded(
                key="d", date="2026", headline="H", category="C", body="B", supersedes=()
            ),
            ev.DevelopmentRevised(key="d", date="2025", body="Worse.", breaking=True, citations=()),
        )
    )
    development = at(without(history, 3)).timeline["d"]
    assert (development.date, development.breaking) == ("2026", False)
    assert (development.headline, development.body) == ("H", ERASED)


def test_an_entity() -> None:
    """It is there, of its kind, without a name; what a revision set is erased."""
    story = stamped(STORIES["entity-ana"][:3])
    one = at(without(story, 1, "entity-ana"), 1, "entity-ana")
    assert isinstance(one, Entity)
    assert (one.kind, one.name, one.type, one.initials) == ("PERSON", ERASED, None, "?")
    two = at(without(story, 2, "entity-ana"), None, "entity-ana")
    assert (two.name, two.type, two.initials) == (ERASED, ERASED, "AG")
    three = at(without(story, 3, "entity-ana"), None, "entity-ana")
    assert (three.name, three.initials) == ("Ana Ruiz Gil", "?")


@pytest.mark.parametrize("version", [1, 2])
def test_editions_and_pages(version: int) -> None:
    """Date and slug are in the stream's name; no earlier text comes back."""
    edition = at(
        without(stamped(STORIES["edition-2026-01-18"]), version, "edition-2026-01-18"),
        version,
        "edition-2026-01-18",
    )
    assert (edition.date, edition.title, edition.entries) == ("2026-01-18", ERASED, ())
    page = at(without(stamped(STORIES["page-why"]), version, "page-why"), version, "page-why")
    assert (page.slug, page.title, page.body) == ("why", ERASED, ERASED)


@pytest.mark.parametrize("stream", STORIES)
def test_every_event_of_every_stream_can_be_erased(stream: str) -> None:
    """And then all the others, in any order: every fold goes through."""
    story = [event for event in STORIES[stream] if not isinstance(event, ev.BodyErased)]
    for versions in (range(1, len(story) + 1), range(len(story), 0, -1)):
        history = stamped(story)
        for version in versions:
            history = without(history, version, stream)
            for length in range(1, len(history) + 1):
                state = at(history, length, stream)
                assert (state.id, state.version) == (stream, length)
        assert at(history, None, stream).erased == tuple(range(1, len(story) + 1))


# What is kept


def test_a_key_is_kept_only_while_it_does_something() -> None:
    """Whoever erases what added the item first is rid of its key as well."""
    history = stamped(STORY)
    removed = first(ev.ParagraphRemoved)
    assert erasure_of(history, removed).kept == ev.Kept(key="top")
    without_item = without(history, first(ev.ParagraphAdded) + 1)
    assert erasure_of(without_item, removed).kept is None
    moved = first(ev.PrecedentMoved)
    assert erasure_of(history, moved).kept == ev.Kept(key="older")
    scenario = first(ev.ScenarioMoved)
    assert erasure_of(history, scenario).kept == ev.Kept(key="closure", before="deal")
    placed = without(history, first(ev.ScenarioAdded))
    assert erasure_of(placed, scenario).kept == ev.Kept(key="closure")


def test_what_was_placed_before_what_is_gone() -> None:
    """Comes last."""
    history = stamped(
        (
            STORY[0],
            ev.ParagraphAdded(key="a", text="A."),
            ev.ParagraphAdded(key="b", text="B."),
            ev.ParagraphAdded(key="c", text="C.", before="a"),
            ev.ParagraphMoved(key="b", before="a"),
        )
    )
    assert list(at(history).overview) == ["c", "b", "a"]
    gone = without(history, 2)
    assert list(at(gone, 4).overview) == ["b", "c"]
    assert list(at(gone).overview) == ["c", "b"]


# What may be erased


def test_what_is_refused() -> None:
    """What is not there, what was erased, what says so, and a reference that is none."""
    history = without(stamped(STORY), 2)
    state = at(history)
    refused = [
        (erase(state, asked(99), None, None), ErrorCode.NOT_FOUND, ("version",)),
        (erase(state, asked(2), history[1][0], None), ErrorCode.WRONG_STATE, ("version",)),
        (
            erase(state, asked(len(history)), history[-1][0], None),
            ErrorCode.WRONG_STATE,
            ("version",),
        ),
        (
            erase(state, asked(3, case_reference="a\nb"), history[2][0], None),
            ErrorCode.INVALID_TEXT,
            ("caseReference",),
        ),
    ]
    for decision, code, path in refused:
        assert isinstance(decision, Rejected)
        assert [(found.code, found.path) for found in decision.refusals] == [(code, path)]


def test_a_whole_stream_is_still_checked() -> None:
    """What does not fit is passed over only behind an erased event, and only of items."""
    begun = fold(None, BRIEF, stamped(STORY[:1]))
    lost = ev.ParagraphRevised(key="nobody", text="So.")
    with pytest.raises(CannotEvolve, match="there is no 'nobody'"):
        evolve(begun, BRIEF, lost, stamp(2))
    gapped = at(without(stamped(STORY[:1]), 1))
    after = evolve(gapped, BRIEF, lost, stamp(3))
    assert isinstance(after, Brief)
    assert (after.overview, after.version) == ({}, 3)
    twice = [ev.ParagraphAdded(key="a", text="A."), ev.ParagraphAdded(key="a", text="B.")]
    with pytest.raises(CannotEvolve, match="there is a 'a' already"):
        fold(begun, BRIEF, stamped(twice, 1))
    kept = fold(gapped, BRIEF, stamped(twice, 2))
    assert isinstance(kept, Brief)
    assert kept.overview["a"].text == "A."
    with pytest.raises(CannotEvolve, match="the state is at version 2"):
        evolve(gapped, BRIEF, lost, stamp(4))
    with pytest.raises(CannotEvolve, match="no event of"):
        evolve(gapped, BRIEF, STORIES["entity-ana"][1], stamp(3))


def test_an_erased_event_follows_too() -> None:
    """One that does nothing any more has its place all the same."""
    hole = ev.Erased(
        of="ParagraphAdded", by=ev.BodyErased(version=2, basis=Basis.SAFETY, case_reference="S")
    )
    with pytest.raises(CannotEvolve):
        evolve(None, BRIEF, hole, stamp(1))
    with pytest.raises(CannotEvolve):
        evolve(at(stamped(STORY[:1])), BRIEF, hole, stamp(3))


def test_what_an_erased_event_touches() -> None:
    """What it still does; and what says that a body was erased touches nothing."""
    history = stamped(STORY)

    def touched(kind: type[ev.Event]) -> Any:
        event = without(history, first(kind))[first(kind) - 1][0]
        assert isinstance(event, ev.Erased)
        return touches(event)

    assert touched(ev.HeadlineRevised) == {(Section.HEAD, "", "headline")}
    assert touched(ev.ParagraphRemoved) == {(Section.OVERVIEW, "top", ALL)}
    assert touched(ev.ParagraphAdded) == frozenset()
    assert touches(erasure_of(history, 2)) == frozenset()


# Whatever happened

some = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
NAMES = {
    *("id", "slug", "former_slugs", "key", "source", "entity", "brief", "supersedes", "language"),
    *("date", "period", "as_of", "made_on", "resolved_on", "published", "accessed", "value"),
    *("status_as_of", "probability", "url", "gone_keys", "display"),
}
"""Members that name something, or hold a date or a number: no words."""


def words(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of a state, each with its place."""
    match value:
        case msgspec.Struct():
            for name in value.__struct_fields__:
                if name not in NAMES:
                    yield from words(getattr(value, name), (*path, name))
        case dict():
            for key, inner in value.items():
                yield from words(inner, (*path, key))
        case tuple():
            for inner in value:
                yield from words(inner, path)
        case Enum():
            pass
        case str():
            yield path, value
        case _:
            pass


def texts(value: Any) -> set[str]:
    """The texts of a state or event."""
    return {text for _, text in words(value)}


@some
@for_all(histories(), st.data())
def test_erasing_puts_no_word_on_a_page(history_of: Any, data: st.DataObject) -> None:
    """At every version: each text was there before, at its place; and nobody sees more of it.

    What was erased is nowhere, unless another event says it too.
    """
    history: History = list(history_of.recorded)
    length = len(history)
    said = [texts(event) for event, _ in history]
    versions = data.draw(st.lists(st.integers(1, length), min_size=1, max_size=3, unique=True))
    holed = history
    for version in versions:
        holed = without(holed, version)
    others = set().union(*(said[v - 1] for v in range(1, length + 1) if v not in versions))
    for version in range(1, length + 1):
        was, brief = at(history, version), at(holed, version)
        left = {(path, text) for path, text in words(brief) if text != ERASED}
        assert left <= set(words(was)), version
        for name in ("status", "slug", "former_slugs", "first_published_version"):
            assert getattr(brief, name) == getattr(was, name)
        assert (brief.withheld_version, brief.withheld_versions) == (
            was.withheld_version,
            was.withheld_versions,
        )
        gone = set().union(*(said[v - 1] for v in versions)) - others
        assert not gone & texts(brief)
    assert at(holed).erased == tuple(sorted(versions))


@some
@for_all(histories(max_steps=3), st.data())
def test_an_erased_brief_can_be_edited_on(history_of: Any, data: st.DataObject) -> None:
    """Whatever is asked of it is decided, and what is decided follows."""
    history: History = list(history_of.recorded)
    for _ in range(2):
        left = [v for v in range(1, len(history) + 1) if not _is_erasure(history[v - 1][0])]
        if not left:
            break
        history = without(history, data.draw(st.sampled_from(left)))
    state: State = at(history)
    for _ in range(2):
        assert isinstance(state, Brief)
        batch = data.draw(accepted_batches(state))
        decision = decision_on(state, batch)
        for event in decision.events if isinstance(decision, Accepted) else ():
            state = evolve(state, BRIEF, event, stamp(state.version + 1))


def _is_erasure(event: ev.Event) -> bool:
    return isinstance(event, ev.Erased | ev.BodyErased)


def test_every_type_is_in_the_table() -> None:
    """Each event of the stories has an effect, or is one of those that have none."""
    nothing = {
        type(story[version - 1])
        for stream, story in STORIES.items()
        for version in range(1, len(story) + 1)
        if not isinstance(story[version - 1], ev.BodyErased)
        and effect_of(
            ev.Erased(
                of=type(story[version - 1]).__name__,
                by=erasure_of(stamped(story[:version]), version, stream),
            ),
            stream,
        )
        is None
    }
    assert nothing == {
        kind
        for kind in ev.EVENT_TYPES.values()
        if issubclass(kind, ev.Added)
        or kind in (ev.LanguageSet, ev.ObservationRecorded, ev.ForecastMade, ev.ScenarioResolved)
    }
