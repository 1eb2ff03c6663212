"""The keyed lists of a brief, as a table: one mechanism (add, revise, move, remove) for all.

| section      | list of       | added by            | order                      | bound |
|--------------|---------------|---------------------|----------------------------|-------|
| OVERVIEW     | paragraphs    | ParagraphAdded      | as placed                  |   200 |
| INDICATORS   | indicators    | IndicatorAdded      | as placed                  |    50 |
| INVOLVEMENTS | involvements  | EntityInvolved      | as placed                  |   200 |
| TIMELINE     | developments  | DevelopmentAdded    | by date, `timeline_order`  | 5,000 |
| SCENARIOS    | scenarios     | ScenarioAdded       | as placed: the rank        |    50 |
| PRECEDENTS   | precedents    | PrecedentAdded      | as placed                  |    50 |
| SOURCES      | sources       | SourceAdded         | as added                   | 2,000 |
| CORRECTIONS  | corrections   | CorrectionPublished | as added                   | 1,000 |
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from graphql_brief.domain import edtf, events, states
from graphql_brief.domain.vocabulary import Section


@dataclass(frozen=True)
class KeyedList:
    """One row of the table: where the list is kept, what it holds, which events change it."""

    section: Section
    attribute: str
    noun: str
    bound: int
    item: type[states.Item]
    added: type[events.Event]
    revised: type[events.Event] | None = None
    moved: type[events.Event] | None = None
    removed: type[events.Event] | None = None


LISTS = (
    KeyedList(
        Section.OVERVIEW,
        "overview",
        "paragraph",
        200,
        states.Paragraph,
        events.ParagraphAdded,
        events.ParagraphRevised,
        events.ParagraphMoved,
        events.ParagraphRemoved,
    ),
    KeyedList(
        Section.INDICATORS,
        "indicators",
        "indicator",
        50,
        states.Indicator,
        events.IndicatorAdded,
        events.IndicatorRevised,
        events.IndicatorMoved,
        events.IndicatorRemoved,
    ),
    KeyedList(
        Section.INVOLVEMENTS,
        "involvements",
        "involvement",
        200,
        states.Involvement,
        events.EntityInvolved,
        events.InvolvementRevised,
        events.InvolvementMoved,
        events.InvolvementRemoved,
    ),
    KeyedList(
        Section.TIMELINE,
        "timeline",
        "development",
        5000,
        states.Development,
        events.DevelopmentAdded,
        events.DevelopmentRevised,
    ),
    KeyedList(
        Section.SCENARIOS,
        "scenarios",
        "scenario",
        50,
        states.Scenario,
        events.ScenarioAdded,
        events.ScenarioRevised,
        events.ScenarioMoved,
        events.ScenarioRemoved,
    ),
    KeyedList(
        Section.PRECEDENTS,
        "precedents",
        "precedent",
        50,
        states.Precedent,
        events.PrecedentAdded,
        events.PrecedentRevised,
        events.PrecedentMoved,
        events.PrecedentRemoved,
    ),
    KeyedList(
        Section.SOURCES,
        "sources",
        "source",
        2000,
        states.Source,
        events.SourceAdded,
        events.SourceRevised,
        None,
        events.SourceRemoved,
    ),
    KeyedList(
        Section.CORRECTIONS,
        "corrections",
        "correction",
        1000,
        states.Correction,
        events.CorrectionPublished,
    ),
)

BY_SECTION = {row.section: row for row in LISTS}
BY_EVENT: dict[type[events.Event], KeyedList] = {
    event: row
    for row in LISTS
    for event in (row.added, row.revised, row.moved, row.removed)
    if event is not None
}


def timeline_order(
    developments: Iterable[states.Development],
) -> list[states.Development]:
    """Newest first: by first day, then last day, then the one recorded later. A total order."""

    def newest(place: tuple[int, states.Development]) -> tuple[date, date, int]:
        return (*edtf.order(place[1].date), place[0])

    return [found for _, found in sorted(enumerate(developments), key=newest, reverse=True)]


def latest_observation(indicator: states.Indicator) -> states.Observation | None:
    """The observation that an indicator shows: the newest as-of date that was not retracted."""
    best = None
    for found in indicator.observations.values():
        if found.retraction is None and (
            best is None or edtf.order(found.as_of) >= edtf.order(best.as_of)
        ):
            best = found
    return best
