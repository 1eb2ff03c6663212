"""Rebuild: all read models, the search index and the snapshots made anew from the log."""

import shutil
from pathlib import Path

from benchmarks import ours
from benchmarks.measure import Sample, Samples, in_turns, rate, timed
from benchmarks.report import Finding, Table, spread_text
from benchmarks.setting import Setting

_ABOUT = (
    "Everything that can be rebuilt is dropped and made anew, as `graphql-brief rebuild` does it. "
    "Reading the log alone, in the same round, is the limit."
)
_LONG = 100_000
"""Logs longer than this are rebuilt only once."""


async def run(setting: Setting) -> Finding:
    """Measure rebuilding on SQLite."""
    rows = []
    for events in setting.lengths:
        # A copy: a built log must not be left without its read models if this is cut off.
        path = setting.scratch / f"rebuild-{events}.db"
        shutil.copyfile(await setting.built(events), path)
        long = events > _LONG
        rounds = 1 if long else min(setting.rounds, 3)
        samples = await _measured(path, rounds, warm_up=not long)
        path.unlink()
        rows.append(
            (
                f"{events:,}",
                spread_text(rate(samples["rebuild"])),
                spread_text(rate(samples["read"])),
                f"{events / rate(samples['rebuild']).median:,.1f} s",
            )
        )
    columns = ("events in the log", "rebuilt, events/s", "only read, events/s", "a rebuild takes")
    return Finding(about=_ABOUT, tables=(Table("SQLite", columns, tuple(rows)),))


async def _measured(path: Path, rounds: int, *, warm_up: bool) -> Samples:
    async def rebuild() -> Sample:
        return await timed(lambda: ours.rebuilt(path))

    async def read() -> Sample:
        async with ours.sqlite(path) as opened:
            return await timed(lambda: ours.read_all(opened.log))

    return await in_turns({"rebuild": rebuild, "read": read}, rounds, warm_up=warm_up)
