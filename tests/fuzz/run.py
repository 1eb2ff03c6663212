"""A server, thousands of requests, and what came of them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from tests.fuzz.cases import Cases
from tests.fuzz.documents import documents, with_known_values
from tests.fuzz.memory import resident_mb
from tests.fuzz.wire import Outcome, Sent, ask

AT_ONCE = 4
USES = 16
"""How many requests are made from one document."""
DOCUMENTS = 80
"""How many documents are drawn at a time."""
SAMPLE_EVERY = 50
"""Requests between two looks at the server's memory."""
KEPT_TROUBLES = 20


class Target(NamedTuple):
    """A server that runs."""

    port: int
    pid: int
    tokens: tuple[str, ...]


@dataclass
class Tally:
    """What came of the requests."""

    requests: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often, by kind of request and what came of it."""
    troubles: list[str] = field(default_factory=list)
    """The first few requests of which something was wrong."""
    troubled: int = 0
    samples_mb: list[float] = field(default_factory=list)

    def count(self, sent: Sent, outcome: Outcome) -> None:
        """Count one request."""
        self.requests += 1
        self.outcomes[sent.kind, outcome.what] += 1
        if outcome.wrong:
            self.troubled += 1
            if len(self.troubles) < KEPT_TROUBLES:
                self.troubles.append(
                    f"{sent.kind}: {'; '.join(outcome.wrong)}\n"
                    f"  {(sent.head + sent.body)[:3000]!r}\n  {sent.frames[:1000]!r}"
                )


def requests(tokens: tuple[str, ...], number: int, choice: int) -> Iterator[list[Sent]]:
    """As many requests, the same for the same choice and tokens; some hundreds at a time."""
    random, cases = Random(choice), Cases(tokens)
    made = 0
    while made < number:
        drawn = documents(min(DOCUMENTS, -(-(number - made) // USES)), random.getrandbits(32))
        uses = [document for document in drawn for _ in range(USES)]
        random.shuffle(uses)
        uses = uses[: number - made]
        yield [cases.make(with_known_values(document, random), random) for document in uses]
        made += len(uses)


def _nothing(_: Tally) -> None: ...


async def run(
    target: Target,
    number: int,
    choice: int,
    *,
    timeout_s: float,
    watch: Callable[[Tally], None] = _nothing,
) -> Tally:
    """Send them, a few at a time; less than all of them if the time is over."""
    tally = Tally()
    queue: asyncio.Queue[Sent | None] = asyncio.Queue(AT_ONCE)

    async def work() -> None:
        while (sent := await queue.get()) is not None:
            tally.count(sent, await ask(target.port, sent))
            if tally.requests % SAMPLE_EVERY == 0:
                tally.samples_mb.append(resident_mb(target.pid))

    end = time.monotonic() + timeout_s
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(work())
        drawn = requests(target.tokens, number, choice)
        # In a thread: what is under way would wait, and the server would take it for too slow.
        while time.monotonic() < end and (some := await asyncio.to_thread(next, drawn, None)):
            for sent in some:
                if time.monotonic() > end:
                    break
                await queue.put(sent)
            watch(tally)
        for _ in range(AT_ONCE):
            await queue.put(None)
    return tally
