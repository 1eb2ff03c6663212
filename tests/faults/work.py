"""What a process does while the fault strikes, one function each; `trouble` has more of them."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from graphql_brief.http.node import utc_now
from graphql_brief.log.port import Clock, DatabaseError
from graphql_brief.projections.replay import ProjectionHalted
from tests.faults import trouble
from tests.faults.broken import BREAKS
from tests.faults.heard import Heard
from tests.faults.store_postgres import PostgresStore
from tests.faults.wire import Wire
from tests.faults.worker import Came, Plan, Worker


async def append(worker: Worker, clock: Clock = utc_now) -> None:
    """Several callers at once."""
    async with worker.store.opened(clock=clock, create=True) as opened:
        heard = await Heard.of(opened.log)
        await worker.begin(opened.log)
        worker.shim.arm()
        await asyncio.gather(*(worker.call(opened.log) for _ in range(worker.plan.callers)))
        worker.shim.disarm()
        worker.wrong += heard.wrong


async def append_and_close(worker: Worker) -> None:
    """Several callers at once; the fault may come as late as the last connection's checkpoint."""
    async with worker.store.opened(create=True) as opened:
        await worker.begin(opened.log)
        worker.shim.arm()
        await asyncio.gather(*(worker.call(opened.log) for _ in range(worker.plan.callers)))


async def follow(worker: Worker) -> None:
    """Several callers at once, and read models that follow."""
    worker.shim.arm()
    async with worker.store.node(create=True) as node:
        await worker.begin(node.log)
        await asyncio.gather(*(worker.call(node.log) for _ in range(worker.plan.callers)))
        head = await worker.insist(node.log.head)
        try:
            await node.projector.wait(head.position)
        except ProjectionHalted as halted:
            worker.failed += 1
            if isinstance(worker.shim, Wire):  # their disk is in order
                worker.wrong.append(str(halted))


async def catch_up(worker: Worker) -> None:
    """Read models are brought up to a log that has gone on without them."""
    worker.shim.arm()
    async with worker.store.node():
        worker.shim.disarm()


async def start(worker: Worker) -> None:
    """A database is made, from nothing to an empty log in the newest format, and then closed."""
    worker.shim.arm()
    async with worker.store.opened(create=True):
        pass


async def rebuild(worker: Worker) -> None:
    """The read models are made anew."""
    async with worker.store.opened() as opened:
        worker.shim.arm()
        await opened.rebuild()
        worker.shim.disarm()


async def go_away(worker: Worker) -> None:
    """Callers who are cancelled while their append is under way, at no particular moment."""
    async with worker.store.opened(create=True) as opened:
        callers = [asyncio.create_task(worker.call(opened.log)) for _ in range(worker.plan.callers)]
        staying = callers.pop()  # so that something is going on to the end
        for caller in callers:
            for _ in range(worker.rng.randrange(200)):
                await asyncio.sleep(0)
            worker.struck |= caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await staying


async def turn_back(worker: Worker) -> None:
    """The system's clock jumps, mostly back."""
    now = datetime(2026, 1, 18, 12, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        turned = worker.rng.randrange(-10_000, 3_000)
        worker.struck |= turned < 0
        now += timedelta(seconds=turned)
        return now

    await append(worker, clock)


WORK: dict[str, Callable[[Worker], Coroutine[Any, Any, None]]] = {
    work.__name__: work
    for work in (
        *(append, append_and_close, follow, catch_up, start, rebuild, go_away, turn_back),
        *(trouble.endure, trouble.cut_at_commit, trouble.cut_off),
        *(trouble.no_hints, trouble.no_listeners, trouble.race),
    )
}


async def _work(worker: Worker) -> None:
    if isinstance(worker.shim, Wire):
        assert isinstance(worker.store, PostgresStore)
        async with worker.shim.before(worker.store) as worker.store:
            await WORK[worker.plan.work](worker)
    else:
        await WORK[worker.plan.work](worker)


def do(plan: Plan) -> Came:
    """Do what is planned, in this process. Does not return if the strike ends it."""
    worker = Worker(plan)
    error = None
    with BREAKS[plan.broken](worker.journal) if plan.broken else nullcontext():
        try:
            asyncio.run(_work(worker))
        except DatabaseError as refused:
            error = str(refused)
    if plan.trace is not None:
        Path(plan.trace).write_bytes(msgspec.msgpack.encode(worker.shim.trace))
    return Came(
        operations=worker.shim.operations,
        struck=worker.struck or worker.shim.struck,
        failed=worker.failed,
        error=error,
        wrong=worker.wrong,
    )
