"""The client of the benchmarks: connections that ask again as soon as they are answered.

It runs in the benchmark's own process, on a core that no server has, and does as little as can be
done: requests are bytes that were made beforehand, answers are read by the parser that uvicorn has
and only their status and length are looked at. What was not answered as expected fails the round.
"""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple

import httptools

from benchmarks.measure import Contender, Sample, sample_of

CONNECTIONS = 32
HOST = "127.0.0.1"
_ANSWER_BOUND_S = 30.0


class WrongAnswer(Exception):  # noqa: N818 - a server is at fault
    """An answer that is none to what was asked; what failed is not to be counted as fast."""


class Expected(NamedTuple):
    """What every answer of a round must be like."""

    status: int = 200
    least_bytes: int = 0
    """Errors are short."""


class _Connection(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again until the time is over."""

    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes], expected: Expected) -> None:
        self._requests = requests
        self._expected = expected
        self._parser = httptools.HttpResponseParser(self)
        self._read_bytes = 0
        self._asked = self._end = 0.0
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, end: float) -> None:
        """Ask until then."""
        self._end = end
        self._ask(perf_counter())

    def _ask(self, now: float) -> None:
        self._asked = now
        self._read_bytes = 0
        self.transport.write(next(self._requests))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"an answer that is no HTTP: {error}")

    def on_body(self, body: bytes) -> None:
        """A piece of the answer's body."""
        self._read_bytes += len(body)

    def on_message_complete(self) -> None:
        """The end of an answer."""
        now = perf_counter()
        status = self._parser.get_status_code()
        if status != self._expected.status or self._read_bytes < self._expected.least_bytes:
            self._fail(f"an answer with status {status} and {self._read_bytes} bytes")
            return
        self.latencies.append(now - self._asked)
        if now < self._end:
            self._ask(now)
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"a connection that was closed ({exc})")

    def _fail(self, what: str) -> None:
        if not self.done.done():
            self.done.set_exception(WrongAnswer(f"instead of {self._expected}: {what}"))


async def load(
    port: int,
    requests: Iterator[bytes],
    *,
    seconds: float,
    expected: Expected = Expected(),  # noqa: B008 - frozen
    connections: int = CONNECTIONS,
) -> Sample:
    """Ask that server for so many seconds. Raises WrongAnswer, and TimeoutError for none."""
    loop = asyncio.get_running_loop()
    opened: list[_Connection] = []
    try:
        for _ in range(connections):
            _, connection = await loop.create_connection(
                lambda: _Connection(requests, expected), HOST, port
            )
            opened.append(connection)
        begun = perf_counter()
        for connection in opened:
            connection.begin(begun + seconds)
        async with asyncio.timeout(seconds + _ANSWER_BOUND_S):
            await asyncio.gather(*(connection.done for connection in opened))
        elapsed = perf_counter() - begun
    finally:
        for connection in opened:
            connection.transport.abort()
            connection.done.cancel()
    return sample_of([one for each in opened for one in each.latencies], elapsed)


def asking(
    port: int, requests: Iterator[bytes], *, seconds: float, expected: Expected
) -> Contender:
    """As `load`, once a round; each round goes on where the last one ended."""

    async def contend() -> Sample:
        return await load(port, requests, seconds=seconds, expected=expected)

    return contend


def request(
    method: str, target: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """One request of HTTP/1.1, with its body as JSON."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {HOST}", "Accept: application/json"]
    lines += (f"{name}: {value}" for name, value in headers)
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
