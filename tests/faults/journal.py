"""What a process asked of the log and was told, as lines of a file that outlive it.

Each line is in the file before the next thing happens. So what is asked for and not answered was
under way when the process was lost: it is in the log whole, or not at all. A process that is killed
amid a line leaves the beginning of it, up to the end of a page: nothing happened after that, and it
says nothing.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from graphql_brief.api.work import claims_of
from graphql_brief.domain.events import EVENT_TYPES
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.port import Append, Appended, AppendResult


class Asked(msgspec.Struct, frozen=True, tag=True):
    """An append was asked for."""

    command: str
    stream: str
    expected_version: int
    key: str | None
    events: list[tuple[str, dict[str, Any]]]
    """Type and members of each event, as its body must hold them."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """It was acknowledged."""

    command: str
    first_version: int
    last_version: int
    first_position: int
    last_position: int
    recorded_at: datetime


class Refused(msgspec.Struct, frozen=True, tag=True):
    """It was refused: nothing of it is in the log."""

    command: str
    why: str


Line = Asked | Told | Refused
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def request_of(asked: Asked) -> Append:
    """The request that a line tells of."""
    events = tuple(msgspec.convert(members, EVENT_TYPES[name]) for name, members in asked.events)
    return Append(
        stream=asked.stream,
        expected_version=asked.expected_version,
        events=events,
        actor="editor-1",
        significance=Significance.MINOR,
        command_id=asked.command,
        correlation_id=asked.command,
        idempotency_key=asked.key,
        digest=hashlib.sha256(_encoder.encode(asked.events)).hexdigest() if asked.key else "",
        claims=claims_of(events),
    )


def answered(command: str, result: AppendResult) -> Told | Refused:
    """The line of a result."""
    if not isinstance(result, Appended):
        return Refused(command, type(result).__name__)
    return Told(
        command,
        result.first_version,
        result.last_version,
        result.first_position,
        result.last_position,
        result.recorded_at,
    )


class Journal:
    """Writes lines; each is with the kernel, and so safe from the process's end, at once."""

    def __init__(self, path: Path, mark: Callable[[bytes], None] = lambda line: None) -> None:
        """`mark` is told of each line too."""
        if path.exists():
            os.truncate(path, len(_whole(path)))
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._mark = mark

    def write(self, line: Line) -> None:
        """Add a line."""
        raw = _encoder.encode(line)
        self._mark(raw)
        os.write(self._fd, raw + b"\n")


def parse(lines: Iterable[bytes]) -> list[Line]:
    """What lines say."""
    return [_decoder.decode(line) for line in lines]


def read(path: Path) -> list[Line]:
    """The lines of a file; none if there is none."""
    return parse(_whole(path).splitlines()) if path.exists() else []


def _whole(path: Path) -> bytes:
    """What a file holds, up to the end of its last whole line."""
    raw = path.read_bytes()
    return raw[: raw.rfind(b"\n") + 1]


def write(path: Path, lines: Iterable[Line]) -> None:
    """Put lines into a file, in place of what it holds."""
    path.write_bytes(b"".join(_encoder.encode(line) + b"\n" for line in lines))


def under_way(lines: Iterable[Line]) -> list[Asked]:
    """What was asked for and never answered."""
    left: dict[str, Asked] = {}
    for line in lines:
        if isinstance(line, Asked):
            left[line.command] = line
        else:
            left.pop(line.command, None)
    return list(left.values())
