"""What events touch, and when two sides meet."""

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.items import Probability
from graphql_brief.domain.touches import ALL, PLACE, Touch, meet, touches
from graphql_brief.domain.vocabulary import Outcome, Section
from tests.domain.samples import STORY, added

S = Section
CASES: list[tuple[ev.Event, set[Touch]]] = [
    (ev.HeadlineRevised(headline="x"), {(S.HEAD, "", "headline")}),
    (ev.StandfirstRevised(standfirst="x"), {(S.HEAD, "", "standfirst")}),
    (ev.SlugChanged(slug="x"), {(S.HEAD, "", "slug")}),
    (ev.LanguageSet(language="en"), {(S.HEAD, "", "language")}),
    (ev.SubjectsSet(subjects=()), {(S.HEAD, "", "subjects")}),
    (ev.BriefPublished(), {(S.HEAD, "", "status")}),
    (ev.BriefWithheld(reason="x"), {(S.HEAD, "", "status")}),
    (ev.BriefClosed(reason="x"), {(S.HEAD, "", "status")}),
    (ev.BriefReopened(), {(S.HEAD, "", "status")}),
    (added(S.OVERVIEW, "a", before="b"), {(S.OVERVIEW, "a", ALL)}),
    (ev.ParagraphRevised(key="a", text="x"), {(S.OVERVIEW, "a", "text")}),
    (
        ev.ParagraphRevised(key="a", text="x", citations=()),
        {(S.OVERVIEW, "a", "text"), (S.OVERVIEW, "a", "citations")},
    ),
    (ev.ParagraphMoved(key="a", before="b"), {(S.OVERVIEW, "a", PLACE)}),
    (ev.ParagraphRemoved(key="a"), {(S.OVERVIEW, "a", ALL)}),
    (ev.IndicatorRevised(key="a", note=None), {(S.INDICATORS, "a", "note")}),
    (
        ev.ObservationRecorded(key="o", indicator="a", value="1", as_of="2026"),
        {(S.INDICATORS, "a", "observations")},
    ),
    (
        ev.ObservationRetracted(key="o", indicator="a", reason="x"),
        {(S.INDICATORS, "a", "observations")},
    ),
    (added(S.INVOLVEMENTS, "a"), {(S.INVOLVEMENTS, "a", ALL)}),
    (ev.InvolvementRevised(key="a", status="x"), {(S.INVOLVEMENTS, "a", "status")}),
    (ev.DevelopmentPinned(key="a"), {(S.TIMELINE, "a", "pinned")}),
    (ev.DevelopmentUnpinned(key="a"), {(S.TIMELINE, "a", "pinned")}),
    (ev.DevelopmentRetracted(key="a", reason="x"), {(S.TIMELINE, "a", "retraction")}),
    (
        ev.ForecastMade(
            key="f", scenario="a", probability=Probability(low="0"), forecaster="x", made_on="2026"
        ),
        {(S.SCENARIOS, "a", "forecasts")},
    ),
    (ev.ForecastWithdrawn(key="f", scenario="a", reason="x"), {(S.SCENARIOS, "a", "forecasts")}),
    (
        ev.ScenarioResolved(key="a", outcome=Outcome.HAPPENED, resolved_on="2026", explanation="x"),
        {(S.SCENARIOS, "a", "resolution")},
    ),
    (ev.ScenarioReopened(key="a", reason="x"), {(S.SCENARIOS, "a", "resolution")}),
    (ev.CorrectionPublished(key="a", text="x"), {(S.CORRECTIONS, "a", ALL)}),
]


@pytest.mark.parametrize(("event", "expected"), CASES)
def test_touches(event: ev.Event, expected: set[Touch]) -> None:
    """The section, the item and the fields of an event; ALL for an item that comes or goes."""
    assert touches(event) == expected


def test_every_event_of_a_brief_touches_something() -> None:
    """Nothing slips through a rebase unseen."""
    assert all(touches(event) for event in STORY)


@pytest.mark.parametrize("section", [row for row in Section if row is not Section.HEAD])
def test_lists_are_apart(section: Section) -> None:
    """The same key in another list is another item."""
    others = [added(other, "a") for other in Section if other not in (Section.HEAD, section)]
    assert not meet([added(section, "a")], others)
    assert meet([added(section, "a")], [*others, added(section, "a")])


A_TEXT = ev.ParagraphRevised(key="a", text="x")
A_CITATIONS = ev.ParagraphRevised(key="a", citations=())
A_MOVED = ev.ParagraphMoved(key="a")
A_REMOVED = ev.ParagraphRemoved(key="a")
B_TEXT = ev.ParagraphRevised(key="b", text="x")
NEW = ev.ParagraphAdded(key="new", text="x", before="a")


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ([A_TEXT], [A_TEXT], True),
        ([A_TEXT], [A_CITATIONS], False),
        ([A_TEXT], [B_TEXT], False),
        ([A_TEXT], [A_MOVED], False),
        ([A_MOVED], [A_MOVED], True),
        ([A_TEXT], [A_REMOVED], True),
        ([A_REMOVED], [A_MOVED], True),
        ([A_REMOVED], [A_REMOVED], True),
        ([NEW], [A_TEXT], False),
        ([NEW], [A_REMOVED], False),
        ([NEW], [NEW], True),
        ([B_TEXT, A_TEXT], [A_CITATIONS, A_REMOVED], True),
        ([ev.SlugChanged(slug="x")], [ev.HeadlineRevised(headline="x")], False),
        ([ev.BriefClosed()], [ev.BriefWithheld(reason="x")], True),
        ([ev.BriefClosed()], [A_TEXT], False),
        ([], [A_TEXT], False),
        ([], [], False),
    ],
)
def test_meet(mine: list[ev.Event], theirs: list[ev.Event], *, expected: bool) -> None:
    """Two sides meet in an item's field, or in an item that one of them adds or removes."""
    assert meet(mine, theirs) is expected
    assert meet(theirs, mine) is expected
