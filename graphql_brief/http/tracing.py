"""Spans of requests by HTTP, for OpenTelemetry: an extra, and off unless asked for.

One span for each request, a part of the trace that `traceparent` names, with what is known of the
request (`facts`), and under it the steps that are executed: parse, validate, execute, append. An
answer from the cache has none of these. WebSockets have no spans: a subscription lasts for hours,
and what it brings is told in the access log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_brief.api.steps import TRACING
from graphql_brief.http.access import QUIET, REQUEST_ID
from graphql_brief.http.facts import Facts, facts_of
from graphql_brief.http.settings import BadSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

SERVICE = "graphql-brief"
"""The service's name, unless `OTEL_SERVICE_NAME` gives another."""
_PARENTS = (b"traceparent", b"tracestate")


def otlp_provider() -> TracerProvider:
    """What sends spans by OTLP, as the `OTEL_*` variables say. Raises BadSetting without the extra.

    To be shut down at the end, which sends what is left.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"tracing needs {error.name}, which is not installed: see docs/observability.md"
        ) from error
    resource = Resource({SERVICE_NAME: SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """Has a span around each request; to be right within the layer that puts the facts."""

    def __init__(self, app: ASGIApp, *, provider: TracerProvider) -> None:
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app = app
        self._tracer = provider.get_tracer(SERVICE)
        self._parent = TraceContextTextMapPropagator().extract
        self._kind = SpanKind.SERVER
        self._failed = StatusCode.ERROR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        named = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _PARENTS
        }
        status = 0

        async def noted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(
            f"{scope['method']} {scope['path']}", context=self._parent(named), kind=self._kind
        ) as span:
            told = TRACING.set(self._tracer.start_as_current_span)
            try:
                await self._app(scope, receive, noted_send)
            finally:
                TRACING.reset(told)
                _describe(span, scope, status, facts_of(scope))
                if status >= 500:
                    span.set_status(self._failed)


def _describe(span: Span, scope: Scope, status: int, facts: Facts) -> None:
    known = {
        "http.request.method": scope["method"],
        "url.path": scope["path"],
        "http.response.status_code": int(status) or None,
        "graphql.operation.name": facts.operation,
        "graphql_brief.document": facts.digest,
        "graphql_brief.operations": facts.operations,
        "graphql_brief.cost": facts.cost,
        "graphql_brief.cache": facts.verdict.value if facts.verdict else None,
        "graphql_brief.audience": facts.audience,
        "graphql_brief.error": facts.error,
        "graphql_brief.request_id": scope.get(REQUEST_ID, b"").decode(),
    }
    span.set_attributes({name: value for name, value in known.items() if value is not None})
