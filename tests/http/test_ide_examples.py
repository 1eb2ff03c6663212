"""The IDE's examples: each runs on the fixtures, as the user that it is for."""

import asyncio
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from graphql_brief.http import ide
from graphql_brief.http.ide.examples import USERS, BadExample, Example, read_examples
from tests.cli.server import ROOT, Server
from tests.http.test_websocket import hear, initialise, say, socket

EXAMPLES = read_examples(files(ide) / "examples")
REFUSED = {
    "editor/refused": ["INVALID_DATE", "INVALID_TEXT"],
    "editor/conflict": ["VERSION_CONFLICT"],
}
"""The examples that show a refusal, and its codes."""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that is written to."""
    folder = tmp_path_factory.mktemp("examples")
    running = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert running.stop() == ""


def kind_of(example: Example) -> str:
    """Its one operation's kind."""
    (operation,) = (
        found
        for found in parse(example.document).definitions
        if isinstance(found, OperationDefinitionNode)
    )
    return operation.operation.value


def token_of(example: Example, server: Server) -> str | None:
    """What its user has; readers have none."""
    return {"auditor": server.auditor, "editor": server.editor}.get(example.user)


ASKED = [example for example in EXAMPLES if kind_of(example) != "subscription"]
FOLLOWED = [example for example in EXAMPLES if kind_of(example) == "subscription"]


@pytest.mark.parametrize("example", ASKED, ids=lambda example: example.name)
def test_asked(own_server: Server, example: Example) -> None:
    """Without an error; with data, and with user errors only where they are what is shown."""
    data = own_server.ask(example.document, example.variables, token_of(example, own_server))
    for value in data.values():
        assert value is not None
        codes = [error["code"] for error in value.get("userErrors", ())]
        assert codes == REFUSED.get(example.name, [])


@pytest.mark.parametrize("example", FOLLOWED, ids=lambda example: example.name)
def test_followed(own_server: Server, example: Example) -> None:
    """From a place in the past it brings what came after, without an error."""
    early = '{ brief(by: {id: "brief-iraqexit"}, at: {version: 1}) { liveCursor } }'
    start = own_server.ask(early, token=own_server.editor)
    variables = dict(example.variables or {})
    if variables["after"] is None:
        variables["after"] = start["brief"]["liveCursor"]
    token = token_of(example, own_server)

    async def first() -> dict[str, Any]:
        async with socket(own_server) as connection:
            await initialise(connection, **({"authorization": f"Bearer {token}"} if token else {}))
            payload = {"query": example.document, "variables": variables}
            await say(connection, type="subscribe", id="1", payload=payload)
            return await hear(connection)

    message = asyncio.run(first())
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    (event,) = message["payload"]["data"].values()
    assert event["__typename"] != "ResyncRequired"


def test_every_user_has_some() -> None:
    """And each has a name of its own."""
    assert {example.user for example in EXAMPLES} == set(USERS)
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


def test_those_of_a_token_say_so() -> None:
    """Whoever opens one knows what it needs before it fails."""
    for example in EXAMPLES:
        said = re.search(r"^# Needs the token of an (\w+)\.$", example.document, re.MULTILINE)
        assert (said[1] if said else None) == (
            example.user if example.user in ("auditor", "editor") else None
        )


def test_the_manual_lists_them() -> None:
    """docs/ide.md has each with the words of its file, in order."""
    manual = (ROOT / "docs" / "ide.md").read_text()
    rows = re.findall(r"^\| `(\w+/[a-z-]+)` \| (.+) \|$", manual, re.MULTILINE)
    assert rows == [(example.name, example.about) for example in EXAMPLES]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1-page.graphql", "{ a }"),
        ("1-page.graphql", "# For an editor: a page.\n{ a }"),
        ("page.graphql", "# For a web client: a page.\n{ a }"),
        ("1-page.gql", "# For a web client: a page.\n{ a }"),
    ],
)
def test_a_file_that_is_no_example(tmp_path: Path, name: str, text: str) -> None:
    """It is told which, and how one begins."""
    for user in USERS:
        (tmp_path / user).mkdir()
    (tmp_path / "client" / name).write_text(text)
    with pytest.raises(BadExample, match=rf"client/{name}: .*# For a web client"):
        read_examples(tmp_path)
