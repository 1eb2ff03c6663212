"""The ways in which a fault is tried, each a function for the table.

Whatever the way: the database is checked in full as the fault has left it. After some of the
tries work goes on, with what was under way when the process was lost, and it is checked again.
"""

import os
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from tests.faults import journal
from tests.faults.bench import Bench, Case, Outcome
from tests.faults.disk import Disk
from tests.faults.journal import Told
from tests.faults.stores import SqliteStore
from tests.faults.trace import KINDS, Kind, Mark, Operation
from tests.faults.vfs import NEVER, Strike, Strikes

GO_ON = 4
"""After one of so many tries work goes on: it costs as much as the try."""

How = Callable[[Bench], Awaitable[Outcome]]


async def nothing(bench: Bench) -> Case:
    """To begin with: no database."""
    return bench.empty()


async def appended(bench: Bench) -> Case:
    """To begin with: a log, which no read models have followed."""
    return bench.filled("append")


async def followed(bench: Bench) -> Case:
    """To begin with: a log and its read models."""
    return bench.filled("follow")


async def in_the_first_format(bench: Bench) -> Case:
    """To begin with: a log as the first release would have left it."""
    case = bench.filled("append")
    await case.store.in_first_format()
    return case


Base = Callable[[Bench], Awaitable[Case]]
"""What there is before the fault."""


def at_each_operation(
    work: str,
    do: Strikes,
    *,
    on: tuple[Kind, ...] = KINDS,
    times: int = 1,
    most: int | None = None,
    late: bool = False,
    base: Base = followed,
    callers: int = 4,
    commands: int = 5,
    read_models: bool = False,
) -> How:
    """Strike the first operation on a file, then, on a fresh copy, the second, and so on.

    With `most`, so many of them, drawn at random, or with `late` the last ones.
    """

    async def how(bench: Bench) -> Outcome:
        found = await base(bench)
        seed = bench.next_seed()
        run = partial(Case.run, work=work, seed=seed, callers=callers, commands=commands)
        calm = run(found.copy(), strike=Strike(do=do, at=0, on=on))
        assert calm is not None
        points = range(1, calm.operations + 1)
        for at in drawn(points, most, None if late else bench.rng):
            where = f"{work}, {do} at operation {at} of {len(points)}, seed {seed}"
            case = found.copy()
            came = run(case, strike=Strike(do=do, at=at, on=on, times=times))
            bench.tried += 1
            bench.struck += came is None or came.struck
            await case.check(where, read_models=read_models)
            if bench.tried % GO_ON == 0:
                await case.go_on(where, read_models=read_models)
            case.remove()
        return bench.outcome()

    return how


def drawn(points: Sequence[int], most: int | None, rng: random.Random | None) -> Sequence[int]:
    """So many of the points, in order: drawn by `rng`, or without it the last ones."""
    if most is None or most >= len(points):
        return points
    return points[-most:] if rng is None else sorted(rng.sample(points, most))


def power_loss(
    work: str,
    *,
    states: int,
    commands: int = 5,
    strike: Strike = NEVER,
    base: Base = followed,
    read_models: bool = False,
) -> How:
    """Record what is done to the files, and check the disks that power losses would have left.

    Half of the moments are right behind an acknowledgement, where most can be broken; the others
    are anywhere.
    """

    async def how(bench: Bench) -> Outcome:
        before = await base(bench)
        case = before.copy()
        assert isinstance(before.store, SqliteStore)
        record = bench.new_path()
        seed = bench.next_seed()
        came = case.run(work, strike, seed=seed, commands=commands, trace=str(record))
        assert came is not None
        trace = msgspec.msgpack.decode(record.read_bytes(), type=list[Operation])
        files = {str(case.store.folder / name): raw for name, raw in before.store.files().items()}
        lines = before.lines()
        places = iter(_places(trace, states, bench.rng))
        place = next(places)
        disk = Disk(files)
        for at, operation in enumerate(trace):
            while at == place:
                where = f"{work}, power lost before operation {at} of {len(trace)}, seed {seed}"
                found = bench.found(disk.after_power_loss(bench.rng), case.store.folder, lines)
                bench.tried += 1
                bench.struck += disk.unsynced
                await found.check(where, read_models=read_models and bench.tried % GO_ON == 0)
                if bench.tried % GO_ON == 0:
                    await found.go_on(where)
                found.remove()
                place = next(places, len(trace))
            disk.apply(operation, bench.rng)
            if isinstance(operation, Mark):
                lines += journal.parse([operation.line])
        return bench.outcome()

    return how


def _places(trace: Sequence[Operation], states: int, rng: random.Random) -> list[int]:
    """Places in a record at which the power is lost, in order."""
    told = [
        place
        for place, operation in enumerate(trace, 1)
        if isinstance(operation, Mark) and isinstance(journal.parse([operation.line])[0], Told)
    ]
    chosen = rng.choices(told, k=states // 2) if told else []
    return sorted(chosen + rng.choices(range(len(trace)), k=states - len(chosen)))


def undisturbed(work: str, *, times: int, read_models: bool = False) -> How:
    """Work in which the fault lies itself."""

    async def how(bench: Bench) -> Outcome:
        case = bench.filled()
        for _ in range(times):
            came = case.run(work)
            assert came is not None
            bench.tried += 1
            bench.struck += came.struck
            await case.check(f"{work}, time {bench.tried}", read_models=read_models)
        await case.go_on(work, read_models=read_models)
        return bench.outcome()

    return how


async def second_writer(bench: Bench) -> Outcome:
    """A second process on a file that one is writing is refused, and told who writes."""
    case = bench.filled()
    async with case.store.opened():
        came = case.run("append")
    bench.tried += 1
    if came is not None and came.error is not None and f"process {os.getpid()}" in came.error:
        bench.struck += 1
    else:
        bench.damage.append(f"a second writer was let in: {came}")
    await case.check("second writer")
    await case.go_on("second writer")
    return bench.outcome()
