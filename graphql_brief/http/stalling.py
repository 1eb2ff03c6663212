"""A bound on clients that do not read what is sent to them.

Of what an application sends, at most 64 KiB wait for a client, and the one message that went
beyond; then the application waits, too. So a client that reads slowly costs no memory and holds up
nobody else. One that reads nothing is cut off: of a subscription, it has the cursor of each result
that it read.
"""

import asyncio
from typing import Protocol

HURRY_S = 0.5
"""How long a client that reads nothing, or sends half a body, has when the server stops."""


class _Bounds(Protocol):
    stall_timeout_s: float


class StallBound(asyncio.Protocol):
    """Cuts the connection off when its client read nothing for `config.stall_timeout_s`.

    To be put before the protocol that has the connection.
    """

    config: _Bounds
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _looking: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Look later whether the client reads; called when as much waits for it as may."""
        super().pause_writing()
        self._look_later(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Look no more; called when the client has read most of it."""
        self._look_away()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._look_away()
        super().connection_lost(exc)

    def hurry(self) -> None:
        """Look soon: the server stops, and waits for what the application has to say."""
        if self._looking is not None:
            self._look_away()
            waiting_bytes = self.transport.get_write_buffer_size()
            self._looking = self.loop.call_later(HURRY_S, self._look, waiting_bytes)

    def _look_later(self, waiting_bytes: int) -> None:
        self._looking = self.loop.call_later(self.config.stall_timeout_s, self._look, waiting_bytes)

    def _look(self, waited_bytes: int) -> None:
        waiting_bytes = self.transport.get_write_buffer_size()
        if waiting_bytes < waited_bytes:
            self._look_later(waiting_bytes)
        else:
            self.transport.abort()

    def _look_away(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
