"""A bound on request bodies, before anything reads them whole."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BOUND_BYTES = 1_000_000


class BodyTooLarge(Exception):  # noqa: N818 - the client is at fault
    """The body went over the bound while it was being read."""


class BodyLimit:
    """Answers 413 (RFC 9110 §15.5.14) to a body over the bound, declared or sent."""

    def __init__(self, app: ASGIApp, *, bound_bytes: int = BODY_BOUND_BYTES) -> None:
        self._app = app
        self._bound_bytes = bound_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._bound_bytes:
            await self._refuse(scope, receive, send)
            return
        read_bytes = 0
        started = False

        async def bounded_receive() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._bound_bytes:
                raise BodyTooLarge
            return message

        async def noted_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, bounded_receive, noted_send)
        except BodyTooLarge:
            if not started:
                await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"the body is larger than the bound of {self._bound_bytes} bytes"
        answer = JSONResponse(
            {"errors": [{"message": message, "extensions": {"code": "BODY_TOO_LARGE"}}]},
            status_code=413,
            headers={"connection": "close"},
        )
        await answer(scope, receive, send)
