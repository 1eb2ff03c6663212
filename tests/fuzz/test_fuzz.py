"""Fuzzing, short enough for every run; `make fuzz` is the long one."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.fuzz.__main__ import table, told
from tests.fuzz.run import SAMPLE_EVERY, Tally, requests, run
from tests.fuzz.server import Log, serving
from tests.fuzz.wire import Sent, ask

REQUESTS = 1_500
TIMEOUT_S = 300.0
SEED = 4


def test_nothing_hurts_the_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No fault of the server's, no connection that just ends, no trace, no growth."""
    with serving(tmp_path) as (target, log):
        tally = asyncio.run(run(target, REQUESTS, SEED, timeout_s=TIMEOUT_S))
    is_sound = told(tally, log, REQUESTS)
    assert len(tally.samples_mb) == REQUESTS // SAMPLE_EVERY
    assert is_sound, capsys.readouterr().err
    found: Counter[str] = Counter()
    for (_, what), count in tally.outcomes.items():
        found[what] += count
    # What was sent got somewhere: much of it was executed, and much was refused.
    assert found["200"] > REQUESTS / 4, table(tally)
    assert found["400"] > REQUESTS / 10, table(tally)
    assert found["complete"] > 10, table(tally)
    assert len({kind for kind, _ in tally.outcomes}) == 13


def test_a_choice_is_repeated() -> None:
    """A seed that found something finds it again."""
    drawn = [
        list(itertools.chain.from_iterable(requests(("a", "b"), 100, choice)))
        for choice in (1, 1, 2)
    ]
    assert len(drawn[0]) == 100
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answered(answer: bytes) -> Answering:
    """A server that answers so, and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return handle


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "what", "wrong"),
    [
        (OK + b'Content-Length: 11\r\n\r\n{"data": {}', "200", 1),
        (OK + b'Content-Length: 12\r\n\r\n{"data": {}}', "200", 0),
        (OK + b'Content-Length: 99\r\n\r\n{"data": {}}', "dropped", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", "200", 1),
        (b"", "dropped", 1),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "dropped", 1),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x02\x03\xf3", "closed 1011", 1),
    ],
)
async def test_a_server_that_fails(answer: bytes, what: str, wrong: int) -> None:
    """A connection that ends too early is seen, over HTTP and over a WebSocket."""
    server = await asyncio.start_server(answered(answer), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await ask(port, Sent("document", b"GET / HTTP/1.1\r\n\r\n"))
    assert (outcome.what, len(outcome.wrong)) == (what, wrong)


def test_what_is_found_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A trace in the log, growth, requests that were not sent: each fails the run."""
    well = Tally(requests=400, samples_mb=[100.0] * 8)
    assert told(well, Log(), 400)
    assert not told(well, Log(), 401)
    assert not told(Tally(requests=400, samples_mb=[100.0] * 4 + [200.0] * 4), Log(), 400)
    traced = Log()
    traced.read(iter(["fine\n", "Traceback (most recent call last):\n", "ValueError: why\n"]))
    assert not told(well, traced, 400)
    assert "ValueError: why" in capsys.readouterr().err
