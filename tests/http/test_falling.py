"""Which answers an event lets fall, and which it leaves: by each list, and each kind of change."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graphql_brief.api.context import Node
from graphql_brief.domain.events import Event, LanguageSet, SourceAdded
from graphql_brief.http.node import open_node
from tests.http.site import Ask, Site, sent
from tests.log.support import appended, request

_LISTED = "{ totalCount edges { cursor node { id headline } } pageInfo { hasNextPage } }"

LISTS = {
    "by update": f"{{ briefs(first: 1) {_LISTED} }}",
    "by significance": f"{{ briefs(first: 1, orderBy: SIGNIFICANT_UPDATE) {_LISTED} }}",
    "by publication": f"{{ briefs(first: 1, orderBy: PUBLISHED) {_LISTED} }}",
    "by headline": f"{{ briefs(first: 1, orderBy: HEADLINE) {_LISTED} }}",
    "status": f"{{ briefs(first: 1, orderBy: PUBLISHED, filter: {{status: CLOSED}}) {_LISTED} }}",
    "language": f'{{ briefs(first: 1, orderBy: PUBLISHED, filter: {{language: "de"}}) {_LISTED} }}',
    "since": (
        '{ briefs(first: 1, orderBy: PUBLISHED, filter: {updatedSince: "SINCE"}) ' + _LISTED + " }"
    ),
    "subject": f'{{ briefs(first: 1, orderBy: HEADLINE, filter: {{subject: "WAR"}}) {_LISTED} }}',
    "entity": f'{{ entity(id: "ENTITY") {{ briefs(first: 1) {_LISTED} }} }}',
    "both": (
        '{ briefs(first: 1, orderBy: PUBLISHED, filter: {entity: "ENTITY", subject: "war"}) '
        + _LISTED
        + " }"
    ),
    "related": '{ brief(by: {slug: "a"}) { related { id headline } } }',
    "search": '{ search(text: "word") { edges { cursor snippet node { id } } } }',
    "slug": '{ brief(by: {slug: "new"}) { id } }',
    "edition": "{ edition { date title } }",
}
"""Answers that show `a`, most of them, and are made of more than that."""

ANY = {"by update", "since"}
"""What every event of a brief changes that is seen."""
ORDERED = {"by update", "by significance", "by publication", "by headline"}
EVERY = ORDERED | {"status", "language", "since", "search"}
"""What changes when somebody comes or goes."""
OF_BRIEFS = set(LISTS) - {"slug", "edition"}

_WORD = {"addParagraph": {"key": "k", "text": "A word more."}}
_SOURCE = {"addSource": {"key": "k", "title": "A word", "publisher": "P", "accessed": "2026"}}


def _edit(brief: str, edit: dict[str, Any], significance: str = "MINOR") -> tuple[str, Any]:
    asked = {"edits": [edit], "changeNote": "n", "significance": significance}
    return "EditBrief", {"id": brief, **asked}


def _involve(entity: str) -> dict[str, Any]:
    return {"involveEntity": {"key": entity, "entity": entity}}


def _edition(date: str) -> tuple[str, Any]:
    return "PublishEdition", {"date": date, "title": f"T {date}", "entries": []}


CHANGES: dict[str, tuple[tuple[str, Any], set[str]]] = {
    "a word": (_edit("c", _WORD), {*ANY, "search"}),
    "a word of significance": (
        _edit("c", _WORD, "SUBSTANTIVE"),
        {*ANY, "search", "by significance"},
    ),
    "no word": (_edit("c", _SOURCE), ANY),
    "headline": (
        _edit("c", {"reviseHeadline": {"headline": "0"}}),
        {*ANY, "search", "by headline"},
    ),
    "language": (_edit("c", {"setLanguage": {"language": "de"}}), {*ANY, "language"}),
    "slug": (_edit("c", {"changeSlug": {"slug": "new"}}), {*ANY, "slug"}),
    "another slug": (_edit("c", {"changeSlug": {"slug": "newer"}}), ANY),
    "into a subject": (
        _edit("c", {"setSubjects": {"subjects": ["War"]}}),
        {*ANY, "search", "subject", "related"},
    ),
    "into another subject": (_edit("c", {"setSubjects": {"subjects": ["duty"]}}), {*ANY, "search"}),
    "out of a subject": (
        _edit("b", {"setSubjects": {"subjects": []}}),
        {*ANY, "search", "subject", "entity", "both", "related"},
    ),
    "into an entity": (
        _edit("c", _involve("first")),
        {*ANY, "search", "entity", "both", "related"},
    ),
    "out of an entity": (
        _edit("b", {"removeInvolvement": {"key": "first"}}),
        {*ANY, "search", "entity", "both", "related"},
    ),
    "in a subject and an entity": (
        _edit("b", _WORD),
        {*ANY, "search", "entity", "related"},
    ),
    "closed": (("CloseBrief", {"id": "c"}), {*ANY, "by significance", "status"}),
    "withheld": (("WithholdBrief", {"id": "c", "reason": "R."}), EVERY),
    "published": (("PublishBrief", {"id": "draft"}), OF_BRIEFS),
    "of a draft": (_edit("draft", _WORD, "SUBSTANTIVE"), set()),
    "drafted": (("DraftBrief", {"slug": "other", "headline": "0", "standfirst": "S."}), set()),
    "drafted under a slug": (
        ("DraftBrief", {"slug": "new", "headline": "0", "standfirst": "S."}),
        {"slug"},
    ),
    "erased": (
        (
            "EraseBody",
            {"id": "c", "version": 2, "basis": "LEGAL_ORDER", "caseReference": "C"},
        ),
        OF_BRIEFS,
    ),
    "renamed": (("ReviseEntity", {"id": "second", "name": "Word"}), {"search"}),
    "described": (("ReviseEntity", {"id": "second", "type": "Word"}), set()),
    "registered": (("RegisterEntity", {"kind": "PERSON", "name": "Word"}), {"search"}),
    "edition": (_edition("2026-03-03"), {"edition"}),
    "edition revised": (("PublishEdition", {**_edition("2026-03-01")[1], "title": "R"}), set()),
    "page": (("RevisePage", {"slug": "why", "title": "T", "body": "A word."}), set()),
}
"""What is written, and which of the public's answers then fall. Of `c`, most of it: nobody is shown
it, and it has nothing in common with `a`, which `b` and `draft` have.
"""

OF_EDITORS = {
    "of a draft": {*ANY, "by significance", "search", "entity", "related"},
    "drafted": EVERY,
    "drafted under a slug": {*EVERY, "slug"},
    "published": {
        *(ORDERED | {"status", "language", "since"}) - {"by headline"},
        *("entity", "both", "related"),
    },
    "withheld": {*ANY, "status", "by significance"},
    "renamed": {"search"},
}
"""Which of an editor's answers fall, where it is not the same."""


class Newsroom(Site):
    """A site whose briefs are called by their slugs, and entities by their names."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.named: dict[str, str] = {}

    async def begin(self) -> None:
        """Write what is there at first; `a` is first in every order."""
        for name in ("first", "second"):
            known = {"kind": "PERSON", "name": name}
            answer = await self.write("RegisterEntity", "entity { id }", known)
            self.named[name] = answer["entity"]["id"]
        for slug, subject, entity, standfirst in (
            ("c", "tax", "second", "S."),
            ("b", "war", "first", "S."),
            ("a", "war", "first", "A word."),
            ("draft", "war", "first", "S."),
        ):
            draft = {"slug": slug, "headline": slug, "standfirst": standfirst}
            answer = await self.write(
                "DraftBrief", "brief { id }", {**draft, "subjects": [subject]}
            )
            self.named[slug] = answer["brief"]["id"]
            await self.done(*_edit(slug, _involve(entity), "SUBSTANTIVE"))
            await self.done(*_edit(slug, {"addParagraph": {"key": "lede", "text": "It began."}}))
            if slug != "draft":
                await self.done("PublishBrief", {"id": slug})
        for date in ("2026-03-01", "2026-03-02"):
            await self.done(*_edition(date))
        await self.done(*_edit("a", {"addParagraph": {"key": "a", "text": "Raised."}}, "BREAKING"))
        answer = await self.asked('{ brief(by: {slug: "a"}) { updatedAt } }', 0)
        self.named["since"] = answer["data"]["brief"]["updatedAt"]
        await self.caught_up(self.node.tail.position)

    async def done(self, name: str, given: Any) -> None:
        """Write something that is taken, about what is named."""
        edits = [
            {kind: self._meant(edit) for kind, edit in edits.items()}
            for edits in given.get("edits", ())
        ]
        given = self._meant(given) | ({"edits": edits} if edits else {})
        answer = await self.write(name, "", given)
        assert answer["userErrors"] == []

    def _meant(self, given: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in ("id", "entity") if name in given]
        return given | {name: self.named.get(given[name], given[name]) for name in names}

    async def asked(self, document: str, audience: int, *, fresh: bool = False) -> Any:
        """The answer to a document."""
        client = self.fresh if fresh else self.kept
        response = await sent(client, self.body(document), Ask(0, 0, 0, audience, by_get=False))
        return response.json()

    def body(self, document: str) -> dict[str, Any]:
        """The body of a question about what is named."""
        text = document.replace("ENTITY", self.named.get("first", ""))
        return {"query": text.replace("SINCE", self.named.get("since", "")), "variables": {}}

    async def remade(self, audience: int) -> dict[str, Any]:
        """Ask for all lists; the answers that were not kept."""
        found = {}
        for name, document in LISTS.items():
            made = self.app.answers.made
            answer = await self.asked(document, audience)
            assert "errors" not in answer, answer
            if self.app.answers.made != made:
                found[name] = answer
        return found

    async def heard(self, stream: str, event: Event) -> None:
        """Hear of what was written past this node's desk."""
        version = await self.node.log.version_at(stream, self.node.tail.position)
        await appended(self.node.log, request(stream, version, events=(event,)))
        await self.caught_up(self.node.tail.position)

    async def fallen(self, audience: int, name: str, given: Any) -> set[str]:
        """Which lists fall when something is written; all of them must be what they are then."""
        assert (await self.remade(audience)).keys() == LISTS.keys()
        assert await self.remade(audience) == {}
        await self.done(name, given)
        await self.caught_up(self.node.tail.position)
        fallen = set(await self.remade(audience))
        for document in LISTS.values():
            kept = await self.asked(document, audience)
            assert kept == await self.asked(document, audience, fresh=True)
        return fallen


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Newsroom]:
    """A newsroom over the files in a folder."""
    async with open_node(f"sqlite:///{folder}/brief.db", [folder / "read-models"]) as node:
        site = Newsroom(node)
        yield site
        await site.close()


class Begun(NamedTuple):
    """A newsroom that has begun, as files."""

    folder: Path
    named: dict[str, str]


@pytest.fixture(scope="module")
async def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Made once; each test has a copy."""
    folder = tmp_path_factory.mktemp("begun")
    async with opened(folder) as site:
        await site.begin()
        return Begun(folder, site.named)


@pytest.fixture
async def newsroom(begun: Begun, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom that has begun."""
    folder = shutil.copytree(begun.folder, tmp_path / "copy")
    async with opened(folder) as site:
        site.named = dict(begun.named)
        yield site


@pytest.mark.parametrize("change", CHANGES)
async def test_what_the_public_is_given_anew(newsroom: Newsroom, change: str) -> None:
    """What the change is in, and nothing else."""
    written, fallen = CHANGES[change]
    assert await newsroom.fallen(0, *written) == fallen


@pytest.mark.parametrize("change", OF_EDITORS)
async def test_what_editors_are_given_anew(newsroom: Newsroom, change: str) -> None:
    """Drafts are in their lists as well, and what is withheld."""
    assert await newsroom.fallen(1, *CHANGES[change][0]) == OF_EDITORS[change]


@pytest.mark.parametrize("heard_before", [0, 1])
async def test_what_nobody_read_here(newsroom: Newsroom, heard_before: int) -> None:
    """Of what another node writes, it is not known what the first edit changes; then it is."""
    stream = newsroom.named["c"]
    for _ in range(heard_before):
        await newsroom.heard(stream, LanguageSet(language="en"))
    await newsroom.done(*_edit("a", {"addParagraph": {"key": "b", "text": "Raised."}}, "BREAKING"))
    await newsroom.caught_up(newsroom.node.tail.position)
    await newsroom.remade(0)
    assert newsroom.node.states.peek(stream) is None
    await newsroom.heard(stream, SourceAdded(key="k", title="T", publisher="P", accessed="2026"))
    assert set(await newsroom.remade(0)) == (ANY if heard_before else OF_BRIEFS)


async def test_what_is_erased(newsroom: Newsroom) -> None:
    """May be in any list, whatever is known of its brief."""
    await newsroom.done(*_edit("c", _SOURCE))
    await newsroom.done(*_edit("a", {"addParagraph": {"key": "b", "text": "Raised."}}, "BREAKING"))
    await newsroom.caught_up(newsroom.node.tail.position)
    assert await newsroom.fallen(0, *CHANGES["erased"][0]) == OF_BRIEFS


async def test_who_is_left_out_of_what_is_related(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comes in by an update, if it has as much in common as who is in."""
    await newsroom.done("PublishBrief", {"id": "draft"})
    monkeypatch.setattr("graphql_brief.api.brief.RELATED_BOUND", 1)
    for slug in ("b", "draft", "b"):
        await newsroom.done(*_edit(slug, {"reviseHeadline": {"headline": f"{slug} anew"}}))
        await newsroom.done(*_edit(slug, {"reviseHeadline": {"headline": slug}}))
        await newsroom.caught_up(newsroom.node.tail.position)
        await newsroom.remade(0)
        answer = await newsroom.asked(LISTS["related"], 0)
        assert answer["data"]["brief"]["related"] == [
            {"id": newsroom.named[slug], "headline": slug}
        ]


async def test_what_is_related_to_the_past(newsroom: Newsroom) -> None:
    """Is what is related today, also to a brief that had nothing to be related by."""
    draft = {"slug": "lone", "headline": "L", "standfirst": "S."}
    answer = await newsroom.write("DraftBrief", "brief { id }", draft)
    newsroom.named["lone"] = answer["brief"]["id"]
    await newsroom.done(*_edit("lone", _WORD))
    await newsroom.done("PublishBrief", {"id": "lone"})
    asked = '{ brief(by: {slug: "lone"}, at: {version: 3}) { related { headline } } }'
    for subjects, related in (([], []), (["tax"], ["c"]), (["war"], ["a", "b"])):
        await newsroom.done(*_edit("lone", {"setSubjects": {"subjects": subjects}}))
        await newsroom.caught_up(newsroom.node.tail.position)
        for fresh in (False, True):
            answer = await newsroom.asked(asked, 0, fresh=fresh)
            found = [brief["headline"] for brief in answer["data"]["brief"]["related"]]
            assert found == related
