"""A brief section by section: each field says what the edits said. Long, as the page is."""

from typing import Any

import pytest

from tests.api.conftest import EDITOR, Newsroom
from tests.api.pages import BY_ID

SOURCES = (
    {"addSource": {"key": "notice", "title": "Notice 7", "publisher": "Port office"}},
    {
        "addSource": {
            "key": "report",
            "title": "Report",
            "publisher": "Ministry",
            "url": "https://ministry.example/r",
            "published": "2025-12",
            "accessed": "2026-01-02",
        }
    },
)
CITED = [{"source": "notice", "locator": "p. 2", "quote": "No ship berths."}]


async def whole(newsroom: Newsroom, brief: str) -> Any:
    """Everything that there is of a brief, for an editor."""
    return (await newsroom.ask(BY_ID, EDITOR, id=brief))["brief"]


def shown(item: dict[str, Any], *left_out: str) -> dict[str, Any]:
    """An item without what every item has."""
    common = {"addedAt", "changedAt", "changedVersion", *left_out}
    return {name: value for name, value in item.items() if name not in common}


def cited(brief: str) -> list[dict[str, Any]]:
    """CITED as the API shows it."""
    source = {"id": f"{brief}.source.notice", "key": "notice", "title": "Notice 7"}
    return [{"source": source, "locator": "p. 2", "quote": "No ship berths."}]


def date(text: str, earliest: str | None, latest: str | None, display: str) -> dict[str, Any]:
    """A date as the API shows it."""
    return {"text": text, "earliest": earliest, "latest": latest, "display": display}


DAY = date("2026-01-18", "2026-01-18", "2026-01-18", "January 18, 2026")


async def test_the_head(newsroom: Newsroom) -> None:
    """Slugs, titles, status and times; the version counts events."""
    brief = await newsroom.draft(
        slug="port", headline="Port", standfirst="A port.", language="pt-BR", subjects=["Trade"]
    )
    drafted = await whole(newsroom, brief)
    assert drafted["id"] == brief
    assert (drafted["slug"], drafted["headline"], drafted["standfirst"]) == (
        "port",
        "Port",
        "A port.",
    )
    assert (drafted["language"], drafted["subjects"]) == ("pt-BR", ["Trade"])
    assert (drafted["status"], drafted["version"], drafted["position"]) == ("DRAFT", 1, 1)
    assert drafted["firstPublishedAt"] is None
    assert drafted["updatedAt"] == "2026-02-01T09:01:00Z"
    assert drafted["latestDevelopment"] is None
    await newsroom.done(
        brief,
        {"reviseHeadline": {"headline": "Port strike"}},
        {"changeSlug": {"slug": "port-strike"}},
        {"setSubjects": {"subjects": ["Labour", "Trade"]}},
        {"addParagraph": {"text": "It began."}},
        significance="MINOR",
    )
    edited = await whole(newsroom, brief)
    assert (edited["slug"], edited["formerSlugs"]) == ("port-strike", ["port"])
    assert (edited["version"], edited["position"]) == (5, 5)
    assert edited["lastSignificantUpdateAt"] is None
    await newsroom.step("publish", brief)
    published = await whole(newsroom, brief)
    assert published["status"] == "PUBLISHED"
    assert published["firstPublishedAt"] == published["lastSignificantUpdateAt"]


async def test_sources_and_paragraphs(newsroom: Newsroom) -> None:
    """A citation leads to its source, and a source to what cites it."""
    brief = await newsroom.draft()
    await newsroom.done(brief, *SOURCES)
    await newsroom.done(
        brief,
        {"addParagraph": {"key": "second", "text": "Two.", "citations": CITED}},
        {"addParagraph": {"key": "first", "text": "One.\nMore.", "before": "second"}},
    )
    page = await whole(newsroom, brief)
    assert [shown(found) for found in page["overview"]] == [
        {"id": f"{brief}.paragraph.first", "key": "first", "text": "One.\nMore.", "citations": []},
        {
            "id": f"{brief}.paragraph.second",
            "key": "second",
            "text": "Two.",
            "citations": cited(brief),
        },
    ]
    notice, report = page["sources"]
    assert notice["citedBy"] == [{"__typename": "Paragraph", "id": f"{brief}.paragraph.second"}]
    assert report["citedBy"] == []
    assert shown(report, "citedBy") == {
        "id": f"{brief}.source.report",
        "key": "report",
        "title": "Report",
        "publisher": "Ministry",
        "url": "https://ministry.example/r",
        "published": date("2025-12", "2025-12-01", "2025-12-31", "December 2025"),
        "accessed": date("2026-01-02", "2026-01-02", "2026-01-02", "January 2, 2026"),
    }
    # START, a draft, the sources, then the paragraphs: each command a minute.
    assert page["overview"][1]["addedAt"] == "2026-02-01T09:03:00Z"
    assert page["overview"][1]["changedVersion"] == 4
    both = [*CITED, {"source": "report"}, {"source": "report", "locator": "p. 3"}]
    await newsroom.done(brief, {"reviseParagraph": {"key": "first", "citations": both}})
    sources = (await whole(newsroom, brief))["sources"]
    assert [[found["id"].split(".")[-1] for found in source["citedBy"]] for source in sources] == [
        ["first", "second"],
        ["first"],
    ]
    await newsroom.done(brief, {"reviseParagraph": {"key": "second", "text": "Two!"}})
    revised = (await whole(newsroom, brief))["overview"][1]
    assert revised["addedAt"] == "2026-02-01T09:03:00Z"
    assert (revised["changedAt"], revised["changedVersion"]) == ("2026-02-01T09:05:00Z", 7)


async def test_indicators(newsroom: Newsroom) -> None:
    """An indicator shows the latest value that holds, and keeps all."""
    brief = await newsroom.draft()
    await newsroom.done(
        brief,
        *SOURCES,
        {"addIndicator": {"key": "ships", "label": "Ships", "note": "At anchor.", "unit": "ships"}},
    )
    (empty,) = (await whole(newsroom, brief))["indicators"]
    assert shown(empty) == {
        "id": f"{brief}.indicator.ships",
        "key": "ships",
        "label": "Ships",
        "note": "At anchor.",
        "unit": "ships",
        "display": None,
        "value": None,
        "qualifier": None,
        "asOf": None,
        "citations": [],
        "observations": [],
    }
    observed = {"indicator": "ships", "citations": CITED}
    await newsroom.done(
        brief,
        {
            "recordObservation": observed
            | {"key": "new", "value": "2500", "qualifier": "AT_LEAST", "asOf": "2026-01-18"}
        },
        {"recordObservation": {"key": "old", "indicator": "ships", "value": "12", "asOf": "2025"}},
    )
    (found,) = (await whole(newsroom, brief))["indicators"]
    assert (found["display"], found["value"], found["qualifier"]) == ("2,500+", "2500", "AT_LEAST")
    assert found["asOf"] == DAY
    assert found["citations"] == cited(brief)
    new, old = found["observations"]
    assert new["id"] == f"{brief}.observation.ships.new"
    assert new["indicator"] == {"id": f"{brief}.indicator.ships"}
    assert (old["display"], old["qualifier"], old["retraction"]) == ("12", "EXACT", None)
    retract = {"key": "new", "indicator": "ships", "reason": "Counted twice."}
    await newsroom.done(brief, {"retractObservation": retract})
    page = await whole(newsroom, brief)
    (found,) = page["indicators"]
    assert (found["display"], found["citations"]) == ("12", [])
    assert found["observations"][0]["retraction"]["reason"] == "Counted twice."
    assert page["sources"][0]["citedBy"] == [
        {"__typename": "Observation", "id": f"{brief}.observation.ships.new"}
    ]


async def test_people_and_organizations(newsroom: Newsroom) -> None:
    """Involvements by the kind of their entity, which is known to the whole site."""
    brief = await newsroom.draft()
    register = """mutation($i: RegisterEntityInput!) {
        registerEntity(input: $i) { entity { id } userErrors { message } } }"""
    ids = {}
    for kind, name in (("PERSON", "Ana Reis"), ("ORGANIZATION", "Port Office")):
        answer = await newsroom.ask(
            register, EDITOR, i={"kind": kind, "name": name, "description": "D.", "type": "T"}
        )
        ids[kind] = answer["registerEntity"]["entity"]["id"]
    mayor = {
        "key": "mayor",
        "entity": ids["PERSON"],
        "role": "Mayor",
        "status": "In office",
        "statusAsOf": "2024?",
        "citations": CITED,
    }
    await newsroom.done(
        brief,
        *SOURCES,
        {"involveEntity": {"key": "office", "entity": ids["ORGANIZATION"]}},
        {"involveEntity": mayor},
    )
    page = await whole(newsroom, brief)
    (person,) = page["people"]
    assert shown(person, "entity") == {
        "id": f"{brief}.involvement.mayor",
        "key": "mayor",
        "kind": "PERSON",
        "role": "Mayor",
        "status": "In office",
        "statusAsOf": date("2024?", "2024-01-01", "2024-12-31", "2024 (uncertain)"),
        "citations": cited(brief),
    }
    (office,) = page["organizations"]
    assert (office["role"], office["status"], office["statusAsOf"]) == (None, None, None)
    assert office["entity"] == {
        "id": ids["ORGANIZATION"],
        "kind": "ORGANIZATION",
        "name": "Port Office",
        "type": "T",
        "description": "D.",
        "image": None,
        "initials": "PO",
        "version": 1,
        "position": 3,
        "updatedAt": "2026-02-01T09:03:00Z",
    }


def happened(key: str, day: str, **more: Any) -> dict[str, Any]:
    """An edit that adds a development."""
    given = {"key": key, "date": day, "headline": f"H {key}", "category": "Policy", "body": "B."}
    return {"addDevelopment": given | more}


async def test_developments(newsroom: Newsroom) -> None:
    """Newest first; pinned, superseded and retracted ones are marked and stay."""
    brief = await newsroom.draft()
    await newsroom.done(
        brief,
        *SOURCES,
        happened("plan", "2025-10", citations=CITED),
        happened("end", "2026-01-18", supersedes=["plan"], breaking=True),
        happened("rumour", "2026-02", category="Rumour"),
        {"pinDevelopment": {"key": "plan"}},
    )
    page = await whole(newsroom, brief)
    assert page["latestDevelopment"]["id"] == f"{brief}.development.rumour"
    await newsroom.done(brief, {"retractDevelopment": {"key": "rumour", "reason": "Denied."}})
    page = await whole(newsroom, brief)
    assert page["latestDevelopment"] == {
        "id": f"{brief}.development.end",
        "headline": "H end",
        "date": DAY,
    }
    rumour, end, plan = (edge["node"] for edge in page["timeline"]["edges"])
    assert shown(end) == {
        "id": f"{brief}.development.end",
        "key": "end",
        "headline": "H end",
        "category": "Policy",
        "body": "B.",
        "breaking": True,
        "pinned": False,
        "date": DAY,
        "citations": [],
        "supersedes": [{"id": plan["id"]}],
        "supersededBy": [],
        "retraction": None,
    }
    assert plan["supersededBy"] == [{"id": end["id"]}]
    assert plan["pinned"] is True
    assert plan["citations"] == cited(brief)
    assert rumour["retraction"]["reason"] == "Denied."
    await newsroom.done(brief, {"unpinDevelopment": {"key": "plan"}})
    edges = (await whole(newsroom, brief))["timeline"]["edges"]
    assert [edge["node"]["pinned"] for edge in edges] == [False, False, False]


async def test_scenarios(newsroom: Newsroom) -> None:
    """Ranked by place; forecasts over time; how it ended."""
    brief = await newsroom.draft()
    deal = {
        "key": "deal",
        "title": "A deal",
        "body": "Both give way.",
        "discussedBy": ["The union"],
        "resolutionCriteria": "A paper.",
    }
    forecast = {"scenario": "deal", "forecaster": "A bank", "madeOn": "2026-01"}
    await newsroom.done(
        brief,
        *SOURCES,
        {"addScenario": {"key": "war", "title": "War", "body": "None."}},
        {"addScenario": deal | {"before": "war"}},
        {
            "makeForecast": forecast
            | {
                "key": "f",
                "probability": {"low": "0.2", "high": "0.40"},
                "rationale": "Why.",
                "citations": CITED,
            }
        },
        {"makeForecast": forecast | {"key": "g", "probability": {"low": "0.35"}}},
    )
    first, second = (await whole(newsroom, brief))["scenarios"]
    assert [(found["key"], found["rank"]) for found in (first, second)] == [("deal", 1), ("war", 2)]
    assert shown(first, "forecasts") == {
        "id": f"{brief}.scenario.deal",
        "key": "deal",
        "rank": 1,
        "title": "A deal",
        "discussedBy": ["The union"],
        "body": "Both give way.",
        "resolutionCriteria": "A paper.",
        "citations": [],
        "resolution": None,
    }
    ranged, single = first["forecasts"]
    assert single["probability"] == {"low": "0.35", "high": "0.35", "display": "35%"}
    assert [shown(ranged)] == [
        {
            "id": f"{brief}.forecast.deal.f",
            "key": "f",
            "probability": {"low": "0.2", "high": "0.40", "display": "20–40%"},
            "forecaster": "A bank",
            "rationale": "Why.",
            "madeOn": date("2026-01", "2026-01-01", "2026-01-31", "January 2026"),
            "citations": cited(brief),
            "withdrawn": None,
            "scenario": {"id": f"{brief}.scenario.deal"},
        }
    ]
    resolution = {"outcome": "HAPPENED", "resolvedOn": "2026-01-18", "explanation": "Signed."}
    await newsroom.done(
        brief,
        {"moveScenario": {"key": "deal"}},
        {"withdrawForecast": {"key": "f", "scenario": "deal", "reason": "Outdated."}},
        {"resolveScenario": {"key": "deal"} | resolution},
    )
    first, second = (await whole(newsroom, brief))["scenarios"]
    assert (second["key"], second["rank"]) == ("deal", 2)
    assert second["forecasts"][0]["withdrawn"]["reason"] == "Outdated."
    assert shown(second["resolution"], "at") == resolution | {"resolvedOn": DAY}
    await newsroom.done(brief, {"reopenScenario": {"key": "deal", "reason": "Broken."}})
    assert (await whole(newsroom, brief))["scenarios"][1]["resolution"] is None


async def test_precedents_and_corrections(newsroom: Newsroom) -> None:
    """A precedent may lead to a brief of its own; a correction says what it corrects."""
    other = await newsroom.published(slug="old-strike", headline="The old strike")
    brief = await newsroom.draft()
    precedent = {
        "key": "old",
        "title": "Old strike",
        "period": "1984/1985",
        "whatHappened": "It was long.",
        "outcomeShortTerm": "Short.",
        "outcomeLongTerm": "Long.",
        "relevance": "The same port.",
        "brief": other,
        "citations": CITED,
    }
    correction = {"key": "c", "text": "Eight cranes.", "citations": CITED}
    await newsroom.done(
        brief,
        *SOURCES,
        {"addParagraph": {"key": "gone", "text": "Nine cranes."}},
        {"addPrecedent": precedent},
        {"publishCorrection": correction},
        {
            "publishCorrection": {
                "key": "d",
                "text": "T.",
                "corrects": [
                    {"section": "OVERVIEW", "key": "gone", "field": "text"},
                    {"section": "HEAD", "field": "headline"},
                ],
            }
        },
        {"publishCorrection": {"key": "e", "text": "T.", "corrects": {"section": "HEAD"}}},
    )
    page = await whole(newsroom, brief)
    (found,) = page["precedents"]
    assert found["brief"] == {"id": other, "slug": "old-strike", "headline": "The old strike"}
    assert shown(found, "brief") == {
        **{name: value for name, value in precedent.items() if name not in ("brief", "citations")},
        "id": f"{brief}.precedent.old",
        "period": date("1984/1985", "1984-01-01", "1985-12-31", "1984 – 1985"),
        "citations": cited(brief),
    }
    plain, pointed, single = page["corrections"]
    assert shown(plain) == {
        "id": f"{brief}.correction.c",
        "key": "c",
        "text": "Eight cranes.",
        "citations": cited(brief),
        "corrects": [],
    }
    target = {"__typename": "Paragraph", "id": f"{brief}.paragraph.gone"}
    reference = {"section": "OVERVIEW", "key": "gone", "field": "text"}
    head = {"section": "HEAD", "key": None, "field": None, "target": None}
    assert pointed["corrects"] == [reference | {"target": target}, head | {"field": "headline"}]
    assert single["corrects"] == [head], "GraphQL takes one entry for a list of one"
    await newsroom.done(brief, {"removeParagraph": {"key": "gone"}})
    pointed = (await whole(newsroom, brief))["corrections"][1]
    assert pointed["corrects"][0] == reference | {"target": None}


TIMELINE = """
query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $category: String) {
  brief(by: {id: $id}) {
    timeline(first: $first, after: $after, last: $last, before: $before, category: $category) {
      totalCount edges { cursor node { key } } pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""


async def test_timeline_pages(newsroom: Newsroom) -> None:
    """Forward and backward, by category; a cursor holds while the timeline grows."""
    brief = await newsroom.draft()
    days = [happened(f"d{day}", f"2026-01-{day:02}") for day in range(1, 8)]
    for edit in days[::2]:
        edit["addDevelopment"]["category"] = "Odd"
    await newsroom.done(brief, *days)

    async def page(**asked: Any) -> tuple[list[str], Any]:
        answer = await newsroom.ask(TIMELINE, EDITOR, id=brief, **asked)
        found = answer["brief"]["timeline"]
        return [edge["node"]["key"] for edge in found["edges"]], found

    keys, first = await page(first=3)
    assert keys == ["d7", "d6", "d5"]
    assert (first["pageInfo"]["hasNextPage"], first["totalCount"]) == (True, 7)
    await newsroom.done(brief, happened("late", "2026-01-31"), happened("same", "2026-01-04"))
    keys, rest = await page(first=3, after=first["pageInfo"]["endCursor"])
    assert keys == ["same", "d4", "d3"]
    assert rest["pageInfo"]["hasPreviousPage"] is True
    # Of one date, the one recorded later comes first; a cursor stands between them.
    keys, _ = await page(first=1, after=rest["edges"][0]["cursor"])
    assert keys == ["d4"]
    keys, _ = await page(last=1, before=rest["edges"][1]["cursor"])
    assert keys == ["same"]
    keys, _ = await page(last=2, before=first["pageInfo"]["endCursor"])
    assert keys == ["d7", "d6"]
    keys, odd_ones = await page(category="Odd", last=2)
    assert (keys, odd_ones["totalCount"]) == (["d3", "d1"], 4)
    assert (await page(category="none"))[1]["totalCount"] == 0
    await newsroom.done(brief, {"reviseDevelopment": {"key": "d5", "date": "2020"}})
    keys, _ = await page(first=1, after=first["pageInfo"]["endCursor"])
    assert keys == ["same"]


@pytest.mark.parametrize(
    "asked", [{"first": 1, "last": 1}, {"first": 101}, {"last": -1}, {"after": "x"}]
)
async def test_bad_timeline_pages(newsroom: Newsroom, asked: dict[str, Any]) -> None:
    """Refused with a code."""
    brief = await newsroom.draft()
    assert await newsroom.code(TIMELINE, EDITOR, id=brief, **asked) == "BAD_PAGE"
