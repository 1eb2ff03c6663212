"""Search: any text is one, it finds what the asker may see, and it follows every change."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphql_brief.domain import events as ev
from graphql_brief.domain.items import EditionEntry
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.projections import search as module
from graphql_brief.projections.search import MARK_END, MARK_START, match_expression
from tests.domain.samples import STORY
from tests.projections.newsroom import Newsroom, newsroom

PUBLIC, NEWSROOM = Audience.PUBLIC, Audience.NEWSROOM


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom without briefs."""
    async with newsroom(tmp_path / "brief.db") as made:
        yield made


async def found(room: Newsroom, text: str, audience: Audience = PUBLIC) -> list[str]:
    """The briefs that a text finds, best first, once the read models hold the whole log."""
    await room.caught_up()
    page = await room.catalogue.search(text, audience=audience, first=100)
    return [hit.brief for hit in page.rows]


async def test_every_prose_of_a_brief_is_searched(room: Newsroom) -> None:
    """A word of each section finds it; what was removed does not."""
    await room.write.register("entity-ana", "Ana Ruiz")
    closed = STORY[:-3]
    await room.write.record("brief-port", *closed)
    for text in (
        "Port strike",  # headline
        "cranes stand still",  # standfirst
        "labour",  # subjects
        "Two",  # overview
        "ships waiting",  # indicators
        "Mayor",  # involvements: role
        "In office",  # involvements: status
        "Ruiz",  # involvements: name
        "They met",  # developments
        "Both give way",  # scenarios
        "signed paper",  # resolution criteria
        "The old strike",  # precedents
        "January 3",  # corrections
    ):
        assert await found(room, text) == ["brief-port"], text
    for text in ("Zero", "The port closes", "older", "notice"):
        assert await found(room, text) == [], text


async def test_case_and_accents_do_not_matter(room: Newsroom) -> None:
    """Neither in the brief nor in the text; all words must be there."""
    await room.write.publish("brief-a", headline="Élysée: Überraschung in Łódź")
    for text in ("elysee", "ÉLYSÉE", "uberraschung elysee", "in über"):
        assert await found(room, text) == ["brief-a"], text
    assert await found(room, "elysee nowhere") == []


async def test_the_last_word_may_be_unfinished(room: Newsroom) -> None:
    """It is typed still, unless a blank or a quote follows; phrases keep their order."""
    await room.write.publish("brief-a", headline="Troops leave the base")
    for text in ("troo", "leave tro", '"leave the" ba', '"troops leave"', "troops "):
        assert await found(room, text) == ["brief-a"], text
    for text in ("troo ", "tro leave", '"leave troops"', '"troo"'):
        assert await found(room, text) == [], text


async def test_a_headline_counts_for_more(room: Newsroom) -> None:
    """Than the line under it, and that for more than prose; the rest goes by rarity."""
    await room.write.publish("brief-a")
    await room.write.record("brief-a", ev.ParagraphAdded(key="p", text="The harbour is closed."))
    await room.write.publish("brief-b", standfirst="The harbour is closed.")
    await room.write.publish("brief-c", headline="The harbour is closed.")
    assert await found(room, "harbour") == ["brief-c", "brief-b", "brief-a"]


async def test_readers_find_what_is_public(room: Newsroom) -> None:
    """From the first publication, unless it is withheld; the newsroom finds all."""
    await room.write.draft("brief-a", headline="Harbour")
    assert await found(room, "harbour") == []
    assert await found(room, "harbour", NEWSROOM) == ["brief-a"]
    for event, public in (
        (ev.BriefPublished(), ["brief-a"]),
        (ev.BriefWithheld(reason="A court asked."), []),
        (ev.BriefReopened(), ["brief-a"]),
        (ev.BriefClosed(), ["brief-a"]),
    ):
        await room.write.record("brief-a", event)
        assert public == await found(room, "harbour")
        assert await found(room, "harbour", NEWSROOM) == ["brief-a"]


async def test_ranks_say_nothing_of_drafts(room: Newsroom) -> None:
    """How rare a word is in drafts shows in no rank, and so in no cursor, that a reader sees."""
    await room.write.publish("brief-a", headline="Minister")
    await room.write.publish("brief-b")
    await room.caught_up()
    before = await room.catalogue.search("minister", audience=PUBLIC, first=1)
    for brief in ("brief-c", "brief-d"):
        await room.write.draft(brief, headline="Minister")
    await room.caught_up()
    after = await room.catalogue.search("minister", audience=PUBLIC, first=1)
    assert before.rows == after.rows
    inside = await room.catalogue.search("minister", audience=NEWSROOM, first=1)
    assert inside.rows[0].cursor != after.rows[0].cursor


async def test_a_renamed_entity_is_found_by_its_new_name(room: Newsroom) -> None:
    """In each brief that it has a part in, published or not, and by the old name no more."""
    await room.write.register("entity-ana", "Ana Ruiz")
    await room.write.publish("brief-a")
    await room.write.draft("brief-b")
    await room.write.publish("brief-c")
    for brief in ("brief-a", "brief-b"):
        await room.write.involve(brief, "entity-ana")
    assert sorted(await found(room, "ruiz", NEWSROOM)) == ["brief-a", "brief-b"]
    await room.write.record("entity-ana", ev.EntityRevised(name="Ana Gil"))
    assert await found(room, "gil") == ["brief-a"]
    assert sorted(await found(room, "gil", NEWSROOM)) == ["brief-a", "brief-b"]
    assert await found(room, "ruiz", NEWSROOM) == []


async def test_an_entity_in_very_many_briefs_is_renamed_in_all(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are done in portions."""
    monkeypatch.setattr(module, "_RENAMED_AT_ONCE", 2)
    await room.write.register("entity-ana", "Ana Ruiz")
    for brief in "abcde":
        await room.write.publish(f"brief-{brief}")
        await room.write.involve(f"brief-{brief}", "entity-ana")
    await room.caught_up()
    await room.write.record("entity-ana", ev.EntityRevised(name="Ana Gil"))
    assert len(await found(room, "gil")) == 5


async def test_what_is_no_brief_is_not_found(room: Newsroom) -> None:
    """Editions and pages are read by their address."""
    entry = EditionEntry(brief="brief-a", summary="Harbour.")
    await room.write.record(
        "edition-2026-01-18",
        ev.EditionPublished(date="2026-01-18", title="Harbour", entries=(entry,)),
    )
    await room.write.record("page-why", ev.PageRevised(slug="why", title="Harbour", body="Harbour"))
    assert await found(room, "harbour", NEWSROOM) == []


async def test_a_snippet_marks_what_was_found(room: Newsroom) -> None:
    """By characters that no indexed text has, so that whoever shows it can turn them into marks."""
    await room.write.publish("brief-a", headline="Port")
    text = f"One {MARK_START}two{MARK_END}. " + "filler " * 50 + "The harbour is closed."
    await room.write.record("brief-a", ev.ParagraphAdded(key="p", text=text))
    await room.caught_up()
    page = await room.catalogue.search("harbour", audience=PUBLIC, first=1)
    snippet = page.rows[0].snippet
    assert f"The {MARK_START}harbour{MARK_END} is closed." in snippet
    assert snippet.startswith("…")
    assert snippet.count(MARK_START) == snippet.count(MARK_END) == 1
    page = await room.catalogue.search("one two", audience=PUBLIC, first=1)
    assert f"{MARK_START}One{MARK_END} {MARK_START}two{MARK_END}." in page.rows[0].snippet


async def test_pages_follow_the_rank(room: Newsroom) -> None:
    """Each hit on one page, equal ranks included; a page may be empty and have a next."""
    for place in range(7):
        await room.write.publish(f"brief-{place}", headline="Harbour" + " x" * (place % 3))
    whole = await found(room, "harbour")
    assert len(whole) == 7
    pages: list[list[str]] = []
    cursor = None
    while True:
        page = await room.catalogue.search("harbour", audience=PUBLIC, first=3, after=cursor)
        assert page.has_previous is bool(pages)
        pages.append([hit.brief for hit in page.rows])
        cursor = page.rows[-1].cursor
        if not page.has_next:
            break
    assert [whole[:3], whole[3:6], whole[6:]] == pages
    nothing = await room.catalogue.search("harbour", audience=PUBLIC, first=0)
    assert (nothing.rows, nothing.has_next) == ((), True)


async def test_a_text_has_a_bound(room: Newsroom) -> None:
    """At most 200 characters."""
    await found(room, "a " * 100)
    with pytest.raises(ValueError, match="at most 200 characters"):
        await found(room, "a" * 201)


PIECES = (
    *("\"'*(){}:^+-\\%;?, \n\x00\ud800é" + MARK_START),
    *("NEAR", "AND", "OR", "NOT", "headline", "harbour", "--"),
)
SYNTAX = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    """A full-text index as the read models have it, with one row."""
    made = sqlite3.connect(":memory:")
    made.execute(
        "CREATE VIRTUAL TABLE t USING fts5(headline, tokenize='unicode61 remove_diacritics 2')"
    )
    made.execute("INSERT INTO t VALUES ('harbour é headline near and or not')")
    return made


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200) | SYNTAX)
@example('harbour"')
@example('"')
@example("\x00")
@example("***")
@example("harbour*")
@example("NEAR(harbour é, 1)")
def test_any_text_is_a_search(index: sqlite3.Connection, text: str) -> None:
    """Nothing that is typed is syntax, so nothing is an error."""
    expression = match_expression(text)
    if expression is not None:
        index.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()


async def test_words_of_the_query_language_are_words(room: Newsroom) -> None:
    """They find themselves, beside other words and among punctuation."""
    await room.write.publish("brief-a", headline="Not near, and or: headline (harbour)")
    for text in (
        "NOT near",
        "harbour NOT headline",
        "harbour OR nothing",
        "headline:harbour",
        "NEAR(and)",
        "harbour*",
        "^harbour -headline",
        'harbour "',
        "!!! harbour ???",
        "\x00harbour\ud800",
    ):
        expected = [] if "nothing" in text else ["brief-a"]
        assert expected == await found(room, text), text
    for text in ("", " ", "!!!", '""', "\x00", "\ud800", MARK_START):
        assert await found(room, text) == [], text


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=200) | SYNTAX)
async def test_any_text_has_an_answer(room: Newsroom, text: str) -> None:
    """Through the whole of search, with the statement that the server uses."""
    if not room.write.versions:
        await room.write.publish("brief-a", headline="Harbour é")
    await found(room, text[:200])


async def test_the_indexes_are_sound(room: Newsroom) -> None:
    """After rows came, changed and went, each index agrees with its rows."""
    await room.write.register("entity-ana", "Ana")
    await room.write.record("brief-port", *STORY)
    await room.write.record("entity-ana", ev.EntityRevised(name="Ana Gil"))
    await room.caught_up()

    def check(connection: sa.Connection) -> None:
        for search in ("rm_search", "rm_search_public"):
            connection.execute(
                sa.text(f"INSERT INTO {search} ({search}, rank) VALUES ('integrity-check', 1)")
            )

    await room.store.file.write(check)
