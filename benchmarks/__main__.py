"""`python -m benchmarks [parts…] [--quick] [--write] [--data FOLDER]`."""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

from benchmarks import (
    appends,
    edited,
    lengths,
    machine,
    pages,
    rebuild,
    replay,
    report,
    sites,
    syncs,
    versions,
)
from benchmarks.report import Finding, Result
from benchmarks.setting import Setting

PARTS: dict[str, Callable[[Setting], Coroutine[Any, Any, Finding]]] = {
    "pages": pages.run,
    "edited": edited.run,
    "sites": sites.run,
    "appends": appends.run,
    "syncs": syncs.run,
    "replay": replay.run,
    "rebuild": rebuild.run,
    "versions": versions.run,
    "lengths": lengths.run,
}
assert tuple(PARTS) == report.ORDER


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few rounds, and no long log")
    parser.add_argument("--write", action="store_true", help="keep the results, make RESULTS.md")
    parser.add_argument("--data", type=Path, help="folder to keep the built logs in, for next time")
    asked = parser.parse_args(arguments)
    unknown = [part for part in asked.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if asked.write and asked.quick:
        parser.error("what is measured in few rounds is not kept; leave out --quick or --write")
    command = shlex.join(["python", "-m", "benchmarks", *(arguments or sys.argv[1:])])
    with ExitStack() as stack:
        kept: Path | None = asked.data
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=kept, prefix="run-")))
        for part in asked.parts or PARTS:
            result = _measured(part, asked.quick, kept or scratch, scratch, command)
            print(report.show(result), end="\n\n", flush=True)
            if asked.write:
                report.keep(result)
    if asked.write:
        report.RESULTS.write_text(report.page(report.kept(report.ORDER)))


def _measured(part: str, quick: bool, logs: Path, scratch: Path, command: str) -> Result:
    if quick:
        setting = Setting(logs, scratch, rounds=3, seconds=0.3, lengths=(1_000, 10_000))
    else:
        setting = Setting(logs, scratch, rounds=9, seconds=1.0, lengths=(1_000, 100_000, 1_000_000))
    at, begun = datetime.now(UTC), perf_counter()
    finding = uvloop.run(PARTS[part](setting))
    return Result(
        part=part,
        finding=finding,
        machine=machine.describe(logs),
        at=at,
        took_s=perf_counter() - begun,
        command=command,
    )


if __name__ == "__main__":
    main()
