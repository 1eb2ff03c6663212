"""Rebuild: all read models, the search index and the snapshots made anew from the log."""

from benchmarks import ours
from benchmarks.measure import Sample, in_turns, rate, timed
from benchmarks.report import Finding, Table, spread_text
from benchmarks.setting import Setting

_ABOUT = (
    "Everything that can be rebuilt is dropped and made anew, as `graphql-brief rebuild` does it. "
    "Reading the log alone, in the same round, is the limit."
)
_LONG = 100_000
"""Logs longer than this are rebuilt once and not in rounds."""


async def run(setting: Setting) -> Finding:
    """Measure rebuilding on SQLite."""
    rows = []
    for events in setting.lengths:
        path = await setting.built(events)

        async def rebuild() -> Sample:
            return await timed(lambda: ours.rebuilt(path))  # noqa: B023 - called in this turn

        async def read() -> Sample:
            async with ours.sqlite(path) as opened:  # noqa: B023
                return await timed(lambda: ours.read_all(opened.log))

        rounds = 1 if events > _LONG else min(setting.rounds, 3)
        samples = await in_turns({"rebuild": rebuild, "read": read}, rounds)
        took = events / rate(samples["rebuild"]).median
        rows.append(
            (
                f"{events:,}",
                spread_text(rate(samples["rebuild"])),
                spread_text(rate(samples["read"])),
                f"{took:,.1f} s",
            )
        )
    columns = ("events in the log", "rebuilt, events/s", "only read, events/s", "a rebuild takes")
    return Finding(about=_ABOUT, tables=(Table("SQLite", columns, tuple(rows)),))
