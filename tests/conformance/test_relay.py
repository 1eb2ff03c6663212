"""Relay: its compiler takes the schema's conventions, and what it makes is answered."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.server import ROOT, Server
from tests.conformance.node import HERE, run_tool

NAME = re.compile(r"(?:query|mutation|subscription) operations(\w+)")
BRIEF = "brief-iraqexit"


def compiled(folder: Path) -> tuple[int, str]:
    """With what the compiler ends on the operations beside this file, and what it says."""
    shutil.copytree(HERE / "relay", folder, dirs_exist_ok=True)
    (folder / "__generated__").mkdir()
    (folder / "persisted.json").write_text("{}")  # the compiler adds to it, and does not begin it
    return run_tool("relay-compiler", "relay.config.json", cwd=folder)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The documents that the compiler made for the server, by their operations' names."""
    folder = tmp_path_factory.mktemp("relay")
    shutil.copy(ROOT / "schema.graphql", folder)
    assert compiled(folder)[0] == 0
    made = json.loads((folder / "persisted.json").read_text()).values()
    return {found[1]: text for text in made if (found := NAME.match(text))}


def test_every_operation_is_compiled(documents: dict[str, str]) -> None:
    """Those that are written, and one for each fragment that asks for its own next page."""
    text = (HERE / "relay" / "operations.js").read_text()
    written = NAME.findall(text)
    refetched = re.findall(r'queryName: "operations(\w+)"', text)
    assert len(refetched) == 4
    assert sorted(documents) == sorted(written + refetched)


def test_a_schema_without_the_conventions_is_refused(tmp_path: Path) -> None:
    """The compiler looks for them: it does not take a connection whose edges have no cursor."""
    text = (ROOT / "schema.graphql").read_text()
    assert text.count("type DevelopmentEdge {") == 1
    before, _, after = text.partition("type DevelopmentEdge {")
    (tmp_path / "schema.graphql").write_text(
        f"{before}type DevelopmentEdge {{{after.replace('cursor: String!', 'place: String!', 1)}"
    )
    status, said = compiled(tmp_path)
    assert status != 0
    assert "cursor" in said


@pytest.mark.parametrize(
    ("name", "variables", "length"),
    [
        ("HomeQuery", {"filter": {"language": "en"}}, 4),
        ("HomePageQuery", {"count": 1}, 1),
        ("HistoryPageQuery", {"id": BRIEF, "count": 3}, 3),
        ("SearchQuery", {"text": "troops"}, 1),
        ("BriefQuery", {"slug": "americas-second-exit-from-iraq"}, 20),
        ("NodesQuery", {"id": f"{BRIEF}.source.none", "ids": [BRIEF, "brief-none"]}, 0),
    ],
)
def test_what_it_made_is_answered(
    server: Server, documents: dict[str, str], name: str, variables: dict[str, Any], length: int
) -> None:
    """With no error, and with pages of the lengths that were asked for."""
    data = server.ask(documents[name], variables)
    assert len(edges_in(data)) >= length


def test_a_timeline_is_read_on_in_both_directions(
    server: Server, documents: dict[str, str]
) -> None:
    """As `loadNext` and `loadPrevious` do: the other direction's variables are null."""
    document = documents["TimelinePageQuery"]

    def page(**asked: Any) -> Any:
        nothing = dict.fromkeys(("first", "after", "last", "before"))
        return server.ask(document, {"id": BRIEF, **nothing, **asked})["node"]["timeline"]

    first = page(first=2)
    second = page(first=2, after=first["pageInfo"]["endCursor"])
    back = page(last=2, before=second["pageInfo"]["startCursor"])
    assert back["edges"] == first["edges"]
    assert {edge["node"]["id"] for edge in first["edges"]}.isdisjoint(
        edge["node"]["id"] for edge in second["edges"]
    )


def edges_in(value: Any) -> list[Any]:
    """All edges of an answer, of whatever connection."""
    if isinstance(value, list):
        return [edge for entry in value for edge in edges_in(entry)]
    if not isinstance(value, dict):
        return []
    own: list[Any] = value.get("edges", [])
    return own + [edge for held in value.values() for edge in edges_in(held)]
