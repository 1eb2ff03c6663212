"""Time limits: a body that does not come, an answer that does not end."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from http.client import HTTPResponse

import httpx
import pytest

from graphql_brief.api.context import WAITING_BOUND
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.settings import HttpSettings
from tests.cli.server import Server
from tests.http.application import Application, Opening, code
from tests.http.test_websocket import hear, initialise, say, subscribe
from tests.http.test_websocket import socket as socket_to

SHORT_S = 0.3
NEVER = "{ briefs(minPosition: 1000000) { totalCount } }"
"""It waits for five seconds, if it is let."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits for nobody."""
    folder = tmp_path_factory.mktemp("hasty")
    limits = ("--request-timeout-s", str(SHORT_S), "--execution-timeout-s", str(SHORT_S))
    running = Server.start(
        folder / "brief.db", *limits, "--fixtures", str(folder / "none"), cwd=folder
    )
    yield running
    assert running.stop() == ""


def head(*lines: str) -> bytes:
    """The head of a POST of JSON that takes the GraphQL media type."""
    first = ("POST /graphql HTTP/1.1", "Host: x", f"Accept: {GRAPHQL_JSON}")
    return "\r\n".join((*first, f"Content-Type: {JSON}", *lines, "", "")).encode()


@pytest.mark.parametrize(
    "begun",
    [
        head("Content-Length: 100"),
        head("Content-Length: 100") + b'{"query": "{ __type',
        head("Transfer-Encoding: chunked"),
        head("Transfer-Encoding: chunked") + b"1\r\n{\r\n",
    ],
    ids=["nothing", "half", "no-chunk", "one-chunk"],
)
def test_a_body_that_does_not_come(hasty: Server, begun: bytes) -> None:
    """It is 408 in the client's media type, and the connection is closed."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(begun)
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert told.startswith(b"HTTP/1.1 408 ")
    assert GRAPHQL_JSON.encode() in told
    assert b'"BODY_TIMEOUT"' in told


@pytest.mark.parametrize(
    ("before", "begun"),
    [
        (b"", b""),
        (b"", b"POST /gra"),
        (b"", head("Content-Length: 1")[:-2] + b"X: "),
        (head("Content-Length: 2") + b"{}", b"GET /graphql HTTP/1.1\r\nHost"),
    ],
    ids=["nothing", "half-a-line", "half-a-header", "of-a-second-request"],
)
def test_a_head_that_does_not_come(hasty: Server, before: bytes, begun: bytes) -> None:
    """The connection is closed, without a word to what was never asked."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        if before:
            connection.sendall(before)
            answer = HTTPResponse(connection)
            answer.begin()
            assert (answer.status, code_of(answer)) == (400, "BAD_REQUEST")
        connection.sendall(begun)
        assert connection.recv(65_536) == b""


def test_a_head_that_drips(hasty: Server) -> None:
    """A byte now and then does not buy more time."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=SHORT_S / 10) as connection:
        connection.sendall(b"GET /graphql HTTP/1.1\r\nX: ")
        assert drip(connection) == b""


def test_a_body_that_nobody_reads(hasty: Server) -> None:
    """What is refused before its body is read ends its connection; the rest never comes."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(head("Content-Length: 100", "Authorization: Bearer x") + b"{")
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert told.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in told.lower()


def code_of(answer: HTTPResponse) -> str:
    """The code of the one error of an answer that is read to its end."""
    return code(httpx.Response(answer.status, content=answer.read()))


def drip(connection: socket.socket) -> bytes:
    """What the server says to a client that sends a byte now and then; none if it closes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            connection.sendall(b" ")
            return connection.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            return b""
    raise AssertionError("the server takes it for ever")


def test_a_body_that_drips(hasty: Server) -> None:
    """A byte now and then does not buy more time."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=SHORT_S / 10) as connection:
        connection.sendall(head("Content-Length: 100000"))
        assert drip(connection).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_drips_behind_a_known_head(hasty: Server) -> None:
    """Nor does it where requests with this head were answered before."""
    for _ in range(2):
        body = b'{"query":"{__typename}"}'
        with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
            connection.sendall(head(f"Content-Length: {len(body)}") + body)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=SHORT_S / 10) as connection:
        connection.sendall(head("Content-Length: 5000"))
        assert drip(connection).startswith(b"HTTP/1.1 408 ")


def test_a_body_of_a_known_get(hasty: Server) -> None:
    """Nobody reads it, so the connection ends with the answer, or before there is one."""
    line = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\n"
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
            connection.sendall(line + b"\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(line + b"Content-Length: 2000\r\n\r\n")
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"connection: close" in told.lower()


def test_an_answer_that_does_not_end(hasty: Server) -> None:
    """It is given up with a code; the status says so to those who trust it."""
    for accept, status in ((GRAPHQL_JSON, 503), (JSON, 200)):
        response = httpx.post(hasty.url, json={"query": NEVER}, headers={"accept": accept})
        assert response.status_code == status
        assert code(response) == "EXECUTION_TIMEOUT"
        assert "data" not in response.json()
        assert response.elapsed.total_seconds() < 4


async def test_an_answer_by_websocket_that_does_not_end(hasty: Server) -> None:
    """It is given up as well, and the socket and its subscriptions stay."""
    async with socket_to(hasty) as connection:
        await initialise(connection)
        await subscribe(connection, "subscription { breaking { __typename } }", id="lasts")
        await subscribe(connection, NEVER, id="slow")
        told = await hear(connection)
        assert (told["type"], told["id"]) == ("error", "slow")
        assert told["payload"][0]["extensions"] == {"code": "EXECUTION_TIMEOUT"}
        await subscribe(connection, "{ __typename }", id="slow")
        assert (await hear(connection))["payload"] == {"data": {"__typename": "Query"}}
        await say(connection, type="complete", id="lasts")
        await subscribe(connection, "{ __typename }", id="lasts")
        assert await hear(connection) == {"type": "complete", "id": "slow"}
        assert (await hear(connection))["id"] == "lasts"


async def test_its_resolvers_are_cancelled(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that the request began goes on after its answer, and what it held is free."""
    application = await opening(HttpSettings(execution_timeout_s=0.05))
    ended = 0

    async def endless(_: str) -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    monkeypatch.setattr(application.node.states, "get", endless)
    query = '{ a: node(id: "page-a") { id } b: node(id: "page-b") { id } '
    query += "c: briefs(minPosition: 1000000) { totalCount } }"
    response = await application.post({"query": query})
    assert code(response) == "EXECUTION_TIMEOUT"
    assert ended == 2
    assert application.node.waiting._value == WAITING_BOUND


async def test_a_mutation_that_was_given_up(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its edit may be in the log, once and whole; the same key gives its result."""
    application = await opening(HttpSettings(execution_timeout_s=0.2))
    write = """mutation { revisePage(input: {
      slug: "why", title: "Why", body: "So.", idempotencyKey: "k"
    }) { page { body } revision { position } userErrors { code } } }"""
    position = application.node.tail.position
    projected = asyncio.Event()
    wait = application.node.projector.wait

    async def slow(position: int) -> None:
        await projected.wait()
        await wait(position)

    monkeypatch.setattr(application.node.projector, "wait", slow)
    request = {"query": write}
    given_up = await application.post(request, authorization=application.editor)
    assert code(given_up) == "EXECUTION_TIMEOUT"
    assert "idempotencyKey" in given_up.text
    projected.set()
    again = (await application.post(request, authorization=application.editor)).json()
    payload = again["data"]["revisePage"]
    recorded = {"position": position + 1}
    assert payload == {"page": {"body": "So."}, "revision": recorded, "userErrors": []}
    assert application.node.tail.position == position + 1


async def test_a_body_in_the_application(opening: Opening) -> None:
    """The time limit is the setting's, and a body that comes in time is taken."""
    application = await opening(HttpSettings(request_timeout_s=0.05))

    async def stuck() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.Event().wait()

    async def whole() -> AsyncIterator[bytes]:
        yield b'{"query": '
        yield b'"{ __typename }"}'

    refused = await ask(application, stuck())
    assert (refused.status_code, code(refused)) == (408, "BODY_TIMEOUT")
    assert "0.05 seconds" in refused.text
    assert (await ask(application, whole())).status_code == 200


async def ask(application: Application, body: AsyncIterator[bytes]) -> httpx.Response:
    """The answer to a body in pieces."""
    return await application.client.post(
        "/graphql", content=body, headers={"content-type": JSON, "accept": GRAPHQL_JSON}
    )
