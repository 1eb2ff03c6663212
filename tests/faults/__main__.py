"""`make faults`: kill cycles on each database, and a table of what they came to."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.cycles import Cycles, Tally
from tests.faults.cycles_postgres import PostgresCycles
from tests.faults.nursery import Trouble
from tests.postgres import PostgresServer

DATABASES = ("sqlite", "postgres")
"""Those that the cycles can be run on."""
_COLUMNS = ("database", "cycles", "acknowledged", "in flight", "checks", "failures", "seconds")
_WIDTHS = (10, 8, 14, 11, 8, 10, 9)


def main() -> int:
    """Run as the arguments say; 0 if nothing was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Kill a node or its server, check all that is left, go on; many times.",
    )
    parser.add_argument("--cycles", type=int, default=200, help="kills a database (200)")
    parser.add_argument(
        "--database", choices=(*DATABASES, "all"), default="all", help="which databases (all)"
    )
    parser.add_argument("--seed", type=int, help="repeats the choices of an earlier run")
    given = parser.parse_args()
    if given.cycles < 1:
        parser.error("--cycles must be at least 1")
    seed = int(time.time()) if given.seed is None else given.seed
    names = DATABASES if given.database == "all" else (given.database,)
    print(f"seed {seed}; again with: python -m tests.faults --seed {seed}")
    print(_line(_COLUMNS), flush=True)
    failures = [name for name in names if not _run(name, given.cycles, seed)]
    return 1 if failures else 0


async def _cycles(name: str, folder: Path, cycles: int, seed: int) -> Tally:
    def tell(wrong: str) -> None:
        print(wrong, file=sys.stderr)

    if name == "sqlite":
        return await Cycles(folder, seed, tell).run(cycles)
    with PostgresServer(fsync=True) as server:
        return await PostgresCycles(folder, server, seed, tell).run(cycles)


def _run(name: str, cycles: int, seed: int) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="graphql-brief-faults-"))
    begun = time.monotonic()
    try:
        tally = asyncio.run(_cycles(name, folder, cycles, seed))
    except Trouble as trouble:
        print(f"{trouble}\nwhat there was is in {folder}", file=sys.stderr)
        return False
    print(
        _line(
            (
                name,
                *(tally.cycles, tally.acknowledged, tally.in_flight, tally.checks),
                tally.failures,
                f"{time.monotonic() - begun:.0f}",
            )
        )
    )
    if tally.failures:
        print(f"what there was is in {folder}", file=sys.stderr)
        return False
    shutil.rmtree(folder)
    return True


def _line(cells: tuple[object, ...]) -> str:
    return "".join(f"{cell!s:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


if __name__ == "__main__":
    sys.exit(main())
