"""A server's connections without sockets: what is written to them is there to be looked at."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from graphql_brief.http import replies
from graphql_brief.http.app import App
from graphql_brief.http.head import Header
from graphql_brief.http.known import Recognized
from graphql_brief.http.protocol import Answered, AtOnce, Config
from graphql_brief.http.short_way import ShortConnection

KEEP_ALIVE_S = 60


def post(body: str, *headers: str) -> bytes:
    """A request with this body, as a client sends it."""
    head = (
        *("POST /graphql HTTP/1.1", "Host: there", "Content-Type: application/json"),
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, *headers, "", body)).encode()


class Wire(asyncio.Transport):
    """What a connection writes to; it counts the responses that are whole."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.pieces: list[object] = []
        self.is_closed = False
        self._answers = 0
        self._came = asyncio.Event()
        self._parser = httptools.HttpResponseParser(self)

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        self.written += bytes(data)
        self.pieces.append(data)
        with suppress(httptools.HttpParserUpgrade):
            self._parser.feed_data(bytes(data))

    def on_message_complete(self) -> None:
        self._answers += 1
        self._came.set()

    async def answered(self, number: int) -> None:
        """Wait until there are so many responses."""
        async with asyncio.timeout(10):
            while self._answers < number and not self.is_closed:
                self._came.clear()
                await self._came.wait()

    def close(self) -> None:
        self.is_closed = True
        self._came.set()

    def abort(self) -> None:
        self.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Ways(AtOnce):
    """Answers at once what an application does, and counts what it answers by which way."""

    def __init__(self, app: AtOnce) -> None:
        self._app = app
        self.by_bytes = 0
        self.when_read = 0

    def to_piece(self, data: bytes) -> replies.Wire | None:
        answer = self._app.to_piece(data)
        self.by_bytes += answer is not None
        return answer

    def may_know(self, target: bytes) -> bool:
        return self._app.may_know(target)

    def to_request(
        self, method: str, target: bytes, headers: Sequence[Header], body: bytes
    ) -> Answered | None:
        answered = self._app.to_request(method, target, headers, body)
        self.when_read += answered is not None
        return answered

    def learn_piece(self, data: bytes, request: Recognized) -> None:
        self._app.learn_piece(data, request)


class Site:
    """Connections to an application, and how many requests went which way."""

    def __init__(self, app: App, *, at_once: AtOnce | None = None, short: bool = True) -> None:
        """`at_once`: what answers at once, if it is not the application; not `short`: nothing."""
        self.passed_on = 0
        self.ways = Ways(at_once or app)
        self._app = app
        self._config = Config(
            self._counted,
            http=ShortConnection,
            head_timeout_s=60,
            stall_timeout_s=60,
            at_once=self.ways if short else None,
            log_config=None,
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._state = ServerState()
        self._state.default_headers = [(b"date", b"today")]

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """What the application has under way."""
        return self._state.tasks

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed_on += 1
        await self._app(scope, receive, send)

    def connect(self) -> ShortConnection:
        """A connection."""
        connection = ShortConnection(self._config, self._state, {})
        connection.connection_made(Wire())
        return connection

    async def ask(self, *pieces: bytes, on: ShortConnection | None = None) -> bytes:
        """All that is answered to a request that comes in these pieces."""
        connection = on or self.connect()
        wire = connection.transport
        assert isinstance(wire, Wire)
        before, answers = len(wire.written), wire._answers
        for piece in pieces:
            connection.data_received(piece)
        await wire.answered(answers + 1)
        return wire.written[before:]
