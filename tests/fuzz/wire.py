"""Bytes to a socket, and the answer that comes: over HTTP, and over a WebSocket."""

import asyncio
from typing import NamedTuple

import h11

from tests.fuzz import frames
from tests.fuzz.checks import Answer, wrong_in_answer, wrong_in_close, wrong_in_message

TIMEOUT_S = 30
CHUNK_BYTES = 65_536
_IS_OPERATION_OVER = (b'"type":"complete"', b'"type":"error"')


class Sent(NamedTuple):
    """What is sent, and what is known of it."""

    kind: str
    head: bytes
    body: bytes = b""
    method: str = "POST"
    is_api: bool = True
    frames: bytes = b""
    """What follows once the connection is a WebSocket."""
    is_operation: bool = False
    """Whether the frames ask one operation, which comes to an end."""


class Outcome(NamedTuple):
    """What came of it: a status, or how a WebSocket ended; and what is wrong with it."""

    what: str
    wrong: list[str]


async def ask(port: int, sent: Sent) -> Outcome:
    """Send it on a connection of its own."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(sent.head + sent.body)
                return await _answered(reader, writer, sent)
            finally:
                writer.close()
    except TimeoutError:
        return Outcome("no answer", [f"there was no answer for {TIMEOUT_S} seconds"])
    except (ConnectionError, h11.RemoteProtocolError) as error:
        return Outcome("dropped", [f"the connection was dropped: {error!r}"])


async def _answered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Sent
) -> Outcome:
    connection = h11.Connection(h11.CLIENT)
    # Only so that the answer is read as one to this method; what was sent may be no HTTP at all.
    asked = [("host", "fuzz"), ("connection", "upgrade"), ("upgrade", "websocket")]
    connection.send(h11.Request(method=sent.method, target="/", headers=asked))
    connection.send(h11.EndOfMessage())
    status, kind, body = 0, "", b""
    while True:
        event = connection.next_event()
        match event:
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(CHUNK_BYTES))
            case h11.InformationalResponse(status_code=101):
                left, _ = connection.trailing_data
                return await _followed(reader, writer, sent, left)
            case h11.InformationalResponse():
                pass  # such as 100, to those who wait for it with their body
            case h11.Response():
                status = event.status_code
                found = dict(event.headers.raw_items())
                kind = {name.lower(): value for name, value in found.items()}.get(
                    b"content-type", b""
                ).decode("latin-1")
            case h11.Data():
                body += event.data
            case h11.EndOfMessage():
                answer = Answer(status, kind, body)
                wrong = wrong_in_answer(answer, is_api=sent.is_api, method=sent.method)
                return Outcome(str(status), wrong)
            case h11.ConnectionClosed():
                return Outcome("dropped", ["the connection was closed without an answer"])
            case _:
                raise AssertionError(event)


async def _followed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Sent, received: bytes
) -> Outcome:
    """Send the frames, and read until the operation is over, or a ping is answered, or the end."""
    last = b"" if sent.is_operation else frames.frame(frames.PING, b"last")
    writer.write(sent.frames + last)
    wrong: list[str] = []
    while True:
        found, received = frames.parsed(received)
        for opcode, payload in found:
            if opcode == frames.CLOSE:
                code = int.from_bytes(payload[:2]) if payload else 1005
                return Outcome(f"closed {code}", wrong + wrong_in_close(payload))
            if opcode == frames.TEXT:
                wrong += wrong_in_message(payload)
                if sent.is_operation and any(over in payload for over in _IS_OPERATION_OVER):
                    return Outcome("complete", wrong)
            elif opcode == frames.PONG and payload == b"last":
                return Outcome("pong", wrong)
        more = await reader.read(CHUNK_BYTES)
        if not more:
            return Outcome("dropped", [*wrong, "the WebSocket ended without a close frame"])
        received += more
