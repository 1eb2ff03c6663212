"""The schema, as the linter of @graphql-eslint sees it."""

import shutil
from pathlib import Path

from tests.cli.server import ROOT
from tests.conformance.node import HERE, run_tool

SCHEMA = ROOT / "schema.graphql"


def lint(folder: Path) -> tuple[int, str]:
    """With what the linter ends on the `schema.graphql` of a folder, and what it says."""
    config = str(HERE / "eslint.config.js")
    return run_tool("eslint", "--config", config, "--max-warnings=0", SCHEMA.name, cwd=folder)


def test_no_rule_is_broken(tmp_path: Path) -> None:
    """Those for schemas and those for Relay, but what `eslint.config.js` says and why."""
    shutil.copy(SCHEMA, tmp_path)
    assert lint(tmp_path) == (0, "")


def test_broken_rules_are_told(tmp_path: Path) -> None:
    """The linter reads the file, and has the rules of both sets."""
    text = SCHEMA.read_text()
    for ours, other in [
        ("  hasNextPage: Boolean!", "  hasNextPage: Boolean"),
        ("  edges: [BriefEdge!]!", "  edges: BriefEdge"),
        ("  COPYRIGHT", "  copyright"),
        ("type Mutation {", "type Loose { id: ID! }\n\ntype Mutation {"),
    ]:
        assert text.count(ours) == 1
        text = text.replace(ours, other)
    (tmp_path / SCHEMA.name).write_text(text)
    status, said = lint(tmp_path)
    assert status == 1
    for rule in (
        "relay-page-info",
        "relay-connection-types",
        "naming-convention",
        "no-unreachable-types",
    ):
        assert f"@graphql-eslint/{rule}" in said
