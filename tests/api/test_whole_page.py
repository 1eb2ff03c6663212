"""The whole page of the fixtures' story in one query: every section, every citation."""

import asyncio
from typing import Any

import pytest

from tests.api.conftest import EDITOR, READER, Newsroom
from tests.api.pages import BY_SLUG

SLUG = "americas-second-exit-from-iraq"


async def page(newsroom: Newsroom) -> Any:
    """The story's page as readers get it."""
    return (await newsroom.ask(BY_SLUG, READER, slug=SLUG))["brief"]


async def test_the_story_is_whole(story: Newsroom) -> None:
    """As many of everything as the story has, and each citation leads to a source."""
    brief = await page(story)
    counts = {name: len(brief[name]) for name in ("indicators", "people", "organizations")}
    assert counts == {"indicators": 4, "people": 2, "organizations": 3}
    assert brief["timeline"]["totalCount"] == len(brief["timeline"]["edges"]) == 14
    counts = {name: len(brief[name]) for name in ("scenarios", "precedents", "sources")}
    assert counts == {"scenarios": 4, "precedents": 3, "sources": 12}
    assert len(brief["corrections"]) >= 1
    assert all(paragraph["citations"] for paragraph in brief["overview"])
    assert all(edge["node"]["citations"] for edge in brief["timeline"]["edges"])
    assert all(source["citedBy"] for source in brief["sources"])
    assert [scenario["rank"] for scenario in brief["scenarios"]] == [1, 2, 3, 4]
    assert all(precedent["brief"] for precedent in brief["precedents"])


async def test_the_timeline_is_newest_first(story: Newsroom) -> None:
    """The dates that the seed page lacks, in its order; the newest is the page's `Today`."""
    brief = await page(story)
    dates = [edge["node"]["date"]["text"] for edge in brief["timeline"]["edges"]]
    assert dates == [
        *("2026-01-18", "2025-10-20", "2025-08", "2024-12-08", "2024-09-27", "2024-01-28"),
        *("2023-10", "2020-01-08", "2020-01-03", "2017-12-09", "2014-10-17", "2014-06-19"),
        *("2014-06-10", "2011-12-18"),
    ]
    newest = brief["timeline"]["edges"][0]["node"]
    assert brief["latestDevelopment"]["id"] == newest["id"]
    assert newest["date"]["display"] == "January 18, 2026"
    superseding = [
        edge["node"] for edge in brief["timeline"]["edges"] if edge["node"]["supersedes"]
    ]
    assert superseding
    for node in superseding:
        for link in node["supersedes"]:
            (other,) = (
                edge["node"]
                for edge in brief["timeline"]["edges"]
                if edge["node"]["id"] == link["id"]
            )
            assert {"id": node["id"]} in other["supersededBy"]


async def test_a_number_that_changed_shows_its_latest_value(story: Newsroom) -> None:
    """Behind an indicator stand all its observations; it shows the one of the newest date."""
    brief = await page(story)
    changed = [found for found in brief["indicators"] if len(found["observations"]) > 1]
    assert changed
    for indicator in changed:
        dates = [found["asOf"]["earliest"] for found in indicator["observations"]]
        assert indicator["asOf"]["earliest"] == max(dates)
        assert indicator["citations"]


async def test_a_warm_page_reads_no_database(story: Newsroom) -> None:
    """Asked again, the whole page comes from memory, whoever asks."""
    first = await page(story)
    reads = story.database.reads + story.store.reads
    assert await page(story) == first
    assert (await story.ask(BY_SLUG, EDITOR, slug=SLUG))["brief"]["id"] == first["id"]
    assert story.database.reads + story.store.reads == reads


async def test_a_warm_page_takes_no_step_of_the_event_loop(story: Newsroom) -> None:
    """It is answered without waiting for anything: nothing else runs in between."""
    await page(story)
    ran: list[str] = []
    pending = asyncio.get_running_loop().call_soon(ran.append, "something else")
    assert (await page(story))["slug"] == SLUG
    assert ran == []
    pending.cancel()


@pytest.mark.parametrize("version", [1, 40, 70, 95])
async def test_pages_of_the_past_resolve_whole(story: Newsroom, version: int) -> None:
    """At an older version too, every link of the page leads somewhere."""
    asked = {"slug": SLUG, "at": {"version": version}}
    brief = (await story.ask(BY_SLUG, EDITOR, **asked))["brief"]
    assert brief["version"] == version
    asked = {"slug": SLUG, "at": {"position": brief["position"]}}
    assert (await story.ask(BY_SLUG, EDITOR, **asked))["brief"] == brief
