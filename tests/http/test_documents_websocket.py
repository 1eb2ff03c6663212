"""Documents over a WebSocket: by id and by hash, and where only trusted ones are executed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.api.document import digest_of
from tests.cli.server import Server
from tests.http.test_documents import hashed
from tests.http.test_websocket import closed, hear, initialise, say, socket

BREAKING = "subscription Breaking { breaking { __typename } }"
HELLO = "query Hello { __typename }"
OTHER = "{ __typename }"
DATA = {"data": {"__typename": "Query"}}


@pytest.fixture(scope="module", params=[False, True], ids=["any", "trusted-only"])
def persisting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, bool]]:
    """A server with a manifest, and whether it executes nothing else."""
    folder = tmp_path_factory.mktemp("documents")
    manifest = folder / "documents.json"
    manifest.write_text(json.dumps({"hello": HELLO, "breaking": BREAKING}))
    server = Server.start(
        folder / "brief.db",
        *("--fixtures", "none", "--documents", str(manifest)),
        *(["--trusted-only"] if request.param else []),
    )
    yield server, request.param
    assert server.stop() == ""


async def answered(connection: Any, id: str, **payload: Any) -> Any:
    """What becomes of a query: its data, or the code of the error that ends it."""
    await say(connection, type="subscribe", id=id, payload=payload)
    message = await hear(connection)
    assert message["id"] == id
    if message["type"] == "error":
        (error,) = message["payload"]
        assert error["message"]
        return error["extensions"]["code"]
    assert await hear(connection) == {"type": "complete", "id": id}
    return message["payload"]


async def test_documents(persisting: tuple[Server, bool]) -> None:
    """They are found as over HTTP, and a refusal ends its own operation only."""
    server, trusted_only = persisting
    untrusted = "UNTRUSTED_DOCUMENT" if trusted_only else DATA
    unknown = "PERSISTED_QUERY_NOT_SUPPORTED" if trusted_only else "PERSISTED_QUERY_NOT_FOUND"
    learnt = "PERSISTED_QUERY_NOT_SUPPORTED" if trusted_only else DATA
    other = "query Other { __typename }"
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"documentId": "hello"}, DATA),
        ({"documentId": f"sha256:{digest_of(HELLO)}", "query": None}, DATA),
        ({"extensions": hashed("hello")}, DATA),
        ({"query": HELLO}, DATA),
        ({"query": HELLO, "documentId": "hello"}, "BAD_REQUEST"),
        ({"documentId": "none"}, "DOCUMENT_NOT_FOUND"),
        ({"query": ""}, "BAD_REQUEST"),
        ({"query": OTHER}, untrusted),
        ({"extensions": hashed(digest_of(other))}, unknown),
        ({"query": other, "extensions": hashed(digest_of(other))}, learnt),
        ({"extensions": hashed(digest_of(other))}, learnt),
        ({"query": OTHER, "extensions": hashed("0" * 64)}, "BAD_REQUEST"),
        ({"query": OTHER, "extensions": {"persistedQuery": 1}}, "BAD_REQUEST"),
    ]
    async with socket(server) as connection:
        await initialise(connection)
        await say(connection, type="subscribe", id="open", payload={"documentId": "breaking"})
        for number, (payload, expected) in enumerate(cases):
            assert await answered(connection, str(number), **payload) == expected, payload
        # Nothing was heard of the subscription: it is still under way, and its name is taken.
        await say(connection, type="subscribe", id="open", payload={"documentId": "breaking"})
        assert await closed(connection) == 4409


async def test_a_subscription_by_hash(persisting: tuple[Server, bool]) -> None:
    """It begins, and says what is wrong with its variables as any other does."""
    server, _ = persisting
    async with socket(server) as connection:
        await initialise(connection)
        payload = {"extensions": hashed(digest_of(BREAKING)), "operationName": "None"}
        assert await answered(connection, "1", **payload) == "BAD_USER_INPUT"


def test_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both options are variables too."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"hello": HELLO}))
    monkeypatch.setenv("GRAPHQL_BRIEF_DOCUMENTS", str(manifest))
    monkeypatch.setenv("GRAPHQL_BRIEF_TRUSTED_ONLY", "1")
    server = Server.start(tmp_path / "brief.db", "--fixtures", "none")
    try:
        assert server.ask(HELLO) == DATA["data"]
        with pytest.raises(AssertionError, match="UNTRUSTED_DOCUMENT"):
            server.ask(OTHER)
    finally:
        server.stop()
