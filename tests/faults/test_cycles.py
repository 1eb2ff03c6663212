"""The kill cycles of `make faults`, a few of them."""

import subprocess
import sys
from pathlib import Path

from tests.faults.cycles import Cycles
from tests.faults.cycles_postgres import PostgresCycles
from tests.faults.nursery import ROOT
from tests.postgres import PostgresServer

CYCLES = 3


async def test_kill_cycles_find_nothing(tmp_path: Path, seed: int) -> None:
    """Each kill is followed by a check, on a database that grows."""
    told: list[str] = []
    tally = await Cycles(tmp_path, seed, told.append).run(CYCLES)
    assert told == []
    assert (tally.cycles, tally.checks, tally.failures) == (CYCLES, CYCLES, 0)
    assert tally.acknowledged > 0
    assert tally.in_flight > 0


async def test_the_cycles_on_postgres_find_nothing(
    tmp_path: Path, server_to_lose: PostgresServer, seed: int
) -> None:
    """Also where the server is lost."""
    told: list[str] = []
    running = PostgresCycles(tmp_path, server_to_lose, seed, told.append)
    tally = await running.run(CYCLES)
    # On a slow machine the first nodes may be lost before they have anything to lose.
    while tally.cycles < 5 * CYCLES and not (tally.acknowledged and tally.in_flight):
        tally = await running.run(tally.cycles + CYCLES)
    assert told == []
    assert (tally.checks, tally.failures) == (tally.cycles, 0)
    assert tally.acknowledged > 0
    assert tally.in_flight > 0


def test_the_command_prints_a_table() -> None:
    """With the seed that repeats it; its exit status says that nothing was found."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.faults",
            "--database",
            "sqlite",
            "--cycles",
            "1",
            "--seed",
            "3",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    seed, names, numbers = done.stdout.splitlines()
    assert "--seed 3" in seed
    assert names.split() == [
        *("database", "cycles", "acknowledged", "in", "flight", "checks", "failures", "seconds")
    ]
    assert numbers.split()[:2] == ["sqlite", "1"]
    assert numbers.split()[4:6] == ["1", "0"]
    assert done.returncode == 0
