"""History: the revisions of a brief, and what each changed, for whom."""

from typing import Any

import pytest

from graphql_brief.api.request import Request
from graphql_brief.api.viewer import Viewer
from graphql_brief.domain.edits import EDITS
from graphql_brief.domain.events import EVENT_TYPES
from tests.api.conftest import AUDITOR, EDITOR, READER, Newsroom

HISTORY = """
query($id: ID!, $at: AsOf, $first: Int, $after: String) {
  brief(by: {id: $id}, at: $at) {
    history(first: $first, after: $after) {
      edges { cursor node {
        id version firstVersion position recordedAt actor significance changeNote
        changes { version type action fields itemId item { __typename id } }
      } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
CHANGES = """
query($id: ID!) { brief(by: {id: $id}) { history(first: 1) { edges { node {
  changes { version position type section action key itemId fields item { id } }
} } } } }
"""


async def history(newsroom: Newsroom, viewer: Viewer, brief: str, **asked: Any) -> Any:
    """A page of the history."""
    return (await newsroom.ask(HISTORY, viewer, id=brief, **asked))["brief"]["history"]


def versions(found: Any) -> list[tuple[int, int]]:
    """First and last versions of the revisions of a page."""
    return [(edge["node"]["firstVersion"], edge["node"]["version"]) for edge in found["edges"]]


async def test_a_revision_is_one_command(newsroom: Newsroom) -> None:
    """Who, when, why, how much it matters, and everything that it changed."""
    brief = await newsroom.draft()
    await newsroom.done(
        brief,
        {"reviseHeadline": {"headline": "New"}},
        {"addParagraph": {"key": "lede", "text": "It began."}},
        changeNote="A better start.",
        significance="MINOR",
    )
    found = await history(newsroom, EDITOR, brief)
    assert versions(found) == [(2, 3), (1, 1)]
    (newest, _) = (edge["node"] for edge in found["edges"])
    assert newest == {
        "id": f"{brief}.revision.3",
        "version": 3,
        "firstVersion": 2,
        "position": 3,
        "recordedAt": "2026-02-01T09:02:00Z",
        "actor": "editor-1",
        "significance": "MINOR",
        "changeNote": "A better start.",
        "changes": [
            {
                "version": 2,
                "type": "HeadlineRevised",
                "action": "REVISED",
                "fields": ["headline"],
                "itemId": None,
                "item": None,
            },
            {
                "version": 3,
                "type": "ParagraphAdded",
                "action": "ADDED",
                "fields": ["text", "citations"],
                "itemId": f"{brief}.paragraph.lede",
                "item": {"__typename": "Paragraph", "id": f"{brief}.paragraph.lede"},
            },
        ],
    }


async def test_pages_of_history(newsroom: Newsroom) -> None:
    """Newest first; a cursor holds while revisions are added."""
    brief = await newsroom.draft()
    for number in range(5):
        await newsroom.done(brief, {"reviseHeadline": {"headline": f"H{number}"}})
    page = await history(newsroom, EDITOR, brief, first=2)
    assert versions(page) == [(6, 6), (5, 5)]
    assert page["pageInfo"]["hasNextPage"] is True
    assert page["pageInfo"]["hasPreviousPage"] is False
    await newsroom.done(brief, {"reviseHeadline": {"headline": "more"}})
    page = await history(newsroom, EDITOR, brief, first=3, after=page["pageInfo"]["endCursor"])
    assert versions(page) == [(4, 4), (3, 3), (2, 2)]
    assert page["pageInfo"]["hasPreviousPage"] is True
    page = await history(newsroom, EDITOR, brief, after=page["pageInfo"]["endCursor"])
    assert versions(page) == [(1, 1)]
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("asked", [{"first": -1}, {"first": 101}, {"after": "x"}])
async def test_bad_pages(newsroom: Newsroom, asked: dict[str, Any]) -> None:
    """Refused with a code."""
    brief = await newsroom.draft()
    assert await newsroom.code(HISTORY, EDITOR, id=brief, **asked) == "BAD_PAGE"


async def test_the_public_history_starts_with_publication(newsroom: Newsroom) -> None:
    """Readers see the first publication and what followed, and never who did it."""
    brief = await newsroom.published()  # versions 1 to 3
    await newsroom.done(brief, {"reviseHeadline": {"headline": "New"}})
    assert versions(await history(newsroom, EDITOR, brief)) == [(4, 4), (3, 3), (2, 2), (1, 1)]
    found = await history(newsroom, READER, brief)
    assert versions(found) == [(4, 4), (3, 3)]
    assert found["pageInfo"]["hasNextPage"] is False
    assert {edge["node"]["actor"] for edge in found["edges"]} == {None}
    found = await history(newsroom, AUDITOR, brief)
    assert {edge["node"]["actor"] for edge in found["edges"]} == {"editor-1"}


async def test_the_history_of_an_older_version_ends_there(newsroom: Newsroom) -> None:
    """What came after the version shown is not part of its history."""
    brief = await newsroom.published()  # versions 1 to 3
    await newsroom.done(brief, {"reviseHeadline": {"headline": "New"}})
    found = await history(newsroom, EDITOR, brief, at={"version": 3})
    assert versions(found) == [(3, 3), (2, 2), (1, 1)]
    assert versions(await history(newsroom, READER, brief, at={"version": 3})) == [(3, 3)]


async def test_history_is_not_behind_its_brief(newsroom: Newsroom) -> None:
    """A brief that is shown at a version has the revision of that version in its history."""
    brief = await newsroom.draft()
    for version in range(2, 6):
        # By the desk itself, which does not wait for the read models as mutations do.
        edit = {"reviseHeadline": {"headline": f"v{version}"}}
        await newsroom.node.desk.edit_brief(Request(viewer=EDITOR), brief, [edit])
        assert versions(await history(newsroom, EDITOR, brief))[0] == (version, version)


# What each event is told as: section, action, item's path, fields

TOLD: dict[str, tuple[str, str, str | None, list[str]]] = {
    "HeadlineRevised": ("HEAD", "REVISED", None, ["headline"]),
    "StandfirstRevised": ("HEAD", "REVISED", None, ["standfirst"]),
    "SlugChanged": ("HEAD", "REVISED", None, ["slug"]),
    "LanguageSet": ("HEAD", "REVISED", None, ["language"]),
    "SubjectsSet": ("HEAD", "REVISED", None, ["subjects"]),
    "SourceAdded": ("SOURCES", "ADDED", "source.s", ["title", "publisher"]),
    "SourceRevised": ("SOURCES", "REVISED", "source.s", ["title"]),
    "SourceRemoved": ("SOURCES", "REMOVED", "source.s", []),
    "ParagraphAdded": ("OVERVIEW", "ADDED", "paragraph.p", ["text", "citations"]),
    "ParagraphRevised": ("OVERVIEW", "REVISED", "paragraph.p", ["text"]),
    "ParagraphMoved": ("OVERVIEW", "MOVED", "paragraph.p", []),
    "ParagraphRemoved": ("OVERVIEW", "REMOVED", "paragraph.p", []),
    "IndicatorAdded": ("INDICATORS", "ADDED", "indicator.i", ["label"]),
    "IndicatorRevised": ("INDICATORS", "REVISED", "indicator.i", ["note"]),
    "IndicatorMoved": ("INDICATORS", "MOVED", "indicator.i", []),
    "IndicatorRemoved": ("INDICATORS", "REMOVED", "indicator.i", []),
    "ObservationRecorded": (
        "INDICATORS",
        "ADDED",
        "observation.i.o",
        ["value", "qualifier", "asOf", "citations"],
    ),
    "ObservationRetracted": ("INDICATORS", "RETRACTED", "observation.i.o", ["retraction"]),
    "EntityInvolved": (
        "INVOLVEMENTS",
        "ADDED",
        "involvement.e",
        ["citations", "entity", "kind"],
    ),
    "InvolvementRevised": ("INVOLVEMENTS", "REVISED", "involvement.e", ["role"]),
    "InvolvementMoved": ("INVOLVEMENTS", "MOVED", "involvement.e", []),
    "InvolvementRemoved": ("INVOLVEMENTS", "REMOVED", "involvement.e", []),
    "DevelopmentAdded": (
        "TIMELINE",
        "ADDED",
        "development.d",
        ["date", "headline", "category", "body", "breaking", "supersedes", "citations"],
    ),
    "DevelopmentRevised": ("TIMELINE", "REVISED", "development.d", ["date"]),
    "DevelopmentPinned": ("TIMELINE", "PINNED", "development.d", ["pinned"]),
    "DevelopmentUnpinned": ("TIMELINE", "UNPINNED", "development.d", ["pinned"]),
    "DevelopmentRetracted": ("TIMELINE", "RETRACTED", "development.d", ["retraction"]),
    "ScenarioAdded": (
        "SCENARIOS",
        "ADDED",
        "scenario.c",
        ["title", "discussedBy", "body", "citations"],
    ),
    "ScenarioRevised": ("SCENARIOS", "REVISED", "scenario.c", ["title"]),
    "ScenarioMoved": ("SCENARIOS", "MOVED", "scenario.c", []),
    "ScenarioRemoved": ("SCENARIOS", "REMOVED", "scenario.c", []),
    "ForecastMade": (
        "SCENARIOS",
        "ADDED",
        "forecast.c.f",
        ["probability", "forecaster", "madeOn", "citations"],
    ),
    "ForecastWithdrawn": ("SCENARIOS", "RETRACTED", "forecast.c.f", ["withdrawn"]),
    "ScenarioResolved": ("SCENARIOS", "RESOLVED", "scenario.c", ["resolution"]),
    "ScenarioReopened": ("SCENARIOS", "REOPENED", "scenario.c", ["resolution"]),
    "PrecedentAdded": (
        "PRECEDENTS",
        "ADDED",
        "precedent.h",
        ["title", "period", "whatHappened", "citations"],
    ),
    "PrecedentRevised": ("PRECEDENTS", "REVISED", "precedent.h", ["relevance"]),
    "PrecedentMoved": ("PRECEDENTS", "MOVED", "precedent.h", []),
    "PrecedentRemoved": ("PRECEDENTS", "REMOVED", "precedent.h", []),
    "CorrectionPublished": (
        "CORRECTIONS",
        "ADDED",
        "correction.x",
        ["text", "corrects", "citations"],
    ),
}

FORECAST = {
    "key": "f",
    "scenario": "c",
    "probability": {"low": "0.5"},
    "forecaster": "A",
    "madeOn": "2026",
}
RESOLUTION = {"key": "c", "outcome": "HAPPENED", "resolvedOn": "2026", "explanation": "E."}


def every_edit(entity: str) -> list[dict[str, Any]]:
    """Each of the edits at least once, in an order in which all are allowed."""
    development = {"key": "d", "date": "2026", "headline": "H", "category": "C", "body": "B."}
    return [
        {"reviseHeadline": {"headline": "New"}},
        {"reviseStandfirst": {"standfirst": "New."}},
        {"changeSlug": {"slug": "new"}},
        {"setLanguage": {"language": "de"}},
        {"setSubjects": {"subjects": ["Trade"]}},
        {"addSource": {"key": "s", "title": "T", "publisher": "P"}},
        {"reviseSource": {"key": "s", "title": "T2"}},
        {"removeSource": {"key": "s"}},
        {"addParagraph": {"key": "p", "text": "One."}},
        {"addParagraph": {"key": "p2", "text": "Two."}},
        {"reviseParagraph": {"key": "p", "text": "One!"}},
        {"moveParagraph": {"key": "p"}},
        {"removeParagraph": {"key": "p", "reason": "No."}},
        {"addIndicator": {"key": "i", "label": "L"}},
        {"addIndicator": {"key": "i2", "label": "L"}},
        {"reviseIndicator": {"key": "i", "note": "N."}},
        {"recordObservation": {"key": "o", "indicator": "i", "value": "1", "asOf": "2026"}},
        {"retractObservation": {"key": "o", "indicator": "i", "reason": "No."}},
        {"moveIndicator": {"key": "i"}},
        {"removeIndicator": {"key": "i"}},
        {"involveEntity": {"key": "e", "entity": entity}},
        {"reviseInvolvement": {"key": "e", "role": "R"}},
        {"addDevelopment": development},
        {"reviseDevelopment": {"key": "d", "date": "2025"}},
        {"pinDevelopment": {"key": "d"}},
        {"unpinDevelopment": {"key": "d"}},
        {"retractDevelopment": {"key": "d", "reason": "No."}},
        {"addScenario": {"key": "c", "title": "T", "body": "B."}},
        {"addScenario": {"key": "c2", "title": "T", "body": "B."}},
        {"reviseScenario": {"key": "c", "title": "T2"}},
        {"makeForecast": FORECAST},
        {"withdrawForecast": {"key": "f", "scenario": "c", "reason": "No."}},
        {"resolveScenario": RESOLUTION},
        {"reopenScenario": {"key": "c", "reason": "No."}},
        {"moveScenario": {"key": "c"}},
        {"removeScenario": {"key": "c"}},
        {"addPrecedent": {"key": "h", "title": "T", "period": "1984", "whatHappened": "W."}},
        {"addPrecedent": {"key": "h2", "title": "T", "period": "1984", "whatHappened": "W."}},
        {"revisePrecedent": {"key": "h", "relevance": "R."}},
        {"movePrecedent": {"key": "h"}},
        {"removePrecedent": {"key": "h"}},
        {"publishCorrection": {"key": "x", "text": "T."}},
    ]


async def entity(newsroom: Newsroom, name: str) -> str:
    """A new person's id."""
    answer = await newsroom.ask(
        "mutation($i: RegisterEntityInput!) { registerEntity(input: $i) { entity { id } } }",
        EDITOR,
        i={"kind": "PERSON", "name": name},
    )
    found: str = answer["registerEntity"]["entity"]["id"]
    return found


async def test_what_every_edit_changed(newsroom: Newsroom) -> None:
    """Each event is told by its section, action, item and fields; what is gone has no item."""
    brief = await newsroom.draft()
    one, two = await entity(newsroom, "A"), await entity(newsroom, "B")
    edits = [
        *every_edit(one),
        {"involveEntity": {"key": "e2", "entity": two}},
        {"moveInvolvement": {"key": "e"}},
        {"removeInvolvement": {"key": "e"}},
    ]
    assert {name for edit in edits for name in edit} == set(EDITS)
    version = await newsroom.done(brief, *edits)
    answer = await newsroom.ask(CHANGES, EDITOR, id=brief)
    (edge,) = answer["brief"]["history"]["edges"]
    changes = edge["node"]["changes"]
    assert [change["version"] for change in changes] == list(range(2, version + 1))
    remaining = {"development.d", "correction.x"}
    told = set()
    for change in changes:
        section, action, path, fields = TOLD[change["type"]]
        if path is not None and change["key"] not in path.split("."):
            continue  # a second item, there for the first one to be moved behind it
        told.add(change["type"])
        assert (change["section"], change["action"]) == (section, action), change
        assert change["fields"] == fields, change
        assert change["key"] == (path.split(".")[-1] if path else None)
        assert change["itemId"] == (f"{brief}.{path}" if path else None)
        assert change["item"] == ({"id": f"{brief}.{path}"} if path in remaining else None)
    assert told == set(TOLD)


async def test_the_table_has_every_event_of_a_brief() -> None:
    """But those of its life, which are told as a change of status."""
    others = {
        *("BriefDrafted", "BriefPublished", "BriefWithheld", "BriefClosed", "BriefReopened"),
        *("EntityRegistered", "EntityRevised", "EditionPublished", "EditionRevised"),
        *("PageRevised", "BodyErased"),
    }
    assert set(TOLD) | others == set(EVENT_TYPES)


async def test_steps_of_a_life(newsroom: Newsroom) -> None:
    """Begun, then published, withheld, reopened and closed: changes of HEAD."""
    brief = await newsroom.published()
    await newsroom.step("withhold", brief, reason="R.")
    await newsroom.step("reopen", brief)
    await newsroom.step("close", brief)
    found = await history(newsroom, EDITOR, brief)
    told = [edge["node"]["changes"][0] for edge in reversed(found["edges"])]
    assert [(change["type"], change["action"], change["fields"]) for change in told] == [
        ("BriefDrafted", "ADDED", ["slug", "headline", "standfirst", "language", "subjects"]),
        ("ParagraphAdded", "ADDED", ["text", "citations"]),
        ("BriefPublished", "STATUS", ["status"]),
        ("BriefWithheld", "STATUS", ["status"]),
        ("BriefReopened", "STATUS", ["status"]),
        ("BriefClosed", "STATUS", ["status"]),
    ]
