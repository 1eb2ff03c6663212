"""Subscriptions: what comes, to whom, from where; and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_brief.live.cursor import LiveCursor
from tests.api.conftest import AUDITOR, EDITOR, READER, Newsroom

UPDATES = """
subscription($by: BriefBy!, $after: LiveCursor, $least: Significance) {
  briefUpdates(by: $by, after: $after, minSignificance: $least) {
    __typename
    ... on BriefUpdate {
      cursor version significance changeNote recordedAt
      changes { type item { id } }
      brief { version headline liveCursor history(first: 1) { edges { node { version } } } }
    }
    ... on ResyncRequired { reason cursor }
  }
}
"""
BREAKING = """
subscription($after: LiveCursor) {
  breaking(after: $after) {
    __typename
    ... on BreakingNews {
      cursor recordedAt development { id headline } brief { id version }
    }
    ... on ResyncRequired { reason cursor }
  }
}
"""
TAIL = """
subscription($after: Position) {
  logTail(after: $after) {
    __typename
    ... on LogEvent { position type stream header }
    ... on ResyncRequired { reason cursor }
  }
}
"""


async def cursor_of(newsroom: Newsroom, brief: str) -> str:
    """The live cursor of a page."""
    answer = await newsroom.ask(
        "query($id: ID!) { brief(by: {id: $id}) { liveCursor } }", EDITOR, id=brief
    )
    found: str = answer["brief"]["liveCursor"]
    return found


def headline(text: str) -> dict[str, Any]:
    """An edit of the headline."""
    return {"reviseHeadline": {"headline": text}}


def news(key: str, **more: Any) -> dict[str, Any]:
    """An edit that adds breaking news."""
    given = {"key": key, "date": "2026-01-18", "headline": f"H {key}", "category": "C", "body": "B"}
    return {"addDevelopment": given | {"breaking": True} | more}


async def test_an_update_is_a_revision(newsroom: Newsroom) -> None:
    """What changed and why, with the brief as it then is."""
    brief = await newsroom.published(slug="port")  # versions 1 to 3
    cursor = await cursor_of(newsroom, brief)
    updates = await newsroom.subscribe(UPDATES, by={"slug": "port"}, after=cursor)
    await newsroom.done(
        brief,
        headline("New"),
        {"addParagraph": {"key": "p", "text": "More."}},
        changeNote="More is known.",
        significance="BREAKING",
    )
    update = (await updates.next())["briefUpdates"]
    assert update == {
        "__typename": "BriefUpdate",
        "cursor": update["cursor"],
        "version": 5,
        "significance": "BREAKING",
        "changeNote": "More is known.",
        "recordedAt": "2026-02-01T09:04:00Z",
        "changes": [
            {"type": "HeadlineRevised", "item": None},
            {"type": "ParagraphAdded", "item": {"id": f"{brief}.paragraph.p"}},
        ],
        "brief": {
            "version": 5,
            "headline": "New",
            "liveCursor": update["cursor"],
            "history": {"edges": [{"node": {"version": 5}}]},
        },
    }
    await newsroom.done(brief, headline("Newer"))
    assert (await updates.next())["briefUpdates"]["version"] == 6
    await updates.close()


async def test_a_subscription_resumes(newsroom: Newsroom) -> None:
    """After any cursor comes what followed it, once, in order, then what is new."""
    brief = await newsroom.published()  # versions 1 to 3
    cursor = await cursor_of(newsroom, brief)
    for version in range(4, 8):
        await newsroom.done(brief, headline(f"v{version}"))
    await newsroom.draft()
    cursors = []
    updates = await newsroom.subscribe(UPDATES, by={"id": brief}, after=cursor)
    for version in range(4, 8):
        update = (await updates.next())["briefUpdates"]
        assert (update["version"], update["brief"]["headline"]) == (version, f"v{version}")
        assert update["brief"]["liveCursor"] == update["cursor"]
        cursors.append(update["cursor"])
    await updates.close()
    again = await newsroom.subscribe(UPDATES, by={"id": brief}, after=cursors[1])
    assert [(await again.next())["briefUpdates"]["version"] for _ in range(2)] == [6, 7]
    await newsroom.done(brief, headline("v8"))
    assert (await again.next())["briefUpdates"]["version"] == 8
    await again.close()


async def test_what_matters_less_is_left_out(newsroom: Newsroom) -> None:
    """By the significance that the editor gave."""
    brief = await newsroom.published()  # versions 1 to 3
    cursor = await cursor_of(newsroom, brief)
    for version, significance in enumerate(("COPY_EDIT", "SUBSTANTIVE", "MINOR", "BREAKING"), 4):
        await newsroom.done(brief, headline(f"v{version}"), significance=significance)
    for least, versions in (("COPY_EDIT", [4, 5, 6, 7]), ("SUBSTANTIVE", [5, 7])):
        asked: dict[str, Any] = {"by": {"id": brief}, "after": cursor, "least": least}
        updates = await newsroom.subscribe(UPDATES, **asked)
        found = [(await updates.next())["briefUpdates"]["version"] for _ in versions]
        assert found == versions
        await updates.close()


@pytest.mark.parametrize("by", [{"id": "brief-none"}, {"slug": "none"}])
async def test_nothing_to_follow(newsroom: Newsroom, by: dict[str, str]) -> None:
    """An unknown brief is refused, and for readers a draft is unknown."""
    assert await (await newsroom.subscribe(UPDATES, EDITOR, by=by)).refused() == "NOT_FOUND"
    draft = await newsroom.draft()
    refused = await newsroom.subscribe(UPDATES, READER, by={"id": draft})
    assert await refused.refused() == "NOT_FOUND"


async def test_a_reader_of_a_withheld_brief_is_told_to_go(newsroom: Newsroom) -> None:
    """The subscription ends with ResyncRequired, the newsroom's goes on."""
    brief = await newsroom.published()
    cursor = await cursor_of(newsroom, brief)
    asked = {"by": {"id": brief}, "after": cursor}
    for_reader = await newsroom.subscribe(UPDATES, READER, **asked)
    for_editor = await newsroom.subscribe(UPDATES, EDITOR, **asked)
    await newsroom.done(brief, headline("v4"))
    for followed in (for_reader, for_editor):
        assert (await followed.next())["briefUpdates"]["version"] == 4
    await newsroom.step("withhold", brief, reason="R.")
    told = (await for_reader.next())["briefUpdates"]
    assert (told["__typename"], told["reason"]) == ("ResyncRequired", "NO_LONGER_VISIBLE")
    assert await for_reader.ended()
    assert (await for_editor.next())["briefUpdates"]["version"] == 5
    await for_editor.close()


async def test_breaking_news(newsroom: Newsroom) -> None:
    """Of all public briefs, as they are recorded; drafts' for the newsroom alone."""
    brief = await newsroom.published()  # versions 1 to 3
    draft = await newsroom.draft()
    cursor = await cursor_of(newsroom, brief)
    await newsroom.done(draft, news("secret"))
    await newsroom.done(brief, news("calm", breaking=False), news("storm"))
    for_reader = await newsroom.subscribe(BREAKING, READER, after=cursor)
    found = (await for_reader.next())["breaking"]
    assert found == {
        "__typename": "BreakingNews",
        "cursor": found["cursor"],
        "recordedAt": "2026-02-01T09:06:00Z",
        "development": {"id": f"{brief}.development.storm", "headline": "H storm"},
        "brief": {"id": brief, "version": 5},
    }
    await for_reader.close()
    for_editor = await newsroom.subscribe(BREAKING, EDITOR, after=cursor)
    assert (await for_editor.next())["breaking"]["brief"]["id"] == draft
    await for_editor.close()


async def test_the_tail_of_the_log(newsroom: Newsroom) -> None:
    """Every event of every stream, from any position, for auditors."""
    brief = await newsroom.draft()
    tail = await newsroom.subscribe(TAIL, AUDITOR, after=0)
    first = (await tail.next())["logTail"]
    assert (first["position"], first["type"], first["stream"]) == (1, "BriefDrafted", brief)
    await newsroom.done(brief, headline("New"))
    second = (await tail.next())["logTail"]
    assert (second["position"], second["type"]) == (2, "HeadlineRevised")
    assert f'"stream":"{brief}"' in second["header"]
    await tail.close()
    for viewer in (READER, EDITOR):
        assert await (await newsroom.subscribe(TAIL, viewer, after=0)).refused() == "FORBIDDEN"


@pytest.mark.parametrize("cursor", ["", "x", "Z3JhcGhxbC1icmllZi90ZXN0AC0x"])
async def test_bad_cursors(newsroom: Newsroom, cursor: str) -> None:
    """A text that this API never gave is refused with a code."""
    brief = await newsroom.published()
    by: dict[str, Any] = {"by": {"id": brief}}
    for document, asked in ((UPDATES, by), (BREAKING, {})):
        refused = await newsroom.subscribe(document, after=cursor, **asked)
        assert await refused.refused() == "BAD_CURSOR"


@pytest.mark.parametrize(
    ("origin", "ahead", "reason"),
    [("other/log", 0, "OTHER_LOG"), ("graphql-brief/test", 1, "AHEAD_OF_LOG")],
)
async def test_a_cursor_that_cannot_be_resumed_from(
    newsroom: Newsroom, origin: str, ahead: int, reason: str
) -> None:
    """The first thing that comes says so, with a cursor that can; then the subscription ends."""
    brief = await newsroom.published()
    newest = newsroom.node.tail.position
    cursor = str(LiveCursor(origin, newest + ahead, datetime.now(UTC)))
    by: dict[str, Any] = {"by": {"id": brief}}
    for document, field, asked in ((UPDATES, "briefUpdates", by), (BREAKING, "breaking", {})):
        followed = await newsroom.subscribe(document, after=cursor, **asked)
        assert (await followed.next())[field] == {
            "__typename": "ResyncRequired",
            "reason": reason,
            "cursor": str(newsroom.node.live.cursor()),
        }
        assert await followed.ended()
    tail = await newsroom.subscribe(TAIL, AUDITOR, after=newest + 1)
    assert (await tail.next())["logTail"]["reason"] == "AHEAD_OF_LOG"
