"""Requests that break off, or are none: an answer in JSON where one can hear it, and no trace."""

import json
import socket as sockets
from collections.abc import Iterator

import h11
import pytest

from tests.cli.server import ROOT, Server
from tests.fuzz import frames

TIMEOUT_S = 20
HEAD = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the module's own: what it logs is what these tests made it log."""
    folder = tmp_path_factory.mktemp("broken")
    running = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert "Traceback" not in running.stop()


def answer_to(server: Server, sent: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of what comes before the connection is closed."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "a")]))
    body = b""
    with sockets.create_connection(("127.0.0.1", server.port), TIMEOUT_S) as opened:
        opened.sendall(sent)
        while received := opened.recv(65_536):
            connection.receive_data(received)
    response = connection.next_event()
    assert isinstance(response, h11.Response)
    while isinstance(event := connection.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    return response.status_code, dict(response.headers), body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["tls", "version", "negative length", "two lengths", "no chunk"],
)
def test_what_is_no_request(own_server: Server, sent: bytes) -> None:
    """400, said in JSON as all refusals are, and the connection is closed."""
    status, headers, body = answer_to(own_server, sent)
    assert status == 400
    assert headers[b"content-type"] == b"application/json; charset=utf-8"
    assert headers[b"connection"] == b"close"
    (error,) = json.loads(body)["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"


def test_a_client_that_goes_away_amid_its_body(own_server: Server) -> None:
    """Nothing is executed, and the server's log has no trace of it."""
    with sockets.create_connection(("127.0.0.1", own_server.port), TIMEOUT_S) as opened:
        opened.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        opened.shutdown(sockets.SHUT_WR)
        assert opened.recv(1) == b""


@pytest.mark.parametrize("value", [b"a" * 9_000, b"\x7f"], ids=["long", "control"])
def test_a_handshake_that_cannot_be_read(own_server: Server, value: bytes) -> None:
    """It is answered and closed, and does not wait for ever."""
    sent = frames.HANDSHAKE.replace(b"Host: fuzz", b"Host: fuzz\r\nX: " + value)
    status, headers, body = answer_to(own_server, sent)
    assert (status, headers[b"connection"]) == (400, b"close")
    (error,) = json.loads(body)["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"


INIT = frames.said({"type": "connection_init"})
NO_GRAPHQL = b"".join(
    frames.said({"type": "subscribe", "id": str(number), "payload": {"query": "{"}})
    for number in range(5)
)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (INIT + NO_GRAPHQL + frames.said({"type": "subscribe"}), 4400),
        (INIT + frames.frame(frames.TEXT, b"\xff"), 1007),
        (INIT + NO_GRAPHQL + frames.frame(frames.TEXT, b"\xff"), 1007),
    ],
    ids=["no message", "no text", "no text, amid operations"],
)
def test_what_ends_after_its_socket(own_server: Server, said: bytes, code: int) -> None:
    """It is closed while answers are on their way, which nobody hears then; that is no fault."""
    received = b""
    heard: list[frames.Frame] = []
    with sockets.create_connection(("127.0.0.1", own_server.port), TIMEOUT_S) as opened:
        opened.sendall(frames.HANDSHAKE)
        assert opened.recv(65_536).endswith(b"\r\n\r\n")
        # In one piece, so that the end comes before what is asked is begun.
        opened.sendall(said)
        while not heard or heard[-1].opcode != frames.CLOSE:
            more = opened.recv(65_536)
            assert more
            received += more
            heard, _ = frames.parsed(received)
    assert int.from_bytes(heard[-1].payload[:2]) == code
