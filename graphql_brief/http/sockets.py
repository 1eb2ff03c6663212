"""Subscriptions over `graphql-transport-ws`; queries and mutations too."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
from graphql import GraphQLError, GraphQLFormattedError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry import Schema
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.unset import UnsetType

from graphql_brief.api.context import Context, Node
from graphql_brief.api.document import Document
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.http.asked import Asked
from graphql_brief.http.documents import Documents
from graphql_brief.http.execution import too_slow
from graphql_brief.http.refusals import Refused
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import BadToken, Tokens
from graphql_brief.http.watch import Tally, Watch

SUBSCRIPTIONS_BOUND = 100
"""Most operations under way on one WebSocket."""
INIT_TIMEOUT_S = 10.0
"""How long a client may take to say who it is."""


class _Subscribe(msgspec.Struct):
    id: str
    payload: Asked

    def __post_init__(self) -> None:
        if not self.payload.names_document:
            raise ValueError("the operation has no document")


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

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send it. An operation can end when its socket has: then nobody is there to tell."""
        encoded = self.view.encode_json(message)
        assert isinstance(encoded, str)  # so are all messages of the protocol
        with suppress(WebSocketDisconnect, RuntimeError):  # all that they tell is that it is closed
            await self.ws.send_text(encoded)

    async def close(self, code: int, reason: str) -> None:
        """Close it, unless it is closed."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await super().close(code, reason)


class _Operations(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, but that what is wrong with an operation ends that one only.

    It also has each operation watched, and gives up those that have one answer in time.
    """

    view: "Sockets"
    websocket: ASGIWebSocketAdapter

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._tallies: dict[str, Tally] = {}

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Carry the operation out, within its time; the base class does."""
        tally = Tally(operation.id, _document_of(operation), self.context.viewer.audience)
        self._tallies[operation.id] = tally
        try:
            with self.view.watch.over(tally, self.websocket.ws.scope):
                await self._run_in_time(operation)
        finally:
            # The client may have begun another operation of this id.
            if self._tallies.get(operation.id) is tally:
                del self._tallies[operation.id]

    async def _run_in_time(self, operation: Operation[Context, None]) -> None:
        timeout_s = self.view.settings.execution_timeout_s
        try:
            async with asyncio.timeout(None if _is_subscription(operation) else timeout_s):
                await super().run_operation(operation)
        except TimeoutError:
            await operation.send_initial_errors([too_slow(timeout_s)])

    async def send_message(self, message: Message) -> None:
        """Send it, and note what became of its operation by it."""
        await super().send_message(message)
        identity = message.get("id")
        tally = self._tallies.get(identity) if isinstance(identity, str) else None
        if tally is not None:
            tally.note(message["type"])

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> None:
        """Strawberry closes the socket, and with it every other subscription of the page."""

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, unless there are too many, or its document is refused."""
        if self.connection_acknowledged and message["id"] not in self.operations:
            found = self._document(message)
            if isinstance(found, list):
                await self.send_message({"id": message["id"], "type": "error", "payload": found})
                return
            message["payload"]["query"] = found
        await super().handle_subscribe(message)

    def _document(self, message: SubscribeMessage) -> Document | list[GraphQLFormattedError]:
        """What the message asks, or why it is not begun. Strawberry's refusals have no code."""
        if len(self.operations) >= SUBSCRIPTIONS_BOUND:
            error = ApiError(
                ApiCode.TOO_MANY_OPERATIONS,
                f"{SUBSCRIPTIONS_BOUND} operations are under way on this connection, which is the "
                "bound; complete one, or open another connection",
            )
            return [error.formatted]
        try:
            document = self.view.documents.find(msgspec.convert(message["payload"], Asked))
        except Refused as refused:
            return [refused.formatted()]
        return [document.unreadable.formatted] if document.unreadable else document


def _document_of(operation: Operation[Context, None]) -> Document:
    document = operation.query
    assert isinstance(document, Document)  # as `handle_subscribe` made it
    return document


def _is_subscription(operation: Operation[Context, None]) -> bool:
    return _document_of(operation).is_subscription(operation.operation_name)


class Sockets(GraphQL[Context, None]):
    """The WebSocket side of the endpoint."""

    websocket_adapter_class = _Messages
    graphql_transport_ws_handler_class = _Operations

    def __init__(
        self,
        schema: Schema,
        node: Node,
        tokens: Tokens,
        settings: HttpSettings,
        documents: Documents,
        watch: Watch,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_TIMEOUT_S),
            max_subscriptions_per_connection=None,  # bounded by the handler above
            allowed_origins=settings.allowed_origins,
        )
        self.documents = documents
        self._node = node
        self._tokens = tokens
        self.settings = settings
        self.watch = watch

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        return Context(
            self._node,
            authorization=request.headers.get("authorization"),
            introspection=self.settings.introspection,
        )

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

    def decode_json(self, data: str | bytes) -> object:
        """The parsed message. Raises json.JSONDecodeError, also for what is nested too deeply."""
        try:
            return msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error

    def encode_json(self, data: object) -> str:
        return msgspec.json.encode(data).decode()
