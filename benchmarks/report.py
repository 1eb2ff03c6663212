"""What was found: tables for the terminal, JSON to keep, and RESULTS.md made of what is kept.

Each part keeps its own file, so that it can be measured anew without the others. What a person has
to say about it (why a target is missed, say) stands beside that in a file of the same name, `.md`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.machine import Machine
from benchmarks.measure import Samples, Spread, latency, rate, ratio

FOLDER = Path(__file__).parent
KEPT = FOLDER / "results"
RESULTS = FOLDER / "RESULTS.md"
ORDER = (
    *("pages", "edited", "sites"),
    *("appends", "syncs", "replay", "rebuild", "versions", "lengths"),
)
"""The parts, as they follow each other on the page."""

_HEAD = """\
# Results

Made by `make bench` from the files in `results/`: the figures, and remarks on them. Contenders
take turns within one run (A B C, A B C, …). A figure is the median of the rounds, with the
quartiles in brackets; a ratio is taken within each round before the median is. Absolute figures
say little: compare those of one table.
"""


class Table(msgspec.Struct, frozen=True):
    """Figures, written as they are to be read."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Target(msgspec.Struct, frozen=True):
    """A figure that was promised, and what came of it."""

    what: str
    bound: float
    measured: float
    at_least: bool
    """Or else: at most."""

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def cells(self) -> tuple[str, str, str, str]:
        """As a row of a table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.met else "missed"
        return self.what, f"{sign} {self.bound:g}×", f"{self.measured:.2f}×", verdict


class Finding(msgspec.Struct, frozen=True):
    """What a part has measured, in its own words."""

    about: str
    """What was compared, and how."""
    tables: tuple[Table, ...]
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """A finding, with all that is needed to measure it again."""

    part: str
    finding: Finding
    machine: Machine
    at: datetime
    took_s: float
    command: str


def figure(number: float) -> str:
    """Three digits that mean something, and commas."""
    if number >= 1000:
        digits = len(str(int(number))) - 3
        return f"{round(number, -digits):,.0f}"
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"


def spread_text(found: Spread, unit: str = "") -> str:
    """The median, and the quartiles in brackets."""
    return f"{figure(found.median)}{unit} ({figure(found.low)}-{figure(found.high)})"


def compared(what: str, samples: Samples, *, mine: str, things: str) -> Table:
    """Each contender's rate and latency, and how many times as fast `mine` is."""
    with_latency = any(latency(of) is not None for of in samples.values())
    rows = []
    for name, of in samples.items():
        times = "" if name == mine else spread_text(ratio(samples, mine, name), "×")
        row = [name, spread_text(rate(of)), times]
        if with_latency:
            found = latency(of)
            row += ["", ""] if found is None else [figure(found[0]), figure(found[1])]
        rows.append(tuple(row))
    columns = ["", f"{things}/s", f"{mine} against it"]
    if with_latency:
        columns += ["p50 ms", "p99 ms"]
    return Table(what, tuple(columns), tuple(rows))


def show(result: Result) -> str:
    """For the terminal."""
    blocks = [f"== {result.part} ==", result.finding.about]
    blocks += [_plain(table) for table in _tables(result)]
    blocks += [f"- {note}" for note in result.finding.notes]
    return "\n\n".join(blocks) + f"\n\n({result.took_s:.0f} s)"


def keep(result: Result) -> None:
    """Write the part's file, in place of an older one."""
    KEPT.mkdir(exist_ok=True)
    raw = msgspec.json.format(msgspec.json.encode(result), indent=1)
    (KEPT / f"{result.part}.json").write_bytes(raw + b"\n")


def kept(parts: Iterable[str]) -> list[Result]:
    """What is kept of these parts, in this order; parts that were never kept are left out."""
    files = [KEPT / f"{part}.json" for part in parts]
    return [msgspec.json.decode(file.read_bytes(), type=Result) for file in files if file.exists()]


def page(results: Sequence[Result]) -> str:
    """RESULTS.md."""
    targets = [
        (result.part, *target.cells()) for result in results for target in result.finding.targets
    ]
    blocks = [_HEAD.rstrip()]
    if targets:
        blocks.append("## Targets")
        columns = ("part", "what", "target", "measured", "")
        blocks.append(_markdown(Table("", columns, tuple(targets))))
    for result in results:
        blocks += [f"## {result.part}", result.finding.about]
        blocks += [_markdown(table) for table in result.finding.tables]
        remarks = KEPT / f"{result.part}.md"
        if remarks.exists():
            blocks.append(remarks.read_text().strip())
        if result.finding.notes:
            blocks.append("\n".join(f"- {note}" for note in result.finding.notes))
        blocks.append(
            "\n".join(
                f"- {line}"
                for line in (
                    f"{result.at:%Y-%m-%d %H:%M} UTC, `{result.command}`, {result.took_s:.0f} s",
                    *result.machine.lines(),
                )
            )
        )
    return "\n\n".join(blocks) + "\n"


def _tables(result: Result) -> list[Table]:
    rows = tuple(target.cells() for target in result.finding.targets)
    ends = [Table("Targets", ("what", "target", "measured", ""), rows)] if rows else []
    return [*result.finding.tables, *ends]


def _plain(table: Table) -> str:
    widths = [
        max(len(row[place]) for row in (table.columns, *table.rows))
        for place in range(len(table.columns))
    ]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (table.columns, *table.rows)
    ]
    return "\n".join([table.title, *(f"  {line}" for line in lines)])


def _markdown(table: Table) -> str:
    lines = [
        "| " + " | ".join(row) + " |"
        for row in (table.columns, ("---",) * len(table.columns), *table.rows)
    ]
    title = [f"**{table.title}**", ""] if table.title else []
    return "\n".join([*title, *lines])
