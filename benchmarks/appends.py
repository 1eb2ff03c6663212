"""Durable appends: how many a second, and how long a caller waits, by the number of callers."""

from contextlib import AsyncExitStack
from itertools import count

from benchmarks import ours
from benchmarks.content import development, request
from benchmarks.measure import Contender, Sample, Samples, in_turns, ratio, tasks, threads
from benchmarks.peers.bare_sqlite import BareSqlite
from benchmarks.peers.eventsourcing_library import Library
from benchmarks.report import Finding, Target, compared
from benchmarks.setting import Setting
from graphql_brief.log import codec
from graphql_brief.log.port import Appended, EventLog

CALLERS = (1, 16, 64, 256)
OURS = "graphql-brief"
LIBRARY = "eventsourcing"
BARE = "bare commits"
_EVENTS = [development(number) for number in range(64)]
_DURABLE = "journal_mode=wal synchronous=2"

_ABOUT = (
    "Each caller appends one event, a development of the fixtures with a body of about 310 bytes, "
    "to a brief of its own, and the next one as soon as it is answered. Callers are tasks of one "
    f"event loop for {OURS} (uvloop, as served) and threads for {LIBRARY} (Application.save on "
    "its SQLite recorder, its own settings). Bare commits are the limit of one row a commit: one "
    "connection without callers, which waits for nobody."
)
_NOTE = (
    f"Asked of a connection of each: {_DURABLE}. So all three sync the write-ahead log at each "
    "commit; the part `syncs` counts it."
)


async def run(setting: Setting) -> Finding:
    """Measure appends on SQLite."""
    tables, targets = [], []
    async with AsyncExitStack() as stack:
        path = setting.scratch / "appends-ours.db"
        opened = await stack.enter_async_context(ours.sqlite(path))
        library = Library.sqlite(setting.scratch / "appends-library.db")
        stack.callback(library.close)
        bare = BareSqlite(setting.scratch / "appends-bare.db")
        stack.callback(bare.close)
        _check_durable(await ours.durability(setting.scratch / "settings.db"), OURS)
        _check_durable(library.durability(), LIBRARY)
        _check_durable(bare.durability(), BARE)
        for callers in CALLERS:
            contenders: dict[str, Contender] = {
                OURS: _ours(opened.log, callers, setting.seconds),
                LIBRARY: _library(library, callers, setting.seconds),
                BARE: _bare(bare, setting.seconds),
            }
            samples = await in_turns(contenders, setting.rounds)
            tables.append(compared(_title(callers), samples, mine=OURS, things="appends"))
            if callers == 64:
                targets.append(_target(samples))
    return Finding(
        about=_ABOUT,
        tables=tuple(tables),
        targets=tuple(targets),
        notes=(_NOTE,),
    )


def _title(callers: int) -> str:
    return f"SQLite, {callers} caller{'s' if callers > 1 else ''}"


def _target(samples: Samples) -> Target:
    return Target(
        what=f"durable appends, 64 callers, SQLite, against {LIBRARY}",
        bound=8.0,
        measured=ratio(samples, OURS, LIBRARY).median,
        at_least=True,
    )


def _check_durable(found: str, whose: str) -> None:
    if found != _DURABLE:
        raise RuntimeError(f"{whose} runs with {found}, not {_DURABLE}: no fair comparison")


_series = count()


def _ours(log: EventLog, callers: int, seconds: float) -> Contender:
    async def contend() -> Sample:
        series = next(_series)
        versions = [0] * callers

        async def append(caller: int) -> None:
            version = versions[caller]
            result = await log.append(
                request(f"brief-s{series}-{caller}", version, (_EVENTS[version % 64],))
            )
            assert isinstance(result, Appended), result
            versions[caller] = result.last_version

        return await tasks(callers, append, seconds=seconds)

    return contend


def _library(library: Library, callers: int, seconds: float) -> Contender:
    async def contend() -> Sample:
        briefs = [library.begin() for _ in range(callers)]

        def append(caller: int) -> None:
            brief = briefs[caller]
            library.append(brief, _EVENTS[brief.version % 64])

        return await threads(callers, append, seconds=seconds)

    return contend


def _bare(bare: BareSqlite, seconds: float) -> Contender:
    bodies = [codec.encode(event).body for event in _EVENTS]
    numbers = count()

    async def contend() -> Sample:
        return await threads(1, lambda _: bare.append(bodies[next(numbers) % 64]), seconds=seconds)

    return contend
