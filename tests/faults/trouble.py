"""Work on PostgreSQL that brings its own trouble with it: connections cut, hints lost, races."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from unittest import mock

from graphql_brief.log import postgres
from graphql_brief.log.port import EventLog, StaleVersion
from tests.faults.heard import Heard
from tests.faults.journal import Asked
from tests.faults.store_postgres import PostgresStore
from tests.faults.wire import Wire
from tests.faults.worker import Worker
from tests.log.proxy import Proxy
from tests.postgres import execute

_CUTS = ("cut_before", "cut_after", "cut_at_once")
_END_LISTENERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query = 'SELECT position FROM log_head'"
)
"""What a node asks on the connection on which it listens."""


@asynccontextmanager
async def hearing(worker: Worker) -> AsyncIterator[EventLog]:
    """A node, which in the end has heard of all that is in the log, whoever appended it."""
    async with worker.store.opened() as opened:
        heard = await Heard.of(opened.log)
        await worker.begin(opened.log)
        worker.shim.arm()
        yield opened.log
        await worker.insist(partial(heard.all_of, opened.log))
        worker.wrong += heard.wrong


async def endure(worker: Worker) -> None:
    """Several callers at once, who ask again whatever happens to the server meanwhile."""
    async with hearing(worker) as log:
        await asyncio.gather(*(worker.call(log) for _ in range(worker.plan.callers)))


async def cut_at_commit(worker: Worker) -> None:
    """Connections end right before COMMIT, after it, or while the server is at it; sometimes the
    server then stays away for longer than a node waits for it."""
    proxy = _proxy(worker)

    async def call(log: EventLog) -> None:
        for _ in range(worker.plan.commands):
            setattr(proxy, worker.rng.choice(_CUTS), "COMMIT")
            proxy.refusing = worker.rng.random() < 0.3
            asyncio.get_running_loop().call_later(0.2, setattr, proxy, "refusing", False)
            await worker.ask(log, worker.another())

    with mock.patch.object(postgres, "OUTCOME_TIMEOUT_S", 0.1):
        async with hearing(worker) as log:
            await asyncio.gather(*(call(log) for _ in range(worker.plan.callers)))
            proxy.cut_before = proxy.cut_after = proxy.cut_at_once = None


async def cut_off(worker: Worker) -> None:
    """All connections of a node end at once, at no particular moment."""
    proxy = _proxy(worker)

    async def call(log: EventLog) -> None:
        for _ in range(worker.plan.commands):
            if worker.rng.random() < 0.3:
                later_s = worker.rng.uniform(0, 0.02)
                asyncio.get_running_loop().call_later(later_s, proxy.cut_all)
            await worker.ask(log, worker.another())

    async with hearing(worker) as log:
        await asyncio.gather(*(call(log) for _ in range(worker.plan.callers)))


async def no_hints(worker: Worker) -> None:
    """The server tells nobody of commits; another node finds them by itself."""
    async with hearing(worker), hearing(worker) as log:
        await execute(_database(worker), "DROP TRIGGER IF EXISTS log_head_tell ON log_head")
        worker.struck = True
        await asyncio.gather(*(worker.call(log) for _ in range(worker.plan.callers)))


async def no_listeners(worker: Worker) -> None:
    """The connections on which two nodes listen end, again and again."""
    async with hearing(worker), hearing(worker) as log:
        for _ in range(worker.plan.commands):
            await asyncio.gather(
                execute(_database(worker), _END_LISTENERS),
                *(worker.ask(log, worker.another()) for _ in range(worker.plan.callers)),
            )
            worker.struck = True


async def race(worker: Worker) -> None:
    """All callers append to one stream, and again at each version that they are told."""

    async def call(log: EventLog) -> None:
        version = await log.version_at("brief-0", 2**53)
        done = 0
        while done < worker.plan.commands:
            asked = _paragraph(worker.next_command(), version)
            result = await worker.ask(log, asked)
            if isinstance(result, StaleVersion):
                worker.struck = True
                version = result.current_version
            else:
                done += 1
                version += len(asked.events)

    async with hearing(worker) as log:
        await asyncio.gather(*(call(log) for _ in range(worker.plan.callers)))


def _paragraph(command: str, version: int) -> Asked:
    events: list[tuple[str, dict[str, Any]]] = [
        ("ParagraphAdded", {"key": command, "text": "It began."})
    ]
    if version == 0:
        told = {"slug": "brief-0", "headline": "h", "standfirst": "s", "language": "en"}
        events.insert(0, ("BriefDrafted", told))
    return Asked(command, "brief-0", version, command, events)


def _proxy(worker: Worker) -> Proxy:
    assert isinstance(worker.shim, Wire)
    return worker.shim.proxy


def _database(worker: Worker) -> str:
    assert isinstance(worker.store, PostgresStore)
    return worker.store.database
