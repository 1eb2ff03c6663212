"""The shorter ways of a request to an answer that is kept, past ASGI.

The shortest is from bytes to bytes. A client that asks for the same page again sends the same bytes
again, and most requests arrive in one piece. Such a piece was read once by uvicorn, as exactly one
request from a connection that waited for one; on another connection that waits it can be nothing
else.

Where the bytes differ and what decides does not, as where each request has an id of its own, the
request is read. If the whole of it is there by then, it is looked up before anything of what ASGI
needs is made. What is not known, not all there, or comes before the answer to what was asked
first, goes the long way, as if nothing had been before.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from graphql_brief.http.head import is_unique
from graphql_brief.http.known import PIECE_BOUND_BYTES, Recognized
from graphql_brief.http.protocol import BoundedHead
from graphql_brief.http.replies import Wire

_JOINED_BOUND_BYTES = 65_536
"""A body up to this size is written with its head, which spares a call to the system."""


class ShortConnection(BoundedHead):
    """One connection, which answers what is known at once."""

    _is_between = True
    """Whether the parser has read nothing since the end of a request."""
    _begun = 0
    """How many requests have begun here."""
    _held: bytes | None = None
    """What was read of the body of a request that may be known; None: there is none such."""
    _recognized: Recognized | None = None
    """The last request that was answered as it was read, of what came last."""
    _has_answered = False
    """Whether the last request was answered here."""
    _answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        at_once = self.config.at_once
        if at_once is None:
            super().data_received(data)
            return
        is_piece = self._is_between and len(data) <= PIECE_BOUND_BYTES
        if is_piece and self._is_waiting() and (answer := at_once.to_piece(data)) is not None:
            self._send(answer)
            return
        begun = self._begun
        self._recognized = None
        super().data_received(data)
        if self._held is not None:
            self._pass_on()
        if is_piece and self._begun == begun + 1:
            self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Have the one request that began in this piece known by it, if it was answered when it was
        read, and so is all there, and if its bytes may come again.
        """
        at_once, recognized = self.config.at_once, self._recognized
        if at_once is not None and recognized is not None and not is_unique(self.headers):
            at_once.learn_piece(data, recognized)

    def _is_waiting(self) -> bool:
        """Whether the next request can be answered here: all before it are, and were taken."""
        return (
            (self.cycle is None or self.is_answered)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def on_message_begin(self) -> None:
        self._is_between = False
        self._has_answered = False
        self._begun += 1
        # If an answer to another request in the same piece has begun it.
        self._unset_keepalive_if_required()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._may_be_known():
            self._end_head()
            self._held = b""
        else:
            super().on_headers_complete()

    def _may_be_known(self) -> bool:
        """Whether it is worth waiting for the body, of which the rest has to be there already."""
        at_once, parser = self.config.at_once, self.parser
        return (
            # Another address may be none, which uvicorn finds out, and only as the parser calls it
            # is that a refusal.
            at_once is not None
            and at_once.may_know(self.url)
            and self._is_waiting()
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
        )

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        self._is_between = True
        if self._held is not None:
            if self._answers(self._held):
                self._held = None
                return
            self._pass_on()
        super().on_message_complete()

    def _answers(self, body: bytes) -> bool:
        """Answer the request that was read, if it is known."""
        assert self.config.at_once is not None
        method = self.parser.get_method().decode()
        answered = self.config.at_once.to_request(method, self.url, self.headers, body)
        if answered is None:
            return False
        self._send(answered.wire)
        self._recognized = answered.request
        return True

    def _pass_on(self) -> None:
        """Have the application begin with the request whose head was read, and with its body."""
        body, self._held = self._held, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    @property
    def is_answered(self) -> bool:
        """See `BoundedHead`."""
        return self._has_answered or super().is_answered

    def _is_busy(self) -> bool:
        # Right behind an answer no head is awaited: the connection is kept for a while.
        was_answered = self._recognized is not None and self._is_between
        return was_answered or super()._is_busy()

    def _send(self, answer: Wire) -> None:
        lines = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        head = (STATUS_LINE[answer.status], *lines, answer.lines, b"\r\n")
        if len(answer.body) <= _JOINED_BOUND_BYTES:
            self.transport.write(b"".join((*head, answer.body)))
        else:  # what waits for slow readers is then one body for all of them
            self.transport.write(b"".join(head))
            self.transport.write(answer.body)
        self.server_state.total_requests += 1
        self._end_head()
        self._has_answered = True
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_next(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close, unless an answer went the short way since the timer was set: it is not set anew
        for each of them, which would take longer than the rest.
        """
        left_s = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._wait_for_next(left_s)
        else:
            super().timeout_keep_alive_handler()

    def _wait_for_next(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )
