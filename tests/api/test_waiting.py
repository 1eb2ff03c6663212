"""`minPosition`: an answer that waits for what was written elsewhere, within bounds."""

import asyncio
from typing import Any

import pytest

from graphql_brief.api import waiting
from tests.api.conftest import EDITOR, Newsroom

ASKED = {
    "brief": "query($at: Position!) { brief(by: {slug: $slug}, minPosition: $at) { headline } }",
    "briefs": "query($at: Position!) { briefs(minPosition: $at) { edges { node { headline } } } }",
    "search": """query($at: Position!) {
      search(text: "late", minPosition: $at) { edges { node { headline } } } }""",
}


def query(name: str) -> str:
    """One of the questions that can wait."""
    return ASKED[name].replace("$slug", '"late"')


@pytest.mark.parametrize("name", list(ASKED))
async def test_it_waits_for_what_comes(newsroom: Newsroom, name: str) -> None:
    """The answer to a question that came first holds what is recorded after it."""
    position = newsroom.node.tail.position + 1
    asked = asyncio.create_task(newsroom.ask(query(name), EDITOR, at=position))
    for _ in range(5):
        await asyncio.sleep(0)  # the question begins to wait
    assert not asked.done()
    await newsroom.draft(headline="late", slug="late")
    assert "late" in str(await asked)


@pytest.mark.parametrize("name", list(ASKED))
async def test_it_does_not_wait_for_ever(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A position that does not come is an error, which says how far the server is."""
    monkeypatch.setattr(waiting, "WAIT_S", 0.01)
    result: Any = await newsroom.result(query(name), EDITOR, at=1000)
    (error,) = result.errors
    assert error.extensions["code"] == "POSITION_NOT_REACHED"
    assert "up to position 0, not 1000" in error.message


async def test_what_is_there_does_not_wait(newsroom: Newsroom) -> None:
    """Not even when everybody waits who may."""
    await newsroom.draft(headline="late", slug="late")
    await newsroom.node.projector.wait(newsroom.node.tail.position)
    node = newsroom.node
    while not node.waiting.locked():
        await node.waiting.acquire()
    at = node.tail.position
    assert "late" in str(await newsroom.ask(query("briefs"), EDITOR, at=at))
    assert await newsroom.code(query("briefs"), EDITOR, at=at + 1) == "POSITION_NOT_REACHED"
