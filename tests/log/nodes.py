"""Nodes on one log in PostgreSQL, and what each has heard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from graphql_brief.log.port import Append, AppendResult, EventLog, Recorded, StaleVersion
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from tests.log.support import TurnedClock, request

TIMEOUT_S = 20
NEVER_S = 3600.0
"""An interval of asking at which a test is over before the first."""


class Node:
    """A log, and the commits that its listener was called with."""

    def __init__(self, log: PostgresLog) -> None:
        self.log = log
        self.commits: list[list[Recorded]] = []
        self._news = asyncio.Event()
        log.on_commit(self._hear)

    def _hear(self, commit: Sequence[Recorded]) -> None:
        self.commits.append(list(commit))
        self._news.set()

    @property
    def heard(self) -> list[list[int]]:
        """The positions of each commit."""
        return [[event.position for event in commit] for commit in self.commits]

    @property
    def end(self) -> int:
        """The last position heard."""
        return self.commits[-1][-1].position if self.commits else 0

    async def until(self, position: int) -> None:
        """Return when a position was heard."""
        async with asyncio.timeout(TIMEOUT_S):
            while self.end < position:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def node(url: str, *, poll_s: float = NEVER_S) -> AsyncIterator[Node]:
    """A node on the log of a database; unless it is told how often to ask, it relies on hints."""
    database = await PostgresDatabase.open(url, create=False)
    try:
        log = await PostgresLog.open(database, clock=TurnedClock(), poll_s=poll_s)
        try:
            yield Node(log)
        finally:
            await log.close()
    finally:
        await database.close()


async def insist(log: EventLog, asked: Callable[[int], Append]) -> AppendResult:
    """Append to a stream for which others compete: again, at each version that is told."""
    version = 0
    while True:
        result = await log.append(asked(version))
        if not isinstance(result, StaleVersion):
            return result
        version = result.current_version


async def competing(log: EventLog, streams: Sequence[str], times: int) -> None:
    """Appends of one to three events to streams that others append to as well, all at once."""

    async def write(stream: str) -> None:
        for number in range(times):
            await insist(log, partial(request, stream, size=1 + number % 3))

    await asyncio.gather(*(write(stream) for stream in streams))
