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
from graphql_brief.http.origins import cors
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens


def make_app(node: Node, tokens: Tokens, settings: HttpSettings | None = None) -> Starlette:
    """The application over an open node; without settings, with their defaults."""
    settings = settings or HttpSettings()
    endpoint = Endpoint(schema, node, tokens, settings)
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
            Route("/metrics", _metrics),
        ],
        middleware=[
            cors(settings.allowed_origins),
            Middleware(
                BodyLimit,
                bound_bytes=settings.body_bound_bytes,
                timeout_s=settings.request_timeout_s,
            ),
        ],
    )
    app.state.node = node
    app.state.metrics = Metrics(node)
    return app


async def _index(request: Request) -> Response:
    return PlainTextResponse(
        "graphql-brief\n\n"
        "POST /graphql        GraphQL over HTTP; queries by GET too\n"
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
