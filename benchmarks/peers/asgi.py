"""Runs an ASGI application as our own server is run: one process of uvicorn, on uvloop."""

import signal
import socket

import uvicorn
from starlette.types import ASGIApp

from graphql_brief.http.server import spare_collector

LIFE_S = 3_600
"""A server that nobody ends by then ends by itself."""


def serve(app: ASGIApp) -> None:
    """Serve on a free port of 127.0.0.1, which is printed, until SIGTERM."""
    signal.alarm(LIFE_S)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    spare_collector()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])
