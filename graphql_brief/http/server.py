"""uvicorn around the application, from an open socket to a clean stop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Generator

import uvicorn
import uvloop

from graphql_brief.http.app import App
from graphql_brief.http.protocol import Config
from graphql_brief.http.short_way import ShortConnection

GRACE_S = 5
"""How long answers and subscriptions under way may take to end when the server is stopped."""
WEBSOCKET_MESSAGE_BOUND_BYTES = 1_000_000
GC_THRESHOLDS = (50_000, 20, 100)
"""How many more objects were made than freed before the collector looks for cycles among the
youngest, and how many such looks before it looks among those that stayed, twice over."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The loop that everything runs on."""
    return uvloop.new_event_loop()


async def serve_until_stopped(
    app: App,
    listening: socket.socket,
    ready: Callable[[], None],
    *,
    head_timeout_s: float,
    stall_timeout_s: float,
    heartbeat_s: float,
) -> None:
    """Serve until SIGINT or SIGTERM, and return when all that was under way has ended.

    `ready` is called once a signal ends it so; from then on it may be told that it is there.
    """
    config = Config(
        app,
        http=ShortConnection,
        head_timeout_s=head_timeout_s,
        at_once=app if app.answers_at_once else None,
        stall_timeout_s=stall_timeout_s,
        ws_ping_interval=heartbeat_s,
        log_config=None,  # its messages go where all others go: `logs`
        log_level="warning",
        access_log=False,  # ours knows more
        server_header=False,
        proxy_headers=False,  # nothing here asks where a request is from, or by which scheme
        lifespan="off",  # the node is opened before, and closed after: here an error has no trace
        ws_per_message_deflate=False,  # 19 KiB a connection, not 70, and half the CPU
        ws_max_size=WEBSOCKET_MESSAGE_BOUND_BYTES,
        timeout_graceful_shutdown=GRACE_S,
    )
    spare_collector()
    await _Server(config, app, ready).serve(sockets=[listening])


def spare_collector() -> None:
    """Have the garbage collector pass over what was made for the start, and look less often.

    What was imported stays for good, and is large: each full collection went through all of it,
    and stopped everything for 70 to 115 ms. What a request leaves behind holds few cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: App, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and wait for what is under way."""
        self._app.stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop at a signal, and let the caller close the node.

        uvicorn's own raises the signal again when it is done, which ends the process first.
        """
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for caught in signals:
            loop.add_signal_handler(caught, self.handle_exit, caught, None)
        try:
            self._ready()
            yield
        finally:
            for caught in signals:
                loop.remove_signal_handler(caught)
