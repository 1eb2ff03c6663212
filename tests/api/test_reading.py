"""Who gets to see what of a brief, and as of when."""

from datetime import timedelta
from typing import Any

import pytest

from graphql_brief.api.reading import live_cursor
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.domain.states import Brief
from tests.api.conftest import AUDITOR, CONTRIBUTOR, EDITOR, READER, START, Newsroom

BRIEF = """
query($by: BriefBy!, $at: AsOf) {
  brief(by: $by, at: $at) { id slug headline status version position statusReason liveCursor }
}
"""
NAMED_READER = Viewer(actor="reader-1", roles=frozenset({Role.READER}))
FOLLOW = """
subscription($id: ID!, $c: LiveCursor) {
  briefUpdates(by: {id: $id}, after: $c) { ... on BriefUpdate { version } }
}
"""


async def seen(newsroom: Newsroom, viewer: Viewer = READER, at: Any = None, **by: Any) -> Any:
    """The brief as this viewer sees it."""
    return (await newsroom.ask(BRIEF, viewer, by=by, at=at))["brief"]


@pytest.mark.parametrize("viewer", [READER, NAMED_READER])
async def test_readers_see_what_is_public(newsroom: Newsroom, viewer: Viewer) -> None:
    """From the first publication on, not while it is withheld, and also after it is closed."""
    brief = await newsroom.draft(slug="port")
    await newsroom.done(brief, {"addParagraph": {"text": "It began."}})
    for by in ({"id": brief}, {"slug": "port"}):
        assert await seen(newsroom, viewer, **by) is None
        assert (await seen(newsroom, CONTRIBUTOR, **by))["status"] == "DRAFT"
        assert (await seen(newsroom, AUDITOR, **by))["status"] == "DRAFT"
    await newsroom.step("publish", brief)
    assert (await seen(newsroom, viewer, slug="port"))["status"] == "PUBLISHED"
    await newsroom.step("withhold", brief, reason="A lawyer called.")
    assert await seen(newsroom, viewer, id=brief) is None
    withheld = await seen(newsroom, EDITOR, id=brief)
    assert (withheld["status"], withheld["statusReason"]) == ("WITHHELD", "A lawyer called.")
    await newsroom.step("reopen", brief)
    await newsroom.step("close", brief, reason="It ended.")
    closed = await seen(newsroom, viewer, id=brief)
    assert (closed["status"], closed["statusReason"]) == ("CLOSED", None)


async def test_old_slugs_lead_to_the_brief(newsroom: Newsroom) -> None:
    """The answer's slug is the one of today."""
    brief = await newsroom.published(slug="one")
    await newsroom.done(brief, {"changeSlug": {"slug": "two"}}, {"changeSlug": {"slug": "three"}})
    for slug in ("one", "two", "three"):
        found = await seen(newsroom, slug=slug)
        assert (found["id"], found["slug"]) == (brief, "three")
    assert await seen(newsroom, slug="four") is None


@pytest.mark.parametrize(
    "by", [{"id": "brief-none"}, {"id": "entity-x"}, {"id": ""}, {"id": "é\x00"}, {"slug": ""}]
)
async def test_unknown_briefs_are_null(newsroom: Newsroom, by: dict[str, str]) -> None:
    """What there is not is null, whatever was asked for."""
    assert await seen(newsroom, EDITOR, **by) is None


@pytest.mark.parametrize("by", [{}, {"id": "brief-a", "slug": "a"}, {"id": None}])
async def test_exactly_one_name_is_given(newsroom: Newsroom, by: dict[str, Any]) -> None:
    """Neither none nor two: the client is told."""
    assert await newsroom.code(BRIEF, by=by) == "BAD_USER_INPUT"


async def test_as_of_version_position_and_time(newsroom: Newsroom) -> None:
    """Each gives the brief as it stood, by its own measure."""
    brief = await newsroom.published(headline="v1")  # versions 1 to 3, at minutes 1 to 3
    await newsroom.draft()  # position 4
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v4"}})  # position 5, minute 5
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v5"}})  # position 6, minute 6

    async def headline(**at: Any) -> Any:
        found = await seen(newsroom, EDITOR, id=brief, at=at)
        return found and (found["headline"], found["version"], found["position"])

    assert await headline(version=4) == ("v4", 4, 5)
    assert await headline(version=5) == ("v5", 5, 6)
    assert await headline(version=6) is None
    assert await headline(version=0) is None
    assert await headline(version=-1) is None
    assert await headline(position=4) == ("v1", 3, 3)
    assert await headline(position=5) == ("v4", 4, 5)
    assert await headline(position=6) == ("v5", 5, 6)
    assert await headline(position=7) is None
    assert await headline(position=0) is None
    minute_5 = START + timedelta(minutes=5)
    assert await headline(time=minute_5.isoformat()) == ("v4", 4, 5)
    just_before = minute_5 - timedelta(microseconds=1)
    assert await headline(time=just_before.isoformat()) == ("v1", 3, 3)
    assert await headline(time="2026-02-01T11:05:00+02:00") == ("v4", 4, 5)
    assert await headline(time="2020-01-01T00:00:00Z") is None
    assert await headline(time="2030-01-01T00:00:00Z") == ("v5", 5, 6)


async def test_the_past_obeys_the_audience_of_today(newsroom: Newsroom) -> None:
    """Readers see no version before the first publication, and nothing of a withheld brief."""
    brief = await newsroom.published()  # versions 1 to 3
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v4"}})
    assert await seen(newsroom, READER, id=brief, at={"version": 2}) is None
    assert await seen(newsroom, READER, id=brief, at={"position": 2}) is None
    assert (await seen(newsroom, EDITOR, id=brief, at={"version": 2}))["status"] == "DRAFT"
    assert (await seen(newsroom, READER, id=brief, at={"version": 3}))["version"] == 3
    await newsroom.step("withhold", brief, reason="A lawyer called.")
    assert await seen(newsroom, READER, id=brief, at={"version": 4}) is None
    assert (await seen(newsroom, EDITOR, id=brief, at={"version": 4}))["version"] == 4


async def test_a_time_without_offset_is_refused(newsroom: Newsroom) -> None:
    """Nobody can say which instant it is."""
    at = {"time": "2026-02-01T09:05:00"}
    assert await newsroom.code(BRIEF, by={"id": "brief-a"}, at=at) == "BAD_USER_INPUT"


async def test_the_past_shows_what_was_known_then(newsroom: Newsroom) -> None:
    """Entities and linked briefs are shown as of the same position as the brief."""
    register = "mutation($i: RegisterEntityInput!) { registerEntity(input: $i) { entity { id } } }"
    given = {"kind": "PERSON", "name": "Old Name"}
    answer = await newsroom.ask(register, EDITOR, i=given)
    person = answer["registerEntity"]["entity"]["id"]
    other = await newsroom.published(headline="Old headline")
    brief = await newsroom.published()
    link = {"title": "T", "period": "1984", "whatHappened": "W.", "brief": other}
    version = await newsroom.done(
        brief, {"involveEntity": {"entity": person}}, {"addPrecedent": link}
    )
    await newsroom.ask(
        "mutation($i: ReviseEntityInput!) { reviseEntity(input: $i) { entity { id } } }",
        EDITOR,
        i={"id": person, "name": "New Name"},
    )
    await newsroom.done(other, {"reviseHeadline": {"headline": "New headline"}})
    document = """query($id: ID!, $at: AsOf) { brief(by: {id: $id}, at: $at) {
        people { entity { name } } precedents { brief { headline } } } }"""
    now = (await newsroom.ask(document, id=brief))["brief"]
    then = (await newsroom.ask(document, id=brief, at={"version": version}))["brief"]
    assert now["people"][0]["entity"]["name"] == "New Name"
    assert now["precedents"][0]["brief"]["headline"] == "New headline"
    assert then["people"][0]["entity"]["name"] == "Old Name"
    assert then["precedents"][0]["brief"]["headline"] == "Old headline"


async def test_a_linked_brief_obeys_the_audience(newsroom: Newsroom) -> None:
    """A precedent's brief is null for readers while they may not see it, then or now."""
    other = await newsroom.draft()
    brief = await newsroom.published()
    link = {"title": "T", "period": "1984", "whatHappened": "W.", "brief": other}
    version = await newsroom.done(brief, {"addPrecedent": link})
    document = """query($id: ID!, $at: AsOf) {
        brief(by: {id: $id}, at: $at) { precedents { brief { id } } } }"""

    async def linked(viewer: Viewer, at: Any = None) -> Any:
        answer = await newsroom.ask(document, viewer, id=brief, at=at)
        return answer["brief"]["precedents"][0]["brief"]

    assert await linked(READER) is None
    assert await linked(EDITOR) == {"id": other}
    await newsroom.done(other, {"addParagraph": {"text": "It began."}})
    await newsroom.step("publish", other)
    assert await linked(READER) == {"id": other}
    assert await linked(READER, {"version": version}) is None
    assert await linked(EDITOR, {"version": version}) == {"id": other}
    later = await newsroom.done(brief, {"reviseHeadline": {"headline": "x"}})
    await newsroom.done(other, {"reviseHeadline": {"headline": "x"}})
    assert await linked(READER, {"version": later}) == {"id": other}
    await newsroom.step("withhold", other, reason="R.")
    assert await linked(READER, {"version": later}) is None
    assert await linked(EDITOR, {"version": later}) == {"id": other}


async def test_a_linked_brief_is_found_from_a_cold_start(story: Newsroom) -> None:
    """Its state is read when it is not in memory yet, and the audience holds there too."""
    document = """{ brief(by: {id: "brief-iraqexit"}) { precedents { brief { id } } } }"""
    assert story.node.states.peek("brief-iraq2011") is None
    precedents = (await story.ask(document))["brief"]["precedents"]
    assert {"brief": {"id": "brief-iraq2011"}} in precedents


async def test_a_live_cursor_goes_on_from_its_answer(newsroom: Newsroom) -> None:
    """What came after the answer comes, and nothing before: now, and for an older version."""
    brief = await newsroom.published()  # versions 1 to 3
    other = await newsroom.published()
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v4"}})
    answers = {
        "now": await seen(newsroom, id=brief),
        "then": await seen(newsroom, id=brief, at={"version": 3}),
    }
    await newsroom.done(other, {"reviseHeadline": {"headline": "x"}})
    answers["later"] = await seen(newsroom, id=brief)
    answers["at"] = await seen(newsroom, id=brief, at={"position": 6})
    assert answers["at"]["liveCursor"] == str(await newsroom.node.live.cursor_at(3))
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v5"}})
    # What is written elsewhere changes nothing of the answer.
    assert answers["later"] == answers["now"]
    for name, versions in (("now", [5]), ("then", [4, 5]), ("later", [5]), ("at", [4, 5])):
        updates = await newsroom.subscribe(FOLLOW, id=brief, c=answers[name]["liveCursor"])
        for version in versions:
            assert (await updates.next())["briefUpdates"] == {"version": version}
        await updates.close()


async def test_a_live_cursor_of_an_overtaken_answer_misses_nothing(newsroom: Newsroom) -> None:
    """An edit between the reading of the brief and of its cursor still comes."""
    brief = await newsroom.published()  # versions 1 to 3
    state = await newsroom.node.states.get(brief)
    assert isinstance(state, Brief)
    view = newsroom.node.views.view(state)
    await newsroom.done(brief, {"reviseHeadline": {"headline": "v4"}})
    cursor = live_cursor(newsroom.node, view)
    updates = await newsroom.subscribe(FOLLOW, id=brief, c=str(cursor))
    assert (await updates.next())["briefUpdates"] == {"version": 4}
    await updates.close()


async def test_what_was_written_while_withheld(newsroom: Newsroom) -> None:
    """Readers do not see the versions of a time when the brief was withheld; the newsroom does."""
    brief = await newsroom.published()
    public = (await newsroom.ask(AT, brief=brief, at=None))["brief"]["version"]
    await newsroom.step("withhold", brief, reason="A lawyer called.")
    hidden = await newsroom.done(brief, {"reviseHeadline": {"headline": "A libel"}})
    shown = await newsroom.done(brief, {"reviseHeadline": {"headline": "Put right"}})
    await newsroom.step("reopen", brief, reason="It was nothing.")
    for version in (hidden - 1, hidden, shown):
        assert (await newsroom.ask(AT, brief=brief, at={"version": version}))["brief"] is None
        inside = await newsroom.ask(AT, EDITOR, brief=brief, at={"version": version})
        assert inside["brief"]["version"] == version
        node = f'{{ node(id: "{brief}.revision.{version}") {{ id }} }}'
        assert (await newsroom.ask(node))["node"] is None
    history = (
        f'{{ brief(by: {{id: "{brief}"}}) {{ history {{ edges {{ node {{ version }} }} }} }} }}'
    )

    async def versions(viewer: Viewer) -> list[int]:
        found = (await newsroom.ask(history, viewer))["brief"]["history"]["edges"]
        return [edge["node"]["version"] for edge in found]

    assert await versions(READER) == [shown + 1, public]
    assert set(await versions(EDITOR)) >= {shown + 1, shown, hidden, hidden - 1, public}


AT = "query($brief: ID!, $at: AsOf) { brief(by: {id: $brief}, at: $at) { version headline } }"
