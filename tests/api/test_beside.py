"""Beside briefs: entities, editions, pages, and who asks."""

from typing import Any

import pytest

from graphql_brief.api.viewer import Role, Viewer
from tests.api.conftest import EDITOR, READER, Newsroom

EDITION = """
query($date: Date) {
  edition(date: $date) {
    id date title version position publishedAt updatedAt entries { summary brief { id } }
  }
}
"""
PUBLISH = """
mutation($i: PublishEditionInput!) {
  publishEdition(input: $i) {
    edition { id title } revision { version } userErrors { code path }
  }
}
"""


async def publish(newsroom: Newsroom, date: str, *briefs: str, title: str = "T") -> Any:
    """Bring out an edition."""
    entries = [{"brief": brief, "summary": f"S {brief}"} for brief in briefs]
    given = {"date": date, "title": title, "entries": entries}
    return (await newsroom.ask(PUBLISH, EDITOR, i=given))["publishEdition"]


async def test_editions(newsroom: Newsroom) -> None:
    """By date, or the latest; an entry whose brief a reader may not see is left out."""
    assert (await newsroom.ask(EDITION))["edition"] is None
    seen, draft = await newsroom.published(), await newsroom.draft()  # positions 1 to 4
    answer = await publish(newsroom, "2026-01-18", seen, draft)
    assert answer["edition"] == {"id": "edition-2026-01-18", "title": "T"}
    assert answer["revision"] == {"version": 1}
    await publish(newsroom, "2026-01-17", seen)
    edition = (await newsroom.ask(EDITION))["edition"]
    assert edition == {
        "id": "edition-2026-01-18",
        "date": "2026-01-18",
        "title": "T",
        "version": 1,
        "position": 5,
        "publishedAt": "2026-02-01T09:05:00Z",
        "updatedAt": "2026-02-01T09:05:00Z",
        "entries": [{"summary": f"S {seen}", "brief": {"id": seen}}],
    }
    for_editors = (await newsroom.ask(EDITION, EDITOR, date="2026-01-18"))["edition"]
    assert [entry["brief"]["id"] for entry in for_editors["entries"]] == [seen, draft]
    earlier = (await newsroom.ask(EDITION, date="2026-01-17"))["edition"]
    assert earlier["id"] == "edition-2026-01-17"
    assert (await newsroom.ask(EDITION, date="2026-01-16"))["edition"] is None
    await publish(newsroom, "2026-01-18", seen, title="Anew")
    again = (await newsroom.ask(EDITION))["edition"]
    assert (again["title"], again["version"]) == ("Anew", 2)
    assert again["publishedAt"] != again["updatedAt"]


async def test_the_edition_of_the_story(story: Newsroom) -> None:
    """The fixtures' Daily Brief has briefs."""
    edition = (await story.ask(EDITION))["edition"]
    assert edition["entries"]


async def test_a_day_must_be_one(newsroom: Newsroom) -> None:
    """`2026-1-18` is no date of an edition."""
    assert await newsroom.code(EDITION, date="2026-1-18") == "BAD_USER_INPUT"


async def test_pages(newsroom: Newsroom) -> None:
    """Written, rewritten and read by slug."""
    revise = """mutation($i: RevisePageInput!) { revisePage(input: $i) {
        page { id slug title body version position updatedAt } userErrors { code } } }"""
    read = "query($slug: String!) { page(slug: $slug) { title body } }"
    assert (await newsroom.ask(read, slug="why"))["page"] is None
    page = {"slug": "why", "title": "Why", "body": "Because.\n\nSo."}
    answer = (await newsroom.ask(revise, EDITOR, i=page))["revisePage"]
    assert answer["page"] == page | {
        "id": "page-why",
        "version": 1,
        "position": 1,
        "updatedAt": "2026-02-01T09:01:00Z",
    }
    await newsroom.ask(revise, EDITOR, i=page | {"body": "Really."})
    assert (await newsroom.ask(read, slug="why"))["page"] == {"title": "Why", "body": "Really."}
    assert (await newsroom.ask(read, slug="Why/../x"))["page"] is None


async def test_entities(newsroom: Newsroom) -> None:
    """Registered, revised and read by id; null for what is none."""
    register = """mutation($i: RegisterEntityInput!) { registerEntity(input: $i) {
        entity { id } revision { version changes { type section } } } }"""
    revise = """mutation($i: ReviseEntityInput!) { reviseEntity(input: $i) {
        entity { name description } revision { changes { fields } } userErrors { code path } } }"""
    read = "query($id: ID!) { entity(id: $id) { name initials description version } }"
    given = {"kind": "PERSON", "name": "Ana Reis", "description": "Mayor."}
    answer = (await newsroom.ask(register, EDITOR, i=given))["registerEntity"]
    entity = answer["entity"]["id"]
    changes = [{"type": "EntityRegistered", "section": "HEAD"}]
    assert answer["revision"] == {"version": 1, "changes": changes}
    changed = {"id": entity, "name": "Ana R.", "description": None}
    answer = (await newsroom.ask(revise, EDITOR, i=changed))["reviseEntity"]
    assert answer["entity"] == {"name": "Ana R.", "description": None}
    assert answer["revision"] == {"changes": [{"fields": ["name", "description"]}]}
    found = (await newsroom.ask(read, READER, id=entity))["entity"]
    assert found == {"name": "Ana R.", "initials": "AR", "description": None, "version": 2}
    brief = await newsroom.draft()
    assert (await newsroom.ask(read, EDITOR, id=brief))["entity"] is None
    answer = (await newsroom.ask(revise, EDITOR, i={"id": brief, "name": "x"}))["reviseEntity"]
    assert answer["userErrors"] == [{"code": "NOT_FOUND", "path": ["input", "id"]}]


@pytest.mark.parametrize(
    ("viewer", "shown"),
    [
        (READER, {"audience": "PUBLIC", "actor": None, "roles": []}),
        (
            Viewer(actor="a", roles=frozenset({Role.EDITOR, Role.READER})),
            {"audience": "NEWSROOM", "actor": "a", "roles": ["READER", "EDITOR"]},
        ),
        (
            Viewer(actor="b", roles=frozenset(Role)),
            {"audience": "AUDIT", "actor": "b", "roles": [role.name for role in Role]},
        ),
    ],
)
async def test_who_asks(newsroom: Newsroom, viewer: Viewer, shown: Any) -> None:
    """What the token says, roles in a fixed order."""
    document = "{ viewer { audience actor roles } }"
    assert (await newsroom.ask(document, viewer))["viewer"] == shown
