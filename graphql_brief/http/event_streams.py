"""GraphQL over server-sent events: each operation has an event stream of its own.

The protocol is that of `graphql-sse`, in its distinct-connections mode. A stream has a `next` for
each result and a `complete` at its end. The `id` of each `next` of a subscription is the live
cursor that it goes on from, also where the document does not ask for it, and `Last-Event-ID` takes
it up again: whatever the document and its variables say of `after`, it goes before that. A stream
begins with the id alone of what it comes after, so that nothing is missed by whom it is cut off
from before the first result.

A server that stops ends its streams without `complete`, and so does whatever cuts them: who is
told of no end comes back, and goes on.
"""

import asyncio
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import msgspec
from graphql import GraphQLFormattedError
from starlette.types import Receive, Scope, Send
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionResult

from graphql_brief.api.context import Bookmark, Context, Node
from graphql_brief.api.document import ACCOUNTED, Document
from graphql_brief.api.errors import ApiCode, ApiError
from graphql_brief.api.scalars import read_live_cursor
from graphql_brief.api.schema import Schema
from graphql_brief.api.viewer import Viewer
from graphql_brief.http.asked import Asked
from graphql_brief.http.execution import body_of
from graphql_brief.http.facts import facts_of
from graphql_brief.http.head import STREAM_TOKEN, Head
from graphql_brief.http.negotiation import EVENT_STREAM
from graphql_brief.http.refusals import HttpCode, Refused
from graphql_brief.http.replies import NO_STORE, VARY, Reply, whole
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.watch import Tally, Watch
from graphql_brief.live.cursor import LiveCursor

_RESERVATION_METHODS = ("PUT", "DELETE")
"""By which the single-connection mode reserves a stream, and ends an operation on it."""
# A proxy that gathers an answer before it passes it on, as nginx does, is not to.
_TOLD = [NO_STORE, VARY, (b"x-accel-buffering", b"no")]
_BEGUN_HEADERS = [(b"content-type", b"%s; charset=utf-8" % EVENT_STREAM.encode()), *_TOLD]
_HEARTBEAT = b":\n\n"
# With its empty data: browsers pass over an event that has none.
_COMPLETE = b"event: complete\ndata:\n\n"


def refused_at_once(error: GraphQLFormattedError) -> Reply:
    """The whole stream of an operation that is not executed."""
    return answered_at_once(msgspec.json.encode({"errors": [error]}))


def answered_at_once(body: bytes) -> Reply:
    """The whole stream of an operation that has one result."""
    return whole(_next(body, None) + _COMPLETE, HTTPStatus.OK, EVENT_STREAM, _TOLD)


def refuse_reservation(head: Head) -> None:
    """Raise Refused for a request of the protocol's other mode, with one stream for everything."""
    why = "there is no single-connection mode here: ask each operation with a stream of its own"
    if head.method in _RESERVATION_METHODS:
        raise Refused(HttpCode.METHOD_NOT_ALLOWED, f"GraphQL is asked by GET and POST only; {why}")
    if any(name == STREAM_TOKEN for name, _ in head.deciding):
        raise Refused(HttpCode.BAD_REQUEST, f"{STREAM_TOKEN.decode()} means nothing; {why}")


class EventStreams:
    """The streams of subscriptions of one server."""

    def __init__(self, schema: Schema, node: Node, settings: HttpSettings, watch: Watch) -> None:
        self.schema = schema
        self.node = node
        self.settings = settings
        self.watch = watch
        self.under_way: set[asyncio.Task[None]] = set()
        """What tells the results; a stream ends when it is cancelled."""
        self.is_stopping = False

    def follow(
        self, document: Document, asked: Asked, viewer: Viewer, last_seen: str | None
    ) -> "EventStream":
        """The stream of a subscription; `last_seen` is the `Last-Event-ID`, if there is one.

        Raises ApiError if it is no cursor.
        """
        return EventStream(self, document, asked, viewer, Bookmark(_cursor(last_seen)))

    def stop(self) -> None:
        """End all streams, and those that are yet to begin."""
        self.is_stopping = True
        for task in self.under_way:
            task.cancel()


class EventStream:
    """One subscription as a response: an ASGI application as Starlette's are."""

    def __init__(
        self,
        streams: EventStreams,
        document: Document,
        asked: Asked,
        viewer: Viewer,
        bookmark: Bookmark,
    ) -> None:
        self._streams = streams
        self._document = document
        self._asked = asked
        self._viewer = viewer
        self._bookmark = bookmark
        self._has_told = False
        self._sending = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send results until there are no more, or the client goes, or the server stops."""
        start = {"type": "http.response.start", "status": HTTPStatus.OK, "headers": _BEGUN_HEADERS}
        await send(start)
        if not self._streams.is_stopping:
            await self._until_over(scope, receive, send)
        await send({"type": "http.response.body", "body": b""})

    async def _until_over(self, scope: Scope, receive: Receive, send: Send) -> None:
        telling = asyncio.create_task(self._tell(scope, send))
        others = (asyncio.create_task(self._beat(send)), asyncio.create_task(_gone(receive)))
        parts = (telling, *others)
        self._streams.under_way.add(telling)
        try:
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.under_way.discard(telling)
            for part in parts:
                part.cancel()
            await asyncio.wait(parts)  # until the source is closed
        for part in ended:
            if not part.cancelled():
                part.result()

    async def _tell(self, scope: Scope, send: Send) -> None:
        """Send each result as it comes, and that there are no more."""
        tally = Tally("", self._document, self._viewer.audience)
        facts = facts_of(scope)
        with self._streams.watch.over(tally, scope):
            try:
                async with aclosing(await self._results()) as results:
                    async for result in results:
                        assert isinstance(result, ExecutionResult)  # nothing comes in parts here
                        body = body_of(result)
                        for error in body.get("errors", ()):
                            facts.refuse(error)
                        await self._send_next(body, send)
                        tally.note("next")
                async with self._sending:
                    await _send(_COMPLETE, send)
                has_begun = self._bookmark.begun.is_set()
                tally.note("complete" if has_begun else "error")
            finally:
                facts.follow(self._document.digest, ACCOUNTED.get())

    async def _results(self) -> StreamResult:
        streams, asked = self._streams, self._asked
        context = Context(
            streams.node,
            self._viewer,
            introspection=streams.settings.introspection,
            bookmark=self._bookmark,
        )
        return await streams.schema.stream(
            self._document,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            operation_extensions=asked.extensions,
        )

    async def _send_next(self, body: dict[str, Any], send: Send) -> None:
        async with self._sending:
            self._has_told = True
            await _send(_next(msgspec.json.encode(body), self._bookmark.reached), send)

    async def _beat(self, send: Send) -> None:
        """Say what the stream comes after, and then, again and again, that it is there."""
        await self._bookmark.begun.wait()
        async with self._sending:
            if not self._has_told:  # or the client would forget what it has
                await _send(b"id: %s\n\n" % _text(self._bookmark.start), send)
        while True:
            await asyncio.sleep(self._streams.settings.heartbeat_s)
            async with self._sending:
                await _send(_HEARTBEAT, send)


def _cursor(last_seen: str | None) -> LiveCursor | None:
    try:
        return read_live_cursor(last_seen) if last_seen else None
    except ApiError as error:
        raise ApiError(ApiCode.BAD_CURSOR, f"Last-Event-ID: {error.message}") from error


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(data: bytes, send: Send) -> None:
    """Send more of the stream, as soon as the client reads what it was sent."""
    await send({"type": "http.response.body", "body": data, "more_body": True})


def _next(body: bytes, reached: LiveCursor | None) -> bytes:
    name = b"" if reached is None else b"id: %s\n" % _text(reached)
    return b"event: next\n%sdata: %s\n\n" % (name, body)


def _text(cursor: LiveCursor | None) -> bytes:
    return str(cursor).encode()
