"""Durable appends: how many a second, and how long a caller waits, by the number of callers."""

from benchmarks.measure import Samples, in_turns, ratio
from benchmarks.report import Finding, Table, Target, compared
from benchmarks.setting import Setting
from benchmarks.sides import DATABASES, DURABLE, LIBRARY, OURS, Sides, check_durable

CALLERS = (1, 16, 64, 256)

_ABOUT = (
    "Each caller appends one event, a development of the fixtures with a body of about 310 bytes, "
    "to a brief of its own, and the next one as soon as it is answered. Callers are tasks of one "
    f"event loop for {OURS} (uvloop, as served) and threads for {LIBRARY} (Application.save, its "
    "own settings). Bare commits are the limit of one row a commit: one connection on SQLite, "
    "without callers, which waits for nobody; on PostgreSQL one for each caller, up to 50. What "
    "was imported is frozen out of the garbage collector for all, which looks for cycles as seldom "
    "as the server has it look."
)
_TARGETS = {("SQLite", 64): 8.0}
"""Times the library, by database and number of callers."""


async def run(setting: Setting) -> Finding:
    """Measure appends on every database."""
    tables: list[Table] = []
    targets: list[Target] = []
    notes = []
    for database, opened in DATABASES.items():
        await _on(setting, database, opened, tables, targets)
        notes.append(
            f"{database}: asked of a connection of each, {DURABLE[database]}. So all of them sync "
            "each commit; the part `syncs` counts it."
        )
    return Finding(about=_ABOUT, tables=tuple(tables), targets=tuple(targets), notes=tuple(notes))


async def _on(
    setting: Setting, database: str, opened: Sides, tables: list[Table], targets: list[Target]
) -> None:
    async with opened(setting) as sides:
        check_durable(database, sides)
        for callers in CALLERS:
            contenders = {side.name: side.contender(callers, setting.seconds) for side in sides}
            samples = await in_turns(contenders, setting.rounds)
            title = f"{database}, {callers} caller{'s' if callers > 1 else ''}"
            tables.append(compared(title, samples, mine=OURS, things="appends"))
            if (database, callers) in _TARGETS:
                targets.append(_target(title, samples, _TARGETS[database, callers]))


def _target(title: str, samples: Samples, bound: float) -> Target:
    return Target(
        what=f"durable appends, {title}, against {LIBRARY}",
        bound=bound,
        measured=ratio(samples, OURS, LIBRARY).median,
        at_least=True,
    )
