"""Kill cycles on PostgreSQL: a node or its server is lost, all is checked, the next node goes on.

It is one database, which grows, on a server that syncs. Where the server was lost, the node goes
on by itself when it is there again, and its callers ask again under their keys.
"""

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from graphql_brief.log.port import DatabaseError
from tests.faults import journal
from tests.faults.check import damage
from tests.faults.cycles import Tally
from tests.faults.journal import Told
from tests.faults.nursery import Nursery
from tests.faults.server import End, end_and_start
from tests.faults.store_postgres import PostgresStore, new_name
from tests.faults.vfs import NEVER, Strike
from tests.faults.worker import Plan
from tests.postgres import PostgresServer

MESSAGES = 250
"""A kill at a message comes at one of the first so many."""
LONGEST_S = 0.6
"""A kill by the clock comes at the latest so long after a node's process began."""
SERVER_LOST = 0.25
"""In so many of the cycles the server is lost, and not the node."""


class PostgresCycles:
    """Such cycles, with the node's files in a folder."""

    def __init__(
        self, folder: Path, server: PostgresServer, seed: int, tell: Callable[[str], None]
    ) -> None:
        """`tell` is given each damage that is found."""
        self.tally = Tally()
        self._server = server
        (folder / "node").mkdir()
        self._store = PostgresStore(server.url(new_name()), folder / "node").begin()
        self._copy = folder / "copy"
        self._journal = folder / "journal"
        self._rng = random.Random(seed)
        self._seed = seed
        self._tell = tell
        self._begun = 0
        self._unanswered: set[str] = set()

    async def run(self, cycles: int) -> Tally:
        """So many losses, each with a check behind it."""
        with Nursery() as nursery:
            while self.tally.cycles < cycles:
                if await self._lose(nursery):
                    self.tally.cycles += 1
                    await self._check()
        return self.tally

    async def _lose(self, nursery: Nursery) -> bool:
        """Let a node work, and lose it or its server; False if it came to its end before."""
        self._begun += 1
        how = self._rng.random()
        by_clock = how < SERVER_LOST or self._rng.random() < 0.5
        after_s = self._rng.uniform(0, LONGEST_S)
        at = self._rng.randrange(1, MESSAGES)
        plan = Plan(
            work="follow",
            url=self._store.url,
            journal=str(self._journal),
            seed=self._seed * 1_000_000 + self._begun,
            commands=10,
            strike=NEVER if by_clock else Strike(do=self._rng.choice(("kill", "sent")), at=at),
        )
        if how >= SERVER_LOST:
            nursery.begin(plan, kill_after_s=after_s if by_clock else None)
            lost = await asyncio.to_thread(nursery.end) is None
            self._note()
            return lost
        nursery.begin(plan)
        await asyncio.sleep(after_s)
        ends: tuple[End, ...] = ("kill", "immediate")
        end = self._rng.choice(ends)
        ending = asyncio.create_task(asyncio.to_thread(end_and_start, self._server, end))
        self._note()
        await ending
        came = await asyncio.to_thread(nursery.end)
        if came is None or came.wrong:
            self._found([f"the node did not outlast its server: {came}"])
        self._note()
        return True

    def _note(self) -> None:
        lines = journal.read(self._journal)
        self.tally.acknowledged = len({line.command for line in lines if isinstance(line, Told)})
        unanswered = {asked.command for asked in journal.under_way(lines)}
        self.tally.in_flight += len(unanswered - self._unanswered)
        self._unanswered |= unanswered

    async def _check(self) -> None:
        # The read models are compared on a copy, so that the next node goes on with those that
        # the lost one has left.
        shutil.copytree(self._store.folder, self._copy, ignore=shutil.ignore_patterns("*-shm"))
        store = self._store._replace(folder=self._copy)
        try:
            found = await damage(store, journal.read(self._journal), read_models=True)
        except DatabaseError as error:
            found = [str(error)]
        self.tally.checks += 1
        self._found(found)
        shutil.rmtree(self._copy)

    def _found(self, found: list[str]) -> None:
        for wrong in found:
            self._tell(f"after loss {self.tally.cycles}: {wrong}")
        self.tally.failures += bool(found)
