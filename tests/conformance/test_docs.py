"""docs/clients.md: its code is that of the files that are tested, its operations fit the schema."""

import re

import pytest
from graphql import build_schema, parse, validate

from graphql_brief.api.connections import PAGE_BOUND
from tests.cli.server import ROOT
from tests.conformance.node import HERE

TEXT = (ROOT / "docs" / "clients.md").read_text()
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())


def blocks(language: str) -> list[str]:
    """The code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_its_code_is_tested() -> None:
    """Each block is a passage of a file that the text names."""
    named = re.findall(r"\(\.\./tests/conformance/([\w./]+\.js)\)", TEXT)
    texts = [(HERE / name).read_text() for name in named]
    found = blocks("js")
    assert len(found) == 9
    for block in found:
        assert any(block in text for text in texts), block


def test_its_operations_fit_the_schema() -> None:
    """Each block in GraphQL is a document that the server takes."""
    found = blocks("graphql")
    assert len(found) == 1
    for block in found:
        assert validate(SCHEMA, parse(block)) == []


def test_its_table_names_every_connection() -> None:
    """All fields that give connections, and no other."""
    fields = {
        (name, field)
        for name, found in SCHEMA.type_map.items()
        for field, kind in getattr(found, "fields", {}).items()
        if str(getattr(kind, "type", "")).endswith("Connection!")
    }
    expected = {field if name == "Query" else f"{name}.{field}" for name, field in fields}
    assert set(re.findall(r"^\| `([\w.]+)` \|", TEXT, re.MULTILINE)) == expected


@pytest.mark.parametrize("words", ["from 0 to {}", "up to {} at once"])
def test_its_bounds(words: str) -> None:
    """As the code has them."""
    assert words.format(PAGE_BOUND) in TEXT
