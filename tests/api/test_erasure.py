"""`eraseBody`: who may, what it answers, and that nothing shows what was erased."""

import asyncio
import json
import random
from typing import Any

import pytest

from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import EntityKind, Significance
from graphql_brief.log.port import Append, Appended
from tests.api.conftest import AUDITOR, CONTRIBUTOR, EDITOR, READER, Newsroom
from tests.api.pages import BY_ID
from tests.api.test_subscriptions import BREAKING, UPDATES, cursor_of
from tests.domain.samples import STORIES

ADMIN = Viewer(actor="admin-1", roles=frozenset({Role.ADMIN}))
SECRET = "zanzibarquux"  # a word that stands nowhere else

ERASE = """
mutation($input: EraseBodyInput!) {
  eraseBody(input: $input) {
    brief { id version headline overview { key } }
    revision { version position significance changeNote changes { type } }
    userErrors { __typename code message path }
  }
}
"""
HISTORY = """
query($id: ID!) { brief(by: {id: $id}) { history(first: 50) { edges { node {
  version changeNote
  changes {
    type section action key itemId fields erased item { id }
    erasure { version basis caseReference }
  }
} } } } }
"""
EVENTS = """{ log { events(first: 1000) {
  position stream version type changeNote event header body bodySalt leafHash
} } }"""


async def erase(newsroom: Newsroom, stream: str, number: int, **more: Any) -> Any:
    """The payload of an erasure of a version."""
    viewer = more.pop("viewer", ADMIN)
    asked = {"id": stream, "version": number, "basis": "SAFETY", "caseReference": "S 1"} | more
    return (await newsroom.ask(ERASE, viewer, input=asked))["eraseBody"]


async def secret_brief(newsroom: Newsroom) -> str:
    """A published brief that says SECRET in version 4, also in its note."""
    brief = await newsroom.published(slug="port")
    await newsroom.done(
        brief,
        {"addParagraph": {"key": "p", "text": f"It was {SECRET}."}},
        {"reviseHeadline": {"headline": "After"}},
        changeNote=f"Because of {SECRET}",
    )
    return brief


async def everything(newsroom: Newsroom, brief: str, viewer: Viewer) -> str:
    """All that the API shows somebody of a brief, as one text."""
    shown = [
        await newsroom.ask(BY_ID, viewer, id=brief, at=at)
        for at in (None, *({"version": version} for version in range(1, 8)))
    ]
    shown.append(await newsroom.ask(HISTORY, viewer, id=brief))
    search = "query($t: String!) { search(text: $t) { edges { snippet } } }"
    shown += [await newsroom.ask(search, viewer, t=text) for text in (SECRET, "after")]
    if viewer is AUDITOR:
        shown.append(await newsroom.ask(EVENTS, viewer))
    return json.dumps(shown)


async def test_what_it_answers(newsroom: Newsroom) -> None:
    """The brief without it, and the revision that says so, which is no note's."""
    brief = await secret_brief(newsroom)
    answer = await erase(newsroom, brief, 4)
    assert answer == {
        "brief": {
            "id": brief,
            "version": 6,
            "headline": "After",
            "overview": [{"key": "lede"}],
        },
        "revision": {
            "version": 6,
            "position": 6,
            "significance": "COPY_EDIT",
            "changeNote": None,
            "changes": [{"type": "BodyErased"}],
        },
        "userErrors": [],
    }


async def test_what_is_kept_is_judged_after_the_erasure_before(newsroom: Newsroom) -> None:
    """Of two at once, the second does not keep what only what the first erased had told."""
    brief = await newsroom.published(slug="port")
    await newsroom.done(brief, {"addParagraph": {"key": SECRET, "text": "It was."}})
    await newsroom.done(brief, {"reviseParagraph": {"key": SECRET, "text": "It is."}})
    turns = newsroom.node.desk._turns
    erasing = []
    async with asyncio.timeout(10):
        async with turns.take(brief):
            for version in (4, 5):
                erasing.append(asyncio.create_task(erase(newsroom, brief, version)))
                while turns._users[brief] <= len(erasing):  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        for task in erasing:
            assert (await task)["userErrors"] == []
    for_4, for_5 = await newsroom.node.log.read_stream(brief, after_version=5, limit=10)
    assert isinstance(for_4.event, ev.BodyErased)
    assert isinstance(for_5.event, ev.BodyErased)
    assert [for_4.event.version, for_5.event.version] == [4, 5]
    assert for_5.event.kept is None


@pytest.mark.parametrize("viewer", [READER, EDITOR, AUDITOR], ids=["reader", "editor", "auditor"])
async def test_nothing_shows_it(newsroom: Newsroom, viewer: Viewer) -> None:
    """No page at any version, no history, no search, no log; what was warm is let go of."""
    brief = await secret_brief(newsroom)
    assert SECRET in await everything(newsroom, brief, viewer)
    await erase(newsroom, brief, 4)
    assert SECRET not in await everything(newsroom, brief, viewer)


@pytest.mark.parametrize("viewer", [READER, CONTRIBUTOR, EDITOR, AUDITOR])
async def test_only_admins_erase(newsroom: Newsroom, viewer: Viewer) -> None:
    """Others are refused, and nothing is written."""
    brief = await secret_brief(newsroom)
    answer = await erase(newsroom, brief, 4, viewer=viewer)
    assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]
    assert (answer["brief"], answer["revision"]) == (None, None)
    assert (await newsroom.node.log.head()).position == 5


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"version": 7}, "NOT_FOUND", ["input", "version"]),
        ({"version": 0}, "NOT_FOUND", ["input", "version"]),
        ({"version": -(2**31)}, "NOT_FOUND", ["input", "version"]),
        ({"version": 3}, "WRONG_STATE", ["input", "version"]),
        ({"version": 6}, "WRONG_STATE", ["input", "version"]),
        ({"id": "brief-none"}, "NOT_FOUND", ["input", "id"]),
        ({"id": "no id of ours"}, "NOT_FOUND", ["input", "id"]),
        ({"caseReference": ""}, "INVALID_TEXT", ["input", "caseReference"]),
        ({"caseReference": "x" * 101}, "TOO_LONG", ["input", "caseReference"]),
        ({"idempotencyKey": ""}, "INVALID_TEXT", ["input", "idempotencyKey"]),
    ],
)
async def test_what_is_refused(
    newsroom: Newsroom, asked: dict[str, Any], code: str, path: list[str]
) -> None:
    """What is not there, erased already, or an erasure itself; nothing is written."""
    brief = await secret_brief(newsroom)
    assert (await erase(newsroom, brief, 3))["userErrors"] == []
    answer = await erase(newsroom, brief, 4, **asked)
    assert [(e["code"], e["path"]) for e in answer["userErrors"]] == [(code, path)]
    assert (await newsroom.node.log.head()).position == 6


async def test_a_repeat(newsroom: Newsroom) -> None:
    """Under its key: the first result. Under the key of what was erased: that it was used."""
    brief = await newsroom.draft()
    batch = {"addParagraph": {"key": "p", "text": SECRET}}
    await newsroom.done(brief, batch, idempotencyKey="k")
    first = await erase(newsroom, brief, 2, idempotencyKey="e")
    assert await erase(newsroom, brief, 2, idempotencyKey="e") == first
    answer = await newsroom.edit(brief, batch, idempotencyKey="k")
    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == (
        "IDEMPOTENCY_KEY_REUSED",
        ["input", "idempotencyKey"],
    )
    assert "erased" in error["message"]


async def test_the_log_shows_that_it_is_erased(newsroom: Newsroom) -> None:
    """Header and leaf as before; no event, body, salt or note."""
    brief = await secret_brief(newsroom)
    before = (await newsroom.ask(EVENTS, AUDITOR))["log"]["events"]
    await erase(newsroom, brief, 4, basis="LEGAL_ORDER", caseReference="88")
    after = (await newsroom.ask(EVENTS, AUDITOR))["log"]["events"]
    gone = dict.fromkeys(("event", "body", "bodySalt", "changeNote"))
    assert after[3] == before[3] | gone
    assert after[:3] + after[4:5] == before[:3] + before[4:]
    assert after[5]["type"] == "BodyErased"
    assert after[5]["event"] == {"version": 4, "basis": "LEGAL_ORDER", "caseReference": "88"}


async def changes(newsroom: Newsroom, brief: str, viewer: Viewer) -> dict[int, Any]:
    """The first change of each revision in a brief's history, by the revision's version."""
    answer = await newsroom.ask(HISTORY, viewer, id=brief)
    edges = answer["brief"]["history"]["edges"]
    return {edge["node"]["version"]: edge["node"]["changes"][0] for edge in edges}


@pytest.mark.parametrize("viewer", [READER, EDITOR, AUDITOR], ids=["reader", "editor", "auditor"])
async def test_the_history_shows_that_it_is_erased(newsroom: Newsroom, viewer: Viewer) -> None:
    """To auditors also why; what an erased event still does is told."""
    brief = await secret_brief(newsroom)
    await newsroom.done(brief, {"removeParagraph": {"key": "p", "reason": SECRET}})
    await erase(newsroom, brief, 6)
    await erase(newsroom, brief, 4, basis="COPYRIGHT", caseReference="C 2")
    found = await changes(newsroom, brief, viewer)
    why = {"version": 4, "basis": "COPYRIGHT", "caseReference": "C 2"}
    nothing: dict[str, Any] = {"key": None, "itemId": None, "fields": [], "item": None}
    assert found[5] == nothing | {
        "type": "ParagraphAdded",
        "section": "OVERVIEW",
        "action": "ERASED",
        "erased": True,
        "erasure": why if viewer is AUDITOR else None,
    }
    assert found[8] == nothing | {
        "type": "BodyErased",
        "section": "HEAD",
        "action": "ERASED",
        "erased": False,
        "erasure": why if viewer is AUDITOR else None,
    }
    assert (found[6]["action"], found[6]["key"], found[6]["erased"]) == ("REMOVED", "p", True)


async def test_followers_are_told(newsroom: Newsroom) -> None:
    """At once, whatever they follow for, with the brief as it is without it."""
    brief = await secret_brief(newsroom)
    updates = await newsroom.subscribe(
        UPDATES, by={"id": brief}, after=await cursor_of(newsroom, brief), least="BREAKING"
    )
    await newsroom.done(brief, {"reviseHeadline": {"headline": "Left out"}}, significance="MINOR")
    await erase(newsroom, brief, 4)
    update = (await updates.next())["briefUpdates"]
    assert (update["version"], update["significance"]) == (7, "COPY_EDIT")
    assert update["changes"] == [{"type": "BodyErased", "item": None}]
    await updates.close()


async def test_who_follows_from_before(newsroom: Newsroom) -> None:
    """A replay over the erased event shows where it was, and not what it was."""
    brief = await newsroom.published()
    cursor = await cursor_of(newsroom, brief)
    news = {"date": "2026", "headline": SECRET, "category": "C", "body": "B", "breaking": True}
    await newsroom.done(brief, {"addDevelopment": {"key": "d", **news}}, changeNote=SECRET)
    await newsroom.done(
        brief,
        {"reviseDevelopment": {"key": "d", "breaking": False}},
    )
    await newsroom.done(brief, {"reviseDevelopment": {"key": "d", "breaking": True}})
    await newsroom.done(brief, {"addDevelopment": {"key": "e", **news, "headline": "Other news"}})
    await erase(newsroom, brief, 4)
    updates = await newsroom.subscribe(UPDATES, by={"id": brief}, after=cursor)
    seen = [(await updates.next())["briefUpdates"] for _ in range(5)]
    assert [update["version"] for update in seen] == [4, 5, 6, 7, 8]
    assert SECRET not in json.dumps(seen)
    breaking = await newsroom.subscribe(BREAKING, after=cursor)
    assert (await breaking.next())["breaking"]["development"]["headline"] == "Other news"
    await updates.close()
    await breaking.close()


async def test_an_entity_and_a_page(newsroom: Newsroom) -> None:
    """Streams beside briefs: no brief in the answer, and every brief shows it."""
    made = "mutation($i: RegisterEntityInput!) { registerEntity(input: $i) { entity { id } } }"
    given = {"kind": "PERSON", "name": f"{SECRET} Ruiz"}
    entity = (await newsroom.ask(made, EDITOR, i=given))["registerEntity"]["entity"]["id"]
    brief = await newsroom.published()
    await newsroom.done(brief, {"involveEntity": {"key": "e", "entity": entity}})
    assert SECRET in await everything(newsroom, brief, EDITOR)
    answer = await erase(newsroom, entity, 1)
    assert (answer["brief"], answer["userErrors"]) == (None, [])
    assert SECRET not in await everything(newsroom, brief, EDITOR)
    (part,) = (await newsroom.ask(BY_ID, EDITOR, id=brief))["brief"]["people"]
    assert (part["entity"]["name"], part["entity"]["kind"]) == ("[erased]", "PERSON")
    write = "mutation($i: RevisePageInput!) { revisePage(input: $i) { page { slug } } }"
    await newsroom.ask(write, EDITOR, i={"slug": "why", "title": "T", "body": SECRET})
    assert (await erase(newsroom, "page-why", 1))["userErrors"] == []
    page = await newsroom.ask('{ page(slug: "why") { title body } }')
    assert page == {"page": {"title": "[erased]", "body": "[erased]"}}


async def test_a_stale_edit_meets_what_was_erased(newsroom: Newsroom) -> None:
    """Whoever saw the item is told that it is not there; other edits go through."""
    brief = await secret_brief(newsroom)
    await erase(newsroom, brief, 4)
    revised = {"reviseParagraph": {"key": "p", "text": "Put right."}}
    answer = await newsroom.edit(brief, revised, expectedVersion=5)
    assert [error["code"] for error in answer["userErrors"]] == ["UNKNOWN_ITEM"]
    await newsroom.done(brief, {"reviseHeadline": {"headline": "New"}}, expectedVersion=5)


async def recorded(newsroom: Newsroom, stream: str, *events: ev.Event) -> None:
    """A stream that begins with these events."""
    asked = Append(
        stream=stream,
        expected_version=0,
        events=events,
        actor="editor-1",
        significance=Significance.MINOR,
        command_id=stream,
        correlation_id=stream,
    )
    assert isinstance(await newsroom.node.log.append(asked), Appended)


async def test_links_to_what_is_gone(newsroom: Newsroom) -> None:
    """Lead nowhere: a citation or a supersession of it is left out, and the item can be edited."""
    brief = await newsroom.draft()
    cited = {"citations": [{"source": "s"}, {"source": "t"}]}
    news = {"date": "2026", "headline": "H", "category": "C", "body": "B"}
    await newsroom.done(
        brief,
        {"addSource": {"key": "s", "title": "S", "publisher": "P"}},
        {"addSource": {"key": "t", "title": "T", "publisher": "P"}},
        {"addParagraph": {"key": "p", "text": "It began."} | cited},
        {"addDevelopment": {"key": "a"} | news},
        {"addDevelopment": {"key": "b", "supersedes": ["a"]} | news},
    )
    for version in (2, 5):
        assert (await erase(newsroom, brief, version))["userErrors"] == []
    shown = (await newsroom.ask(BY_ID, EDITOR, id=brief))["brief"]
    (paragraph,) = shown["overview"]
    assert [found["source"]["key"] for found in paragraph["citations"]] == ["t"]
    (edge,) = shown["timeline"]["edges"]
    assert (edge["node"]["key"], edge["node"]["supersedes"]) == ("b", [])
    await newsroom.done(
        brief,
        {"addDevelopment": {"key": "c", "supersedes": ["b"]} | news},
        {"reviseParagraph": {"key": "p", "text": "It ended."}},
        {"addSource": {"key": "s", "title": "S again", "publisher": "P"}},
    )


async def test_a_page_with_any_hole_is_shown(newsroom: Newsroom) -> None:
    """All of it, to whoever asks, whichever of its events were erased."""
    story = STORIES["brief-port"]
    union = ev.EntityRegistered(kind=EntityKind.ORGANIZATION, name="Union", initials="U")
    await recorded(newsroom, "entity-union", union)
    await recorded(newsroom, "entity-ana", STORIES["entity-ana"][0])
    await recorded(newsroom, "brief-port", *story)
    versions = list(range(1, len(story) + 1))
    random.Random(1).shuffle(versions)
    for version in versions[: len(story) // 2]:
        assert (await erase(newsroom, "brief-port", version))["userErrors"] == []
        for at in (None, {"version": len(story) - 5}):
            shown = await newsroom.ask(BY_ID, EDITOR, id="brief-port", at=at)
            assert shown["brief"]["id"] == "brief-port"
    assert (await changes(newsroom, "brief-port", AUDITOR)).keys() == {
        len(story) + number for number in range(len(story) // 2 + 1)
    }
    assert newsroom.node.projector.halted is None
