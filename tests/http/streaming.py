"""Event streams, read as a browser reads them, of an application without a socket."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

from tests.http.application import PATH, TIMEOUT_S

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Event(NamedTuple):
    """One event, as `EventSource` dispatches it."""

    name: str
    data: str
    last_id: str

    @property
    def result(self) -> Any:
        """The GraphQL response in it."""
        assert self.name == "next"
        return json.loads(self.data)


class Reader:
    """An event stream interpreted by the rules of HTML, section 9.2.6."""

    def __init__(self) -> None:
        self.last_id = ""
        self.comments = 0
        self._rest = ""
        self._fields: dict[str, str] = {}

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that a piece completes."""
        *lines, self._rest = (self._rest + piece.decode()).split("\n")
        for line in lines:
            name, _, value = line.partition(":")
            if line == "":
                yield from self._dispatch()
            elif name == "":
                self.comments += 1
            elif name == "data":
                before = self._fields.get("data", "")
                self._fields["data"] = f"{before}{value.removeprefix(' ')}\n"
            else:
                self._fields[name] = value.removeprefix(" ")

    def _dispatch(self) -> Iterator[Event]:
        found, self._fields = self._fields, {}
        self.last_id = found.get("id", self.last_id)
        if "data" in found:
            data = found["data"].removesuffix("\n")
            yield Event(found.get("event", "message"), data, self.last_id)


class Listening:
    """A request, and its answer while it is sent; entered, it has its head."""

    def __init__(
        self,
        app: ASGIApp,
        asked: dict[str, Any],
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        by_get: bool = False,
    ) -> None:
        named = {"accept": "text/event-stream", "host": "briefs.example", **headers}
        if not by_get:
            named["content-type"] = "application/json"
        self._app = app
        self._body = b"" if by_get else json.dumps(asked).encode()
        texts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in asked.items()
        }
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "https",
            "method": "GET" if by_get else "POST",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": urlencode(texts).encode() if by_get else b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._come: asyncio.Queue[Message] = asyncio.Queue()
        self._reads = asyncio.Event()
        self._reads.set()
        self._events: list[Event] = []
        self.is_blocked = asyncio.Event()
        self.has_ended = False
        self.reader = Reader()

    async def __aenter__(self) -> "Listening":
        self._come.put_nowait({"type": "http.request", "body": self._body})
        self._task = asyncio.create_task(self._answer())
        async with asyncio.timeout(TIMEOUT_S):
            start = await self._sent.get()
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave, and see the application done with it."""
        await self.leave()

    async def leave(self) -> None:
        """Go, as a client whose connection ends; gives when the application has noticed."""
        self.read()
        self._come.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(TIMEOUT_S):
            await self._task

    def block(self) -> None:
        """Read nothing from now on."""
        self._reads.clear()

    def read(self) -> None:
        """Read again."""
        self._reads.set()

    async def begun(self) -> str:
        """The id that the stream begins with."""
        while not self.reader.last_id:
            await self.piece()
        return self.reader.last_id

    async def event(self) -> Event | None:
        """The next event; None at the end."""
        while not self._events and not self.has_ended:
            await self.piece()
        return self._events.pop(0) if self._events else None

    async def piece(self) -> None:
        """Take the next piece that was sent."""
        async with asyncio.timeout(TIMEOUT_S):
            message = await self._sent.get()
        self.has_ended = not message.get("more_body", False)
        self._events += self.reader.feed(message.get("body", b""))

    async def result(self) -> Any:
        """The GraphQL response of the next event."""
        event = await self.event()
        assert event is not None
        return event.result

    async def rest(self) -> list[Event]:
        """All that come until the end."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    async def _answer(self) -> None:
        await self._app(self._scope, self._come.get, self._send)

    async def _send(self, message: Message) -> None:
        if not self._reads.is_set():
            self.is_blocked.set()
            await self._reads.wait()
        self._sent.put_nowait(message)
