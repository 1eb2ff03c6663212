"""The GraphQL endpoint: GraphQL over HTTP, and subscriptions over `graphql-transport-ws`.

Status codes by the GraphQL-over-HTTP draft (§6): a request that never reaches execution is 400
for those who accept `application/graphql-response+json`, and 200 for those who ask for the older
`application/json`, whose clients take another status for a failure of the network.

| what is wrong                      | status |
|------------------------------------|--------|
| not JSON, or not a GraphQL request | 400    |
| a bad or outdated token            | 401    |
| mutation by GET; other methods     | 405    |
| nothing acceptable                 | 406    |
| body too large                     | 413    |
| body of another media type         | 415    |
"""

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from graphql_brief.api.context import Context, Node
from graphql_brief.http.tokens import BadToken, Tokens

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
SUBSCRIPTIONS_BOUND = 100
"""Most operations under way on one WebSocket."""


class _Answer(Response):
    """The answer in the making: its media type by Accept, its status by what happens."""

    takes_graphql_json: bool = False


class _Operation(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, object] | None = None
    operation_name: str | None = None


class _Subscribe(msgspec.Struct):
    id: str
    payload: _Operation


class _Complete(msgspec.Struct):
    id: str


class _Other(msgspec.Struct):
    type: str


_SHAPES: dict[object, type[msgspec.Struct]] = {"subscribe": _Subscribe, "complete": _Complete}


class _Messages(ASGIWebSocketAdapter):
    """Passes on messages of the protocol's shape, and closes by 4400 at others.

    The handler takes a message's parts unasked, and would end in a traceback.
    """

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            try:
                kind = msgspec.convert(message, _Other).type
                msgspec.convert(message, _SHAPES.get(kind, _Other))
            except msgspec.ValidationError as error:
                raise NonJsonMessageReceived from error
            yield message


class _Operations(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, but that a bad document ends its own operation only."""

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> None:
        """Strawberry closes the socket, and with it every other subscription of the page."""


class Endpoint(GraphQL[Context, None]):
    """One route for everything; see the module."""

    websocket_adapter_class = _Messages
    graphql_transport_ws_handler_class = _Operations

    def __init__(
        self,
        schema: Schema,
        node: Node,
        tokens: Tokens,
        *,
        allowed_origins: tuple[str, ...] = (),
        connection_init_timeout_s: float = 10,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=connection_init_timeout_s),
            max_subscriptions_per_connection=SUBSCRIPTIONS_BOUND,
            allowed_origins=allowed_origins,
        )
        self._node = node
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as refused:
            response = _refusal(refused.status_code, refused.reason or "")
        await response(scope, receive, send)

    # Who asks

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        authorization = request.headers.get("authorization")
        if isinstance(request, WebSocket):
            return Context(self._node, authorization=authorization)
        if authorization is None:
            return Context(self._node)
        try:
            return Context(self._node, self._tokens.read_header(authorization))
        except BadToken as error:
            raise HTTPException(401, str(error)) from error

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Browsers cannot set headers on a WebSocket: the token comes in `connection_init`."""
        given = (context.connection_params or {}).get("authorization", context.authorization)
        if given is None:
            return UnsetType()
        if not isinstance(given, str):
            raise ConnectionRejectionError
        try:
            context.viewer = self._tokens.read_header(given)
        except BadToken as error:
            raise ConnectionRejectionError from error
        return UnsetType()

    # What comes in

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(request, Request):
            request.state.answered_in = answered_in(request.headers.get("accept", ""))
            if request.state.answered_in is None:
                raise HTTPException(406, f"this answers as {GRAPHQL_JSON} or {JSON}")
            if request.method not in ("GET", "POST"):
                raise HTTPException(405, "GraphQL is asked by GET and POST only")
            if request.method == "POST" and not _is_json(request.headers.get("content-type", "")):
                raise HTTPException(415, f"send the request as {JSON}; charset=utf-8")
        return await super().run(request, *args, **kwargs)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Never: a GET without a query is a request that lacks one."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """The parsed body. Raises json.JSONDecodeError, also for what is nested too deeply."""
        try:
            return msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error

    def parse_json(self, data: str | bytes) -> Any:
        found = super().parse_json(data)
        if not isinstance(found, dict):
            raise HTTPException(400, "a GraphQL request is a JSON object with a query")
        return found

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """One operation by HTTP: a query, or by POST also a mutation."""
        by_get = request.method == "GET"
        allowed = {OperationType.QUERY} if by_get else {OperationType.QUERY, OperationType.MUTATION}
        try:
            return await self.schema.execute(
                request_data.query,
                variable_values=request_data.variables,
                context_value=context,
                root_value=root_value,
                operation_name=request_data.operation_name,
                allowed_operation_types=allowed,
            )
        except MissingQueryError as error:
            raise HTTPException(400, "the request has no query") from error
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, "the document has no operation of that name") from error
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, "subscriptions are asked over a WebSocket") from error
            raise HTTPException(405, "only queries are asked by GET") from error

    # What goes out

    def encode_json(self, data: object) -> str:
        return msgspec.json.encode(data).decode()

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        answer = _Answer()
        answer.status_code = HTTPStatus.OK
        del answer.headers["content-length"]
        answer.takes_graphql_json = request.state.answered_in == GRAPHQL_JSON
        request.state.answer = answer
        return answer

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        answer: _Answer = request.state.answer
        found = await super().process_result(request, result)
        # A request error, by the specification (§7.1.2): nothing was executed, so that there is
        # no data, not even null. Errors of execution have a path.
        if result.data is None and all(error.path is None for error in result.errors or ()):
            found.pop("data", None)
            if answer.takes_graphql_json:
                answer.status_code = HTTPStatus.BAD_REQUEST
        return found

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        assert isinstance(sub_response, _Answer)
        kind = GRAPHQL_JSON if sub_response.takes_graphql_json else JSON
        return Response(
            self.encode_json(response_data),
            status_code=sub_response.status_code,
            media_type=f"{kind}; charset=utf-8",
            headers={"vary": "accept, authorization", "cache-control": "no-store"},
        )


def answered_in(accept: str) -> str | None:
    """The media type to answer in, by an `Accept` header (RFC 9110 §12.5.1); None if none will do.

    The newer one for those who name it at least as high as the older one.
    """
    if not accept.strip():
        return JSON
    weights = {}
    for entry in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        weights[kind] = next((_weight(part) for part in parameters if part.startswith("q=")), 1.0)
    wild = weights.get("application/*", weights.get("*/*", 0.0))
    modern, older = weights.get(GRAPHQL_JSON, 0.0), weights.get(JSON, wild)
    if modern > 0 and modern >= older:
        return GRAPHQL_JSON
    return JSON if older > 0 else None


def _weight(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 1.0


def _is_json(content_type: str) -> bool:
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower()
    return kind.strip().lower() == JSON and charset in ("", "charset=utf-8", 'charset="utf-8"')


_CODES = {
    401: "UNAUTHENTICATED",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}


def _refusal(status: int, reason: str) -> Response:
    error = {"message": reason, "extensions": {"code": _CODES.get(status, "BAD_REQUEST")}}
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer error="invalid_token"'
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = "GET, POST"
    return Response(
        msgspec.json.encode({"errors": [error]}),
        status_code=status,
        media_type=f"{JSON}; charset=utf-8",
        headers=headers,
    )
