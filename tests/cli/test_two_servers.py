"""Two servers on one log in PostgreSQL: what is written through one is read on the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cli.server import ROOT, Server
from tests.http.test_websocket import SLUG, UPDATES, hear, say, socket

READ = """query($slug: String!, $at: Position) {
  brief(by: {slug: $slug}, minPosition: $at) { standfirst version }
  briefs(minPosition: $at) { position totalCount edges { node { standfirst } } }
  search(text: "zebrafinch", minPosition: $at) { edges { node { slug } } }
}"""
EDIT = """mutation($text: String!) {
  editBrief(input: {
    id: "brief-iraqexit", changeNote: "n", significance: MINOR
    edits: [{reviseStandfirst: {standfirst: $text}}]
  }) { brief { position version } userErrors { message } }
}"""


async def start(url: str, folder: Path) -> Server:
    """One more server on a log; its data is in `var/` of a folder."""
    return await asyncio.to_thread(
        Server.start, url, "--fixtures", str(ROOT / "fixtures"), cwd=folder
    )


@asynccontextmanager
async def two(url: str, folder: Path) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that are started at once."""
    async with AsyncExitStack() as stack:
        starting = [asyncio.create_task(start(url, folder)) for _ in range(2)]
        await asyncio.wait(starting)
        for task in starting:
            if task.exception() is None:
                stack.push_async_callback(end, task.result())
        first, second = [task.result() for task in starting]
        yield first, second


async def end(server: Server) -> None:
    """Stop it, if it runs still."""
    if server.process.poll() is None:
        await asyncio.to_thread(server.stop)


def edit(server: Server, text: str) -> Any:
    """Change the story's standfirst."""
    answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
    assert answer["userErrors"] == []
    return answer["brief"]


async def test_an_edit_through_one_is_on_a_subscription_of_the_other(
    empty_postgres: str, tmp_path: Path
) -> None:
    """The history is loaded once, though both find an empty log; updates cross in both ways."""
    async with two(empty_postgres, tmp_path) as (first, second):
        assert {path.name for path in (tmp_path / "var").iterdir()} == {
            *("erasures.jsonl", "read-models", "read-models-2", "token-secret"),
        }
        heads = [
            await asyncio.to_thread(server.ask, "{ log { position } }", token=server.auditor)
            for server in (first, second)
        ]
        assert heads == [{"log": {"position": 169}}] * 2
        for writer, reader in ((first, second), (second, first)):
            async with socket(reader) as connection:
                await say(connection, type="connection_init")
                assert (await hear(connection))["type"] == "connection_ack"
                await say(connection, id="1", type="subscribe", payload={"query": UPDATES})
                # An answer on the same socket shows that the subscription before it is there.
                await say(connection, type="ping")
                assert (await hear(connection))["type"] == "pong"
                edited = await asyncio.to_thread(edit, writer, f"Through {writer.port}.")
                update = (await hear(connection))["payload"]["data"]["briefUpdates"]
                assert update["brief"]["version"] == edited["version"]


async def test_an_answer_can_wait_for_what_the_other_wrote(
    empty_postgres: str, tmp_path: Path
) -> None:
    """A brief, a list and a search on the other server hold what was written up to a position."""
    async with two(empty_postgres, tmp_path) as (first, second):
        for turn in range(3):
            text = f"A zebrafinch, {turn}."
            at = (await asyncio.to_thread(edit, first, text))["position"]
            found = await asyncio.to_thread(
                second.ask, READ, {"slug": SLUG, "at": at}, second.editor
            )
            assert found["brief"]["standfirst"] == text
            assert found["briefs"]["edges"][0]["node"]["standfirst"] == text
            assert found["briefs"]["position"] >= at
            assert [edge["node"]["slug"] for edge in found["search"]["edges"]] == [SLUG]


async def test_one_goes_on_when_the_other_dies(empty_postgres: str, tmp_path: Path) -> None:
    """The one that is left writes; the other, started again, has its read models and catches up."""
    async with two(empty_postgres, tmp_path) as (first, second):
        at = (await asyncio.to_thread(edit, first, "Before."))["position"]
        await asyncio.to_thread(first.kill)
        after = await asyncio.to_thread(edit, second, "After.")
        assert after["position"] == at + 1
        again = await start(empty_postgres, tmp_path)
        try:
            found = await asyncio.to_thread(
                again.ask, READ, {"slug": SLUG, "at": at + 1}, again.editor
            )
            assert found["brief"]["standfirst"] == "After."
            assert not (tmp_path / "var" / "read-models-3").exists()
        finally:
            await asyncio.to_thread(again.stop)
