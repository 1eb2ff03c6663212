"""Connections of HTTP/1.1, where uvicorn alone would be too trusting."""

import asyncio

import pytest

from graphql_brief.api.context import Node
from graphql_brief.http import replies
from graphql_brief.http.app import make_app
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.protocol import PIPELINE_BOUND
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from tests.http.wire import Site, Ways, Wire, post

READER = "https://reader.example"
BODY = '{"query": "{ page(slug: \\"why\\") { title } }"}'


@pytest.fixture
def site(node: Node) -> Site:
    """Connections to an application that another site may ask."""
    app = make_app(node, Tokens("s" * 64), HttpSettings(allowed_origins=(READER,)))
    return Site(app)


def chunked(trailer: str, *, accept: str) -> tuple[bytes, bytes]:
    """The head of a POST, and its body with a trailer."""
    head = (
        *("POST /graphql HTTP/1.1", "Host: there", "Content-Type: application/json"),
        *(f"Accept: {accept}", "Transfer-Encoding: chunked", "", ""),
    )
    return "\r\n".join(head).encode(), f"{len(BODY):x}\r\n{BODY}\r\n0\r\n{trailer}\r\n\r\n".encode()


@pytest.mark.parametrize("in_one_piece", [True, False])
@pytest.mark.parametrize(
    "trailer", [f"Accept: {GRAPHQL_JSON}", f"Origin: {READER}", "Authorization: Bearer x"]
)
async def test_trailers_are_no_headers(site: Site, trailer: str, *, in_one_piece: bool) -> None:
    """They decide nothing, neither of this request nor of those that are like it."""
    plain = post(BODY, f"Accept: {JSON}")
    await site.ask(post('{"query": "{ __typename }"}', f"Accept: {JSON}"))  # its head is known
    pieces = chunked(trailer, accept=JSON)
    answers = [
        await site.ask(*([b"".join(pieces)] if in_one_piece else pieces)),
        *[await site.ask(plain) for _ in range(3)],
    ]
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"content-type: application/json;" in answer
        assert b"access-control-allow-origin" not in answer


@pytest.mark.parametrize("blank", [b"\r\n", b"\r", b"\r\n\r\n"])
async def test_blank_lines_between_requests(site: Site, blank: bytes) -> None:
    """They begin the wait for a head; without it the connection would be open for good."""
    connection = site.connect()
    await site.ask(post(BODY), on=connection)
    waited = [connection._waiting]
    for _ in range(2):
        connection.data_received(blank)
        waited.append(connection._waiting)
    before, waiting, still = waited
    assert before is None
    assert waiting is not None
    assert still is waiting
    await site.ask(post(BODY), on=connection)
    assert waiting.cancelled()
    assert connection._waiting is None


async def test_other_upgrades_are_not_taken(site: Site) -> None:
    """It is answered as if it did not ask, and what follows is no request."""
    other = b"GET /health/live HTTP/1.1\r\nHost: there\r\n\r\n"
    head = post(BODY, "Connection: Upgrade", "Upgrade: h2c").partition(b"{")[0]
    head = head.replace(str(len(BODY)).encode(), str(len(other)).encode())
    for pieces in ((head, other), (head + other,)):
        connection = site.connect()
        answer = await site.ask(*pieces, on=connection)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in answer
        assert connection.transport.is_closing()


async def test_a_websocket_is_not_waited_for(site: Site) -> None:
    """Once it is one, no head is awaited, also after other requests on its connection."""
    connection = site.connect()
    await site.ask(post(BODY), on=connection)
    upgrade = (
        *("GET /graphql HTTP/1.1", "Host: there", "Connection: Upgrade", "Upgrade: websocket"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""),
    )
    connection.data_received("\r\n".join(upgrade).encode())
    assert connection._waiting is None


async def test_requests_ahead_of_their_answers(site: Site) -> None:
    """So many are taken, and at one more the connection ends: nobody reads what it is told."""
    probe = b"GET /health/live HTTP/1.1\r\nHost: there\r\n\r\n"
    taken = PIPELINE_BOUND + 1
    connection = site.connect()
    wire = connection.transport
    assert isinstance(wire, Wire)
    connection.data_received(probe * taken)
    await wire.answered(taken)
    assert wire.written.count(b"HTTP/1.1 200 OK") == taken
    connection = site.connect()
    passed_on = site.passed_on
    connection.data_received(probe * (taken + 1))
    assert connection.transport.is_closing()
    assert len(connection.pipeline) == PIPELINE_BOUND
    assert site.passed_on == passed_on
    wire = connection.transport
    assert isinstance(wire, Wire)
    assert wire.written == b""


async def test_large_answers_are_not_copied(node: Node) -> None:
    """What waits for slow readers is one body for all of them."""
    large = b"x" * 100_000
    app = make_app(node, Tokens("s" * 64))

    class Large(Ways):
        def to_piece(self, data: bytes) -> replies.Wire:
            return replies.Wire(200, b"content-length: 100000\r\n", large)

    site = Site(app, at_once=Large(app))
    connection = site.connect()
    assert (await site.ask(b"known", on=connection)).endswith(b"\r\n\r\n" + large)
    wire = connection.transport
    assert isinstance(wire, Wire)
    assert wire.pieces[-1] is large


@pytest.mark.parametrize("rest_comes", [True, False])
async def test_a_server_that_stops_amid_a_body(
    site: Site, caplog: pytest.LogCaptureFixture, *, rest_comes: bool
) -> None:
    """The rest is awaited for a moment; without it nothing was asked, and nothing has failed."""
    asked = post(BODY)
    connection = site.connect()
    connection.data_received(asked[:-5])
    connection.shutdown()
    wire = connection.transport
    assert isinstance(wire, Wire)
    if rest_comes:
        connection.data_received(asked[-5:])
    await wire.answered(1)
    if not rest_comes:
        assert wire.is_closed
        connection.connection_lost(None)
    await asyncio.gather(*site.tasks)
    assert (b"200 OK" in wire.written) is rest_comes
    assert caplog.records == []
    assert rest_comes or wire.written == b""
