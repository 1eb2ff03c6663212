"""The ASGI application: its routes."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from graphql_brief.api.context import Node
from graphql_brief.api.schema import schema
from graphql_brief.http.endpoint import Endpoint
from graphql_brief.http.limits import BodyLimit
from graphql_brief.http.metrics import Metrics
from graphql_brief.http.tokens import Tokens


def make_app(node: Node, tokens: Tokens, *, allowed_origins: tuple[str, ...] = ()) -> Starlette:
    """The application over an open node.

    `allowed_origins` are the other sites whose pages may open a WebSocket here.
    """
    endpoint = Endpoint(schema, node, tokens, allowed_origins=allowed_origins)
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
            Route("/metrics", _metrics),
        ],
        middleware=[Middleware(BodyLimit)],
    )
    app.state.node = node
    app.state.metrics = Metrics(node)
    return app


async def _index(request: Request) -> Response:
    return PlainTextResponse(
        "graphql-brief\n\n"
        "POST /graphql        GraphQL over HTTP\n"
        "WS   /graphql        subscriptions (graphql-transport-ws)\n"
        "GET  /health/live    the process answers\n"
        "GET  /health/ready   the read models follow the log\n"
        "GET  /metrics        how far they are, for Prometheus\n"
    )


async def _metrics(request: Request) -> Response:
    metrics: Metrics = request.app.state.metrics
    return metrics.response()


async def _live(request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _ready(request: Request) -> Response:
    """Ready unless a projection has halted; a halt names the event that it could not apply."""
    node: Node = request.app.state.node
    halted = node.projector.halted
    body: dict[str, object] = {
        "status": "ready" if halted is None else "halted",
        "origin": node.log.origin,
        "position": node.tail.position,
        "projected": node.projector.position,
        "lag": max(0, node.tail.position - node.projector.position),
    }
    if halted is not None:
        body["halted"] = {"position": halted.position, "type": halted.event_type, "why": halted.why}
    return JSONResponse(body, status_code=200 if halted is None else 503)
