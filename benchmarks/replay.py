"""Replay: stored events become objects again, and a state; of one stream and of the whole log."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from benchmarks import ours
from benchmarks.measure import Contender, Sample, Samples, in_turns, ratio, timed, timed_in_thread
from benchmarks.peers.bare_sqlite import BareReader
from benchmarks.peers.eventsourcing_library import Library
from benchmarks.report import Finding, Table, Target, compared
from benchmarks.setting import Setting

OURS = "graphql-brief"
LIBRARY = "eventsourcing"
BARE = "bare rows"
STREAMS = (1_000, 10_000)
_STATE = "its state"

_ABOUT = (
    "Briefs of events of all kinds, with bodies of 180 bytes on average. To events: typed ones "
    f"with header, salt and hash here; in {LIBRARY}, domain events of its own class "
    "(`Application.events.get`; for the whole log `select_notifications` and the mapper, all in "
    "pages of 1,000). To a state: every event of the stream is applied, without snapshots; in "
    f"{LIBRARY} by `Application.repository.get`, on an aggregate that only keeps the last content "
    "of each item. The target is about that: the 21,000 to 26,000 events a second that it was set "
    "by are the library's rate to an aggregate. Reading events as they are has no target. Bare "
    "rows are our own tables, fetched by sqlite3 and not looked into: the limit."
)


async def run(setting: Setting) -> Finding:
    """Measure replay on SQLite."""
    tables, targets = [], []
    for events in STREAMS:
        for to, samples in (await _stream(setting, events)).items():
            what = f"one stream of {events:,} events to {to}"
            tables.append(_table(f"SQLite, {what}", samples))
            if to == _STATE:
                targets.append(_target(f"replay of {what}, SQLite", samples))
    for events in setting.lengths[:2]:
        samples = await _log(setting, events)
        tables.append(_table(f"SQLite, the whole log of {events:,} events", samples))
    return Finding(about=_ABOUT, tables=tuple(tables), targets=tuple(targets))


def _table(what: str, samples: Samples) -> Table:
    return compared(what, samples, mine=OURS, things="events")


def _target(what: str, samples: Samples) -> Target:
    return Target(
        what=f"{what}, against {LIBRARY}",
        bound=5.0,
        measured=ratio(samples, OURS, LIBRARY).median,
        at_least=True,
    )


async def _stream(setting: Setting, events: int) -> dict[str, Samples]:
    path = await setting.built(events, events_each=events)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(ours.sqlite(path))
        library = Library.sqlite(setting.scratch / f"replay-stream-{events}.db")
        stack.callback(library.close)
        bare = BareReader(path)
        stack.callback(bare.close)
        brief = library.fill(briefs=1, events_each=events)
        stream = ours.brief_name(0)

        async def read() -> Sample:
            return await timed(lambda: ours.read_stream(opened.log, stream))

        async def fold() -> Sample:
            return await timed(lambda: ours.fold_stream(opened.log, stream))

        rows = _blocking(lambda: bare.read_stream(stream))
        to_events = {
            OURS: read,
            LIBRARY: _blocking(lambda: library.read_stream(brief)),
            BARE: rows,
        }
        to_state = {
            OURS: fold,
            LIBRARY: _blocking(lambda: library.fold_stream(brief)),
            BARE: rows,
        }
        return {
            "events": await in_turns(to_events, setting.rounds),
            _STATE: await in_turns(to_state, setting.rounds),
        }


async def _log(setting: Setting, events: int) -> Samples:
    path = await setting.built(events)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(ours.sqlite(path))
        library = Library.sqlite(setting.scratch / f"replay-log-{events}.db")
        stack.callback(library.close)
        bare = BareReader(path)
        stack.callback(bare.close)
        library.fill(briefs=events // 1_000, events_each=1_000)

        async def mine() -> Sample:
            return await timed(lambda: ours.read_all(opened.log))

        contenders = {
            OURS: mine,
            LIBRARY: _blocking(library.read_all),
            BARE: _blocking(bare.read_all),
        }
        return await in_turns(contenders, setting.rounds)


def _blocking(work: Callable[[], int]) -> Contender:
    async def contend() -> Sample:
        return await timed_in_thread(work)

    return contend
