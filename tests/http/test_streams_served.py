"""Event streams of a real server, on real sockets: cut, stopped, not read."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from graphql_brief.http.server import GRACE_S
from tests.cli.server import ROOT, Server
from tests.cli.test_backup import backed_up, restored, served
from tests.http.streaming import Event, Reader
from tests.http.test_websocket import EDIT, SLUG, TIMEOUT_S, UPDATES

EVENTS = {"accept": "text/event-stream"}
CURSOR = f'{{ brief(by: {{slug: "{SLUG}"}}) {{ liveCursor }} }}'
STREAMS = "graphql_brief_event_streams"
ALIASES = 190
_COPIES = " ".join(f"a{number}: body" for number in range(ALIASES))
HEAVY = f"subscription {{ logTail(after: 0) {{ ... on LogEvent {{ position {_COPIES} }} }} }}"
"""Every event of the log, and its body so often that no socket has room for all of it."""


class Served:
    """A stream that is under way."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._events: list[Event] = []
        self.reader = Reader()

    async def event(self) -> Event | None:
        """The next event; None at the end."""
        while not self._events:
            try:
                self._events += self.reader.feed(await anext(self._pieces))
            except StopAsyncIteration:
                return None
        return self._events.pop(0)

    async def update(self) -> int:
        """The version that the next update brings."""
        event = await self.event()
        assert event is not None
        version: int = event.result["data"]["briefUpdates"]["version"]
        return version


@asynccontextmanager
async def stream(server: Server, asked: dict[str, Any], **headers: str) -> AsyncIterator[Served]:
    """By GET, as `EventSource` asks."""
    given = {name: json.dumps(v) if isinstance(v, dict) else v for name, v in asked.items()}
    named = EVENTS | {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        asyncio.timeout(TIMEOUT_S),
        httpx.AsyncClient(timeout=TIMEOUT_S) as client,
        client.stream("GET", server.url, params=given, headers=named) as response,
    ):
        assert response.status_code == 200
        yield Served(response.aiter_bytes())


def edit(server: Server, text: str) -> int:
    """The version that an edit made."""
    answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
    assert answer["userErrors"] == []
    version: int = answer["brief"]["version"]
    return version


async def test_resume_after_a_crash(tmp_path: Path) -> None:
    """A reader asks for the same again, with the last id that it saw: nothing is missing or twice.

    What it asked first says where to begin; the second time that is passed over.
    """
    database = tmp_path / "brief.db"
    server = Server.start(database, "--fixtures", str(ROOT / "fixtures"))
    start = server.ask(CURSOR)["brief"]
    asked = {"query": UPDATES, "variables": {"after": start["liveCursor"]}}
    versions = [edit(server, f"first {number}") for number in range(3)]
    async with stream(server, asked) as first:
        seen = [await first.update() for _ in range(2)]
    server.kill()
    server = Server.start(database)
    try:
        versions += [edit(server, f"second {number}") for number in range(2)]
        async with stream(server, asked, last_event_id=first.reader.last_id) as second:
            seen += [await second.update() for _ in range(3)]
    finally:
        assert server.stop() == ""
    assert seen == versions


async def test_a_log_that_was_restored(tmp_path: Path) -> None:
    """Who saw what it lost must read the page anew, also once it has grown past that."""
    database, backup = tmp_path / "brief.db", tmp_path / "monday.db"
    with served(database, "--fixtures", str(ROOT / "fixtures")) as server:
        kept = edit(server, "kept")
        backed_up(database, backup)
        before = server.ask(CURSOR)["brief"]["liveCursor"]
        lost = edit(server, "lost")
        seen = server.ask(CURSOR)["brief"]["liveCursor"]
    (tmp_path / "new").mkdir()
    restored(backup, tmp_path / "new" / "brief.db", "--no-erasures")
    with served(tmp_path / "new" / "brief.db") as server:
        versions = [edit(server, f"new {number}") for number in range(3)]
        assert versions[0] == lost == kept + 1
        async with stream(server, {"query": UPDATES, "variables": {"after": seen}}) as told:
            event = await told.event()
            assert event is not None
            assert event.result["data"]["briefUpdates"]["reason"] == "OTHER_LOG"
        async with stream(server, {"query": UPDATES, "variables": {"after": before}}) as told:
            assert [await told.update() for _ in versions] == versions


async def test_a_server_that_is_stopped(tmp_path: Path) -> None:
    """It waits for no stream: each ends as HTTP ends, and without `complete`."""
    server = Server.start(tmp_path / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    try:
        async with stream(server, {"query": UPDATES}) as listening:
            version = await asyncio.to_thread(edit, server, "before the end")
            assert await listening.update() == version
            begun = asyncio.get_running_loop().time()
            server.process.send_signal(signal.SIGTERM)
            assert await listening.event() is None
            assert asyncio.get_running_loop().time() - begun < GRACE_S
    finally:
        assert server.stop() == ""


def measure(server: Server, name: str) -> float:
    """What `/metrics` tells."""
    text = httpx.get(server.url.replace("/graphql", "/metrics"), timeout=TIMEOUT_S).text
    return next(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    )


def head_of(request: httpx.Request) -> bytes:
    """A request without a body, as it is on the wire."""
    lines = [f"GET {request.url.raw_path.decode()} HTTP/1.1"]
    lines += (f"{name}: {value}" for name, value in request.headers.items())
    return "\r\n".join((*lines, "", "")).encode()


def left(connection: socket.socket) -> Iterator[bytes]:
    """What there is to read of an answer that is cut off."""
    answer = HTTPResponse(connection)
    answer.begin()
    with suppress(IncompleteRead, ConnectionResetError):
        while piece := answer.read1():
            yield piece


@contextmanager
def lazy(server: Server) -> Iterator[socket.socket]:
    """The connection of a client that asks for much, and does not read it."""
    headers = EVENTS | {"authorization": f"Bearer {server.auditor}"}
    asked = httpx.Request("GET", server.url, params={"query": HEAVY}, headers=headers)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(TIMEOUT_S)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(head_of(asked))
        yield connection


def begun(connection: socket.socket) -> None:
    """Return when there is something of the answer behind its head; nothing of it is read."""
    end = b"\r\n\r\n"
    while end not in (there := connection.recv(4096, socket.MSG_PEEK)) or there.endswith(end):
        pass


async def under_way(server: Server, number: int) -> None:
    """Return when there are so many streams."""
    async with asyncio.timeout(TIMEOUT_S):
        while await asyncio.to_thread(measure, server, STREAMS) != number:
            pass


async def test_a_server_that_is_stopped_while_a_client_reads_nothing(tmp_path: Path) -> None:
    """It does not wait for it either, and has nothing to complain of."""
    server = Server.start(tmp_path / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    try:
        with lazy(server):
            for _ in range(30):  # until there is no room for more
                await under_way(server, 1)
            begun = asyncio.get_running_loop().time()
            server.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.process.wait, TIMEOUT_S)
            assert asyncio.get_running_loop().time() - begun < GRACE_S
    finally:
        assert server.stop() == ""


async def test_a_client_that_reads_nothing(tmp_path: Path) -> None:
    """It is cut off, and goes on from the last event that it read when it reads again."""
    server = Server.start(
        tmp_path / "brief.db",
        *("--fixtures", str(ROOT / "fixtures"), "--stall-timeout-s", "0.2"),
    )
    try:
        head = server.ask("{ log { position } }", token=server.auditor)["log"]["position"]
        with lazy(server) as connection:
            await asyncio.to_thread(begun, connection)
            await under_way(server, 0)
            found: list[Event] = []
            reader = Reader()
            for piece in left(connection):
                found += reader.feed(piece)
        assert 0 < len(found) < head
        async with stream(
            server,
            {"query": HEAVY},
            authorization=f"Bearer {server.auditor}",
            last_event_id=reader.last_id,
        ) as again:
            event = await again.event()
            assert event is not None
            assert event.result["data"]["logTail"]["position"] == len(found) + 1
    finally:
        assert server.stop() == ""


async def test_a_body_that_does_not_come(tmp_path: Path) -> None:
    """The body of a GET means nothing, but a stream that never hears of its client is none."""
    server = Server.start(
        tmp_path / "brief.db",
        *("--fixtures", str(tmp_path / "none"), "--request-timeout-s", "0.1"),
    )
    try:
        asked = httpx.Request(
            "GET",
            server.url,
            params={"query": "subscription { breaking { __typename } }"},
            headers=EVENTS | {"content-length": "10"},
        )
        with socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S) as connection:
            connection.sendall(head_of(asked))
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 408
    finally:
        assert server.stop() == ""


async def test_a_quiet_web_socket(tmp_path: Path) -> None:
    """The sign of life on a WebSocket is a ping, as often."""
    server = Server.start(
        tmp_path / "brief.db", *("--fixtures", str(tmp_path / "none"), "--heartbeat-s", "0.05")
    )
    handshake = httpx.Request(
        "GET",
        server.url,
        headers={
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "sec-websocket-protocol": "graphql-transport-ws",
        },
    )
    try:
        with socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S) as connection:
            connection.sendall(head_of(handshake))
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 101
            (frame,) = connection.recv(1)
            assert frame == PING
    finally:
        assert server.stop() == ""


PING = 0x89
"""The first byte of a frame that is a whole ping."""
