"""The ways in which faults of a server are tried, and of several nodes on it; see `how`.

All tries of a line go on with the one database that the tries before it have left.
"""

import asyncio
from typing import Literal

from tests.faults.bench import Bench, Case, Outcome
from tests.faults.how import GO_ON, How, drawn
from tests.faults.nursery import Nursery
from tests.faults.store_postgres import PostgresStore
from tests.faults.vfs import NEVER, Strike, Strikes
from tests.postgres import PostgresServer, execute

TIMEOUT_S = 60.0
"""Reached only by a process that hangs."""


def at_messages(
    work: str,
    do: Strikes,
    *,
    most: int | None = None,
    text: str = "",
    callers: int = 4,
    commands: int = 5,
    read_models: bool = False,
) -> How:
    """End the node at the first message for which it waits for an answer, then at the second...

    With `most`, at so many of them, drawn at random; with `text`, of those with this text.
    """

    async def how(bench: Bench) -> Outcome:
        case = bench.filled()
        calm = case.run(work, Strike(do=do, at=0, text=text), callers=callers, commands=commands)
        assert calm is not None
        points = range(1, calm.operations + 1)
        for at in drawn(points, most, bench.rng):
            strike = Strike(do=do, at=at, text=text)
            came = case.run(work, strike, callers=callers, commands=commands)
            bench.tried += 1
            bench.struck += came is None
            await case.check(f"{work}, {do} at message {at}", read_models=read_models)
            if bench.tried % GO_ON == 0:
                await case.go_on(f"{work}, {do} at message {at}")
        return bench.outcome()

    return how


End = Literal["kill", "immediate", "orderly"]


def end_and_start(server: PostgresServer, end: End) -> None:
    """End a server and start it again on what it has left."""
    if end == "kill":
        server.kill()
    else:
        server.stop(immediate=end == "immediate")
    server.start()


def server_ended(
    work: str, end: End, *, times: int, commands: int = 40, read_models: bool = False
) -> How:
    """End the server while a node works, and start it again; the node knows of nothing."""

    async def how(bench: Bench) -> Outcome:
        assert bench.server is not None
        case = bench.filled()
        for _ in range(times):
            where = f"{work}, server ended ({end}), time {bench.tried + 1}"
            before = len(case.lines())
            case.begin(work, commands=commands)
            # Anywhere within the work, wherever that is on this machine at this time.
            await _until(case, before + bench.rng.randrange(2 * commands))
            await asyncio.to_thread(end_and_start, bench.server, end)
            came = await asyncio.to_thread(case.end)
            bench.tried += 1
            bench.struck += came is not None and came.struck
            if came is None or came.error is not None:
                bench.damage.append(f"{where}: the node did not outlast it: {came}")
            await case.check(where, read_models=read_models)
        await case.go_on(f"{work}, server ended ({end})", read_models=read_models)
        return bench.outcome()

    return how


async def _until(case: Case, lines: int) -> None:
    """Return once its journal has so many lines: there is nobody who would tell of them."""
    async with asyncio.timeout(TIMEOUT_S):
        while not case.journal.exists() or case.journal.read_bytes().count(b"\n") < lines:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def both_lost(work: str, *, times: int) -> How:
    """Kill the node, and the server at once behind it."""

    async def how(bench: Bench) -> Outcome:
        assert bench.server is not None
        case = bench.filled()
        for _ in range(times):
            strike = Strike(do="kill", at=bench.rng.randrange(100, 300))
            case.begin(work, strike, commands=200)
            came = await asyncio.to_thread(case.end)
            await asyncio.to_thread(end_and_start, bench.server, "kill")
            bench.tried += 1
            bench.struck += came is None
            await case.check(f"{work}, node and server killed, time {bench.tried}")
            if bench.damage:
                return bench.outcome()  # what is built on a broken log says nothing more
        await case.go_on(f"{work}, node and server killed")
        return bench.outcome()

    return how


def two_nodes(work: str, *, times: int, lose: bool = False, prepare: tuple[str, ...] = ()) -> How:
    """Two nodes at the same work on one log. With `lose`, one of them is killed amid it.

    `prepare` is done to the database before.
    """

    async def how(bench: Bench) -> Outcome:
        case = bench.filled()
        assert isinstance(case.store, PostgresStore)
        await execute(case.store.database, *prepare)
        with Nursery() as other:
            for _ in range(times):
                at = bench.rng.randrange(5, 60)
                case.begin(work, Strike(do="sent", at=at) if lose else NEVER, again=False)
                case.begin(work, nursery=other, again=False)
                came = [case.end(), case.end(other)]
                bench.tried += 1
                # A loser of the race was told that its version is stale.
                bench.struck += came[0] is None if lose else any(one and one.struck for one in came)
                await case.check(f"two nodes, {work}, time {bench.tried}", read_models=not lose)
                if bench.damage:
                    break
        await case.go_on(f"two nodes, {work}")
        return bench.outcome()

    return how
