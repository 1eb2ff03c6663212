"""Durable appends: how many a second, and how long a caller waits, by the number of callers."""

from collections.abc import Sequence

from benchmarks.measure import Samples, in_turns, ratio
from benchmarks.report import Finding, Table, Target, compared
from benchmarks.setting import Setting
from benchmarks.sides import DATABASES, LIBRARY, OURS, Side, Sides

CALLERS = (1, 16, 64, 256)

_ABOUT = (
    "Each caller appends one event, a development of the fixtures with a body of about 310 bytes, "
    "to a brief of its own, and the next one as soon as it is answered. Callers are tasks of one "
    f"event loop for {OURS} (uvloop, as served) and threads for {LIBRARY} (Application.save, its "
    "own settings). Bare commits are the limit of one row a commit: one connection on SQLite, "
    "without callers, which waits for nobody."
)
_TARGETS = {("SQLite", 64): 8.0}
"""Times the library, by database and number of callers."""


async def run(setting: Setting) -> Finding:
    """Measure appends on every database."""
    tables: list[Table] = []
    targets: list[Target] = []
    notes = []
    for database, opened in DATABASES.items():
        settings = await _on(setting, database, opened, tables, targets)
        notes.append(
            f"{database}: asked of a connection of each, {settings}. So all of them sync each "
            "commit; the part `syncs` counts it."
        )
    return Finding(about=_ABOUT, tables=tuple(tables), targets=tuple(targets), notes=tuple(notes))


async def _on(
    setting: Setting, database: str, opened: Sides, tables: list[Table], targets: list[Target]
) -> str:
    async with opened(setting) as sides:
        settings = _settings(database, sides)
        for callers in CALLERS:
            contenders = {side.name: side.contender(callers, setting.seconds) for side in sides}
            samples = await in_turns(contenders, setting.rounds)
            title = f"{database}, {callers} caller{'s' if callers > 1 else ''}"
            tables.append(compared(title, samples, mine=OURS, things="appends"))
            if (database, callers) in _TARGETS:
                targets.append(_target(title, samples, _TARGETS[database, callers]))
    return settings


def _settings(database: str, sides: Sequence[Side]) -> str:
    found = {side.name: side.durability for side in sides}
    if len(set(found.values())) != 1:
        raise RuntimeError(f"on {database}, not all are as durable: {found}; no fair comparison")
    return sides[0].durability


def _target(title: str, samples: Samples, bound: float) -> Target:
    return Target(
        what=f"durable appends, {title}, against {LIBRARY}",
        bound=bound,
        measured=ratio(samples, OURS, LIBRARY).median,
        at_least=True,
    )
