"""A log in SQL does, to the byte, what the log in memory does, whatever comes in whatever order."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from graphql_brief.log.database import Database
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import (
    Append,
    AppendResult,
    Claim,
    Clock,
    Entropy,
    EventLog,
    Recorded,
)
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import TurnedClock, entropy_of, paragraph, request
from tests.postgres import Template, execute, renamed

ORIGIN = "graphql-brief/test"
ALL = 10_000
FEW = settings(max_examples=10, stateful_step_count=25, deadline=None)
FEWER = settings(FEW, max_examples=5)
Close = Callable[[], Coroutine[Any, Any, None]]
Ask = Callable[[EventLog], Coroutine[Any, Any, Any]]
OpenLog = Callable[[Path, Clock, Entropy], Coroutine[Any, Any, tuple[EventLog, Close]]]


async def open_sqlite(folder: Path, clock: Clock, entropy: Entropy) -> tuple[EventLog, Close]:
    """The log in a folder, and what closes it."""
    database = await Database.open(folder / "brief.db", create=True)
    log = await SqliteLog.open(database, clock=clock, entropy=entropy, origin=ORIGIN)

    async def close() -> None:
        await log.close()
        await database.close()

    return log, close


class Request(NamedTuple):
    """What is drawn of a request; the rest follows from where the log stands."""

    stream: str
    stale_by: int
    size: int
    key: str | None
    actor: str
    text: str
    claims: tuple[Claim, ...]


KEYS = ["k1", "k2", "k3", "k4"]
STREAMS = st.sampled_from(["brief-a", "brief-b", "entity-c"])
REQUESTS = st.builds(
    Request,
    stream=STREAMS,
    stale_by=st.sampled_from([0, 0, 0, 0, 1, -1, 7]),
    size=st.sampled_from([1, 1, 2, 5, 0]),
    key=st.sampled_from([None, None, *KEYS]),
    actor=st.sampled_from(["editor-1", "editor-2"]),
    text=st.sampled_from(["One.", "Two é.", ""]),
    claims=st.lists(
        st.sampled_from([Claim("slug", "a"), Claim("slug", "b"), Claim("name", "a")]), max_size=2
    ).map(tuple),
)
POSITIONS = st.integers(-2, 40)
LIMITS = st.integers(1, 12)


class LogMachine(RuleBasedStateMachine):
    """Asks both logs the same, and compares what they say and what they hold."""

    opens: ClassVar[Sequence[OpenLog]]
    """One: how the log under test is opened. Not by itself, or it would become a method."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = Path(tempfile.mkdtemp(prefix="graphql-brief-machine-"))
        self._clock = TurnedClock()
        self._entropy = entropy_of(1)
        self._model = MemoryLog(clock=self._clock, entropy=entropy_of(1), origin=ORIGIN)
        self._commands = count(1)
        self._heard: list[Recorded] = []
        self._log: EventLog
        self._close: Close

    @initialize()
    def open(self) -> None:
        """Both begin empty."""
        opening = self.opens[0](self._folder, self._clock, self._entropy)
        self._log, self._close = self._runner.run(opening)
        self._log.on_commit(self._heard.extend)

    def teardown(self) -> None:
        """Close everything."""
        self._runner.run(self._close())
        self._runner.close()
        shutil.rmtree(self._folder)

    def _both(self, ask: Ask) -> Any:
        """The answer that both give."""

        async def answers() -> list[Any]:
            return [await ask(log) for log in (self._model, self._log)]

        expected, given = self._runner.run(answers())
        assert given == expected
        return expected

    def _append(self, drawn: Request, version: int) -> Append:
        events = tuple(paragraph(drawn.text, f"k{place}") for place in range(drawn.size))
        content = repr((drawn.stream, drawn.text, drawn.size, drawn.claims))
        return request(
            drawn.stream,
            max(0, version + drawn.stale_by),
            events=events,
            actor=drawn.actor,
            command_id=f"command-{next(self._commands)}",
            idempotency_key=drawn.key,
            digest=hashlib.sha256(content.encode()).hexdigest() if drawn.key else "",
            claims=drawn.claims,
        )

    @rule(drawn=REQUESTS)
    def append(self, drawn: Request) -> None:
        """One append, by itself."""
        version = self._runner.run(self._model.version_at(drawn.stream, 2**53))
        asked = self._append(drawn, version)
        self._both(lambda log: _answer(log, asked))

    @rule(drawn=st.lists(REQUESTS, min_size=2, max_size=6), twice=st.booleans())
    def append_together(self, drawn: list[Request], twice: bool) -> None:
        """Appends that come at once, one of them perhaps twice: as if one came after the other."""
        requests = [
            self._append(one, self._runner.run(self._model.version_at(one.stream, 2**53)) + ahead)
            for ahead, one in enumerate(drawn)
        ]
        if twice:
            requests.append(requests[0])

        async def both() -> tuple[Sequence[object], Sequence[object]]:
            expected = [await _answer(self._model, asked) for asked in requests]
            given = await asyncio.gather(*(_answer(self._log, asked) for asked in requests))
            return expected, given

        expected, given = self._runner.run(both())
        assert given == expected

    @rule(seconds=st.integers(-3600, 3600))
    def turn_the_clock(self, seconds: int) -> None:
        """On, or back."""
        self._clock.turn(seconds=seconds)

    @rule()
    def reopen(self) -> None:
        """What was in the log is in it still."""
        self._runner.run(self._close())
        self.open()

    @rule(after=POSITIONS, limit=LIMITS, streams=st.none() | st.frozensets(STREAMS, max_size=3))
    def read(self, after: int, limit: int, streams: frozenset[str] | None) -> None:
        """A page of the log."""
        self._both(lambda log: log.read(after=after, limit=limit, streams=streams))

    @rule(stream=STREAMS, after=POSITIONS, up_to=st.none() | POSITIONS, limit=LIMITS)
    def read_stream(self, stream: str, after: int, up_to: int | None, limit: int) -> None:
        """A page of a stream."""
        self._both(
            lambda log: log.read_stream(
                stream, after_version=after, up_to_version=up_to, limit=limit
            )
        )

    @rule(stream=STREAMS, position=POSITIONS)
    def version_at(self, stream: str, position: int) -> None:
        """A stream's version as of a position."""
        self._both(lambda log: log.version_at(stream, position))

    @rule(seconds=st.integers(-3600, 3600))
    def position_at(self, seconds: int) -> None:
        """The position as of a time."""
        clock = TurnedClock(self._clock.now)
        clock.turn(seconds=seconds)
        self._both(lambda log: log.position_at(clock.now))

    @rule(actor=st.sampled_from(["editor-1", "editor-2"]), key=st.sampled_from(KEYS))
    def find_command(self, actor: str, key: str) -> None:
        """What is remembered under a key."""
        self._both(lambda log: log.find_command(actor, key))

    @invariant()
    def they_hold_the_same(self) -> None:
        """Every byte of every event, the head, and what the listeners heard."""
        held = self._both(lambda log: log.read(after=0, limit=ALL))
        self._both(lambda log: log.head())
        assert self._heard == held


async def _answer(log: EventLog, asked: Append) -> AppendResult | str:
    """The result, or that the request is none."""
    try:
        return await log.append(asked)
    except ValueError as error:
        return str(error)


def open_postgres(databases: dict[Path, str], template: Template) -> OpenLog:
    """What opens the log of a folder, each in a database of its own on the template's server."""

    async def open_log(folder: Path, clock: Clock, entropy: Entropy) -> tuple[EventLog, Close]:
        if folder not in databases:
            name = f"brief_{uuid4().hex}"
            await execute(template.url, f"CREATE DATABASE {name} TEMPLATE {template.name}")
            databases[folder] = name
        database = await PostgresDatabase.open(
            renamed(template.url, databases[folder]), create=False
        )
        log = await PostgresLog.open(database, clock=clock, entropy=entropy, origin=ORIGIN)

        async def close() -> None:
            await log.close()
            await database.close()

        return log, close

    return open_log


class SqliteMachine(LogMachine):
    """With the log in SQLite."""

    opens = (open_sqlite,)


SqliteMachine.TestCase.settings = FEW
TestSqlite = SqliteMachine.TestCase


def test_postgres(postgres_template: Template) -> None:
    """With the log in PostgreSQL."""
    databases: dict[Path, str] = {}

    class PostgresMachine(LogMachine):
        opens = (open_postgres(databases, postgres_template),)

    try:
        run_state_machine_as_test(PostgresMachine, settings=FEWER)
    finally:
        drops = [f"DROP DATABASE {name} WITH (FORCE)" for name in databases.values()]
        asyncio.run(execute(postgres_template.url, *drops))
    assert databases
