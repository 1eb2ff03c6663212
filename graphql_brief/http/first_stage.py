"""The first half of a request: from its bytes to an answer that is kept, without reading them.

So whoever asks what others asked, as most do, costs a few looks into dicts. What is not known or
not kept goes on to the second half (`endpoint`), as if nothing had been before.
"""

import asyncio
import types
from collections.abc import Generator
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.answers import Answer, Answers
from graphql_brief.http.facts import Facts, Verdict, facts_of
from graphql_brief.http.head import Head, Header, head_of
from graphql_brief.http.known import (
    BODY_BOUND_BYTES,
    FOUND,
    Found,
    Known,
    KnownRequests,
    Recognized,
)
from graphql_brief.http.replies import OWN_HEADERS, Reply, reply, tag_of
from graphql_brief.http.tokens import BadToken, Tokens

_BODY_TIMEOUT_S = 1.0
"""What takes longer to arrive is left to those who bound it, as is what is too large to know."""
_REPLIES_KEPT = 4
"""Most responses kept of one answer: the sites that ask have headers of their own."""


class FirstStage:
    """Answers what is known and kept, and passes on the rest."""

    def __init__(
        self, app: ASGIApp, *, path: str, known: KnownRequests, answers: Answers, tokens: Tokens
    ) -> None:
        self._answers = answers
        self._app = app
        self.path = path
        self._known = known
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self.path:
            await self._app(scope, receive, send)
            return
        head = head_of(scope["method"], scope["headers"])
        # Of an unknown head it is to be said first whether its body will be read at all.
        number = self._number(head)
        if number is not None:
            body: bytes | None = b""
            if head.method == "POST":
                body, receive = await _read(receive)
            known = None
            if body is not None:
                known = self._known.find(number, scope["query_string"], body)
            kept = self._kept(known, head, facts_of(scope)) if known is not None else None
            if kept is not None:
                await kept(scope, receive, send)
                return
        await self._learn(head, scope, receive, send)

    def find(self, data: bytes) -> Recognized | None:
        """What the request is that all came in this piece, if it is known."""
        return self._known.find_piece(data)

    def recognize(self, head: Head, address: bytes, body: bytes) -> Recognized | None:
        """What the request is that was read so far, if it is known."""
        number = self._number(head)
        known = self._known.find(number, address, body) if number is not None else None
        return Recognized(head, known) if known is not None else None

    def learn_piece(self, data: bytes, request: Recognized) -> None:
        """Know the request by the piece that all of it came in, from now on."""
        self._known.put_piece(data, request)

    def reply_at_once(self, request: Recognized, facts: Facts) -> Reply | None:
        """The response to such a request, if its answer is kept; the facts are filled in."""
        return self._kept(request.known, request.head, facts)

    def _number(self, head: Head) -> int | None:
        """The number of a head that is known, unless its body has to be bounded first."""
        return self._known.number(head) if _is_small(head) else None

    async def _learn(self, head: Head, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered, and know it from now on if it can be answered again."""
        headers: list[Header] = []

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers.extend(message["headers"])
            await send(message)

        await self._app(scope, receive, heard)
        found: Found | None = scope.get(FOUND)
        if found is not None and _is_small(head):
            more = tuple(header for header in headers if header[0] not in OWN_HEADERS)
            self._known.put(head, scope["query_string"], found, more)

    def _kept(self, known: Known, head: Head, facts: Facts) -> Reply | None:
        """The response with the answer that is kept for a known request, if there is one."""
        audience = Audience.PUBLIC
        if head.authorization is not None:
            try:
                audience = self._tokens.viewer(head.authorization).audience
            except BadToken:
                return None
        question = known.question
        if audience is not question.audience:
            question = question._replace(audience=audience)
        answer = self._answers.get(question)
        if answer is None:
            return None
        made = _reply(answer, known, head)
        facts.audience = audience.value
        facts.add(question.document, answer.outcome)
        facts.judge(Verdict.HIT, made.status)
        return made


def _reply(answer: Answer, known: Known, head: Head) -> Reply:
    """The response, which is kept as well."""
    seen, validity = head.if_none_match, answer.validity
    if seen is not None and (validity is None or seen != tag_of(validity, known.kind)):
        return reply(answer, HTTPStatus.OK, known.kind, head, known.more)
    key = (known.kind, known.more, head.method, seen)
    made: Reply | None = answer.replies.get(key)
    if made is None:
        made = reply(answer, HTTPStatus.OK, known.kind, head, known.more)
        if len(answer.replies) < _REPLIES_KEPT:
            answer.replies[key] = made
    return made


def _is_small(head: Head) -> bool:
    """Whether the body, by what is said of it, is nothing that has to be bounded first."""
    if head.method == "GET":
        return head.length in (b"", b"0")
    return len(head.length) < len(str(BODY_BOUND_BYTES)) or not head.length.isdigit()


async def _read(receive: Receive) -> tuple[bytes | None, Receive]:
    """A body, and a `receive` that gives all that came once more; None if it is not at hand."""
    came: list[Message] = []
    read_bytes, goes_on = 0, True
    deadline = asyncio.get_running_loop().time() + _BODY_TIMEOUT_S
    try:
        while goes_on and read_bytes < BODY_BOUND_BYTES:
            came.append(await _next(receive, deadline))
            read_bytes += len(came[-1].get("body", b""))
            goes_on = came[-1].get("more_body", False)
    except TimeoutError:
        pass  # and so it goes on
    body = None
    if not goes_on and came[-1]["type"] == "http.request":
        body = came[0]["body"] if len(came) == 1 else b"".join(map(_piece, came))
    came.reverse()

    async def again() -> Message:
        return came.pop() if came else await receive()

    return body, again


def _piece(message: Message) -> bytes:
    piece: bytes = message.get("body", b"")
    return piece


async def _next(receive: Receive, deadline: float) -> Message:
    """The next message. Raises TimeoutError. What is there already costs no timer."""
    coming = receive().__await__()
    try:
        waited_for = next(coming)
    except StopIteration as there:
        message: Message = there.value
        return message
    async with asyncio.timeout_at(deadline):
        return await _on(coming, waited_for)


@types.coroutine
def _on(coming: Generator[Any, None, Message], waited_for: Any) -> Generator[Any, None, Message]:
    """Go on with what waits for something already."""
    try:
        yield waited_for
    except BaseException as error:
        coming.throw(error)  # it ends by this error, as it is cancelled
        raise
    return (yield from coming)
