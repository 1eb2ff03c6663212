"""The first half of a request: from its bytes to an answer that is kept, without reading them.

So whoever asks what others asked, as most do, costs a few looks into dicts. What is not known or
not kept goes on to the second half (`endpoint`), as if nothing had been before.
"""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_brief.http.answers import Answers
from graphql_brief.http.known import FOUND, Found, Head, Header, Known, KnownRequests, head_of
from graphql_brief.http.replies import OWN_HEADERS, Reply, reply
from graphql_brief.http.tokens import BadToken, Tokens

_BODY_TIMEOUT_S = 1.0
_BODY_BOUND_BYTES = 100_000
"""What is larger, or takes longer to arrive, is left to those who bound and read it."""


class FirstStage:
    """Answers what is known and kept, and passes on the rest."""

    def __init__(
        self, app: ASGIApp, *, path: str, known: KnownRequests, answers: Answers, tokens: Tokens
    ) -> None:
        self.answers = answers
        self._app = app
        self._path = path
        self._known = known
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        head = head_of(scope["method"], scope["headers"])
        # Of an unknown head it is to be said first whether its body will be read at all.
        if self._known.knows(head):
            body: bytes | None = b""
            if head.method == "POST":
                body, receive = await _read(receive)
            kept = None if body is None else self._kept(head, scope["query_string"], body)
            if kept is not None:
                await kept(scope, receive, send)
                return
        await self._learn(head, scope, receive, send)

    async def _learn(self, head: Head, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered, and know it from now on if it can be answered again."""
        headers: list[Header] = []

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers.extend(message["headers"])
            await send(message)

        await self._app(scope, receive, heard)
        found: Found | None = scope.get(FOUND)
        if found is not None:
            more = tuple(header for header in headers if header[0] not in OWN_HEADERS)
            known = Known(found.question, found.kind, more)
            self._known.put(head, scope["query_string"], found.body, known)

    def _kept(self, head: Head, address: bytes, body: bytes) -> Reply | None:
        """The response that is kept for this request, if there is one."""
        known = self._known.find(head, address, body)
        if known is None:
            return None
        try:
            viewer = self._tokens.viewer(head.authorization)
        except BadToken:
            return None
        answer = self.answers.get(known.question._replace(audience=viewer.audience))
        if answer is None:
            return None
        return reply(answer, HTTPStatus.OK, known.kind, head, known.more)


async def _read(receive: Receive) -> tuple[bytes | None, Receive]:
    """A body, and a `receive` that gives all that came once more; None if it is not at hand."""
    came: list[Message] = []
    read_bytes, goes_on = 0, True
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            while goes_on and read_bytes < _BODY_BOUND_BYTES:
                came.append(await receive())
                read_bytes += len(came[-1].get("body", b""))
                goes_on = came[-1].get("more_body", False)
    except TimeoutError:
        pass  # and so it goes on
    body = None
    if not goes_on and came[-1]["type"] == "http.request":
        body = b"".join([message.get("body", b"") for message in came])
    came.reverse()

    async def again() -> Message:
        return came.pop() if came else await receive()

    return body, again
