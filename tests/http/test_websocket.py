"""Subscriptions over `graphql-transport-ws`, spoken by hand on a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.cli.server import ROOT, Server

TIMEOUT_S = 20
SLUG = "americas-second-exit-from-iraq"
UPDATES = """subscription($after: LiveCursor) {
  briefUpdates(by: {slug: "americas-second-exit-from-iraq"}, after: $after) {
    __typename
    ... on BriefUpdate { cursor version brief { version headline } }
    ... on ResyncRequired { reason cursor }
  }
}"""
EDIT = """mutation($text: String!) {
  editBrief(input: {
    id: "brief-iraqexit", changeNote: "n", significance: MINOR
    edits: [{reviseStandfirst: {standfirst: $text}}]
  }) { brief { version liveCursor } userErrors { message } }
}"""


@asynccontextmanager
async def socket(
    server: Server, *, subprotocol: str = "graphql-transport-ws", **headers: str
) -> AsyncIterator[ClientConnection]:
    """An open WebSocket; everything on it is bounded in time."""
    async with (
        asyncio.timeout(TIMEOUT_S),
        connect(
            server.url.replace("http", "ws", 1),
            subprotocols=[Subprotocol(subprotocol)],
            additional_headers=headers,
            proxy=None,
        ) as connection,
    ):
        yield connection


async def say(connection: ClientConnection, **message: Any) -> None:
    """Send one message."""
    await connection.send(json.dumps(message))


async def hear(connection: ClientConnection) -> dict[str, Any]:
    """The next message. It is text, as browsers' clients need."""
    message = await connection.recv()
    assert isinstance(message, str)
    found: dict[str, Any] = json.loads(message)
    return found


async def initialise(connection: ClientConnection, **payload: str) -> None:
    """Say who asks, and hear that it is well."""
    await say(connection, type="connection_init", payload=payload)
    assert await hear(connection) == {"type": "connection_ack"}


async def subscribe(
    connection: ClientConnection, query: str, id: str = "1", **variables: Any
) -> None:
    """Start an operation."""
    await say(
        connection,
        type="subscribe",
        id=id,
        payload={"query": query, "variables": variables},
    )


async def heard(connection: ClientConnection, field: str) -> dict[str, Any]:
    """The value of the next `next`."""
    message = await hear(connection)
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    value: dict[str, Any] = message["payload"]["data"][field]
    return value


async def closed(connection: ClientConnection) -> int:
    """The code by which the server closes."""
    try:
        while True:
            await connection.recv()
    except ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else 0


def test_resume_after_a_restart(tmp_path: Path) -> None:
    """A reader misses nothing and gets nothing twice, over a dropped connection and a crash."""
    database = tmp_path / "brief.db"
    server = Server.start(database, "--fixtures", str(ROOT / "fixtures"))

    def edit(text: str) -> dict[str, Any]:
        answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
        assert answer["userErrors"] == []
        brief: dict[str, Any] = answer["brief"]
        return brief

    async def read(after: str | None, number: int) -> list[dict[str, Any]]:
        async with socket(server) as connection:
            await initialise(connection)
            await subscribe(connection, UPDATES, after=after)
            return [await heard(connection, "briefUpdates") for _ in range(number)]

    start = server.ask(f'{{ brief(by: {{slug: "{SLUG}"}}) {{ liveCursor }} }}')
    versions = [edit(f"first {n}")["version"] for n in range(3)]
    seen = asyncio.run(read(start["brief"]["liveCursor"], 2))
    server.kill()
    server = Server.start(database)
    try:
        versions += [edit(f"second {n}")["version"] for n in range(2)]
        seen += asyncio.run(read(seen[-1]["cursor"], 3))
        assert [update["version"] for update in seen] == versions
        assert [update["brief"]["version"] for update in seen] == versions
    finally:
        server.stop()


async def test_cursor_of_another_log(server: Server) -> None:
    """A cursor that means nothing here is answered with ResyncRequired, and the end."""
    async with socket(server) as connection:
        await initialise(connection)
        await subscribe(connection, UPDATES, after="b3RoZXIAMQAx")
        value = await heard(connection, "briefUpdates")
        assert value["reason"] == "OTHER_LOG"
        assert await hear(connection) == {"type": "complete", "id": "1"}


async def test_bad_cursor_and_unknown_brief(server: Server) -> None:
    """What cannot be subscribed to is an error with a code, not a silence."""
    for query, code in (
        (UPDATES.replace("after: $after", 'after: "!"').replace("($after: LiveCursor)", ""), None),
        (UPDATES.replace(SLUG, "no-such-brief"), "NOT_FOUND"),
    ):
        async with socket(server) as connection:
            await initialise(connection)
            await subscribe(connection, query)
            message = await hear(connection)
            errors = (
                message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            )
            assert errors[0]["message"]
            if code is not None:
                assert errors[0]["extensions"]["code"] == code


async def test_log_tail_is_for_auditors(server: Server) -> None:
    """The log's tail needs the audience; the token comes in the payload or in a header."""
    # One event only: a client that leaves with more to read waits for its close to be heard.
    head = server.ask("{ log { position } }", token=server.auditor)["log"]["position"]
    query = f"subscription {{ logTail(after: {head - 1}) {{ __typename }} }}"
    bearer = f"Bearer {server.auditor}"
    async with socket(server) as connection:
        await initialise(connection)
        await subscribe(connection, query)
        message = await hear(connection)
        assert "FORBIDDEN" in json.dumps(message)
    async with socket(server) as connection:
        await initialise(connection, authorization=bearer)
        await subscribe(connection, query)
        assert (await hear(connection))["type"] == "next"
    async with socket(server, authorization=bearer) as connection:
        await initialise(connection)
        await subscribe(connection, query)
        assert (await hear(connection))["type"] == "next"


async def test_close_codes(server: Server) -> None:
    """The protocol's close codes, each for its fault."""
    async with socket(server) as connection:
        await say(connection, type="connection_init", payload={"authorization": "Bearer x"})
        assert await closed(connection) == 4403
    async with socket(server) as connection:
        await say(connection, type="connection_init", payload={"authorization": 1})
        assert await closed(connection) == 4403
    async with socket(server) as connection:
        await subscribe(connection, UPDATES)
        assert await closed(connection) == 4401
    async with socket(server) as connection:
        await initialise(connection)
        await say(connection, type="connection_init")
        assert await closed(connection) == 4429
    for message in (
        *("{", "[1]", "1", "null", "{}", '{"type": []}', '{"type": "subscribe"}', '{"type": "x"}'),
        '{"type": "subscribe", "id": "1", "payload": 1}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": [], "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": 1}}',
        '{"type": "complete"}',
        "[" * 100_000,
        b"{}",
    ):
        async with socket(server) as connection:
            await connection.send(message)
            assert await closed(connection) == 4400, message
    async with socket(server) as connection:
        await initialise(connection)
        await subscribe(connection, UPDATES)
        await subscribe(connection, UPDATES)
        assert await closed(connection) == 4409


async def test_a_bad_document_ends_its_own_operation_only(server: Server) -> None:
    """A syntax error, or an operation that is not there, leaves the socket and the others open."""
    async with socket(server) as connection:
        await initialise(connection)
        await subscribe(connection, UPDATES, id="good")
        await subscribe(connection, "{", id="bad")
        bad = await hear(connection)
        assert (bad["type"], bad["id"]) == ("error", "bad")
        assert bad["payload"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
        payload = {"query": "query A { __typename }", "operationName": "B"}
        await say(connection, type="subscribe", id="none", payload=payload)
        none = await hear(connection)
        assert (none["type"], none["id"]) == ("error", "none")
        assert none["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await say(connection, type="ping")
        assert await hear(connection) == {"type": "pong"}


async def test_old_subprotocol_is_off(server: Server) -> None:
    """The legacy `graphql-ws` subprotocol, with its bypass of authentication, is refused."""
    try:
        async with socket(server, subprotocol="graphql-ws") as connection:
            assert await closed(connection) == 4406
    except InvalidStatus as error:
        assert error.response.status_code >= 400  # noqa: PT017 - either refusal will do


async def test_another_sites_page(server: Server) -> None:
    """A page of another site may not open a WebSocket here."""
    with pytest.raises(InvalidStatus) as refused:
        async with socket(server, origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_queries_work_too(server: Server) -> None:
    """A query over the socket answers once and completes; ping is answered."""
    async with socket(server) as connection:
        await initialise(connection)
        await subscribe(connection, "{ __typename }")
        assert (await hear(connection))["payload"]["data"] == {"__typename": "Query"}
        assert await hear(connection) == {"type": "complete", "id": "1"}
        await say(connection, type="ping")
        assert await hear(connection) == {"type": "pong"}
