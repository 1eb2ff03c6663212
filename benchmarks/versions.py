"""The state of a brief at any of its versions, when nothing of it is in memory."""

from benchmarks import ours
from benchmarks.measure import Contender, Sample, in_turns, rate, ratio, spread, timed
from benchmarks.report import Finding, Table, Target, figure, spread_text
from benchmarks.setting import Setting
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.snapshots import SNAPSHOT_VERSIONS

EVENTS = 10_000
_CALLS = 5

_ABOUT = (
    f"A brief of {EVENTS:,} events, with its state read from disk each time: the snapshot before "
    "the version, and the events since. The newest version lies, like the oldest and the middle "
    "one, half way between two snapshots; the farthest is the last one before a snapshot."
)


async def run(setting: Setting) -> Finding:
    """Measure states at versions on SQLite."""
    half = SNAPSHOT_VERSIONS // 2
    versions = {
        "newest": EVENTS - SNAPSHOT_VERSIONS + half,
        "middle": EVENTS // 2 + half,
        "oldest": half,
        "first": 1,
        "farthest": EVENTS - 1,
    }
    path = await setting.built(EVENTS, events_each=EVENTS)
    async with ours.sqlite(path) as opened:
        contenders = {name: _at(opened.folds, version) for name, version in versions.items()}
        samples = await in_turns(contenders, setting.rounds)
    rows, targets = [], []
    for name, version in versions.items():
        took = spread([1e3 / sample.per_s for sample in samples[name]])
        cost = ratio(samples, "newest", name)
        rows.append((name, f"{version:,}", spread_text(took, " ms"), spread_text(cost, "×")))
        if name in ("middle", "oldest"):
            targets.append(
                Target(
                    what=f"state of a brief of {EVENTS:,} events, {name} version, against newest",
                    bound=1.5,
                    measured=cost.median,
                    at_least=False,
                )
            )
    columns = ("", "version", "a state", "cost against newest")
    slowest = 1e3 / min(rate(found).median for found in samples.values())
    return Finding(
        about=_ABOUT,
        tables=(Table("SQLite", columns, tuple(rows)),),
        targets=tuple(targets),
        notes=(f"The slowest of them takes {figure(slowest)} ms.",),
    )


def _at(folds: Folds, version: int) -> Contender:
    async def several() -> int:
        for _ in range(_CALLS):
            state = await folds.at_version(ours.brief_name(0), version)
            assert state is not None
            assert state.version == version
        return _CALLS

    async def contend() -> Sample:
        return await timed(several)

    return contend
