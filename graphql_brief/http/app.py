"""The ASGI application: its routes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from graphql_brief.api.context import Node
from graphql_brief.api.schema import schema
from graphql_brief.http import ide
from graphql_brief.http.access import Access
from graphql_brief.http.answers import Answers
from graphql_brief.http.documents import Documents, documents_of
from graphql_brief.http.endpoint import Endpoint
from graphql_brief.http.event_streams import EventStreams
from graphql_brief.http.first_stage import FirstStage
from graphql_brief.http.known import KnownRequests
from graphql_brief.http.limits import BodyLimit
from graphql_brief.http.logs import AccessLog
from graphql_brief.http.metrics import Metrics
from graphql_brief.http.origins import cors
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from graphql_brief.http.tracing import Tracing
from graphql_brief.http.traffic import Traffic
from graphql_brief.http.watch import Watch
from graphql_brief.log.port import Recorded
from graphql_brief.projections.step import Step

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

PATH = "/graphql"

SILENCE_BOUND_S = 30.0
"""For how long a node is ready that does not hear the log's server, which it asks each second."""


class App(Access):
    """The application, with what it keeps and what it counts."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        log: AccessLog | None,
        answers: Answers,
        traffic: Traffic,
        streams: EventStreams,
        is_traced: bool,
        first: FirstStage | None,
    ) -> None:
        super().__init__(app, log=log, traffic=traffic, is_traced=is_traced, first=first)
        self.answers = answers
        self.traffic = traffic
        self._streams = streams

    def stop(self) -> None:
        """End what would not end by itself: the server is to stop."""
        self._streams.stop()


def make_app(
    node: Node,
    tokens: Tokens,
    settings: HttpSettings | None = None,
    documents: Documents | None = None,
    *,
    log: AccessLog | None = None,
    spans: "TracerProvider | None" = None,
) -> App:
    """The application over an open node; without settings, with their defaults.

    `log` has a line of each request, `spans` takes their traces. Raises BadManifest, unless it is
    given the documents that it knows from the start.
    """
    settings = settings or HttpSettings()
    documents = documents or documents_of(schema, settings)
    answers = Answers(settings.answers_bound_bytes, lambda: node.catalogue.changes)
    node.tail.listen(lambda commit: answers.hear(commit, _step_of(node, commit)))
    traffic = Traffic(answers, documents.is_of_manifest)
    endpoint = Endpoint(schema, node, tokens, settings, answers, documents, Watch(traffic, log))
    app = Starlette(
        routes=[
            Route("/", _index),
            *([] if settings.production else ide.routes()),
            Route(PATH, endpoint),
            WebSocketRoute(PATH, endpoint),
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
    app.state.settings = settings
    app.state.metrics = Metrics(node, traffic)
    first = FirstStage(app, path=PATH, known=KnownRequests(), answers=answers, tokens=tokens)
    is_traced = spans is not None
    return App(
        first if spans is None else Tracing(first, provider=spans),
        log=log,
        answers=answers,
        traffic=traffic,
        streams=endpoint.streams,
        is_traced=is_traced,
        first=None if is_traced else first,
    )


def _step_of(node: Node, commit: Sequence[Recorded]) -> Step | None:
    """What a commit did, as far as anything in memory tells."""
    return node.states.step_of(commit) or node.projector.step_of(commit)


async def _index(request: Request) -> Response:
    settings: HttpSettings = request.app.state.settings
    line = "" if settings.production else "GET  /ide            to ask by hand, with examples\n"
    return PlainTextResponse(
        "graphql-brief\n\n"
        "POST /graphql        GraphQL over HTTP; queries by GET too\n"
        "WS   /graphql        subscriptions (graphql-transport-ws)\n"
        "GET  /graphql        subscriptions as event streams too (graphql-sse)\n"
        f"{line}"
        "GET  /health/live    the process answers\n"
        "GET  /health/ready   the read models follow the log\n"
        "GET  /metrics        what the server does, for Prometheus\n"
    )


async def _metrics(request: Request) -> Response:
    metrics: Metrics = request.app.state.metrics
    return metrics.response()


async def _live(request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _ready(request: Request) -> Response:
    """Ready unless the node has stopped before an event, or has not heard the log's server.

    `halted` names the event that a projection cannot apply, `broken` the one that cannot be read.
    """
    node: Node = request.app.state.node
    halted, broken, silent_s = node.projector.halted, node.log.broken, node.log.heard_seconds_ago
    status = "ready"
    if silent_s is not None and silent_s > SILENCE_BOUND_S:
        status = "silent"
    if halted is not None or broken is not None:
        status = "halted"
    body: dict[str, object] = {
        "status": status,
        "origin": node.log.origin,
        "position": node.tail.position,
        "projected": node.projector.position,
        "lag": max(0, node.tail.position - node.projector.position),
    }
    if silent_s is not None:
        body["heardSecondsAgo"] = round(silent_s, 1)
    if halted is not None:
        body["halted"] = _stopped(halted.position, halted.event_type, halted.why)
    if broken is not None:
        body["broken"] = _stopped(broken.position, broken.event_type, broken.why)
    return JSONResponse(body, status_code=200 if status == "ready" else 503)


def _stopped(position: int, event_type: str | None, why: str) -> dict[str, object]:
    return {"position": position, "type": event_type, "why": why}
