"""Spans of requests, read from memory."""

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from graphql_brief.api.context import Node
from graphql_brief.api.document import digest_of
from graphql_brief.api.steps import TRACING, step
from graphql_brief.http import tracing
from graphql_brief.http.app import make_app
from graphql_brief.http.settings import BadSetting
from graphql_brief.http.tokens import Tokens
from graphql_brief.http.tracing import otlp_provider
from tests.cli.server import ROOT
from tests.http.application import Application

HELLO = "query Hello { viewer { audience } }"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
DRAFT = """mutation Draft($i: DraftBriefInput!) {
  draftBrief(input: $i) { brief { id } userErrors { message } } }"""


class Traced:
    """An application whose spans are read here."""

    def __init__(self, application: Application, exporter: InMemorySpanExporter) -> None:
        self.application = application
        self._exporter = exporter

    def spans(self) -> dict[str, ReadableSpan]:
        """What was traced, by name; and is then forgotten."""
        found = self._exporter.get_finished_spans()
        self._exporter.clear()
        named = {span.name: span for span in found}
        assert len(named) == len(found)
        return named


@pytest.fixture
async def traced(node: Node) -> AsyncIterator[Traced]:
    """An application over the module's node, with its spans."""
    exporter, provider, tokens = InMemorySpanExporter(), TracerProvider(), Tokens("s" * 64)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = make_app(node, tokens, spans=provider)
    async with Application(app, node, tokens) as application:
        yield Traced(application, exporter)
    provider.shutdown()


async def test_a_query(traced: Traced) -> None:
    """A span with the facts, in the trace of its caller; its steps are within it."""
    given = f"00-{TRACE}-{PARENT}-01"
    response = await traced.application.post({"query": HELLO}, traceparent=given)
    spans = traced.spans()
    assert spans.keys() == {"POST /graphql", "parse", "validate", "execute"}
    request = spans.pop("POST /graphql")
    assert request.kind is SpanKind.SERVER
    assert request.parent
    assert (f"{request.parent.trace_id:032x}", f"{request.parent.span_id:016x}") == (TRACE, PARENT)
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "url.path": "/graphql",
        "http.response.status_code": 200,
        "graphql.operation.name": "Hello",
        "graphql_brief.document": digest_of(HELLO),
        "graphql_brief.operations": 1,
        "graphql_brief.cost": 2,
        "graphql_brief.cache": "uncacheable",
        "graphql_brief.audience": "PUBLIC",
        "graphql_brief.request_id": response.headers["x-request-id"],
    }
    for within in spans.values():
        assert within.parent
        assert within.parent.span_id == request.context.span_id
        assert f"{within.context.trace_id:032x}" == TRACE


async def test_an_answer_from_the_cache(traced: Traced) -> None:
    """There are no steps to tell of."""
    for steps in ({"parse", "validate", "execute"}, set()):
        await traced.application.post({"query": '{ page(slug: "none") { title } }'})
        assert traced.spans().keys() == {"POST /graphql", *steps}


async def test_an_edit(traced: Traced) -> None:
    """The append is within the execution."""
    fields = {"slug": "s", "headline": "H", "standfirst": "S."}
    await traced.application.data(DRAFT, i=fields)
    spans = traced.spans()
    append, execute = spans["append"], spans["execute"]
    assert append.parent
    assert append.parent.span_id == execute.context.span_id


async def test_a_failure(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's fault is an error of the span; a client's is not."""

    async def late(*_: object, **__: object) -> None:
        raise TimeoutError

    await traced.application.post({"query": "{"})
    assert traced.spans()["POST /graphql"].status.status_code is StatusCode.UNSET
    monkeypatch.setattr("graphql_brief.api.schema.schema.execute", late)
    await traced.application.post({"query": HELLO})
    failed = traced.spans()["POST /graphql"]
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["graphql_brief.error"] == "EXECUTION_TIMEOUT"


async def test_probes_have_no_spans(traced: Traced) -> None:
    """They would be most of what is sent."""
    await traced.application.client.get("/health/live")
    assert traced.spans() == {}


async def test_nobody_is_told_without_tracing(application: Application) -> None:
    """Steps cost nothing but a look."""
    await application.post({"query": HELLO})
    assert TRACING.get() is None
    with step("parse") as told:
        assert told is None


def test_the_service_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry's own variables win."""
    for set_to, name in ((None, tracing.SERVICE), ("front", "front")):
        if set_to:
            monkeypatch.setenv("OTEL_SERVICE_NAME", set_to)
        provider = otlp_provider()
        assert provider.resource.attributes["service.name"] == name
        provider.shutdown()


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator is told what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(BadSetting, match=r"not installed: see docs/observability.md"):
        otlp_provider()


def test_the_application_needs_no_extra() -> None:
    """Nothing of OpenTelemetry is imported before it is asked for."""
    code = "import sys, graphql_brief.cli; print([m for m in sys.modules if 'opentelem' in m])"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
