"""Links: to sources, to entities, to other briefs, and of corrections to what they correct."""

from typing import Any

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.items import Citation, ItemRef
from graphql_brief.domain.links import Known, refers_to
from graphql_brief.domain.parse import parse_edits
from graphql_brief.domain.sections import LISTS
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode, Section
from tests.domain.samples import added, adding
from tests.domain.scenario import BRIEF, given

PERSON, ORGANIZATION = EntityKind.PERSON, EntityKind.ORGANIZATION
NOTICE = ev.SourceAdded(key="notice", title="Notice 7", publisher="Port office")
SHIPS = ev.IndicatorAdded(key="ships", label="Ships")
DEAL = ev.ScenarioAdded(key="deal", title="A settlement", body="Both give way.")
CITED = (Citation(source="notice"),)
CITING = {"citations": [{"source": "notice"}]}

CITING_ADDS: list[tuple[tuple[ev.Event, ...], dict[str, Any]]] = [
    ((), adding(Section.OVERVIEW, "x", **CITING)),
    ((), adding(Section.INVOLVEMENTS, "ana", **CITING)),
    ((), adding(Section.TIMELINE, "x", **CITING)),
    ((), adding(Section.SCENARIOS, "x", **CITING)),
    ((), adding(Section.PRECEDENTS, "x", **CITING)),
    ((), adding(Section.CORRECTIONS, "x", **CITING)),
    (
        (SHIPS,),
        {
            "recordObservation": {
                "indicator": "ships",
                "key": "x",
                "value": "14",
                "asOf": "2026",
                **CITING,
            }
        },
    ),
    (
        (DEAL,),
        {
            "makeForecast": {
                "scenario": "deal",
                "key": "x",
                "probability": {"low": "0.4"},
                "forecaster": "A bank",
                "madeOn": "2026",
                **CITING,
            }
        },
    ),
]
CITING_REVISIONS = [
    (added(Section.OVERVIEW, "x"), "reviseParagraph"),
    (added(Section.INVOLVEMENTS, "x"), "reviseInvolvement"),
    (added(Section.TIMELINE, "x"), "reviseDevelopment"),
    (added(Section.SCENARIOS, "x"), "reviseScenario"),
    (added(Section.PRECEDENTS, "x"), "revisePrecedent"),
]


def test_everything_that_cites_is_tested_here() -> None:
    """Every list whose items have citations is among the cases below."""
    citing = {row.section for row in LISTS if "citations" in row.item.__struct_fields__}
    assert citing == {
        Section.OVERVIEW,
        Section.INVOLVEMENTS,
        Section.TIMELINE,
        Section.SCENARIOS,
        Section.PRECEDENTS,
        Section.CORRECTIONS,
    }


@pytest.mark.parametrize(("before", "edit"), CITING_ADDS)
def test_a_citation(before: tuple[ev.Event, ...], edit: dict[str, Any]) -> None:
    """A source of the brief can be cited; one that it lacks is refused at its place."""
    (name,) = edit
    assert not given(NOTICE, *before).knowing(ana=PERSON).when(edit).refusals
    given(*before).knowing(ana=PERSON).when(edit).then_refused(
        ErrorCode.UNKNOWN_SOURCE, "edits", "0", name, "citations", "0", "source", saying="'notice'"
    )


@pytest.mark.parametrize(("before", "name"), CITING_REVISIONS)
def test_a_citation_in_a_revision(before: ev.Event, name: str) -> None:
    """A revision cites what is there, or is refused at the citation's place."""
    edit = {name: {"key": "x", "citations": [{"source": "notice"}, {"source": "nobody"}]}}
    assert not given(NOTICE, before).when({name: {"key": "x", **CITING}}).refusals
    given(NOTICE, before).when(edit).then_refused(
        ErrorCode.UNKNOWN_SOURCE, "edits", "0", name, "citations", "1", "source"
    )


@pytest.mark.parametrize(("before", "edit"), CITING_ADDS)
def test_a_cited_source_stays(before: tuple[ev.Event, ...], edit: dict[str, Any]) -> None:
    """A source is removed only when nothing cites it, observations and forecasts included."""
    given(NOTICE, *before).knowing(ana=PERSON).when(
        edit, {"removeSource": {"key": "notice"}}
    ).then_refused(ErrorCode.STILL_CITED, "edits", "1", "removeSource", "key", saying="cites")


def test_a_cited_key_of_another_list() -> None:
    """A paragraph goes although a source of the same key is cited."""
    lede = ev.ParagraphAdded(key="notice", text="One.", citations=CITED)
    given(NOTICE, lede).when({"removeParagraph": {"key": "notice"}}).then(
        ev.ParagraphRemoved(key="notice")
    )


def test_an_uncited_source_goes() -> None:
    """Once the last item that cites it is revised or removed, in the same batch."""
    spare = ev.SourceAdded(key="spare", title="Notice 8", publisher="Port office")
    lede = ev.ParagraphAdded(key="lede", text="One.", citations=CITED)
    top = ev.ParagraphAdded(key="top", text="One.", citations=(*CITED, Citation(source="spare")))
    given(NOTICE, spare, lede, top).when(
        {"removeParagraph": {"key": "lede"}},
        {"reviseParagraph": {"key": "top", "citations": [{"source": "spare"}]}},
        {"removeSource": {"key": "notice"}},
    ).then(
        ev.ParagraphRemoved(key="lede"),
        ev.ParagraphRevised(key="top", citations=(Citation(source="spare"),)),
        ev.SourceRemoved(key="notice"),
    )


def test_a_source_goes_with_the_series_that_cited_it() -> None:
    """A removed indicator no longer holds the sources of its observations."""
    cited = ev.ObservationRecorded(
        key="x", indicator="ships", value="14", as_of="2026", citations=CITED
    )
    given(NOTICE, SHIPS, cited).when(
        {"removeIndicator": {"key": "ships"}}, {"removeSource": {"key": "notice"}}
    ).then(ev.IndicatorRemoved(key="ships"), ev.SourceRemoved(key="notice"))


def test_one_source_twice() -> None:
    """The same use twice is refused; two places in one source are two uses."""
    twice = [{"source": "notice", "locator": "p. 2"}, {"source": "notice", "locator": "p. 2"}]
    edit = adding(Section.OVERVIEW, "x", citations=twice)
    given(NOTICE).when(edit).then_refused(
        ErrorCode.DUPLICATE, "edits", "0", "addParagraph", "citations"
    )
    twice[1]["locator"] = "p. 3"
    assert not given(NOTICE).when(edit).refusals


@pytest.mark.parametrize("kind", list(EntityKind))
def test_an_entity_is_involved(kind: EntityKind) -> None:
    """The event holds its kind, so that a brief can be folded without its entities."""
    after = (
        given()
        .knowing(ana=kind)
        .when({"involveEntity": {"key": "ana", "entity": "entity-ana"}})
        .then(ev.EntityInvolved(key="ana", entity="entity-ana", kind=kind))
    )
    assert (after.involvements["ana"].entity, after.involvements["ana"].kind) == (
        "entity-ana",
        kind,
    )


@pytest.mark.parametrize("entity", ["entity-nobody", "brief-a", "entity-", "Ana", "entity-A"])
def test_an_unknown_entity(entity: str) -> None:
    """What was never registered, or is no id of an entity at all."""
    given().knowing(ana=PERSON).when(
        {"involveEntity": {"key": "x", "entity": entity}}
    ).then_refused(ErrorCode.UNKNOWN_ENTITY, "edits", "0", "involveEntity", "entity")


def test_an_entity_has_one_part() -> None:
    """A second involvement of one entity is refused, under another key too."""
    given(added(Section.INVOLVEMENTS, "ana")).knowing(ana=PERSON).when(
        {"involveEntity": {"key": "again", "entity": "entity-ana"}}
    ).then_refused(ErrorCode.DUPLICATE, "edits", "0", "involveEntity", "entity")


def test_an_entity_comes_back() -> None:
    """After its removal an entity is involved again, under a new key."""
    removed = ev.InvolvementRemoved(key="ana")
    after = (
        given(added(Section.INVOLVEMENTS, "ana"), removed)
        .knowing(ana=PERSON)
        .when({"involveEntity": {"key": "ana-again", "entity": "entity-ana"}})
        .then(ev.EntityInvolved(key="ana-again", entity="entity-ana", kind=PERSON))
    )
    assert list(after.involvements) == ["ana-again"]


def test_a_precedent_leads_to_a_brief() -> None:
    """The brief that tells it whole must be there."""
    linked = adding(Section.PRECEDENTS, "old", brief="brief-old")
    given().knowing("brief-old").when(linked).then(
        added(Section.PRECEDENTS, "old", brief="brief-old")
    )
    given().knowing("brief-other").when(linked).then_refused(
        ErrorCode.UNKNOWN_BRIEF, "edits", "0", "addPrecedent", "brief"
    )


def test_a_precedents_brief_is_changed_and_taken_away() -> None:
    """A revision is held to the same rule; null takes the link away."""
    old = added(Section.PRECEDENTS, "old", brief="brief-old")
    given(old).when({"revisePrecedent": {"key": "old", "brief": "brief-new"}}).then_refused(
        ErrorCode.UNKNOWN_BRIEF, "edits", "0", "revisePrecedent", "brief"
    )
    given(old).knowing("brief-new").when(
        {"revisePrecedent": {"key": "old", "brief": "brief-new"}}
    ).then(ev.PrecedentRevised(key="old", brief="brief-new"))
    given(old).when({"revisePrecedent": {"key": "old", "brief": None}}).then(
        ev.PrecedentRevised(key="old", brief=None)
    )


def test_a_brief_is_no_precedent_of_itself() -> None:
    """History does not repeat itself that closely."""
    given().knowing(BRIEF).when(adding(Section.PRECEDENTS, "old", brief=BRIEF)).then_refused(
        ErrorCode.INVALID_INPUT, "edits", "0", "addPrecedent", "brief"
    )


@pytest.mark.parametrize("section", [row.section for row in LISTS])
def test_a_correction_of_an_item(section: Section) -> None:
    """It names an item that the brief has."""
    corrects = {"section": section, "key": "a", "field": "x"}
    edit = adding(Section.CORRECTIONS, "fix", corrects=[corrects])
    given(added(section, "a")).when(edit).then(
        ev.CorrectionPublished(
            key="fix",
            text="We said nine cranes; there are eight.",
            corrects=(ItemRef(section=section, key="a", field="x"),),
        )
    )
    given().when(edit).then_refused(
        ErrorCode.UNKNOWN_ITEM, "edits", "0", "publishCorrection", "corrects", "0", "key"
    )


@pytest.mark.parametrize("row", [row for row in LISTS if row.removed], ids=lambda row: row.section)
def test_a_correction_of_what_is_gone(row: Any) -> None:
    """What was wrong may have been taken off the page since."""
    corrects = {"section": row.section, "key": "a"}
    assert (
        not given(added(row.section, "a"), row.removed(key="a"))
        .when(adding(Section.CORRECTIONS, "fix", corrects=[corrects]))
        .refusals
    )


def test_a_correction_of_the_head() -> None:
    """The headline and its like have no key."""
    head = {"section": "HEAD", "field": "headline"}
    assert not given().when(adding(Section.CORRECTIONS, "fix", corrects=[head])).refusals
    given().when(
        adding(Section.CORRECTIONS, "fix", corrects=[{**head, "key": "headline"}])
    ).then_refused(
        ErrorCode.INVALID_INPUT,
        "edits",
        "0",
        "publishCorrection",
        "corrects",
        "0",
        "key",
        saying="HEAD",
    )


def test_a_correction_of_several_places() -> None:
    """The headline and an item at once; the one that is not there is named by its place."""
    head, item = {"section": "HEAD", "field": "headline"}, {"section": "TIMELINE", "key": "a"}
    both = adding(Section.CORRECTIONS, "fix", corrects=[head, item])
    after = given(added(Section.TIMELINE, "a")).when(both)
    assert not after.refusals
    given().when(both).then_refused(
        ErrorCode.UNKNOWN_ITEM, "edits", "0", "publishCorrection", "corrects", "1", "key"
    )
    twice = adding(Section.CORRECTIONS, "fix", corrects=[head, head])
    given().when(twice).then_refused(
        ErrorCode.DUPLICATE, "edits", "0", "publishCorrection", "corrects"
    )


def test_a_correction_says_which() -> None:
    """A list alone is no place."""
    given(added(Section.TIMELINE, "a")).when(
        adding(Section.CORRECTIONS, "fix", corrects=[{"section": "TIMELINE"}])
    ).then_refused(
        ErrorCode.INVALID_INPUT,
        *("edits", "0", "publishCorrection", "corrects", "0", "key"),
        saying="which development",
    )


def test_what_a_batch_refers_to() -> None:
    """The entities and briefs that must be looked up before it is decided, and no others."""
    batch = parse_edits(
        [
            {"involveEntity": {"key": "a", "entity": "entity-ana"}},
            {"involveEntity": {"key": "b", "entity": "entity-union"}},
            adding(Section.PRECEDENTS, "a", brief="brief-a"),
            adding(Section.PRECEDENTS, "b"),
            {"revisePrecedent": {"key": "a", "brief": "brief-b"}},
            {"revisePrecedent": {"key": "a", "brief": None}},
            {"revisePrecedent": {"key": "a", "title": "T"}},
            {"removeInvolvement": {"key": "a"}},
        ]
    )
    assert refers_to(batch) == (
        frozenset({"entity-ana", "entity-union"}),
        frozenset({"brief-a", "brief-b"}),
    )
    assert refers_to([]) == (frozenset(), frozenset())


def test_nothing_is_known_unless_said() -> None:
    """By default a batch is decided without any entity or brief."""
    assert given().known == Known({}, frozenset())
