"""The bench on which faults are tried: databases to lose, each with the journal of its writers."""

import random
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from graphql_brief.log.port import DatabaseError
from tests.faults import journal
from tests.faults.check import damage
from tests.faults.journal import Line
from tests.faults.nursery import Nursery
from tests.faults.store import Store
from tests.faults.store_postgres import PostgresStore, new_name
from tests.faults.stores import SqliteStore
from tests.faults.vfs import NEVER, Strike
from tests.faults.worker import Came, Plan
from tests.postgres import PostgresServer, renamed

_filled: dict[tuple[str, str], "Case"] = {}
"""Filled databases by their server and the work, to be copied: faster than migrating."""


class Outcome(NamedTuple):
    """What came of trying a fault."""

    tried: int
    struck: int
    """How often the fault met the work; a fault that never did shows nothing."""
    damage: list[str]


class Bench:
    """Where faults are tried: a folder, processes to lose, and what was found."""

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        seed: int,
        *,
        server_url: str | None = None,
        broken: str | None = None,
    ) -> None:
        """Databases are on a server, if one is given, and files otherwise.

        With `broken`, the processes work with that defect.
        """
        self.server_url = server_url
        self.server: PostgresServer | None = None
        """The same server, if it is one to lose."""
        self.folder = folder
        self.nursery = nursery
        self.rng = random.Random(seed)
        self.broken = broken
        self.tried = 0
        self.struck = 0
        self.damage: list[str] = []
        self._seeds = count(seed * 1_000_000 + 1)
        self._numbers = count(1)

    def outcome(self) -> Outcome:
        """What was found so far."""
        return Outcome(self.tried, self.struck, self.damage)

    def new_path(self) -> Path:
        """A path at which there is nothing yet."""
        return self.folder / f"{next(self._numbers)}"

    def empty(self) -> "Case":
        """A database that is not there yet."""
        folder = self.new_path()
        folder.mkdir()
        if self.server_url is None:
            return Case(self, SqliteStore(folder))
        return Case(self, PostgresStore(renamed(self.server_url, new_name()), folder).begin())

    def filled(self, work: str = "follow") -> "Case":
        """A database that some work has filled."""
        if self.server_url is None:
            case = self.empty()
            case.run(work)
            return case
        if (self.server_url, work) not in _filled:
            case = self.empty()
            # A seed that no bench has, and no defect: others use it too.
            case.run(work, seed=0, broken=None)
            _filled[self.server_url, work] = case
        return _filled[self.server_url, work].copied_for(self)

    def found(self, files: dict[str, bytes], root: Path, lines: Sequence[Line]) -> "Case":
        """A database of these files, recorded under `root`, and what its writers were told."""
        case = self.empty()
        assert isinstance(case.store, SqliteStore)
        case.store.put({Path(path).relative_to(root): raw for path, raw in files.items()})
        journal.write(case.journal, lines)
        return case

    def next_seed(self) -> int:
        """Another seed."""
        return next(self._seeds)


class Case:
    """One database, and the journal of all who wrote it."""

    def __init__(self, bench: Bench, store: Store) -> None:
        self._bench = bench
        self.store = store
        self.journal = store.folder.with_suffix(".journal")

    def lines(self) -> list[Line]:
        """Its journal."""
        return journal.read(self.journal)

    def copy(self) -> "Case":
        """The same again, to be lost."""
        return self.copied_for(self._bench)

    def copied_for(self, bench: Bench) -> "Case":
        """The same again, on a bench."""
        case = Case(bench, self.store.copy_to(bench.new_path()))
        if self.journal.exists():
            case.journal.write_bytes(self.journal.read_bytes())
        return case

    def remove(self) -> None:
        """Delete it."""
        self.store.remove()
        self.journal.unlink(missing_ok=True)

    def run(self, work: str, strike: Strike = NEVER, **more: Any) -> Came | None:
        """A process on this database; None if it was killed. `more`: see `Plan`."""
        self.begin(work, strike, **more)
        return self.end()

    def begin(
        self,
        work: str,
        strike: Strike = NEVER,
        *,
        nursery: Nursery | None = None,
        **more: Any,
    ) -> None:
        """Begin such a process; of each nursery, one at a time."""
        bench = self._bench
        plan = Plan(
            work=work,
            url=self.store.url,
            journal=str(self.journal),
            strike=strike,
            **{"seed": bench.next_seed(), "broken": bench.broken} | more,
        )
        (nursery or bench.nursery).begin(plan)

    def end(self, nursery: Nursery | None = None) -> Came | None:
        """Wait for it. What it met that must not be is noted."""
        came = (nursery or self._bench.nursery).end()
        if came is not None:
            self._bench.damage += came.wrong
        return came

    async def check(self, where: str, *, read_models: bool = False) -> None:
        """Have all that is wrong with it noted."""
        try:
            found = await damage(self.store, self.lines(), read_models=read_models)
        except DatabaseError as error:
            found = [str(error)]
        self._bench.damage += [f"{where}: {wrong}" for wrong in found]

    async def go_on(self, where: str, *, read_models: bool = False) -> None:
        """Work goes on after the fault, and leaves the log whole again."""
        came = self.run("append")
        if came is None or came.error is not None or came.failed:
            self._bench.damage.append(f"{where}: the work did not go on: {came}")
        else:
            await self.check(f"{where}, gone on", read_models=read_models)
