"""Manifests of documents: their shapes, and what a server is not started with."""

import json
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.api import limits
from graphql_brief.api.document import digest_of
from graphql_brief.api.schema import schema
from graphql_brief.http.manifest import BadManifest, Manifest, read_manifest
from graphql_brief.http.settings import BadSetting, HttpSettings
from tests.cli.server import run_command

# As relay-compiler prints it: with an end of line after the last brace.
WHY = 'query WhyQuery {\n  page(slug: "why") {\n    id\n    body\n  }\n}\n'
BRIEFS = "query Briefs($first: Int = 10) { briefs(first: $first) { totalCount } }"
SCHEMA = schema._schema


def apollo(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A manifest as Apollo's tools write it."""
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"name": "Name", "type": "query"} | given for given in operations],
    } | more


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a manifest is."""
    return tmp_path / "persisted.json"


def read(file: Path, content: Any) -> Manifest:
    """A manifest of this content."""
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_manifest(SCHEMA, file)


def refused(file: Path, content: Any) -> str:
    """Why a manifest of this content is not served: one line, with the file."""
    with pytest.raises(BadManifest) as error:
        read(file, content)
    told = str(error.value)
    assert told.startswith(f"{file}: ")
    assert "\n" not in told
    return told.removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    "identity",
    [
        md5(WHY.encode()).hexdigest(),
        sha256(WHY.encode()).hexdigest(),
        f"sha256:{digest_of(WHY)}",
        "x-release-7:why",
        "0" * 32,
        "WhyQuery",
        "42",
    ],
)
@pytest.mark.parametrize("is_relay", [True, False], ids=["relay", "apollo"])
def test_shapes(file: Path, identity: str, is_relay: bool) -> None:
    """Relay's and Apollo's, with the ids that their tools may be told to make."""
    second = {"id": "second", "body": BRIEFS, "clientName": "web"}
    found = read(
        file,
        {identity: WHY, "second": BRIEFS}
        if is_relay
        else apollo({"id": identity, "body": WHY}, second),
    )
    assert found.by_id == {identity: WHY, "second": BRIEFS}
    assert found.by_digest == {digest_of(WHY): WHY, digest_of(BRIEFS): BRIEFS}


def test_a_text_of_two_ids(file: Path) -> None:
    """It is one document."""
    found = read(file, {"a": WHY, "b": WHY})
    assert found.by_id["a"] is found.by_id["b"]
    assert len(found.by_digest) == 1


def test_a_manifest_of_nothing(file: Path) -> None:
    """It may be empty, in either shape."""
    for content in ({}, apollo()):
        assert read(file, content) == ({}, {})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "neither a map of ids to texts nor a manifest of Apollo"),
        ("1", "neither"),
        ({"a": 1}, "Expected `str`, got `int`"),
        ({"a": {"text": WHY}}, "neither"),
        (apollo(format="other"), "$.format"),
        (apollo(version=2), "$.version"),
        (apollo() | {"operations": {}}, "$.operations"),
        (apollo({"body": WHY}), "`id` - at `$.operations[0]`"),
        (apollo({"id": "a"}), "`body` - at `$.operations[0]`"),
        (apollo({"id": "a", "body": WHY}, {"id": "a", "body": BRIEFS}), "document a: two texts"),
        ({digest_of(BRIEFS): WHY}, f"document {digest_of(BRIEFS)}: its id is not the SHA-256"),
        ({f"sha256:{digest_of(BRIEFS)}": WHY}, f"which is {digest_of(WHY)}"),
        ({f"sha256:{digest_of(WHY).upper()}": WHY}, "its id is not the SHA-256"),
        ({"sha256:why": WHY}, "its id is not the SHA-256"),
        ({"md5:why": WHY}, "document md5:why: its id has a prefix"),
        ({":why": WHY}, "its id has a prefix"),
        ({"a": "{"}, "document a: Syntax Error: Expected Name, found <EOF>. (line 1, column 2)"),
        ({"a": ""}, "document a: Syntax Error"),
        (
            {"a": WHY, "b": "query B {\n  zzz\n}"},
            "document b: Cannot query field 'zzz' on type 'Query'. (line 2, column 3)",
        ),
        ({"a": "fragment F on Query { __typename }"}, "document a: Fragment 'F' is never used."),
        ({"a": "{ gone }", "b": "{", "c": WHY}, "; in all, 2 documents are at fault"),
        (
            {"a": "{ viewer {" + "a: __typename " * 201 + "} }"},
            f"document a: the document has 201 aliases, the bound is {limits.ALIASES_BOUND}",
        ),
        (
            {"a": BRIEFS.replace("10", "60000").replace("totalCount", "edges { cursor }")},
            "document a: the document's cost is",
        ),
    ],
)
def test_a_manifest_that_is_not_served(file: Path, content: Any, told: str) -> None:
    """It names the document, and what is wrong with it and where."""
    assert told in refused(file, content)


def test_a_file_that_is_not_there(file: Path) -> None:
    """It is told which, and why."""
    for path in (file, file.parent):
        with pytest.raises(BadManifest, match=str(path)):
            read_manifest(SCHEMA, path)


def test_bytes_that_are_no_text(file: Path) -> None:
    """It is no JSON."""
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(BadManifest, match="cannot be read as JSON"):
        read_manifest(SCHEMA, file)


def test_trusted_only_without_a_manifest() -> None:
    """A server that would execute nothing at all is not meant."""
    with pytest.raises(BadSetting, match="name a file"):
        HttpSettings(trusted_only=True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--documents", "none.json"], "none.json: No such file or directory"),
        (["--documents", "bad.json"], "bad.json: document a: Cannot query field 'gone'"),
        (["--trusted-only"], "name a file"),
    ],
)
def test_serve_does_not_start(tmp_path: Path, arguments: list[str], told: str) -> None:
    """It is told in one line, before anything is made."""
    (tmp_path / "bad.json").write_text('{"a": "{ gone }"}')
    ended = run_command(
        "serve", "--port", "0", "--database-url", "sqlite:///brief.db", *arguments, cwd=tmp_path
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("graphql-brief: ")
    assert told in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]
