"""The outermost layer: each request has an id and a line in the access log, and is counted."""

import secrets
from collections.abc import Sequence
from itertools import count
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_brief.http.facts import KEY, Facts
from graphql_brief.http.first_stage import FirstStage
from graphql_brief.http.head import REQUEST_ID as ID_HEADER
from graphql_brief.http.head import Header, head_of, id_of
from graphql_brief.http.known import Recognized
from graphql_brief.http.lines import SocketLine, request_line
from graphql_brief.http.logs import AccessLog
from graphql_brief.http.protocol import Answered
from graphql_brief.http.replies import Wire
from graphql_brief.http.traffic import Traffic

REQUEST_ID = "graphql_brief.request_id"
"""Where the request's id is in the scope."""
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Paths that are asked every few seconds by machines: told of only when they fail."""


class Access:
    """Puts the facts and an id into each scope, and tells what came of it.

    The id is that of the client or the proxy before it (`X-Request-Id`), if it is one that may
    stand in a log, or a new one, where there is a log or a trace; the answer carries it too.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        log: AccessLog | None,
        traffic: Traffic,
        is_traced: bool = False,
        first: FirstStage | None = None,
    ) -> None:
        """`first` is what answers at once, if anything does: there is no trace of that."""
        self._app = app
        self._first = first
        self._log = log
        self._gives_ids = log is not None or is_traced
        self._traffic = traffic
        self._prefix = secrets.token_hex(6).encode()
        self._numbers = count(1)

    @property
    def answers_at_once(self) -> bool:
        """Whether it answers anything that is not passed to it as an application."""
        return self._first is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope[KEY] = Facts()
        identity = scope[REQUEST_ID] = self._identity(id_of(scope["headers"]))
        exchange = _Exchange(send, identity)
        begun = perf_counter()
        if scope["type"] == "websocket":
            self._traffic.connections += 1
        else:
            self._traffic.under_way += 1
        try:
            await self._app(scope, receive, exchange.send)
        except BaseException:
            exchange.fail()
            raise
        finally:
            elapsed_s = perf_counter() - begun
            if scope["type"] == "websocket":
                self._traffic.connections -= 1
                self._tell_socket(scope, exchange, elapsed_s)
            else:
                self._traffic.under_way -= 1
                self._tell(
                    *(scope["method"], scope["path"], scope[KEY], identity),
                    *(exchange.status, exchange.sent_bytes, elapsed_s),
                )

    def to_piece(self, data: bytes) -> Wire | None:
        """See `AtOnce`."""
        begun = perf_counter()
        request = self._first.find(data) if self._first is not None else None
        return self._to_known(request, b"", begun) if request is not None else None

    def may_know(self, target: bytes) -> bool:
        """See `AtOnce`."""
        return self._first is not None and target.partition(b"?")[0] == self._first.path.encode()

    def to_request(
        self, method: str, target: bytes, headers: Sequence[Header], body: bytes
    ) -> Answered | None:
        """See `AtOnce`."""
        begun = perf_counter()
        head, address = head_of(method, headers), target.partition(b"?")[2]
        request = self._first.recognize(head, address, body) if self._first is not None else None
        if request is None:
            return None
        wire = self._to_known(request, id_of(headers), begun)
        return Answered(wire, request) if wire is not None else None

    def learn_piece(self, data: bytes, request: Recognized) -> None:
        """See `AtOnce`."""
        if self._first is not None:
            self._first.learn_piece(data, request)

    def _to_known(self, request: Recognized, given: bytes, begun: float) -> Wire | None:
        """The answer to a request, if it is kept; the request is told of as any other."""
        assert self._first is not None
        facts = Facts()
        reply = self._first.reply_at_once(request, facts)
        if reply is None:
            return None
        identity = self._identity(given)
        lines = b"%s%s: %s\r\n" % (reply.lines, ID_HEADER, identity) if identity else reply.lines
        self._tell(
            *(request.head.method, self._first.path, facts, identity),
            *(reply.status, len(reply.body), perf_counter() - begun),
        )
        return Wire(reply.status, lines, reply.body)

    def _identity(self, given: bytes) -> bytes:
        made = not given and self._gives_ids
        return b"%s-%x" % (self._prefix, next(self._numbers)) if made else given

    def _tell(
        self,
        method: str,
        path: str,
        facts: Facts,
        identity: bytes,
        status: int | None,
        sent_bytes: int,
        elapsed_s: float,
    ) -> None:
        self._traffic.answered(facts, status, elapsed_s)
        if self._log is None or (path in QUIET and status == 200):
            return
        line = request_line(identity.decode(), method, path, status, elapsed_s, sent_bytes, facts)
        self._log(line)

    def _tell_socket(self, scope: Scope, exchange: "_Exchange", elapsed_s: float) -> None:
        if self._log is not None:
            self._log(
                SocketLine(
                    *("", "info", "websocket closed", exchange.identity.decode(), scope["path"]),
                    status=exchange.status,
                    code=exchange.code,
                    duration_ms=round(elapsed_s * 1000, 3),
                    bytes=exchange.sent_bytes,
                )
            )


class _Exchange:
    """Passes on what is sent, and keeps what the log wants of it."""

    __slots__ = ("_send", "code", "identity", "sent_bytes", "status")

    def __init__(self, send: Send, identity: bytes) -> None:
        self._send = send
        self.identity = identity
        self.status: int | None = None
        """None: there was no answer, as the client went away before."""
        self.code: int | None = None
        """By which the server closed a WebSocket; None: the client did, or went away."""
        self.sent_bytes = 0

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
        elif kind in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            self._name(message)
        elif kind == "websocket.send":
            text = message.get("text")
            self.sent_bytes += len(message["bytes"] if text is None else text)
        elif kind == "websocket.accept":
            self.status = 101
            self._name(message)
        elif kind == "websocket.close":
            self.code = message.get("code", 1000)
        await self._send(message)

    def _name(self, message: Message) -> None:
        if self.identity:
            message["headers"] = [*message.get("headers", ()), (ID_HEADER, self.identity)]

    def fail(self) -> None:
        """Note that the application raised; what is outside of this answers 500 for it."""
        self.status = self.status or 500
