"""uvicorn's HTTP protocol with bounds on the head of a request: its line and its headers.

uvicorn reads a head of any length, for as long as it takes. Here one that is too long is 431
(RFC 6585 §5), and a connection on which none arrives in time is closed without a word: most of
those only wait, such as the ones that browsers open beforehand. Trailers are no headers, an upgrade
to anything but a WebSocket is not taken, and one connection has so many requests under way at most.
Of its WebSockets, see `AnsweredSocket`.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.protocol import State

from graphql_brief.http.head import Header
from graphql_brief.http.known import Recognized
from graphql_brief.http.refusals import HttpCode, Refused, raw_refusal
from graphql_brief.http.replies import Wire
from graphql_brief.http.stalling import HURRY_S, StallBound

HEAD_BOUND_BYTES = 65_536
PIPELINE_BOUND = 100
"""Most requests of one connection that wait for the answers to those before them."""


class Answered(NamedTuple):
    """A request that is known, and its answer."""

    wire: Wire
    request: Recognized


class AtOnce(Protocol):
    """What answers requests that are known, without the application.

    Each is told of as any other, but takes nothing of what a request takes that is passed on. The
    caller sends the answer.
    """

    def to_piece(self, data: bytes) -> Wire | None:
        """The answer to the request that came in this piece; None: it has to be read."""

    def may_know(self, target: bytes) -> bool:
        """Whether a request to this address may be one that is known."""

    def to_request(
        self, method: str, target: bytes, headers: Sequence[Header], body: bytes
    ) -> Answered | None:
        """The answer to a request that was read; None: it is to be passed on."""

    def learn_piece(self, data: bytes, request: Recognized) -> None:
        """Know a request by the piece that all of it came in, from now on."""


class Config(uvicorn.Config):
    """uvicorn's settings, two bounds on clients, and what answers requests that are known, if
    anything does."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        http: type[HttpToolsProtocol],
        head_timeout_s: float,
        stall_timeout_s: float,
        at_once: AtOnce | None,
        **others: Any,
    ) -> None:
        super().__init__(app, http=http, ws=AnsweredSocket, **others)
        self.head_timeout_s = head_timeout_s
        self.stall_timeout_s = stall_timeout_s
        self.at_once = at_once


class AnsweredSocket(WebSocketsSansIOProtocol):
    """One WebSocket; whatever it is asked for by, it is answered, and no client fills the log."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A head that the library cannot read, such as one with a long line, it leaves at that.
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            refused = Refused(HttpCode.BAD_REQUEST, "this is no head of a WebSocket's handshake")
            self.transport.write(raw_refusal(refused))
            self.transport.close()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            # As uvicorn does it, which also logs a traceback each time.
            self.frames = []
            if self.conn.state is State.OPEN:
                self.conn.send_close(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class _TooManyError(Exception):
    """Ends the parsing of what came."""


class BoundedHead(StallBound, HttpToolsProtocol):
    """One connection; it waits for a head from its start, and from the start of each request."""

    config: Config
    _waiting: asyncio.TimerHandle | None = None
    _is_in_head = True
    _head_bytes = 0
    _is_upgraded = False
    cycle: RequestResponseCycle | None  # type: ignore[assignment]
    """Of the last request; None before the first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINE_BOUND:
            # An answer to this one could only be sent behind the others, which nobody reads.
            self.transport.abort()
            raise _TooManyError
        super().on_message_begin()
        if not self._is_in_head:
            self._is_in_head = True
            self._head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        # The parser gives trailers as it gives headers, when the head may have been read already
        # (RFC 9110 §6.5.1: they are not to be merged).
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()
        if self.cycle is not None and self.parser.should_upgrade():
            # The parser takes what follows for the other protocol, or for the next request.
            self.cycle.keep_alive = False

    def _end_head(self) -> None:
        self._is_in_head = False
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        # Also what the parser keeps to itself, such as half a header, is counted. What else comes
        # with a head, in one piece, is not counted against it: the head is complete by then.
        self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._is_busy():
            return
        # Most heads are whole when they come, and need no timer. Also blank lines between requests
        # begin the wait for one: the parser says nothing of them.
        if self._waiting is None:
            self._wait_for_head()
        if self._is_in_head and self._head_bytes > HEAD_BOUND_BYTES:
            self._stop_waiting()
            self.transport.write(
                raw_refusal(
                    Refused(
                        HttpCode.HEAD_TOO_LARGE,
                        f"the address and headers are larger than {HEAD_BOUND_BYTES} bytes: "
                        "send the request by POST",
                    )
                )
            )
            self.transport.close()

    def _is_busy(self) -> bool:
        """Whether the head of a request has come, and not all of the answer gone."""
        return self._is_upgraded or not (self._is_in_head or self.is_answered)

    @property
    def is_answered(self) -> bool:
        """Whether the answer to the last request has gone; false also before the first."""
        return self.cycle is not None and self.cycle.response_complete

    def handle_websocket_upgrade(self) -> None:
        self._is_upgraded = True
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        super().shutdown()
        self.hurry()
        if self._awaits_body():
            self.loop.call_later(HURRY_S, self._leave_body)

    def _awaits_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _leave_body(self) -> None:
        # Or the application would wait for the rest until it is ended, as if it had failed.
        if self._awaits_body():
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or a body that ends elsewhere than it says, as all is refused."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        refused = Refused(
            HttpCode.BAD_REQUEST, "this is no request of HTTP/1.1, or its body is cut"
        )
        self.transport.write(raw_refusal(refused))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._waiting = self.loop.call_later(self.config.head_timeout_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
