"""The client of the benchmarks: it counts answers, and only those that are what was asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import repeat

import pytest

from benchmarks.exchange import NotThere, exchange
from benchmarks.load import HOST, Expected, WrongAnswer, load, request

ASKED = request("POST", "/graphql", b'{"query":"{ page }"}')


@asynccontextmanager
async def answering(*parts: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that gives every request this answer, in these parts; its port, and what it read."""
    heard: list[bytes] = []
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                heard.append(await reader.readexactly(len(ASKED)))
                for part in parts:
                    writer.write(part)
                    await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(begin, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
    await asyncio.gather(*talks)


async def test_every_connection_asks_until_the_time_is_over() -> None:
    """An answer may come in pieces; each is counted once, and no request is sent twice."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    async with answering(head[:20], head[20:] + b"0123", b"456789") as (port, heard):
        found = await load(
            port, repeat(ASKED), seconds=0.05, expected=Expected(200, 10), connections=3
        )

    assert len(heard) >= 3
    assert set(heard) == {ASKED}
    assert 0 < found.per_s <= len(heard) / 0.05
    assert found.p50_ms is not None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nnone", "status 500"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "and 2 bytes"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "status 304"),
        (b"nothing\r\n\r\n", "no HTTP"),
    ],
    ids=["failed", "short", "unchanged", "not-http"],
)
async def test_what_was_not_asked_for_fails_the_round(answer: bytes, told: str) -> None:
    """An error is quick to send: counted, it would pass for speed."""
    async with answering(answer) as (port, _):
        with pytest.raises(WrongAnswer, match=told):
            await load(port, repeat(ASKED), seconds=5, expected=Expected(200, 4), connections=2)


async def test_an_answer_without_a_body_counts_where_it_is_expected() -> None:
    """304 has none, and the next request follows on the same connection."""
    async with answering(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n') as (port, heard):
        await load(port, repeat(ASKED), seconds=0.05, expected=Expected(304), connections=1)

    assert len(heard) > 1


async def test_a_connection_that_is_closed_fails_the_round() -> None:
    """A server that gives up is not a fast one."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(WrongAnswer, match="closed"):
            await load(port, repeat(ASKED), seconds=5, connections=1)


async def test_errors_are_no_data() -> None:
    """What is asked outside of a round is looked into."""
    body = b'{"errors":[{"message":"no"}]}'
    head = b"HTTP/1.1 200 OK\r\nX-Is: Here\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with answering(head + body) as (port, _):
        found = await asyncio.to_thread(exchange, port, ASKED)

    assert found.headers["x-is"] == "Here"
    with pytest.raises(NotThere, match='"message":"no"'):
        found.data()
