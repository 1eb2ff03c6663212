"""The GraphQL endpoint: one route for GraphQL over HTTP and for subscriptions by WebSocket.

A request passes, in this order, each with its refusal: what it accepts (406), its method (405),
the site that it comes from (403), its media type (415), its token (401), its body (413, 408), and
what it asks (400). What is asked is then executed; see `statuses` for what comes of that.
"""

import asyncio
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_brief.api.context import Context, Node
from graphql_brief.api.errors import ApiCode, ApiError, no_such_operation
from graphql_brief.http.asked import Asked, Batch, read_body, read_parameters
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON, answered_in, is_json
from graphql_brief.http.origins import refuse_cross_site
from graphql_brief.http.refusals import HttpCode, Refused, refusal
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.sockets import Sockets
from graphql_brief.http.statuses import Fate, fate_of
from graphql_brief.http.tokens import BadToken, Tokens


class Answer(NamedTuple):
    """What came of one operation."""

    body: dict[str, Any]
    fate: Fate


class Endpoint:
    """One route for everything; see the module."""

    def __init__(self, schema: Schema, node: Node, tokens: Tokens, settings: HttpSettings) -> None:
        self._schema = schema
        self._node = node
        self._tokens = tokens
        self._settings = settings
        self._sockets = Sockets(schema, node, tokens, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        accept = request.headers.getlist("accept")
        try:
            response = await self._answer(request, answered_in(accept))
        except Refused as refused:
            response = refusal(refused, accept)
        await response(scope, receive, send)

    async def _answer(self, request: Request, kind: str | None) -> Response:
        if kind is None:
            raise Refused(HttpCode.NOT_ACCEPTABLE, f"this answers as {GRAPHQL_JSON} or {JSON}")
        if request.method not in ("GET", "POST"):
            raise Refused(HttpCode.METHOD_NOT_ALLOWED, "GraphQL is asked by GET and POST only")
        refuse_cross_site(request.headers, self._settings.allowed_origins)
        context = self._context(request)
        asked = await self._asked(request)
        deadline = asyncio.get_running_loop().time() + self._settings.execution_timeout_s
        if isinstance(asked, list):
            bodies = await self._execute_batch(asked, context, deadline)
            return _response(bodies, HTTPStatus.OK, kind)
        by_get = request.method == "GET"
        body, fate = await self._execute(asked, context, deadline, by_get=by_get)
        status = fate.status(spec_statuses=self._settings.spec_statuses)
        return _response(body, status if kind == GRAPHQL_JSON else HTTPStatus.OK, kind)

    def _context(self, request: Request) -> Context:
        authorization = request.headers.get("authorization")
        if authorization is None:
            return Context(self._node)
        try:
            return Context(self._node, self._tokens.read_header(authorization))
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

    async def _execute_batch(
        self, batch: Batch, context: Context, deadline: float
    ) -> list[dict[str, Any]]:
        """The answers in the order of the batch; each operation begins when the last has ended.

        So a query sees what a mutation before it wrote, and a batch is no way to take more of the
        server at once than one request takes.
        """
        bodies = []
        for asked in batch:
            try:
                if isinstance(asked, Refused):
                    raise asked
                answer = await self._execute(asked, context, deadline, by_get=False)
                bodies.append(answer.body)
            except Refused as refused:
                bodies.append(refused.body())
        return bodies

    async def _execute(
        self, asked: Asked, context: Context, deadline: float, *, by_get: bool
    ) -> Answer:
        # A time limit that is over already would end it only where it first waits.
        if asyncio.get_running_loop().time() >= deadline:
            return _answer_of(self._given_up())
        allowed = {OperationType.QUERY} if by_get else {OperationType.QUERY, OperationType.MUTATION}
        try:
            async with asyncio.timeout_at(deadline):
                result = await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    context_value=context,
                    operation_name=asked.operation_name,
                    allowed_operation_types=allowed,
                )
        except TimeoutError:
            result = self._given_up()
        except MissingQueryError as error:
            raise Refused(HttpCode.BAD_REQUEST, "the request has no query") from error
        except CannotGetOperationTypeError:
            result = ExecutionResult(data=None, errors=[no_such_operation()])
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise Refused(
                    HttpCode.BAD_REQUEST, "subscriptions are asked over a WebSocket"
                ) from error
            raise Refused(
                HttpCode.METHOD_NOT_ALLOWED, "only queries are asked by GET: send it by POST"
            ) from error
        return _answer_of(result)

    def _given_up(self) -> ExecutionResult:
        error = ApiError(
            ApiCode.EXECUTION_TIMEOUT,
            f"the answer took longer than {self._settings.execution_timeout_s:g} seconds and was "
            "given up; what a mutation asks may have been done all the same: send it again with "
            "the same idempotencyKey",
        )
        return ExecutionResult(data=None, errors=[error])


def _answer_of(result: ExecutionResult) -> Answer:
    fate = fate_of(result)
    body: dict[str, Any] = {"data": result.data} if fate.was_executed else {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return Answer(body, fate)


def _response(body: object, status: int, kind: str) -> Response:
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=f"{kind}; charset=utf-8",
        headers={"vary": "accept, authorization", "cache-control": "no-store"},
    )
