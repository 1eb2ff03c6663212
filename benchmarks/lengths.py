"""Whether anything costs more in a long log than in a short one."""

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from benchmarks import ours
from benchmarks.measure import Contender, Sample, in_turns, ratio, spread, timed
from benchmarks.report import Finding, Table, Target, spread_text
from benchmarks.setting import EVENTS_EACH, Setting
from benchmarks.sides import appending
from graphql_brief.projections.snapshots import SNAPSHOT_VERSIONS

CALLERS = 64
_VERSION = EVENTS_EACH // 2 // SNAPSHOT_VERSIONS * SNAPSHOT_VERSIONS + SNAPSHOT_VERSIONS // 2
_APPENDS_EACH = 30
_COPIED_ANEW = 100_000

_BRIEFS = 10
"""Most briefs of a log that are read, in turns."""

_ABOUT = (
    f"Logs of briefs with {EVENTS_EACH:,} events each, written side by side in commits of "
    f"{ours.COMMIT_EVENTS}: in the longest log, the events of one brief lie all over the "
    f"file. Appended is by {CALLERS} callers, one event each, to new briefs; read is a whole "
    "stream; a state is that at a version half way between two snapshots, of which none is in "
    f"memory. {_BRIEFS} reads follow each other, each of another brief, or, of a log that has one, "
    "of another copy of it: what is read again and again is soon in the processor's own memory. "
    "All were read before, so that the system has their pages in memory, in every log. Cold is a "
    "read of the same, one at a time, from a log that the system was told to "
    "forget right before: it measures the disk, of which a short log needs one stretch and a "
    "stream of a long one a page for every other event."
)


class _Line(NamedTuple):
    """What is measured at each length."""

    what: str
    unit: str
    """What the cost is of."""
    contenders: Mapping[str, Contender]
    bounded: bool = True
    """Whether the cost must not grow with the log."""


async def run(setting: Setting) -> Finding:
    """Measure against the length of the log, on SQLite."""
    tables: list[Table] = []
    targets: list[Target] = []
    async with AsyncExitStack() as stack:
        for line in await _lines(setting, stack):
            table, bounds = await _measured(line, setting)
            tables.append(table)
            targets += bounds
    notes = [
        f"The log of {length:,} events: {await setting.story(length)}."
        for length in setting.lengths
    ]
    return Finding(about=_ABOUT, tables=tuple(tables), targets=tuple(targets), notes=tuple(notes))


async def _lines(setting: Setting, stack: AsyncExitStack) -> list[_Line]:
    built = {length: await setting.built(length) for length in setting.lengths}
    briefs = {length: await _opened(path, length, setting, stack) for length, path in built.items()}
    logs = {f"{length:,}": _warm(_replay, some) for length, some in briefs.items()}
    states = {f"{length:,}": _warm(_states, some) for length, some in briefs.items()}
    appends = {f"{length:,}": _append(setting, length) for length in built}
    cold = [
        {f"{length:,}": _cold(read, path, length) for length, path in built.items()}
        for read in (_replay, _states)
    ]
    return [
        _Line("replay of one stream", "an event", logs),
        _Line("state at a version", "a state", states),
        _Line("an append", f"an append, with {CALLERS} callers", appends),
        _Line("replay of one stream, cold", "an event", cold[0], bounded=False),
        _Line("state at a version, cold", "a state", cold[1], bounded=False),
    ]


async def _measured(line: _Line, setting: Setting) -> tuple[Table, list[Target]]:
    samples = await in_turns(line.contenders, setting.rounds)
    base = f"{setting.lengths[0]:,}"
    rows, targets = [], []
    for length, found in samples.items():
        cost = ratio(samples, base, length)
        took = spread([1e6 / sample.per_s for sample in found])
        rows.append((length, spread_text(took, " µs"), spread_text(cost, "×")))
        if length != base and line.bounded:
            what = f"{line.what} in a log of {length} events, against {base}"
            targets.append(Target(what=what, bound=1.2, measured=cost.median, at_least=False))
    columns = ("events in the log", line.unit, f"cost against {base}")
    return Table(f"SQLite, {line.what}", columns, tuple(rows)), targets


_Read = Callable[[ours.Opened, str], Awaitable[int]]
"""Reads something of one stream, and gives the number of things."""


async def _replay(opened: ours.Opened, stream: str) -> int:
    return await ours.read_stream(opened.log, stream)


async def _states(opened: ours.Opened, stream: str) -> int:
    state = await opened.folds.at_version(stream, _VERSION)
    assert state is not None
    return 1


def _some(length: int) -> list[str]:
    """Briefs of a log, from all over it."""
    briefs = length // EVENTS_EACH
    numbers = range(0, briefs, max(1, briefs // _BRIEFS))[:_BRIEFS]
    return [ours.brief_name(number) for number in numbers]


async def _opened(
    path: Path, length: int, setting: Setting, stack: AsyncExitStack
) -> list[tuple[ours.Opened, str]]:
    """`_BRIEFS` briefs, each with the log that it is read from: from all over it, or its copies."""
    streams = _some(length)
    paths = [path]
    while len(paths) * len(streams) < _BRIEFS:
        another = setting.scratch / f"copy-{len(paths)}-{path.name}"
        shutil.copyfile(path, another)
        shutil.copytree(path.with_suffix(".read-models"), another.with_suffix(".read-models"))
        paths.append(another)
    logs = [await stack.enter_async_context(ours.sqlite(each)) for each in paths]
    return [(log, stream) for log in logs for stream in streams][:_BRIEFS]


def _warm(read: _Read, briefs: Sequence[tuple[ours.Opened, str]]) -> Contender:
    """Several briefs, one after the other; the round that does not count has read each of them."""

    async def all_of_them() -> int:
        return sum([await read(opened, stream) for opened, stream in briefs])

    async def contend() -> Sample:
        return await timed(all_of_them)

    return contend


def _cold(read: _Read, path: Path, length: int) -> Contender:
    """Each time another brief, from the disk."""
    turn = cycle(_some(length))

    async def contend() -> Sample:
        ours.evict(path)
        # Opened anew: SQLite has a cache of its own.
        async with ours.sqlite(path, read_only=True) as opened:
            stream = next(turn)
            return await timed(lambda: read(opened, stream))

    return contend


def _append(setting: Setting, length: int) -> Contender:
    copy = setting.scratch / f"copy-{length}.db"

    async def contend() -> Sample:
        # Each time on a log of the length that it is about; the longest are longer by a hair.
        if length <= _COPIED_ANEW or not copy.exists():
            for old in setting.scratch.glob(f"{copy.name}*"):
                old.unlink()
            shutil.copyfile(await setting.built(length), copy)
            # Or the system writes the copy while the appends wait for their syncs: the longer the
            # log, the longer.
            with copy.open("rb") as copied:
                os.fsync(copied.fileno())
        async with ours.sqlite(copy) as opened:
            return await appending(opened.log, CALLERS, calls_each=_APPENDS_EACH)()

    return contend
