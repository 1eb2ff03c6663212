"""One of everything: the least JSON of an item of each list, and a story with every event."""

from typing import Any, NamedTuple

import msgspec

from graphql_brief.domain import events as ev
from graphql_brief.domain.items import Citation, EditionEntry, ItemRef, Probability
from graphql_brief.domain.sections import BY_SECTION
from graphql_brief.domain.vocabulary import Basis, EntityKind, Outcome, Qualifier, Section

Json = dict[str, Any]


class ListSample(NamedTuple):
    """The names of a list's edits, an item without its key, and a change of the item."""

    section: Section
    add: str
    noun: str
    item: Json
    change: Json
    """Fields with other values than the item's; empty where items cannot be revised."""


SAMPLES = {
    sample.section: sample
    for sample in (
        ListSample(
            Section.OVERVIEW, "addParagraph", "Paragraph", {"text": "One."}, {"text": "Two."}
        ),
        ListSample(
            Section.INDICATORS,
            "addIndicator",
            "Indicator",
            {"label": "Ships waiting"},
            {"label": "Ships at anchor", "unit": "ships"},
        ),
        ListSample(
            Section.INVOLVEMENTS,
            "involveEntity",
            "Involvement",
            {"role": "Mayor"},
            {"role": "Former mayor", "statusAsOf": "2026-02"},
        ),
        ListSample(
            Section.TIMELINE,
            "addDevelopment",
            "Development",
            {"date": "2026-01-18", "headline": "It began", "category": "Strike", "body": "So."},
            {"date": "2026-01-19", "breaking": True},
        ),
        ListSample(
            Section.SCENARIOS,
            "addScenario",
            "Scenario",
            {"title": "A settlement", "body": "Both sides give way."},
            {"discussedBy": ["The union"], "resolutionCriteria": "A signed paper."},
        ),
        ListSample(
            Section.PRECEDENTS,
            "addPrecedent",
            "Precedent",
            {"title": "The old strike", "period": "1984/1985", "whatHappened": "It was long."},
            {"relevance": "The same port."},
        ),
        ListSample(
            Section.SOURCES,
            "addSource",
            "Source",
            {"title": "Notice 7", "publisher": "Port office"},
            {"url": "https://port.example/7", "published": "2026-01"},
        ),
        ListSample(
            Section.CORRECTIONS,
            "publishCorrection",
            "Correction",
            {"text": "We said nine cranes; there are eight."},
            {},
        ),
    )
}


def adding(section: Section, key: str, **more: Any) -> Json:
    """The edit, in JSON, that adds the sample item of a list; entities are named after the key."""
    sample = SAMPLES[section]
    if section is Section.INVOLVEMENTS:
        more = {"entity": f"entity-{key}", **more}
    return {sample.add: {"key": key, **sample.item, **more}}


def added(section: Section, key: str, **more: Any) -> ev.Event:
    """The event that `adding` gives; entities are persons."""
    (fields,) = adding(section, key, **more).values()
    if section is Section.INVOLVEMENTS:
        fields["kind"] = "PERSON"
    return msgspec.convert(fields, BY_SECTION[section].added)


CITED = (Citation(source="notice", locator="p. 2", quote="No ship berths."),)

STORY: tuple[ev.Event, ...] = (
    ev.BriefDrafted(
        slug="port", headline="Port", standfirst="A port.", language="en", subjects=("Trade",)
    ),
    ev.HeadlineRevised(headline="Port strike"),
    ev.StandfirstRevised(standfirst="Cranes stand still."),
    ev.SlugChanged(slug="port-strike"),
    ev.LanguageSet(language="en-GB"),
    ev.SubjectsSet(subjects=("Labour", "Trade")),
    ev.SourceAdded(key="notice", title="Notice 7", publisher="Port office"),
    ev.SourceAdded(key="spare", title="Notice 8", publisher="Port office"),
    ev.SourceRevised(key="notice", url="https://port.example/7"),
    ev.SourceRemoved(key="spare", reason="Added twice."),
    ev.ParagraphAdded(key="lede", text="One.", citations=CITED),
    ev.ParagraphAdded(key="top", text="Zero.", before="lede"),
    ev.ParagraphRevised(key="lede", text="Two."),
    ev.ParagraphMoved(key="top"),
    ev.ParagraphRemoved(key="top"),
    ev.BriefPublished(),
    ev.IndicatorAdded(key="ships", label="Ships waiting"),
    ev.IndicatorAdded(key="cranes", label="Cranes"),
    ev.IndicatorRevised(key="ships", unit="ships"),
    ev.IndicatorMoved(key="cranes", before="ships"),
    ev.IndicatorRemoved(key="cranes"),
    ev.ObservationRecorded(
        key="january",
        indicator="ships",
        value="14",
        qualifier=Qualifier.AT_LEAST,
        as_of="2026-01-18",
        citations=CITED,
    ),
    ev.ObservationRetracted(key="january", indicator="ships", reason="Counted twice."),
    ev.EntityInvolved(key="ana", entity="entity-ana", kind=EntityKind.PERSON, role="Mayor"),
    ev.EntityInvolved(key="union", entity="entity-union", kind=EntityKind.ORGANIZATION),
    ev.InvolvementRevised(key="ana", status="In office", status_as_of="2026"),
    ev.InvolvementMoved(key="ana"),
    ev.InvolvementRemoved(key="union"),
    ev.DevelopmentAdded(
        key="start", date="2026-01-02", headline="It began", category="Strike", body="So."
    ),
    ev.DevelopmentAdded(
        key="talks",
        date="2026-01",
        headline="Talks",
        category="Talks",
        body="They met.",
        breaking=True,
        supersedes=("start",),
    ),
    ev.DevelopmentRevised(key="talks", citations=CITED),
    ev.DevelopmentPinned(key="talks"),
    ev.DevelopmentUnpinned(key="talks"),
    ev.DevelopmentRetracted(key="start", reason="It began a day later."),
    ev.ScenarioAdded(key="deal", title="A settlement", body="Both give way."),
    ev.ScenarioAdded(key="closure", title="The port closes", body="Ships go elsewhere."),
    ev.ScenarioRevised(key="deal", resolution_criteria="A signed paper."),
    ev.ScenarioMoved(key="closure", before="deal"),
    ev.ScenarioRemoved(key="closure", reason="Nobody speaks of it."),
    ev.ForecastMade(
        key="first",
        scenario="deal",
        probability=Probability(low="0.4"),
        forecaster="A bank",
        made_on="2026-01-20",
    ),
    ev.ForecastWithdrawn(key="first", scenario="deal", reason="The bank withdrew it."),
    ev.ScenarioResolved(
        key="deal", outcome=Outcome.HAPPENED, resolved_on="2026-02-01", explanation="Signed."
    ),
    ev.ScenarioReopened(key="deal", reason="The members voted against it."),
    ev.PrecedentAdded(key="old", title="The old strike", period="1984/1985", what_happened="Long."),
    ev.PrecedentAdded(
        key="older", title="An older one", period="192X", what_happened="Short.", before="old"
    ),
    ev.PrecedentRevised(key="old", relevance="The same port.", brief="brief-old"),
    ev.PrecedentMoved(key="older"),
    ev.PrecedentRemoved(key="older"),
    ev.CorrectionPublished(
        key="date",
        text="We said January 2; it was January 3.",
        corrects=(ItemRef(section=Section.TIMELINE, key="start", field="date"),),
    ),
    ev.BriefWithheld(reason="A court asked."),
    ev.BriefReopened(reason="The court agreed."),
    ev.BriefClosed(reason="The strike is over."),
)
"""A brief's history with every event that a brief can have."""

ENTITY_STORY: tuple[ev.Event, ...] = (
    ev.EntityRegistered(kind=EntityKind.PERSON, name="Ana Ruiz", type="Mayor", initials="AR"),
    ev.EntityRevised(name="Ana Ruiz Gil", type=None),
    ev.EntityRevised(initials="AG"),
    ev.BodyErased(
        version=2,
        basis=Basis.DATA_PROTECTION,
        case_reference="DP 2026/14",
        kept=ev.Kept(fields=("name", "type")),
    ),
)
EDITION_STORY: tuple[ev.Event, ...] = (
    ev.EditionPublished(
        date="2026-01-18",
        title="Sunday",
        entries=(EditionEntry(brief="brief-harbour", summary="It began."),),
    ),
    ev.EditionRevised(title="Sunday, late", entries=()),
)
PAGE_STORY: tuple[ev.Event, ...] = (
    ev.PageRevised(slug="why", title="Why", body="Because."),
    ev.PageRevised(slug="why", title="Why we do it", body="Because.\n\nStill."),
)
STORIES = {
    "brief-port": STORY,
    "entity-ana": ENTITY_STORY,
    "edition-2026-01-18": EDITION_STORY,
    "page-why": PAGE_STORY,
}
"""A history for each kind of stream; together they have every event there is."""
