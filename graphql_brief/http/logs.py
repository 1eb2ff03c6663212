"""What the server writes to stderr: its own messages, those of its libraries, the access log.

All of it goes through one formatter, a line each: JSON for programs, or columns for people. Times
are UTC. An exception is a member of its line, so that a reader of lines never meets half a trace.
"""

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from time import time_ns
from typing import Any, BinaryIO, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from graphql_brief.http.lines import Line, as_dict

LATE_S = 0.05
"""How long a line of the access log may wait for others, to be written with them."""


class LogFormat(StrEnum):
    """How lines are written."""

    AUTO = "auto"
    """Columns on a terminal, JSON elsewhere."""
    JSON = "json"
    CONSOLE = "console"


def writes_json(asked: LogFormat, stream: TextIO) -> bool:
    """Whether lines are JSON on this stream."""
    return asked is LogFormat.JSON or (asked is LogFormat.AUTO and not stream.isatty())


def configure(asked: LogFormat, stream: TextIO | None = None) -> None:
    """Have everything that goes to the standard library's loggers written in one way."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                _add_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                _add_time,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(writes_json(asked, stream), stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


class AccessLog:
    """The access log, on stderr.

    Past the standard library, and JSON lines a moment later: a cached answer takes some 60 µs, of
    which this may take a few.
    """

    def __init__(self, asked: LogFormat, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._late: _Lines | None = None
        destination: Any = structlog.WriteLogger(stream)
        processors: list[Processor] = [_spread, *_rendering(False, stream)]
        if writes_json(asked, stream):
            self._late = destination = _Lines(stream.buffer)
            processors = [_json_line]
        logger = structlog.wrap_logger(
            destination,
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )
        self._info = logger.bind().info

    def __call__(self, line: Line) -> None:
        """Write a line, with the time on it."""
        with _nobody_to_tell():
            self._info(line.event, line=line)

    def flush(self) -> None:
        """Write what still waits: at the end."""
        if self._late is not None:
            self._late.write()


def _nobody_to_tell() -> contextlib.AbstractContextManager[None]:
    """Answers go on when whoever read the log is gone, or its disk is full."""
    return contextlib.suppress(OSError)


def _rendering(as_json: bool, stream: TextIO) -> list[Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, _json_text]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]


_encoder = msgspec.json.Encoder(enc_hook=str)


def _json_text(_logger: Any, _method: str, event: EventDict) -> str:
    first = {name: event.pop(name, None) for name in ("timestamp", "level", "event")}
    return _encoder.encode({**first, **event}).decode()


def _json_line(_logger: Any, _method: str, event: EventDict) -> bytes:
    line: Line = event["line"]
    line.timestamp = _now()
    return _encoder.encode(line)


def _spread(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {**as_dict(event["line"]), "timestamp": _now()}


def _add_level(_logger: Any, method: str, event: EventDict) -> EventDict:
    event["level"] = method
    return event


def _add_time(_logger: Any, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = _now()
    return event


class _Clock:
    """Times as the log has them; a second's text is made once."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def now(self) -> str:
        """Such as 2026-01-18T09:30:00.123456Z."""
        second, rest_ns = divmod(time_ns(), 1_000_000_000)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        return f"{self._text}{rest_ns // 1000:06d}Z"


_now = _Clock().now


class _Lines:
    """Where access lines go: written together, a moment later, and so at the cost of no write each.

    A process that is killed takes the lines of its last moment along.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[bytes] = []

    def info(self, line: bytes) -> None:
        """Take one line."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(LATE_S, self.write)
        self._waiting.append(line)

    def write(self) -> None:
        """Write all that were taken."""
        lines, self._waiting = self._waiting, []
        if not lines:
            return
        with _nobody_to_tell():
            self._stream.write(b"\n".join((*lines, b"")))
            self._stream.flush()
