"""What a process does while the fault strikes, one function each, and the plan that names it.

Everything random follows from the plan's seed. A process that comes through says what it met
(`Came`); one that was lost has left its journal.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from graphql_brief.http.node import utc_now
from graphql_brief.log.port import Clock, DatabaseError, EventLog, StaleVersion
from graphql_brief.projections.replay import ProjectionHalted
from tests.faults import journal
from tests.faults.broken import BREAKS
from tests.faults.journal import Asked, Journal
from tests.faults.stores import store_of
from tests.faults.vfs import NEVER, Shim, Strike

STREAMS = 8
"""Briefs that callers write, so few that they get in each other's way."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is to do, and what is to happen to it."""

    work: str
    """A name in `WORK`."""
    url: str
    journal: str
    """Appended to; what it holds of lost processes is asked for again."""
    seed: int
    """One that no other plan of the journal has: commands are named after it."""
    callers: int = 4
    commands: int = 5
    """How many each caller asks for."""
    strike: Strike = NEVER
    trace: str | None = None
    """Where the record of what was done to the files goes."""
    broken: str | None = None
    """A name in `BREAKS`: a defect to work with."""


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A process came to its end."""

    operations: int
    """How many could have been struck."""
    struck: bool
    failed: int
    """Appends that raised."""
    error: str | None
    """Why the database could not be used."""


class Worker:
    """One process at its work."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = random.Random(plan.seed)
        self.shim = Shim(plan.strike, recording=plan.trace is not None)
        self.journal = Journal(Path(plan.journal), self.shim.mark)
        self.failed = 0
        self._left = journal.under_way(journal.read(Path(plan.journal)))
        self._numbers = count(1)
        self._versions: dict[str, int] = {}
        self._done: list[Asked] = []

    async def ask(self, log: EventLog, asked: Asked) -> None:
        """Ask for an append, and write down both the question and the answer."""
        self.journal.write(asked)
        try:
            result = await log.append(journal.request_of(asked))
        except (sa.exc.DBAPIError, DatabaseError):
            self.failed += 1  # nobody knows whether it is in the log: no line
            return
        self.journal.write(journal.answered(asked.command, result))
        if isinstance(result, StaleVersion):
            self._versions[asked.stream] = result.current_version
        elif (last := getattr(result, "last_version", None)) is not None:
            self._versions[asked.stream] = max(last, self._versions.get(asked.stream, 0))
            self._done.append(asked)

    async def begin(self, log: EventLog) -> None:
        """See where the streams are, and ask again what lost processes asked for under a key: the
        log knows whether it has it."""
        for number in range(STREAMS):
            stream = f"brief-{number}"
            self._versions[stream] = await log.version_at(stream, 2**53)
        for asked in self._left:
            if asked.key is not None:
                await self.ask(log, asked)

    async def call(self, log: EventLog) -> None:
        """One caller's commands, one after the other."""
        for _ in range(self.plan.commands):
            await self.ask(log, self.another())

    def another(self) -> Asked:
        """A command: mostly one that is right, some that must be refused or repeated."""
        way = self.rng.random()
        if way < 0.05 and self._done:
            repeated = self.rng.choice(self._done)
            if repeated.key is not None:
                return repeated
        command = f"c{self.plan.seed}-{next(self._numbers)}"
        stream = f"brief-{self.rng.randrange(STREAMS)}"
        version = self._versions.get(stream, 0)
        events: list[tuple[str, dict[str, Any]]] = []
        if version == 0:
            told = {"slug": stream, "headline": "h", "standfirst": "s", "language": "en"}
            events.append(("BriefDrafted", told))
        if way < 0.1:  # a slug that another brief holds, or may hold
            events.append(("SlugChanged", {"slug": f"brief-{self.rng.randrange(STREAMS)}-x"}))
        elif way < 0.15:
            version += 7
        elif way < 0.2 and events == []:
            return Asked(command, stream, version, command, [])
        for number in range(self.rng.randrange(1, 4)):
            text = self.rng.randbytes(self.rng.choice((20, 200, 2_000))).hex()
            events.append(("ParagraphAdded", {"key": f"{command}-{number}", "text": text}))
        return Asked(command, stream, version, self.rng.choice((command, None)), events)


async def append(worker: Worker, clock: Clock = utc_now) -> None:
    """Several callers at once."""
    async with store_of(worker.plan.url).opened(clock=clock, create=True) as opened:
        worker.shim.arm()
        await worker.begin(opened.log)
        await asyncio.gather(*(worker.call(opened.log) for _ in range(worker.plan.callers)))
        worker.shim.disarm()


async def append_and_close(worker: Worker) -> None:
    """Several callers at once; the fault may come as late as the last connection's checkpoint."""
    async with store_of(worker.plan.url).opened(create=True) as opened:
        worker.shim.arm()
        await worker.begin(opened.log)
        await asyncio.gather(*(worker.call(opened.log) for _ in range(worker.plan.callers)))


async def follow(worker: Worker) -> None:
    """Several callers at once, and read models that follow."""
    worker.shim.arm()
    async with store_of(worker.plan.url).node(create=True) as node:
        await worker.begin(node.log)
        await asyncio.gather(*(worker.call(node.log) for _ in range(worker.plan.callers)))
        try:
            await node.projector.wait((await node.log.head()).position)
        except ProjectionHalted:
            worker.failed += 1


async def catch_up(worker: Worker) -> None:
    """Read models are brought up to a log that has gone on without them."""
    worker.shim.arm()
    async with store_of(worker.plan.url).node():
        worker.shim.disarm()


async def start(worker: Worker) -> None:
    """A database is made, from nothing to an empty log in the newest format, and then closed."""
    worker.shim.arm()
    async with store_of(worker.plan.url).opened(create=True):
        pass


async def rebuild(worker: Worker) -> None:
    """The read models are made anew."""
    async with store_of(worker.plan.url).opened() as opened:
        worker.shim.arm()
        await opened.rebuild()
        worker.shim.disarm()


async def go_away(worker: Worker) -> None:
    """Callers who are cancelled while their append is under way, at no particular moment."""
    async with store_of(worker.plan.url).opened(create=True) as opened:
        callers = [asyncio.create_task(worker.call(opened.log)) for _ in range(worker.plan.callers)]
        staying = callers.pop()  # so that something is going on to the end
        for caller in callers:
            for _ in range(worker.rng.randrange(200)):
                await asyncio.sleep(0)
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await staying


async def turn_back(worker: Worker) -> None:
    """The system's clock jumps, mostly back."""
    now = datetime(2026, 1, 18, 12, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=worker.rng.randrange(-10_000, 3_000))
        return now

    await append(worker, clock)


WORK: dict[str, Callable[[Worker], Coroutine[Any, Any, None]]] = {
    work.__name__: work
    for work in (append, append_and_close, follow, catch_up, start, rebuild, go_away, turn_back)
}


def do(plan: Plan) -> Came:
    """Do what is planned, in this process. Does not return if the strike ends it."""
    worker = Worker(plan)
    error = None
    with BREAKS[plan.broken](worker.journal) if plan.broken else nullcontext():
        try:
            asyncio.run(WORK[plan.work](worker))
        except DatabaseError as refused:
            error = str(refused)
    if plan.trace is not None:
        Path(plan.trace).write_bytes(msgspec.msgpack.encode(worker.shim.trace))
    return Came(
        operations=sum(worker.shim.counted[kind] for kind in plan.strike.on),
        struck=worker.shim.struck,
        failed=worker.failed,
        error=error,
    )
