"""Whether anything costs more in a long log than in a short one."""

import os
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import count

from benchmarks import ours
from benchmarks.measure import Contender, Sample, in_turns, ratio, spread, timed
from benchmarks.report import Finding, Table, Target, spread_text
from benchmarks.setting import EVENTS_EACH, Setting
from benchmarks.sides import appending
from graphql_brief.log.port import EventLog
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.snapshots import SNAPSHOT_VERSIONS

CALLERS = 64
_VERSION = EVENTS_EACH // 2 + SNAPSHOT_VERSIONS // 2
_APPENDS_EACH = 30
_COPIED_ANEW = 100_000

_ABOUT = (
    f"Logs of briefs with {EVENTS_EACH:,} events each, written side by side in commits of "
    f"{ours.COMMIT_EVENTS}: in the longest log, the events of one brief lie all over the "
    f"file. Appended is by {CALLERS} callers, one event each, to new briefs; read is a whole "
    "stream; a state is that at a version half way between two snapshots, from disk. Each brief "
    "that is read is another one than the time before."
)


async def run(setting: Setting) -> Finding:
    """Measure against the length of the log, on SQLite."""
    shortest = setting.lengths[0]
    tables, targets = [], []
    async with AsyncExitStack() as stack:
        opened = {
            length: await stack.enter_async_context(ours.sqlite(await setting.built(length)))
            for length in setting.lengths
        }
        work: dict[str, Mapping[str, Contender]] = {
            "replay of one stream": {
                f"{length:,}": _replay(each.log, length) for length, each in opened.items()
            },
            "state at a version": {
                f"{length:,}": _state(each.folds, length) for length, each in opened.items()
            },
            "an append": {f"{length:,}": _append(setting, length) for length in setting.lengths},
        }
        for what, contenders in work.items():
            samples = await in_turns(contenders, setting.rounds)
            base = f"{shortest:,}"
            rows = []
            for length, found in samples.items():
                cost = ratio(samples, base, length)
                took = spread([1e6 / sample.per_s for sample in found])
                rows.append((length, spread_text(took, " µs"), spread_text(cost, "×")))
                if length != base:
                    targets.append(
                        Target(
                            what=f"{what} in a log of {length} events, against {base}",
                            bound=1.2,
                            measured=cost.median,
                            at_least=False,
                        )
                    )
            columns = ("events in the log", _UNITS[what], f"cost against {base}")
            tables.append(Table(f"SQLite, {what}", columns, tuple(rows)))
    notes = [
        f"The log of {length:,} events: {await setting.story(length)}."
        for length in setting.lengths
    ]
    return Finding(about=_ABOUT, tables=tuple(tables), targets=tuple(targets), notes=tuple(notes))


_UNITS = {
    "replay of one stream": "an event",
    "state at a version": "a state",
    "an append": f"an append, with {CALLERS} callers",
}


def _replay(log: EventLog, length: int) -> Contender:
    numbers = count(7)

    async def contend() -> Sample:
        number = next(numbers) * 11 % (length // EVENTS_EACH)
        return await timed(lambda: ours.read_stream(log, ours.brief_name(number)))

    return contend


def _state(folds: Folds, length: int) -> Contender:
    numbers = count(3)

    async def several() -> int:
        for _ in range(5):
            number = next(numbers) * 11 % (length // EVENTS_EACH)
            state = await folds.at_version(ours.brief_name(number), _VERSION)
            assert state is not None
        return 5

    async def contend() -> Sample:
        return await timed(several)

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
