"""Kill cycles: a node works, is killed, checked in full, and works on, on one growing database.

Each node first asks again for what the one before it left unanswered. While one works, the
database that the one before it left is checked on a copy.
"""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graphql_brief.log.port import DatabaseError
from tests.faults import journal
from tests.faults.check import damage
from tests.faults.journal import Line, Told
from tests.faults.nursery import Nursery
from tests.faults.stores import SqliteStore
from tests.faults.vfs import NEVER, Strike
from tests.faults.worker import Plan

STEPS = 5000
"""A kill at an operation comes at one of the first so many."""
LONGEST_S = 1.2
"""A kill by the clock comes at the latest so long after a node's process began."""


@dataclass
class Tally:
    """What the cycles came to."""

    cycles: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    """Edits that were under way when their node was killed."""
    checks: int = 0
    failures: int = 0


class Cycles:
    """Kill cycles on one database in a folder; on SQLite."""

    def __init__(self, folder: Path, seed: int, tell: Callable[[str], None]) -> None:
        """`tell` is given each damage that is found."""
        self.tally = Tally()
        self._store = SqliteStore(folder / "database")
        self._store.folder.mkdir()
        self._copy = folder / "copy"
        self._journal = folder / "journal"
        self._rng = random.Random(seed)
        self._seed = seed
        self._tell = tell
        self._begun = 0
        self._lines: list[Line] = []
        self._unanswered: set[str] = set()

    async def run(self, cycles: int) -> Tally:
        """So many kills, each with a check behind it."""
        with Nursery() as nursery:
            while self.tally.cycles < cycles:
                self._begin(nursery)
                # The copy of the cycle before: it is checked while the next node works.
                await self._check()
                if nursery.end() is None:
                    self.tally.cycles += 1
                    self._put_aside()
        await self._check()
        return self.tally

    def _begin(self, nursery: Nursery) -> None:
        self._begun += 1
        by_clock = self._rng.random() < 0.5
        strike = Strike(do=self._rng.choice(("kill", "tear")), at=self._rng.randrange(1, STEPS))
        nursery.begin(
            Plan(
                work="follow",
                url=self._store.url,
                journal=str(self._journal),
                # Commands are named after it.
                seed=self._seed * 1_000_000 + self._begun,
                commands=200,
                strike=NEVER if by_clock else strike,
            ),
            kill_after_s=self._rng.uniform(0, LONGEST_S) if by_clock else None,
        )

    def _put_aside(self) -> None:
        lines = journal.read(self._journal)
        self.tally.acknowledged = len({line.command for line in lines if isinstance(line, Told)})
        # Without a key nobody can ask again: what was so left stays unanswered for ever.
        unanswered = {asked.command for asked in journal.under_way(lines)}
        self.tally.in_flight += len(unanswered - self._unanswered)
        self._unanswered = unanswered
        self._store.copy_to(self._copy)
        self._lines = lines

    async def _check(self) -> None:
        if not self._copy.exists():
            return
        try:
            found = await damage(SqliteStore(self._copy), self._lines, read_models=True)
        except DatabaseError as error:
            found = [str(error)]
        for wrong in found:
            self._tell(f"after kill {self.tally.cycles}: {wrong}")
        self.tally.checks += 1
        self.tally.failures += bool(found)
        shutil.rmtree(self._copy)
