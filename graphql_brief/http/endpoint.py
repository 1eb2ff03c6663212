"""The GraphQL endpoint: one route for GraphQL over HTTP, by event streams and by WebSocket.

It is the second half of a request: what the first (`first_stage`) does not know or has no answer
to. It passes, in this order, each with its refusal: what it accepts (406), its method (405), the
site that it comes from (403), its media type (415), its token (401), its body (413, 408), what it
asks (400), and its document (403, 404). What is asked is then executed, unless there is an answer
to it; see `statuses` for what comes of that. Where an event stream is asked for, all from the
document on is told by it (`streams`), and is no refusal.
"""

import asyncio
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from strawberry.types.graphql import OperationType

from graphql_brief.api.context import Context, Node
from graphql_brief.api.document import ACCOUNTED, Document
from graphql_brief.api.errors import ApiError
from graphql_brief.api.footprint import Footprint, Unnoted
from graphql_brief.api.schema import Schema
from graphql_brief.api.viewer import Viewer
from graphql_brief.http.answers import Answer, Answers, Question, validity_of
from graphql_brief.http.asked import Asked, Batch, read_body, read_parameters
from graphql_brief.http.documents import Documents
from graphql_brief.http.event_streams import (
    EventStream,
    EventStreams,
    answered_at_once,
    refuse_reservation,
    refused_at_once,
)
from graphql_brief.http.execution import Executor
from graphql_brief.http.facts import Facts, Verdict, facts_of, outcome_of
from graphql_brief.http.head import Head, head_of
from graphql_brief.http.known import FOUND, Found
from graphql_brief.http.negotiation import (
    EVENT_STREAM,
    GRAPHQL_JSON,
    JSON,
    Events,
    answered_in,
    events_in,
    is_json,
)
from graphql_brief.http.origins import refuse_cross_site
from graphql_brief.http.refusals import HttpCode, Refused, refusal
from graphql_brief.http.replies import Reply, batch_reply, reply
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.sockets import Sockets
from graphql_brief.http.statuses import Fate
from graphql_brief.http.tokens import BadToken, Tokens
from graphql_brief.http.watch import Watch


class _Asking(NamedTuple):
    """Who asks, how, and until when."""

    viewer: Viewer
    deadline: float
    by_get: bool


class Endpoint:
    """One route for everything; see the module."""

    def __init__(
        self,
        schema: Schema,
        node: Node,
        tokens: Tokens,
        settings: HttpSettings,
        answers: Answers,
        documents: Documents,
        watch: Watch,
    ) -> None:
        self._answers = answers
        self._documents = documents
        self._executor = Executor(schema, settings.execution_timeout_s)
        self._node = node
        self._tokens = tokens
        self._settings = settings
        self._sockets = Sockets(schema, node, tokens, settings, documents, watch)
        self.streams = EventStreams(schema, node, settings, watch)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        accept = request.headers.getlist("accept")
        try:
            response = await self._respond(request, answered_in(accept), events_in(accept))
        except Refused as refused:
            facts_of(scope).refuse(refused.formatted())
            await refusal(refused, accept)(scope, receive, send)
        else:
            await response(scope, receive, send)

    async def _respond(
        self, request: Request, kind: str | None, events: Events
    ) -> Reply | EventStream:
        if kind is None and events is Events.NONE:
            raise Refused(
                HttpCode.NOT_ACCEPTABLE,
                f"this answers as {GRAPHQL_JSON}, {JSON} or {EVENT_STREAM}",
            )
        head = head_of(request.method, request.scope["headers"])
        refuse_reservation(head)
        if head.method not in ("GET", "POST"):
            raise Refused(HttpCode.METHOD_NOT_ALLOWED, "GraphQL is asked by GET and POST only")
        refuse_cross_site(request.headers, self._settings.allowed_origins)
        viewer = self._viewer(head)
        facts = facts_of(request.scope)
        facts.audience = viewer.audience.value
        asked = await self._asked(request)
        deadline = asyncio.get_running_loop().time() + self._settings.execution_timeout_s
        asking = _Asking(viewer, deadline, by_get=request.method == "GET")
        if events is Events.ALL or kind is None:
            return await self._streamed(asked, asking, request)
        if isinstance(asked, list):
            bodies = [await self._one_of_batch(one, asking, facts) for one in asked]
            return batch_reply(bodies, kind)
        document = self._documents.find(asked)
        if events is Events.SUBSCRIPTIONS and document.is_subscription(asked.operation_name):
            return await self._followed(document, asked, asking, request)
        question = _question(document, asked, viewer)
        answer, verdict = await self._answer(document, asked, question, asking, facts)
        if question is not None and answer.validity is not None:
            body = b"" if request.method == "GET" else await request.body()
            request.scope[FOUND] = Found(question, kind, body)
        status = answer.fate.status(spec_statuses=self._settings.spec_statuses)
        response = reply(answer, status if kind == GRAPHQL_JSON else HTTPStatus.OK, kind, head)
        facts.judge(verdict, response.status)
        return response

    async def _streamed(
        self, asked: Asked | Batch, asking: _Asking, request: Request
    ) -> Reply | EventStream:
        """What is asked, as an event stream, and so what is wrong with the operation too."""
        if isinstance(asked, list):
            raise Refused(
                HttpCode.BAD_REQUEST, "a batch has no event stream: send each operation by itself"
            )
        facts = facts_of(request.scope)
        try:
            document = self._documents.find(asked)
        except Refused as refused:
            facts.refuse(refused.formatted())
            return refused_at_once(refused.formatted())
        if document.is_subscription(asked.operation_name):
            return await self._followed(document, asked, asking, request)
        question = _question(document, asked, asking.viewer)
        answer, verdict = await self._answer(document, asked, question, asking, facts)
        facts.judge(verdict, HTTPStatus.OK)
        return answered_at_once(answer.body)

    async def _followed(
        self, document: Document, asked: Asked, asking: _Asking, request: Request
    ) -> Reply | EventStream:
        """The event stream of a subscription."""
        await request.body()  # of a GET too: all that comes from now on is that the client goes
        try:
            last_seen = request.headers.get("last-event-id")
            return self.streams.follow(document, asked, asking.viewer, last_seen)
        except ApiError as refused:
            facts_of(request.scope).refuse(refused.formatted)
            return refused_at_once(refused.formatted)

    def _viewer(self, head: Head) -> Viewer:
        try:
            return self._tokens.viewer(head.authorization)
        except BadToken as error:
            raise Refused(HttpCode.UNAUTHENTICATED, str(error)) from error

    async def _asked(self, request: Request) -> Asked | Batch:
        if request.method == "GET":
            return read_parameters(request.query_params)
        if not is_json(request.headers.get("content-type", "")):
            raise Refused(
                HttpCode.UNSUPPORTED_MEDIA_TYPE, f"send the request as {JSON}; charset=utf-8"
            )
        return read_body(await request.body(), batch_bound=self._settings.batch_bound)

    async def _one_of_batch(self, asked: Asked | Refused, asking: _Asking, facts: Facts) -> bytes:
        """The answer to one of a batch, whose operations begin when the last has ended.

        So a query sees what a mutation before it wrote, and a batch is no way to take more of the
        server at once than one request takes.
        """
        try:
            if isinstance(asked, Refused):
                raise asked
            document = self._documents.find(asked)
            question = _question(document, asked, asking.viewer)
            answer, _ = await self._answer(document, asked, question, asking, facts)
        except Refused as refused:
            facts.refuse(refused.formatted())
            return msgspec.json.encode(refused.body())
        return answer.body

    async def _answer(
        self,
        document: Document,
        asked: Asked,
        question: Question | None,
        asking: _Asking,
        facts: Facts,
    ) -> tuple[Answer, Verdict]:
        """The answer that is kept, or else one that is made."""
        kept = self._answers.get(question) if question is not None else None
        answer = kept or await self._made(document, asked, question, asking)
        facts.add(document.digest, answer.outcome)
        if kept is not None:
            return answer, Verdict.HIT
        return answer, Verdict.UNCACHEABLE if answer.validity is None else Verdict.MISS

    async def _made(
        self, document: Document, asked: Asked, question: Question | None, asking: _Asking
    ) -> Answer:
        """An answer that is made now, be it by somebody else who asks the same."""

        async def make(footprint: Footprint) -> Answer:
            context = Context(
                self._node,
                asking.viewer,
                footprint=footprint,
                introspection=self._settings.introspection,
            )
            ACCOUNTED.set(None)
            body, fate = await self._executor.execute(
                document, asked, context, asking.deadline, by_get=asking.by_get
            )
            encoded = msgspec.json.encode(body)
            is_good = fate is Fate.COMPLETE and question is not None
            validity = validity_of(encoded, footprint, asking.viewer.audience) if is_good else None
            outcome = outcome_of(ACCOUNTED.get(), body.get("errors", ()))
            return Answer(encoded, fate, validity, outcome)

        if question is None:
            return await make(Unnoted())
        try:
            async with asyncio.timeout_at(asking.deadline):
                return await self._answers.make(question, make)
        except TimeoutError:  # while somebody else made it
            body, fate = self._executor.given_up()
            return Answer(msgspec.json.encode(body), fate, None, outcome_of(None, body["errors"]))


def _question(document: Document, asked: Asked, viewer: Viewer) -> Question | None:
    """What a request asks, as it is kept; None for what is not."""
    if document.operation_type(asked.operation_name) is not OperationType.QUERY:
        return None
    if asked.has_more_extensions:
        return None
    return Question(
        document=document.digest,
        operation=asked.operation_name,
        variables=msgspec.json.encode(asked.variables or {}, order="deterministic"),
        audience=viewer.audience,
    )
