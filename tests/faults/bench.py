"""The bench on which faults are tried: databases to lose, each with the journal of its writers."""

import random
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from graphql_brief.log.port import DatabaseError
from tests.faults import journal
from tests.faults.check import damage
from tests.faults.journal import Line
from tests.faults.nursery import Nursery
from tests.faults.stores import SqliteStore
from tests.faults.vfs import NEVER, Strike
from tests.faults.work import Came, Plan


class Outcome(NamedTuple):
    """What came of trying a fault."""

    tried: int
    struck: int
    """How often the fault met the work; a fault that never did shows nothing."""
    damage: list[str]


class Bench:
    """Where faults are tried: a folder, processes to lose, and what was found."""

    def __init__(
        self, folder: Path, nursery: Nursery, seed: int, *, broken: str | None = None
    ) -> None:
        """With `broken`, the processes work with that defect."""
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
        return Case(self, SqliteStore(folder))

    def filled(self, work: str = "follow") -> "Case":
        """A database that some work has filled."""
        case = self.empty()
        case.run(work)
        return case

    def found(self, files: dict[str, bytes], root: Path, lines: Sequence[Line]) -> "Case":
        """A database of these files, recorded under `root`, and what its writers were told."""
        case = self.empty()
        case.store.put({Path(path).relative_to(root): raw for path, raw in files.items()})
        journal.write(case.journal, lines)
        return case

    def next_seed(self) -> int:
        """Another seed."""
        return next(self._seeds)


class Case:
    """One database, and the journal of all who wrote it."""

    def __init__(self, bench: Bench, store: SqliteStore) -> None:
        self._bench = bench
        self.store = store
        self.journal = store.folder.with_suffix(".journal")

    def lines(self) -> list[Line]:
        """Its journal."""
        return journal.read(self.journal)

    def copy(self) -> "Case":
        """The same again, to be lost."""
        case = Case(self._bench, self.store.copy_to(self._bench.new_path()))
        if self.journal.exists():
            case.journal.write_bytes(self.journal.read_bytes())
        return case

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.store.folder)
        self.journal.unlink(missing_ok=True)

    def run(
        self,
        work: str,
        strike: Strike = NEVER,
        *,
        seed: int | None = None,
        callers: int = 4,
        commands: int = 5,
        trace: Path | None = None,
    ) -> Came | None:
        """A process on this database; None if it was killed."""
        bench = self._bench
        return bench.nursery.run(
            Plan(
                work=work,
                url=self.store.url,
                journal=str(self.journal),
                seed=bench.next_seed() if seed is None else seed,
                callers=callers,
                commands=commands,
                strike=strike,
                trace=None if trace is None else str(trace),
                broken=bench.broken,
            )
        )

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
