"""Lists of briefs: filters, orders, pages, search, what an entity or another brief leads to."""

from typing import Any

import pytest

from graphql_brief.api.lists import marked
from graphql_brief.api.request import Request
from graphql_brief.api.viewer import Viewer
from graphql_brief.domain.commands import WithholdBrief
from graphql_brief.projections.search import MARK_END, MARK_START
from tests.api.conftest import EDITOR, READER, Newsroom

BRIEFS = """
query($first: Int, $after: String, $last: Int, $before: String, $filter: BriefFilter,
      $order: BriefOrder! = UPDATED) {
  briefs(first: $first, after: $after, last: $last, before: $before, filter: $filter,
         orderBy: $order) {
    totalCount position
    edges { cursor node { id headline status } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
SEARCH = """
query($text: String!, $first: Int, $after: String) {
  search(text: $text, first: $first, after: $after) {
    position edges { cursor snippet highlights { start end } node { headline } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def headlines(found: Any) -> list[str]:
    """The headlines of a page, in order."""
    return [edge["node"]["headline"] for edge in found["edges"]]


async def briefs(newsroom: Newsroom, viewer: Viewer = READER, **asked: Any) -> Any:
    """A page of the briefs."""
    return (await newsroom.ask(BRIEFS, viewer, **asked))["briefs"]


async def test_readers_list_what_is_public(newsroom: Newsroom) -> None:
    """Drafts and withheld briefs are in the newsroom's lists and counts alone."""
    await newsroom.draft(headline="draft")
    await newsroom.published(headline="published")
    withheld = await newsroom.published(headline="withheld")
    await newsroom.step("withhold", withheld, reason="R.")
    found = await briefs(newsroom)
    assert (headlines(found), found["totalCount"]) == (["published"], 1)
    found = await briefs(newsroom, EDITOR)
    assert (headlines(found), found["totalCount"]) == (["withheld", "published", "draft"], 3)
    assert found["position"] == newsroom.node.tail.position


async def test_what_was_withheld_since_is_left_out(newsroom: Newsroom) -> None:
    """A list that was made before does not show what a reader may no longer see."""
    one = await newsroom.published(headline="one")
    await newsroom.published(headline="two")
    await newsroom.node.projector.stop()
    assert headlines(await briefs(newsroom)) == ["two", "one"]
    await newsroom.node.desk.transition(
        Request(viewer=EDITOR), one, WithholdBrief, {"reason": "R."}
    )
    assert headlines(await briefs(newsroom)) == ["two"]


async def test_filters_and_orders(newsroom: Newsroom) -> None:
    """Each filter narrows, each order sorts."""
    answer = await newsroom.ask(
        "mutation($i: RegisterEntityInput!) { registerEntity(input: $i) { entity { id } } }",
        EDITOR,
        i={"kind": "PERSON", "name": "Ana"},
    )
    person = answer["registerEntity"]["entity"]["id"]
    b = await newsroom.published(headline="B", subjects=["Trade"], language="en-GB")
    a = await newsroom.published(headline="A", subjects=["Labour"], language="pt")
    await newsroom.draft(headline="C", subjects=["trade"])
    await newsroom.done(a, {"involveEntity": {"entity": person}}, significance="MINOR")
    await newsroom.done(b, {"reviseStandfirst": {"standfirst": "More."}}, significance="BREAKING")

    async def listed(order: str = "UPDATED", **wanted: Any) -> list[str]:
        return headlines(await briefs(newsroom, EDITOR, filter=wanted, order=order))

    assert await listed() == ["B", "A", "C"]
    assert (await listed("SIGNIFICANT_UPDATE"))[0] == "B"
    assert (await listed("PUBLISHED"))[:2] == ["A", "B"]
    assert await listed("HEADLINE") == ["A", "B", "C"]
    assert await listed(status="DRAFT") == ["C"]
    assert await listed(subject="TRADE") == ["B", "C"]
    assert await listed(entity=person) == ["A"]
    assert await listed(language="en") == ["B", "C"]
    assert await listed(updatedSince="2026-02-01T09:09:00Z") == ["B", "A"]
    assert await listed(subject="Trade", status="PUBLISHED") == ["B"]
    assert await listed(subject="none") == []
    document = """query($id: ID!) { entity(id: $id) { name briefs(first: 5) {
        totalCount position edges { node { headline } } } } }"""
    entity = (await newsroom.ask(document, READER, id=person))["entity"]
    assert (entity["name"], headlines(entity["briefs"])) == ("Ana", ["A"])
    assert entity["briefs"]["totalCount"] == 1


@pytest.mark.parametrize("order", ["UPDATED", "SIGNIFICANT_UPDATE", "PUBLISHED", "HEADLINE"])
@pytest.mark.parametrize("backward", [False, True])
async def test_pages_give_every_brief_once(newsroom: Newsroom, order: str, backward: bool) -> None:
    """From page to page, in either direction, each brief comes once and in order."""
    for number in range(7):
        await newsroom.draft(headline=f"H{number % 3}")
    whole = await briefs(newsroom, EDITOR, order=order)
    expected = [edge["node"]["id"] for edge in whole["edges"]]
    assert len(set(expected)) == 7
    found: list[str] = []
    cursor = None
    more = True
    while more:
        if backward:
            page = await briefs(newsroom, EDITOR, order=order, last=2, before=cursor)
        else:
            page = await briefs(newsroom, EDITOR, order=order, first=2, after=cursor)
        ids = [edge["node"]["id"] for edge in page["edges"]]
        found = ids + found if backward else found + ids
        cursor = page["pageInfo"]["startCursor" if backward else "endCursor"]
        more = page["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]
        behind = page["pageInfo"]["hasNextPage" if backward else "hasPreviousPage"]
        assert behind is (len(found) > 2)
    assert found == expected


async def test_a_page_of_twenty(newsroom: Newsroom) -> None:
    """Without first and last there are 20 briefs on a page."""
    for _ in range(21):
        await newsroom.draft()
    page = await briefs(newsroom, EDITOR)
    assert (len(page["edges"]), page["totalCount"]) == (20, 21)
    assert page["pageInfo"]["hasNextPage"] is True
    before = await briefs(newsroom, EDITOR, before=page["pageInfo"]["endCursor"])
    assert len(before["edges"]) == 19
    nothing = await briefs(newsroom, EDITOR, first=0)
    assert (nothing["edges"], nothing["pageInfo"]["endCursor"]) == ([], None)


@pytest.mark.parametrize(
    "asked",
    [
        {"first": 1, "last": 1},
        {"first": -1},
        {"first": 101},
        {"last": 101},
        {"after": "x"},
        {"before": "é"},
        {"after": "WyJIRUFETElORSIsIkEiLCJicmllZi1hIl0"},
    ],
)
async def test_bad_pages(newsroom: Newsroom, asked: dict[str, Any]) -> None:
    """Refused with a code; so is the cursor of another order."""
    assert await newsroom.code(BRIEFS, **asked) == "BAD_PAGE"


async def test_search(newsroom: Newsroom) -> None:
    """What stands in a brief is found, with where the words stand in the snippet."""
    await newsroom.published(headline="Cranes stand still", standfirst="A <b>port</b> strike.")
    await newsroom.draft(headline="Cranes in a draft")
    found = (await newsroom.ask(SEARCH, READER, text="crane"))["search"]
    assert headlines(found) == ["Cranes stand still"]
    (edge,) = found["edges"]
    (mark,) = edge["highlights"]
    assert edge["snippet"][mark["start"] : mark["end"]] == "Cranes"
    assert found["position"] == newsroom.node.tail.position
    assert len((await newsroom.ask(SEARCH, EDITOR, text="crane"))["search"]["edges"]) == 2
    (edge,) = (await newsroom.ask(SEARCH, READER, text="port"))["search"]["edges"]
    assert edge["snippet"] == "A <b>port</b> strike."


async def test_pages_of_search(newsroom: Newsroom) -> None:
    """The best first, each once."""
    for number in range(5):
        await newsroom.draft(headline=f"Crane {number}")
    first = (await newsroom.ask(SEARCH, EDITOR, text="crane", first=3))["search"]
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = (await newsroom.ask(SEARCH, EDITOR, text="crane", first=3, after=after))["search"]
    assert second["pageInfo"]["hasNextPage"] is False
    assert sorted(headlines(first) + headlines(second)) == [f"Crane {n}" for n in range(5)]


@pytest.mark.parametrize("text", ["", '"', "AND OR NOT", "a* NEAR(b)", "';--", "\x00", "ü" * 200])
async def test_any_text_can_be_searched_for(newsroom: Newsroom, text: str) -> None:
    """No text is an error of syntax."""
    assert (await newsroom.ask(SEARCH, READER, text=text))["search"]["edges"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"text": "a" * 201}, "BAD_USER_INPUT"),
        ({"text": "a", "first": -1}, "BAD_PAGE"),
        ({"text": "a", "after": "x"}, "BAD_PAGE"),
    ],
)
async def test_bad_searches(newsroom: Newsroom, asked: dict[str, Any], code: str) -> None:
    """Refused with a code."""
    assert await newsroom.code(SEARCH, **asked) == code


def test_highlights_count_code_points() -> None:
    """Offsets are those of the text without the marks, whatever the characters."""
    text = f"…{MARK_START}né{MARK_END} 𝄞 {MARK_START}x{MARK_END}"
    assert list(marked(text)) == [(1, 3), (6, 7)]


async def test_related_briefs(story: Newsroom) -> None:
    """Briefs that share entities or subjects, and no draft for readers."""
    document = '{ brief(by: {id: "brief-iraqexit"}) { related { id } } }'
    related = {found["id"] for found in (await story.ask(document))["brief"]["related"]}
    assert "brief-iraq2011" in related
    assert "brief-iraqexit" not in related
    await story.draft(subjects=["Iraq"])
    again = {found["id"] for found in (await story.ask(document))["brief"]["related"]}
    assert again == related
    for_editors = (await story.ask(document, EDITOR))["brief"]["related"]
    assert len(for_editors) == len(related) + 1
