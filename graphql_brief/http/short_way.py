"""The shortest way of a request: from a piece of bytes that is known to its answer, unparsed.

A client that asks for the same page again sends the same bytes again, and most requests arrive in
one piece. Such a piece was read once by uvicorn, as exactly one request from a connection that
waited for one; on another connection that waits it can be nothing else. What is not known, comes
in several pieces, or before the answer to what was asked first, goes the long way.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from graphql_brief.http.known import PIECE, PIECE_BOUND_BYTES
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
    _answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        if not self._is_between or len(data) > PIECE_BOUND_BYTES:
            super().data_received(data)
            return
        if self._is_waiting() and (answer := self.config.at_once(data)) is not None:
            self._send(answer)
            return
        begun = self._begun
        super().data_received(data)
        if self._begun == begun + 1:
            self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Have it known that this piece began one request, if that is all that it is."""
        # The task that answers it has not begun: it does when the loop comes to it.
        if self._is_between and self.cycle is not None and self.cycle.keep_alive:
            self.scope[PIECE] = data  # type: ignore[literal-required]

    def _is_waiting(self) -> bool:
        """Whether the next request can be answered here: all before it are, and were taken."""
        return (
            (self.cycle is None or self.is_answered)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def on_message_begin(self) -> None:
        self._is_between = False
        self._begun += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._is_between = True
        super().on_message_complete()

    def _send(self, answer: Wire) -> None:
        lines = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        head = (STATUS_LINE[answer.status], *lines, answer.lines, b"\r\n")
        if len(answer.body) <= _JOINED_BOUND_BYTES:
            self.transport.write(b"".join((*head, answer.body)))
        else:  # what waits for slow readers is then one body for all of them
            self.transport.write(b"".join(head))
            self.transport.write(answer.body)
        self.server_state.total_requests += 1
        self._stop_waiting()
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
