"""Global ids: everything that has one can be asked for by it."""

import dataclasses
from typing import Any

import pytest

from graphql_brief.api.context import Context
from graphql_brief.api.schema import schema
from graphql_brief.api.view import Views
from graphql_brief.projections.states import States
from tests.api.conftest import EDITOR, READER, Newsroom
from tests.api.pages import BY_ID

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Item { key } } }"
TYPENAMES = {
    "brief": "Brief",
    "entity": "Entity",
    "edition": "Edition",
    "page": "Page",
}


def ids(value: Any) -> set[str]:
    """Every id in an answer."""
    if isinstance(value, list):
        return {found for entry in value for found in ids(entry)}
    if isinstance(value, dict):
        own = {value["id"]} if "id" in value else set()
        return own | {found for entry in value.values() for found in ids(entry)}
    return set()


async def test_every_id_of_a_page_leads_back(story: Newsroom) -> None:
    """Whatever has an id on the story's page is found by it, with the same id."""
    page = (await story.ask(BY_ID, READER, id="brief-iraqexit"))["brief"]
    found = sorted(ids(page))
    nouns = {identity.split(".")[1] for identity in found if "." in identity}
    assert nouns >= {
        *("paragraph", "indicator", "observation", "involvement", "development"),
        *("scenario", "precedent", "source", "correction"),
    }
    answers = []
    for start in range(0, len(found), 100):
        asked = found[start : start + 100]
        answers += (await story.ask(NODES, READER, ids=asked))["nodes"]
    assert [answer["id"] for answer in answers] == found
    for answer in answers:
        stream, *path = answer["id"].split(".")
        noun = path[0] if path else stream.split("-")[0]
        assert answer["__typename"] == TYPENAMES.get(noun, noun.title())
        assert answer.get("key") == (path[-1] if path else None)


async def test_revisions_are_nodes(newsroom: Newsroom) -> None:
    """By the version that they end at; readers find none before the first publication."""
    brief = await newsroom.published()  # versions 1 to 3
    version = await newsroom.done(
        brief, {"reviseHeadline": {"headline": "x"}}, {"reviseStandfirst": {"standfirst": "y"}}
    )
    assert version == 5
    found = (await newsroom.ask(NODE, READER, id=f"{brief}.revision.5"))["node"]
    assert found == {"__typename": "Revision", "id": f"{brief}.revision.5"}
    for missing in ("4", "6", "0", "05", "x", "99999999999999999999"):
        assert (await newsroom.ask(NODE, READER, id=f"{brief}.revision.{missing}"))["node"] is None
    first = f"{brief}.revision.1"
    assert (await newsroom.ask(NODE, READER, id=first))["node"] is None
    assert (await newsroom.ask(NODE, EDITOR, id=first))["node"]["id"] == first
    document = "query($id: ID!) { node(id: $id) { ... on Revision { actor changes { type } } } }"
    node = (await newsroom.ask(document, READER, id=f"{brief}.revision.3"))["node"]
    assert node == {"actor": None, "changes": [{"type": "BriefPublished"}]}


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "x",
        "brief-none",
        "brief-none.source.a",
        "entity-none",
        "edition-2020-01-01",
        "page-none",
        "page-why.source.a",
        "brief-iraqexit.",
        "brief-iraqexit.source",
        "brief-iraqexit.source.none",
        "brief-iraqexit.nonsense.x",
        "brief-iraqexit.observation.none.x",
        "brief-iraqexit.forecast.none.x",
        "brief-iraqexit.source.a.b.c",
        "entity-none.revision.1",
        "é",
        "\x00",
        "x" * 10_000,
    ],
)
async def test_unknown_ids_are_null(story: Newsroom, identity: str) -> None:
    """Whatever the text."""
    assert (await story.ask(NODE, EDITOR, id=identity))["node"] is None
    assert (await story.ask(NODES, EDITOR, ids=[identity]))["nodes"] == [None]


async def test_what_a_reader_may_not_see_has_no_node(newsroom: Newsroom) -> None:
    """A draft and its items are as if they were not there."""
    brief = await newsroom.draft()
    await newsroom.done(brief, {"addParagraph": {"key": "lede", "text": "It began."}})
    identities = [brief, f"{brief}.paragraph.lede", f"{brief}.revision.2"]
    assert (await newsroom.ask(NODES, READER, ids=identities))["nodes"] == [None] * 3
    found = (await newsroom.ask(NODES, EDITOR, ids=identities))["nodes"]
    assert [node["id"] for node in found] == identities


async def test_ids_stay_whatever_changes(newsroom: Newsroom) -> None:
    """Another slug, headline, text or place: what had an id has it still."""
    brief = await newsroom.published(slug="one")
    await newsroom.done(brief, {"addParagraph": {"key": "more", "text": "It went on."}})
    page = "query($id: ID!) { brief(by: {id: $id}) { id overview { id key } } }"
    before = (await newsroom.ask(page, id=brief))["brief"]
    await newsroom.done(
        brief,
        {"changeSlug": {"slug": "another"}},
        {"reviseHeadline": {"headline": "Another"}},
        {"reviseParagraph": {"key": "lede", "text": "It began elsewhere."}},
        {"moveParagraph": {"key": "more", "before": "lede"}},
    )
    after = (await newsroom.ask(page, id=brief))["brief"]
    assert after["id"] == before["id"]
    assert after["overview"] == before["overview"][::-1]
    asked = sorted(ids(before))
    assert [node["id"] for node in (await newsroom.ask(NODES, ids=asked))["nodes"]] == asked


async def test_nodes_of_few_streams_are_few_reads(story: Newsroom) -> None:
    """Cold: as many reads as its streams need, and one for all revisions; then none."""
    briefs = ["brief-iraqexit", "brief-iraq2011", "brief-subicbay", "brief-afghan1989"]
    page = (await story.ask(BY_ID, READER, id=briefs[0]))["brief"]
    items = sorted(identity for identity in ids(page) if identity.startswith(f"{briefs[0]}."))
    revisions = [f"{brief}.revision.{version}" for brief in briefs for version in range(1, 9)]
    asked = [*briefs, *items[:50], *revisions, "brief-none", "entity-none", "x"]

    async def reads_of(states: States, identities: list[str]) -> tuple[int, list[Any]]:
        node = dataclasses.replace(
            story.node, states=states, catalogue=story.catalogue(), views=Views()
        )
        before = story.database.reads + story.store.reads
        answer = await schema.execute(
            NODES, variable_values={"ids": identities}, context_value=Context(node, EDITOR)
        )
        assert answer.errors is None
        assert answer.data is not None
        return story.database.reads + story.store.reads - before, answer.data["nodes"]

    cold = story.states()
    of_streams, _ = await reads_of(cold, [*briefs, "brief-none", "entity-none"])
    warm, nodes = await reads_of(cold, asked[:-3])
    assert warm == 1
    assert [node and node["id"] for node in nodes[:54]] == asked[:54]
    assert sum(node is not None for node in nodes[54:]) >= len(briefs)
    assert await reads_of(story.states(), asked) == (of_streams + 1, [*nodes, None, None, None])


async def test_too_many_ids_are_refused(newsroom: Newsroom) -> None:
    """A bound with a code."""
    assert await newsroom.code(NODES, ids=["x"] * 101) == "BAD_PAGE"
