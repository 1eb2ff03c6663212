"""Bounds on request bodies, in bytes and in time, before anything reads them whole."""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_brief.http.facts import facts_of
from graphql_brief.http.refusals import HttpCode, Refused, refusal


class BodyLimit:
    """Answers 413 to a body over the bound, declared or sent, and 408 to one that takes too long.

    The time is that of the whole body: a client that sends a byte now and then gains nothing.
    """

    def __init__(self, app: ASGIApp, *, bound_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._bound_bytes = bound_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = _Body(receive, self._bound_bytes, self._timeout_s)
        is_sent = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        started = False

        async def noted_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if is_sent and not body.is_whole:
                    # Nobody reads the rest: kept open, it could go on arriving for ever.
                    MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        try:
            if _declared_bytes(headers.get("content-length", "")) > self._bound_bytes:
                raise body.too_large()
            await self._app(scope, body.receive, noted_send)
        except BodyRefused as refused:
            facts_of(scope).refuse(refused.formatted())
            if not started:
                await refusal(refused, headers.getlist("accept"))(scope, receive, send)
        except ClientDisconnect:
            return  # amid its body: there is nothing to execute, and nobody to tell


def _declared_bytes(content_length: str) -> float:
    if not (content_length.isascii() and content_length.isdigit()):
        return 0
    # Python refuses to read very long numbers.
    return int(content_length) if len(content_length) < 20 else float("inf")


class BodyRefused(Refused):
    """The body is beyond a bound."""


class _Body:
    def __init__(self, receive: Receive, bound_bytes: int, timeout_s: float) -> None:
        self._receive = receive
        self._bound_bytes = bound_bytes
        self._timeout_s = timeout_s
        self._deadline = asyncio.get_running_loop().time() + timeout_s
        self._read_bytes = 0
        self.is_whole = False

    async def receive(self) -> Message:
        """The next message of the body, or what comes after it, for which there is no time limit.

        Raises BodyRefused.
        """
        if self.is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyRefused(
                HttpCode.BODY_TIMEOUT,
                f"the body did not arrive within {self._timeout_s:g} seconds",
            ) from error
        self._read_bytes += len(message.get("body", b""))
        if self._read_bytes > self._bound_bytes:
            raise self.too_large()
        self.is_whole = not message.get("more_body", False)
        return message

    def too_large(self) -> BodyRefused:
        """The refusal of a body over the bound."""
        return BodyRefused(
            HttpCode.BODY_TOO_LARGE,
            f"the body is larger than the bound of {self._bound_bytes} bytes",
        )
