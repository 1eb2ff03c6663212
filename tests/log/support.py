"""What the tests of the log build with: a clock to turn, requests in one line, random events."""

import typing
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from graphql_brief.domain.events import EVENT_TYPES, Event, ParagraphAdded
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.database import Database
from graphql_brief.log.port import Append, Appended, AppendResult, EventLog

NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)
COUNTED = (
    ("log_event", "INSERT"),
    ("log_body", "INSERT"),
    ("log_stream", "UPDATE"),
    ("log_claim", "INSERT"),
    ("log_head", "UPDATE"),
    ("log_command", "INSERT"),
)
"""What an append does to which tables; of each it compares the number of rows."""


class TurnedClock:
    """Shows `now` until it is turned."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time that it shows."""
        return self.now

    def turn(self, **amount: float) -> None:
        """Move on by a timedelta's arguments; back, if they are negative."""
        self.now += timedelta(**amount)


def entropy_of(seed: int) -> typing.Callable[[int], bytes]:
    """Bytes that only look random, the same for the same seed, and never the same twice."""
    blocks = count(seed * 2**64)

    def draw(size: int) -> bytes:
        return b"".join(next(blocks).to_bytes(16, "big") for _ in range(0, size, 16))[:size]

    return draw


def paragraph(text: str = "It began.", key: str = "k") -> ParagraphAdded:
    """One event; which one does not matter to the log."""
    return ParagraphAdded(key=key, text=text)


_commands = count(1)


def request(stream: str = "brief-a", expected_version: int = 0, **fields: Any) -> Append:
    """A request of one event, or of `size` events, with a command id of its own."""
    size = fields.pop("size", 1)
    defaults: dict[str, Any] = {
        "events": tuple(paragraph(key=f"k{place}") for place in range(size)),
        "actor": "editor-1",
        "significance": Significance.MINOR,
        "command_id": f"command-{next(_commands)}",
        "correlation_id": "correlation-1",
    }
    return Append(stream=stream, expected_version=expected_version, **defaults | fields)


async def appended(log: EventLog, asked: Append) -> Appended:
    """Append what must not be refused."""
    result: AppendResult = await log.append(asked)
    assert isinstance(result, Appended), result
    return result


async def fill(log: EventLog, *sizes: int, stream: str = "brief-a") -> None:
    """Appends of these sizes to the end of a stream."""
    for size in sizes:
        version = await log.version_at(stream, 2**53)
        await appended(log, request(stream, version, size=size))


async def close_at_once(path: Path, *, create: bool = True, read_only: bool = False) -> None:
    """Open a database and close it."""
    database = await Database.open(path, create=create, read_only=read_only)
    await database.close()


# Random events: of every type, with every field at random. The log must keep what the domain's
# rules would not let in: those may change, and what was recorded under older ones stays.

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin is typing.Annotated:
        return _values(arguments[0])
    if origin is tuple:
        return st.lists(_values(arguments[0]), max_size=3).map(tuple)
    if origin is not None:  # a union
        return st.one_of(*(_values(arm) for arm in arguments))
    if hint is type(None):
        return st.none()
    if hint is msgspec.UnsetType:
        return st.just(msgspec.UNSET)
    if hint is str:
        return TEXT
    if hint is int:
        return st.integers(1, 2**53 - 1)
    if hint is bool:
        return st.booleans()
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return structs(hint)


def structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Instances of a struct with every field at random."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.fixed_dictionaries(
        {name: _values(hints[name]) for name in kind.__struct_fields__}
    ).map(lambda fields: kind(**fields))


def events_of(name: str) -> st.SearchStrategy[Event]:
    """Events of one type."""
    return structs(EVENT_TYPES[name])


EVENTS: st.SearchStrategy[Event] = st.sampled_from(sorted(EVENT_TYPES)).flatmap(events_of)
