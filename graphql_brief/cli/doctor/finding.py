"""What a check is, what it is given, and what it gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from graphql_brief.cli.options import Place
from graphql_brief.log.inspection import Readable, Tell
from graphql_brief.log.integrity import HeadRow
from graphql_brief.log.opening import sqlite_path
from graphql_brief.log.port import Clock


class Status(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WARN = "warn"
    """It works, and somebody should look."""
    FAIL = "fail"
    SKIP = "skip"
    """It could not be looked at, because another check failed."""


class Finding(NamedTuple):
    """What a check found."""

    status: Status
    found: str
    """In words."""
    advice: str | None
    """What to do; None if there is nothing to do."""
    facts: dict[str, Any]
    """For programs: values of JSON under names that stay."""


@dataclass
class Site:
    """What is examined."""

    place: Place
    clock: Clock
    secret_file: Path
    newest: int | None = None
    """How many of the newest events are checked; None: all."""
    tell: Tell = field(default=lambda done, total: None)
    database: Readable | None = None
    """The log's rows; None if they cannot be read."""
    head: HeadRow | None = None

    @property
    def path(self) -> Path | None:
        """The log's file; None if it is in a server."""
        return sqlite_path(self.place.url)


Run = Callable[[Site], Awaitable[Finding]]


class Check(NamedTuple):
    """A row of the table of checks."""

    name: str
    run: Run
    needs_log: bool = True
    """Whether it reads the log, and so cannot run without one."""
    only: str | None = None
    """"sqlite" or "postgresql", if it is about that alone."""


def ok(found: str, **facts: Any) -> Finding:
    """All is well."""
    return Finding(Status.OK, found, None, facts)


def warn(found: str, advice: str, **facts: Any) -> Finding:
    """Somebody should look."""
    return Finding(Status.WARN, found, advice, facts)


def fail(found: str, advice: str, **facts: Any) -> Finding:
    """Something must be done."""
    return Finding(Status.FAIL, found, advice, facts)


def size_text(size: int) -> str:
    """A number of bytes for people."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
