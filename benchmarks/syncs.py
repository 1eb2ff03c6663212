"""How often each contender really asks the kernel to sync, counted from outside by strace.

Settings say what a library means to do; this is what it does. Each contender appends one event at
a time in a process of its own, twice, with different numbers of events: the difference is what the
appends cost, without opening and closing.
"""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import ours
from benchmarks.content import development, request
from benchmarks.peers.bare_sqlite import BareSqlite
from benchmarks.peers.eventsourcing_library import Library
from benchmarks.report import Finding, Table
from benchmarks.setting import Setting
from graphql_brief.log import codec
from graphql_brief.log.port import Appended

_FEW, _MANY = 10, 110
_CALLS = "fsync,fdatasync,sync_file_range,msync"

_ABOUT = (
    f"One event at a time, one caller: calls of {_CALLS.replace(',', ', ')} by a process that "
    f"appends {_MANY} events, less those of one that appends {_FEW}, for each event more."
)


async def run(setting: Setting) -> Finding:
    """Count the syncs of an append."""
    if shutil.which("strace") is None:
        return Finding(about=_ABOUT, tables=(), notes=("Not counted: there is no strace here.",))
    rows = []
    for name in _CONTENDERS:
        few = await asyncio.to_thread(_count, name, _FEW, setting)
        many = await asyncio.to_thread(_count, name, _MANY, setting)
        rows.append((name, f"{(many - few) / (_MANY - _FEW):.2f}"))
    return Finding(about=_ABOUT, tables=(Table("SQLite", ("", "syncs an append"), tuple(rows)),))


def _count(name: str, events: int, setting: Setting) -> int:
    path = setting.scratch / f"syncs-{events}-{name.split()[0]}.db"
    traced = setting.scratch / "strace.txt"
    program = [sys.executable, "-m", "benchmarks.syncs", name, str(events), str(path)]
    subprocess.run(
        ["strace", "-f", "-e", f"trace={_CALLS}", "-o", str(traced), *program], check=True
    )
    # A call that another thread's interrupts is written twice; its beginning counts.
    begun = re.compile(rf"^\d+ +({_CALLS.replace(',', '|')})\(")
    return sum(begun.match(line) is not None for line in traced.read_text().splitlines())


async def _ours(events: int, path: Path) -> None:
    async with ours.sqlite(path) as opened:
        for number in range(events):
            result = await opened.log.append(request("brief-a", number, (development(number),)))
            assert isinstance(result, Appended), result


async def _library(events: int, path: Path) -> None:
    library = Library.sqlite(path)
    brief = library.begin()
    for number in range(events):
        library.append(brief, development(number))
    library.close()


async def _bare(events: int, path: Path) -> None:
    bare = BareSqlite(path)
    for number in range(events):
        bare.append(codec.encode(development(number)).body)
    bare.close()


_CONTENDERS: dict[str, Callable[[int, Path], Awaitable[None]]] = {
    "graphql-brief": _ours,
    "eventsourcing": _library,
    "bare commits": _bare,
}


async def _main(name: str, events: str, path: str) -> None:
    await _CONTENDERS[name](int(events), Path(path))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
