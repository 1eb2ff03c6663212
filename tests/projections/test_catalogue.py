"""The catalogue's other questions, and that none is asked of the database twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.kept_reads import KeptReads
from graphql_brief.projections.lists import BriefFilter
from tests.projections.newsroom import TIMEOUT_S, Newsroom, newsroom

PUBLIC, NEWSROOM = Audience.PUBLIC, Audience.NEWSROOM


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom without briefs."""
    async with newsroom(tmp_path / "brief.db") as made:
        yield made


# Slugs


async def test_a_slug_leads_to_its_brief_for_ever(room: Newsroom) -> None:
    """Also a former one; one that nobody had leads nowhere."""
    await room.write.draft("brief-a", slug="first")
    await room.write.record("brief-a", ev.SlugChanged(slug="second"))
    await room.write.record("brief-a", ev.SlugChanged(slug="third"))
    await room.write.record("brief-a", ev.SlugChanged(slug="first"))
    await room.caught_up()
    fresh = Catalogue(room.store, room.tail, room.projector)
    for catalogue in (room.catalogue, fresh):
        for slug in ("first", "second", "third"):
            assert await catalogue.brief_by_slug(slug) == "brief-a"
        assert await catalogue.brief_by_slug("fourth") is None


async def test_a_slug_is_found_as_soon_as_append_returns(tmp_path: Path) -> None:
    """Also while the read models have not come so far, or have halted."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.draft("brief-a", slug="first")
        await room.write.record("brief-a", ev.SlugChanged(slug="second"))
        assert await room.catalogue.brief_by_slug("first") == "brief-a"
        assert await room.catalogue.brief_by_slug("second") == "brief-a"


async def test_a_slug_that_led_nowhere_is_asked_for_again(room: Newsroom) -> None:
    """That there is none is not kept: it may be given to a brief at any moment."""
    assert await room.catalogue.brief_by_slug("first") is None
    await room.write.draft("brief-a", slug="first")
    assert await room.catalogue.brief_by_slug("first") == "brief-a"


async def test_what_can_be_no_slug_costs_no_read(room: Newsroom) -> None:
    """Nor does it reach the database."""
    reads = room.database.reads + room.store.reads
    for slug in ("", "No Slug", "é", "\ud800", "a" * 65):
        assert await room.catalogue.brief_by_slug(slug) is None
    assert room.database.reads + room.store.reads == reads


# Reads


async def test_a_warm_page_reads_nothing(room: Newsroom) -> None:
    """By slug or id, with its history, relations, and the lists and searches that lead to it."""
    await room.write.publish("brief-a", slug="first")
    await room.caught_up()
    catalogue = Catalogue(room.store, room.tail, room.projector)

    async def page() -> None:
        brief = await catalogue.brief_by_slug("first")
        assert brief == "brief-a"
        assert await room.states.get(brief) is room.states.peek(brief)
        assert (await catalogue.revisions(brief, first=10)).rows
        assert await catalogue.revisions_ending_at(frozenset({(brief, 1)}))
        assert (await catalogue.briefs(audience=PUBLIC, first=10)).rows
        assert (await catalogue.search("port", audience=PUBLIC, first=10)).rows
        await catalogue.related(brief, audience=PUBLIC)
        await catalogue.latest_edition()
        await catalogue.editions(first=10)
        await catalogue.pages()

    cold = room.database.reads + room.store.reads
    await page()
    warm = room.database.reads + room.store.reads
    assert warm > cold
    await page()
    assert room.database.reads + room.store.reads == warm


async def test_an_answer_is_never_older_than_the_projector(room: Newsroom) -> None:
    """Whatever is recorded, a list that is asked for once it is projected has it."""
    for place in range(5):
        await room.write.publish(f"brief-{place}")
        await room.caught_up()
        page = await room.catalogue.briefs(audience=PUBLIC, first=100)
        assert len(page.rows) == place + 1
        assert page.position == room.projector.position


async def test_answers_are_for_one_audience_and_one_question(room: Newsroom) -> None:
    """No answer is given to another question."""
    await room.write.draft("brief-a")
    await room.caught_up()
    for _ in range(2):
        assert (await room.catalogue.briefs(audience=PUBLIC, first=1)).rows == ()
        assert len((await room.catalogue.briefs(audience=NEWSROOM, first=1)).rows) == 1
        assert (await room.catalogue.search("port", audience=PUBLIC, first=1)).rows == ()
        assert len((await room.catalogue.search("port", audience=NEWSROOM, first=1)).rows) == 1
        assert (await room.catalogue.briefs(audience=NEWSROOM, first=0)).rows == ()


class Asked:
    """A question that counts how often it was asked, and answers when told."""

    def __init__(self) -> None:
        self.times = 0
        self.answer = asyncio.Event()

    async def __call__(self, position: int) -> str:
        self.times += 1
        await self.answer.wait()
        return f"as of {position}"


async def test_equal_questions_at_once_are_asked_once() -> None:
    """They share the read; other questions do not."""
    asked = Asked()
    answers = KeptReads(lambda: 7)
    waiting = [asyncio.create_task(answers.get("one", asked)) for _ in range(20)]
    other = asyncio.create_task(answers.get("other", asked))
    asked.answer.set()
    assert {"as of 7"} == set(await asyncio.gather(*waiting))
    assert await other == "as of 7"
    assert asked.times == 2


async def test_a_late_answer_does_not_outlive_a_step() -> None:
    """What was asked before a step and answered after it is not given to who asks then."""
    position = 7
    asked = Asked()
    answers = KeptReads(lambda: position)
    early = asyncio.create_task(answers.get("one", asked))
    await asyncio.sleep(0)
    position = 8
    late = asyncio.create_task(answers.get("one", asked))
    await asyncio.sleep(0)
    asked.answer.set()
    assert await asyncio.wait_for(early, TIMEOUT_S) == "as of 7"
    assert await asyncio.wait_for(late, TIMEOUT_S) == "as of 8"
    assert await answers.get("one", asked) == "as of 8"


async def test_only_so_many_answers_are_kept() -> None:
    """The one that was used least recently goes."""
    asked = Asked()
    asked.answer.set()
    answers = KeptReads(lambda: 7, capacity=2)
    for question in ("a", "b", "a", "c", "a"):
        await answers.get(question, asked)
    assert asked.times == 3
    await answers.get("b", asked)
    assert asked.times == 4


# Editions, pages, entities, relations


async def test_editions_are_found_by_date(room: Newsroom) -> None:
    """The latest is that of the latest date, not the one that came out last."""
    assert await room.catalogue.latest_edition() is None
    for date in ("2026-01-18", "2026-01-20", "2026-01-19"):
        await room.write.record(
            f"edition-{date}", ev.EditionPublished(date=date, title="A day", entries=())
        )
    await room.write.record("edition-2026-01-18", ev.EditionRevised(title="Late", entries=()))
    await room.caught_up()
    assert await room.catalogue.latest_edition() == "edition-2026-01-20"
    assert await room.catalogue.editions(first=2) == ("2026-01-20", "2026-01-19")
    assert await room.catalogue.editions(first=2, before="2026-01-19") == ("2026-01-18",)


async def test_pages_are_listed(room: Newsroom) -> None:
    """By their slugs."""
    for slug in ("why", "about"):
        await room.write.record(f"page-{slug}", ev.PageRevised(slug=slug, title="T", body="B"))
    await room.caught_up()
    assert await room.catalogue.pages() == ("page-about", "page-why")


async def test_the_briefs_of_an_entity(room: Newsroom) -> None:
    """Those that the audience may see, last updated first, in pages."""
    await room.write.register("entity-ana", "Ana")
    for brief in ("brief-a", "brief-b", "brief-c"):
        await room.write.publish(brief)
        await room.write.involve(brief, "entity-ana")
    await room.write.record("brief-b", ev.BriefWithheld(reason="A court asked."))
    await room.caught_up()
    ask = partial(room.catalogue.briefs, BriefFilter(entity="entity-ana"))
    page = await ask(audience=PUBLIC, first=1)
    assert [row.brief for row in page.rows] == ["brief-c"]
    rest = await ask(audience=PUBLIC, first=9, after=page.rows[0].cursor)
    assert [row.brief for row in rest.rows] == ["brief-a"]
    inside = await ask(audience=NEWSROOM, last=1)
    assert [row.brief for row in inside.rows] == ["brief-a"]


async def test_related_briefs_have_most_in_common_first(room: Newsroom) -> None:
    """Entities and subjects count alike; ties go to the one updated last; drafts are unseen."""
    await room.write.register("entity-ana", "Ana")
    await room.write.publish("brief-me", subjects=("Iraq", "Troops"))
    await room.write.publish("brief-one", subjects=("Troops",))
    await room.write.publish("brief-two", subjects=("iraq", "Peace"))
    await room.write.publish("brief-most", subjects=("Troops",))
    await room.write.publish("brief-none", subjects=("Peace",))
    await room.write.draft("brief-draft", subjects=("Iraq",))
    for brief in ("brief-me", "brief-most", "brief-draft"):
        await room.write.involve(brief, "entity-ana")
    await room.caught_up()
    ask: Callable[..., Awaitable[Any]] = room.catalogue.related
    public = ("brief-most", "brief-two", "brief-one")
    assert await ask("brief-me", audience=PUBLIC) == public
    assert await ask("brief-me", audience=PUBLIC, first=1) == public[:1]
    assert await ask("brief-me", audience=NEWSROOM, first=2) == ("brief-draft", "brief-most")
    assert await ask("brief-never", audience=NEWSROOM) == ()
