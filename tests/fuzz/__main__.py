"""`make fuzz`: the requests, a table of what came of them, and whether memory grew."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.memory import MARGIN_SHARE, growth
from tests.fuzz.run import Tally, run
from tests.fuzz.server import Log, serving


def main() -> int:
    """Run as the arguments say; 0 if nothing was found."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="Send a server what nobody would, and look at every answer.",
    )
    parser.add_argument("--requests", type=int, default=20_000, help="how many (20,000)")
    parser.add_argument("--minutes", type=float, default=60, help="at most so long (60)")
    parser.add_argument("--seed", type=int, help="repeats the requests of an earlier run")
    given = parser.parse_args()
    if given.requests < 1:
        parser.error("--requests must be at least 1")
    choice = int(time.time()) if given.seed is None else given.seed
    print(f"seed {choice}; again with: python -m tests.fuzz --seed {choice}", flush=True)
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="graphql-brief-fuzz-") as folder,
        serving(Path(folder)) as (target, log),
    ):
        timeout_s = given.minutes * 60
        work = run(target, given.requests, choice, timeout_s=timeout_s, watch=_progress)
        tally = asyncio.run(work)
    print(f"{tally.requests} requests in {time.monotonic() - begun:.0f} s\n")
    print(table(tally))
    return 0 if told(tally, log, given.requests) else 1


def _progress(tally: Tally) -> None:
    memory = f"{tally.samples_mb[-1]:.0f} MB" if tally.samples_mb else ""
    print(f"{tally.requests} sent, {tally.troubled} with something wrong, {memory}", flush=True)


def told(tally: Tally, log: Log, number: int) -> bool:
    """Print what is wrong, and whether nothing is."""
    for trouble in tally.troubles:
        print(f"\n{trouble}", file=sys.stderr)
    if log.trace:
        print(f"\nthe server's log has a traceback:\n{''.join(log.trace)}", file=sys.stderr)
    found = growth(tally.samples_mb)
    if found is None:
        print("\nresident memory: too few requests to tell")
    else:
        print(
            f"\nresident memory {found.early_mb:.1f} MB early, {found.late_mb:.1f} MB late: "
            f"{found.share:+.1%}, margin {MARGIN_SHARE:.0%}"
        )
    print(f"{tally.troubled} answers with something wrong")
    if tally.requests < number:
        print(f"the time was over after {tally.requests} of {number} requests", file=sys.stderr)
    has_grown = found is not None and found.is_beyond
    return not (tally.troubled or log.trace or has_grown) and tally.requests == number


def table(tally: Tally) -> str:
    """How often each thing came of each kind of request."""
    columns = sorted({what for _, what in tally.outcomes})
    kinds: Counter[str] = Counter()
    for (kind, _), count in tally.outcomes.items():
        kinds[kind] += count
    rows = [["", *columns, "all"]]
    for kind, count in kinds.most_common():
        cells = [str(tally.outcomes[kind, what] or "") for what in columns]
        rows.append([kind, *cells, str(count)])
    sums = [str(sum(tally.outcomes[kind, what] for kind in kinds)) for what in columns]
    rows.append(["all", *sums, str(tally.requests)])
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    return "\n".join(
        "".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
