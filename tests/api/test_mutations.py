"""Mutations: what they answer, what they refuse and where, and that refusals write nothing."""

from typing import Any

import pytest

from graphql_brief.api.viewer import Role, Viewer
from tests.api.conftest import AUDITOR, CONTRIBUTOR, EDIT, EDITOR, READER, Newsroom

NAMED_READER = Viewer(actor="reader-1", roles=frozenset({Role.READER}))
GOOD = {"addParagraph": {"key": "good", "text": "Good."}}
CONFLICT = """
mutation($input: EditBriefInput!) {
  editBrief(input: $input) {
    brief { version }
    userErrors {
      __typename code path message
      ... on VersionConflict {
        currentVersion expectedVersion
        intervening { version changeNote actor changes { type item { id } } }
      }
    }
  }
}
"""


def development(**more: Any) -> dict[str, Any]:
    """An edit that adds a development."""
    given = {"key": "d", "date": "2026", "headline": "H", "category": "C", "body": "B."}
    return {"addDevelopment": given | more}


BAD_EDITS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "an unknown item": (
        {"reviseParagraph": {"key": "none", "text": "x"}},
        "UNKNOWN_ITEM",
        ["reviseParagraph", "key"],
    ),
    "an unknown entity": (
        {"involveEntity": {"entity": "entity-none"}},
        "UNKNOWN_ENTITY",
        ["involveEntity", "entity"],
    ),
    "an unknown brief": (
        {
            "addPrecedent": {
                "title": "T",
                "period": "1984",
                "whatHappened": "W.",
                "brief": "brief-none",
            }
        },
        "UNKNOWN_BRIEF",
        ["addPrecedent", "brief"],
    ),
    "a date that is none": (
        development(date="18 January"),
        "INVALID_DATE",
        ["addDevelopment", "date"],
    ),
    "an interval that ends before it starts": (
        development(date="2026/2025"),
        "INVALID_DATE",
        ["addDevelopment", "date"],
    ),
    "a control character": (
        development(headline="a\x07b"),
        "INVALID_TEXT",
        ["addDevelopment", "headline"],
    ),
    "a line with a newline": (
        development(headline="a\nb"),
        "INVALID_TEXT",
        ["addDevelopment", "headline"],
    ),
    "an empty text": (development(body=" "), "INVALID_TEXT", ["addDevelopment", "body"]),
    "a text beyond its bound": (
        development(body="x" * 5001),
        "TOO_LONG",
        ["addDevelopment", "body"],
    ),
    "a source that the brief does not have": (
        development(citations=[{"source": "none"}]),
        "UNKNOWN_SOURCE",
        ["addDevelopment", "citations", "0", "source"],
    ),
    "a key that is none": (development(key="A key"), "INVALID_KEY", ["addDevelopment", "key"]),
    "a key that is taken": (GOOD, "DUPLICATE", ["addParagraph", "key"]),
    "an address that is none": (
        {"addSource": {"title": "T", "publisher": "P", "url": "javascript:alert(1)"}},
        "INVALID_URL",
        ["addSource", "url"],
    ),
    "a number that is none": (
        {"recordObservation": {"indicator": "i", "value": "many", "asOf": "2026"}},
        "INVALID_NUMBER",
        ["recordObservation", "value"],
    ),
    "a language that is none": (
        {"setLanguage": {"language": "English"}},
        "INVALID_LANGUAGE",
        ["setLanguage", "language"],
    ),
    "null where a value is needed": (
        {"reviseParagraph": {"key": "good", "text": None}},
        "INVALID_INPUT",
        ["reviseParagraph", "text"],
    ),
    "a list with the same entry twice": (
        {"setSubjects": {"subjects": ["a", "a"]}},
        "DUPLICATE",
        ["setSubjects", "subjects"],
    ),
}


@pytest.mark.parametrize("name", BAD_EDITS)
async def test_one_bad_edit_among_good_ones(newsroom: Newsroom, name: str) -> None:
    """A user error with code and path to the input at fault; nothing is written."""
    bad, code, path = BAD_EDITS[name]
    brief = await newsroom.draft()
    before = newsroom.node.tail.position
    answer = await newsroom.edit(brief, GOOD, bad, {"reviseHeadline": {"headline": "Good"}})
    (error,) = answer["userErrors"]
    assert error["message"]
    assert error | {"message": ""} == {
        "__typename": "Refusal",
        "code": code,
        "message": "",
        "path": ["input", "edits", "1", *path],
    }
    assert (answer["brief"], answer["revision"]) == (None, None)
    assert newsroom.node.tail.position == before


async def test_every_fault_of_a_batch_is_told(newsroom: Newsroom) -> None:
    """What is wrong with the fields of several edits is answered at once."""
    brief = await newsroom.draft()
    answer = await newsroom.edit(brief, development(date="x", headline=""), development(body=""))
    assert [error["path"][2:] for error in answer["userErrors"]] == [
        ["0", "addDevelopment", "date"],
        ["0", "addDevelopment", "headline"],
        ["1", "addDevelopment", "body"],
    ]


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"id": "brief-none"}, "NOT_FOUND", ["input", "id"]),
        ({"id": "entity-1"}, "NOT_FOUND", ["input", "id"]),
        ({"id": "é\x00"}, "NOT_FOUND", ["input", "id"]),
        ({"edits": []}, "INVALID_INPUT", ["input", "edits"]),
        ({"edits": [GOOD] * 501}, "TOO_MANY", ["input", "edits"]),
        ({"changeNote": ""}, "INVALID_TEXT", ["input", "changeNote"]),
        ({"changeNote": "x" * 1001}, "TOO_LONG", ["input", "changeNote"]),
        ({"idempotencyKey": "a\x00"}, "INVALID_TEXT", ["input", "idempotencyKey"]),
    ],
)
async def test_bad_requests(
    newsroom: Newsroom, more: dict[str, Any], code: str, path: list[str]
) -> None:
    """What is wrong beside the edits has its path too."""
    brief = await newsroom.draft()
    answer = await newsroom.edit(brief, GOOD, **more)
    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == (code, path)
    assert newsroom.node.tail.position == 1


async def test_an_edit_that_is_taken(newsroom: Newsroom) -> None:
    """The brief as the edit left it, and the revision that recorded it."""
    brief = await newsroom.draft()
    answer = await newsroom.edit(brief, GOOD, {"reviseHeadline": {"headline": "x"}})
    assert answer == {
        "brief": {"id": brief, "version": 3},
        "revision": {"version": 3, "firstVersion": 2, "position": 3},
        "userErrors": [],
    }


async def test_an_edit_that_changes_nothing(newsroom: Newsroom) -> None:
    """The brief as it is, and no revision."""
    brief = await newsroom.draft(headline="Same")
    answer = await newsroom.edit(brief, {"reviseHeadline": {"headline": "Same"}})
    assert answer == {"brief": {"id": brief, "version": 1}, "revision": None, "userErrors": []}


async def test_a_writer_reads_what_he_wrote(newsroom: Newsroom) -> None:
    """Right after the answer, lists and search have the edit."""
    brief = await newsroom.published(slug="a")
    await newsroom.done(brief, {"reviseHeadline": {"headline": "Zeppelin over the port"}})
    found = await newsroom.ask('{ search(text: "zeppelin") { edges { node { id } } } }')
    assert found["search"]["edges"] == [{"node": {"id": brief}}]


async def test_a_stale_edit_of_other_things_is_applied(newsroom: Newsroom) -> None:
    """What came between touches nothing of it: no conflict."""
    brief = await newsroom.draft()
    await newsroom.done(brief, GOOD)
    answer = await newsroom.edit(brief, {"reviseHeadline": {"headline": "x"}}, expectedVersion=1)
    assert (answer["userErrors"], answer["brief"]["version"]) == ([], 3)


async def test_a_stale_edit_of_the_same_things_is_a_conflict(newsroom: Newsroom) -> None:
    """The writer is told what came between, by whom and why; nothing is written."""
    brief = await newsroom.draft()
    await newsroom.done(brief, GOOD, {"reviseHeadline": {"headline": "Theirs"}}, changeNote="Ours.")
    asked = {
        "id": brief,
        "edits": [{"reviseHeadline": {"headline": "Mine"}}],
        "changeNote": "n",
        "significance": "MINOR",
        "expectedVersion": 1,
    }
    answer = (await newsroom.ask(CONFLICT, CONTRIBUTOR, input=asked))["editBrief"]
    (error,) = answer["userErrors"]
    assert "version 3" in error.pop("message")
    assert error == {
        "__typename": "VersionConflict",
        "code": "VERSION_CONFLICT",
        "path": ["input", "expectedVersion"],
        "currentVersion": 3,
        "expectedVersion": 1,
        "intervening": [
            {
                "version": 3,
                "changeNote": "Ours.",
                "actor": "editor-1",
                "changes": [
                    {"type": "ParagraphAdded", "item": {"id": f"{brief}.paragraph.good"}},
                    {"type": "HeadlineRevised", "item": None},
                ],
            }
        ],
    }
    assert newsroom.node.tail.position == 3


@pytest.mark.parametrize("expected", [-1, 0, 2, 2**31 - 1])
async def test_a_version_that_never_was_is_refused(newsroom: Newsroom, expected: int) -> None:
    """Nobody can have seen it."""
    brief = await newsroom.draft()
    answer = await newsroom.edit(brief, GOOD, expectedVersion=expected)
    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "expectedVersion"])
    assert newsroom.node.tail.position == 1


async def test_a_repeated_request_gets_the_first_answer(newsroom: Newsroom) -> None:
    """With the same content; other content under the same key is refused."""
    brief = await newsroom.draft()
    first = await newsroom.edit(brief, {"addParagraph": {"text": "a"}}, idempotencyKey="once")
    await newsroom.done(brief, {"reviseHeadline": {"headline": "later"}})
    again = await newsroom.edit(brief, {"addParagraph": {"text": "a"}}, idempotencyKey="once")
    assert again == first
    other = await newsroom.edit(brief, {"addParagraph": {"text": "b"}}, idempotencyKey="once")
    (error,) = other["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert error["path"] == ["input", "idempotencyKey"]
    assert newsroom.node.tail.position == 3


async def test_drafting(newsroom: Newsroom) -> None:
    """A brief begins; a slug is one brief's for ever."""
    document = """mutation($i: DraftBriefInput!) { draftBrief(input: $i) {
        brief { slug headline language subjects status version } revision { version }
        userErrors { code path } } }"""
    given = {"slug": "port", "headline": "Port", "standfirst": "A port."}
    answer = (await newsroom.ask(document, CONTRIBUTOR, i=given))["draftBrief"]
    assert answer == {
        "brief": {
            "slug": "port",
            "headline": "Port",
            "language": "en",
            "subjects": [],
            "status": "DRAFT",
            "version": 1,
        },
        "revision": {"version": 1},
        "userErrors": [],
    }
    taken = (await newsroom.ask(document, CONTRIBUTOR, i=given))["draftBrief"]
    assert [error["code"] for error in taken["userErrors"]] == ["SLUG_TAKEN"]
    bad = (await newsroom.ask(document, CONTRIBUTOR, i=given | {"slug": "A B"}))["draftBrief"]
    assert bad["userErrors"] == [{"code": "INVALID_KEY", "path": ["input", "slug"]}]


async def test_a_life(newsroom: Newsroom) -> None:
    """Published, withheld, reopened, closed; what is not possible now is refused."""
    brief = await newsroom.draft()
    empty = await newsroom.step("publish", brief)
    assert [error["code"] for error in empty["userErrors"]] == ["WRONG_STATE"]
    await newsroom.done(brief, GOOD)
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("publish", {}, "PUBLISHED"),
        ("withhold", {"reason": "R."}, "WITHHELD"),
        ("reopen", {"reason": "R."}, "PUBLISHED"),
        ("close", {}, "CLOSED"),
    ]
    for name, fields, status in steps:
        answer = await newsroom.step(name, brief, **fields)
        assert (answer["brief"]["status"], answer["userErrors"]) == (status, [])
    refused = await newsroom.edit(brief, {"reviseHeadline": {"headline": "x"}})
    assert [error["code"] for error in refused["userErrors"]] == ["WRONG_STATE"]
    bad = await newsroom.step("withhold", brief, reason="")
    assert bad["userErrors"][0]["path"] == ["input", "reason"]
    stale = await newsroom.step("reopen", brief, expectedVersion=4)
    assert [error["code"] for error in stale["userErrors"]] == ["VERSION_CONFLICT"]


async def test_editions_are_checked(newsroom: Newsroom) -> None:
    """Paths lead into the entries."""
    document = """mutation($i: PublishEditionInput!) { publishEdition(input: $i) {
        edition { id } userErrors { code path } } }"""
    entries = [{"brief": await newsroom.draft(), "summary": "S."}]
    for given, code, path in (
        ({"date": "2026-01"}, "INVALID_DATE", ["date"]),
        ({"title": ""}, "INVALID_TEXT", ["title"]),
        (
            {"entries": [*entries, {"brief": "brief-none", "summary": "S."}]},
            "UNKNOWN_BRIEF",
            ["entries", "1", "brief"],
        ),
        (
            {"entries": [{"brief": entries[0]["brief"], "summary": ""}]},
            "INVALID_TEXT",
            ["entries", "0", "summary"],
        ),
    ):
        asked = {"date": "2026-01-18", "title": "T", "entries": entries} | given
        answer = (await newsroom.ask(document, EDITOR, i=asked))["publishEdition"]
        assert answer == {"edition": None, "userErrors": [{"code": code, "path": ["input", *path]}]}


ANY: dict[str, tuple[str, dict[str, Any]]] = {
    "draftBrief": ("DraftBrief", {"slug": "s", "headline": "h", "standfirst": "s"}),
    "editBrief": (
        "EditBrief",
        {"id": "brief-1", "edits": [GOOD], "changeNote": "n", "significance": "MINOR"},
    ),
    "publishBrief": ("PublishBrief", {"id": "brief-1"}),
    "withholdBrief": ("WithholdBrief", {"id": "brief-1", "reason": "R."}),
    "closeBrief": ("CloseBrief", {"id": "brief-1"}),
    "reopenBrief": ("ReopenBrief", {"id": "brief-1"}),
    "registerEntity": ("RegisterEntity", {"kind": "PERSON", "name": "A"}),
    "reviseEntity": ("ReviseEntity", {"id": "entity-1", "name": "A"}),
    "publishEdition": ("PublishEdition", {"date": "2026-01-18", "title": "T", "entries": []}),
    "revisePage": ("RevisePage", {"slug": "why", "title": "T", "body": "B."}),
}
EDITORS_ONLY = {
    *("publishBrief", "withholdBrief", "closeBrief", "reopenBrief"),
    *("publishEdition", "revisePage"),
}


@pytest.mark.parametrize("name", ANY)
async def test_who_may_do_what(newsroom: Newsroom, name: str) -> None:
    """Readers and auditors write nothing; contributors do not publish; editors do all."""
    kind, given = ANY[name]
    document = f"""mutation($i: {kind}Input!) {{
        {name}(input: $i) {{ userErrors {{ code path }} }} }}"""
    forbidden = [{"code": "FORBIDDEN", "path": ["input"]}]
    for viewer in (READER, NAMED_READER, AUDITOR):
        assert (await newsroom.ask(document, viewer, i=given))[name]["userErrors"] == forbidden
    assert newsroom.node.tail.position == 0
    answer = (await newsroom.ask(document, CONTRIBUTOR, i=given))[name]["userErrors"]
    assert (answer == forbidden) == (name in EDITORS_ONLY)
    answer = (await newsroom.ask(document, EDITOR, i=given))[name]["userErrors"]
    assert answer != forbidden


async def test_several_mutations_run_in_order(newsroom: Newsroom) -> None:
    """One document, one after the other, each on what the ones before left."""
    brief = await newsroom.draft()
    edit = """editBrief(input: {id: $id, changeNote: "n", significance: MINOR,
        edits: [{reviseHeadline: {headline: "%s"}}]}) { brief { version headline } }"""
    document = f"mutation($id: ID!) {{ a: {edit % 'A'} b: {edit % 'B'} }}"
    answer = await newsroom.ask(document, EDITOR, id=brief)
    assert answer["a"] == {"brief": {"version": 2, "headline": "A"}}
    assert answer["b"] == {"brief": {"version": 3, "headline": "B"}}


async def test_a_written_edit_is_answered_though_the_lists_halted(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """What is in the log is not answered as a failure; the server's log says what is behind."""
    brief = await newsroom.draft()
    await newsroom.node.projector.stop()
    answer = await newsroom.result(
        EDIT,
        EDITOR,
        input={"id": brief, "edits": [GOOD], "changeNote": "n", "significance": "MINOR"},
    )
    assert answer.errors is None
    assert answer.data is not None
    assert answer.data["editBrief"]["brief"]["version"] == 2
    assert "position 2" in caplog.text
