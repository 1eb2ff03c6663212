"""One process at its work: the plan that it follows, what it asks for, and what came of it.

Everything random follows from the plan's seed. A process that comes through says what it met
(`Came`); one that was lost has left its journal.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from graphql_brief.log.port import (
    AppendResult,
    DatabaseError,
    EventLog,
    OutcomeUnknown,
    StaleVersion,
)
from graphql_brief.log.postgres_errors import ConnectionLost
from tests.faults import journal
from tests.faults.journal import Asked, Journal
from tests.faults.store_postgres import PostgresStore
from tests.faults.stores import store_of
from tests.faults.vfs import NEVER, Shim, Strike
from tests.faults.wire import Wire

STREAMS = 8
"""Briefs that callers write, so few that they get in each other's way."""
AWAY_S = 30.0
"""How long callers ask again while the server is away."""

_Given = TypeVar("_Given")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is to do, and what is to happen to it."""

    work: str
    """A name in `WORK`."""
    url: str
    journal: str
    """Appended to; what it holds of lost processes is asked for again."""
    seed: int
    """One that no other plan of the journal has: commands are named after it."""
    callers: int = 4
    commands: int = 5
    """How many each caller asks for."""
    strike: Strike = NEVER
    again: bool = True
    """Whether it asks again for what the journal leaves unanswered."""
    trace: str | None = None
    """Where the record of what was done to the files goes."""
    broken: str | None = None
    """A name in `BREAKS`: a defect to work with."""


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A process came to its end."""

    operations: int
    """How many could have been struck."""
    struck: bool
    failed: int
    """Appends that raised."""
    error: str | None
    """Why the database could not be used."""
    wrong: list[str]
    """What it met that must not be, whatever happens."""


class Worker:
    """One process at its work."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = random.Random(plan.seed)
        self.store = store_of(plan.url)
        self.shim: Shim | Wire
        if isinstance(self.store, PostgresStore):
            self.shim = Wire(plan.strike)
        else:
            self.shim = Shim(plan.strike, recording=plan.trace is not None)
        self.journal = Journal(Path(plan.journal), self.shim.mark)
        self.failed = 0
        self.struck = False
        """Whether the work itself has met its fault."""
        self.wrong: list[str] = []
        lines = journal.read(Path(plan.journal)) if plan.again else []
        self._left = journal.under_way(lines)
        self._numbers = count(1)
        self._versions: dict[str, int] = {}
        self._done: list[Asked] = []

    async def ask(self, log: EventLog, asked: Asked) -> AppendResult | None:
        """Ask for an append, and write down both the question and the answer.

        Where the server is away: again, until there is an answer, if it was asked under a key.
        """
        self.journal.write(asked)
        append = partial(log.append, journal.request_of(asked))
        try:
            result = await (append() if asked.key is None else self.insist(append))
        except (sa.exc.DBAPIError, DatabaseError, OutcomeUnknown):
            self.failed += 1  # nobody knows whether it is in the log: no line
            return None
        self.journal.write(journal.answered(asked.command, result))
        if isinstance(result, StaleVersion):
            self._versions[asked.stream] = result.current_version
        elif (last := getattr(result, "last_version", None)) is not None:
            self._versions[asked.stream] = max(last, self._versions.get(asked.stream, 0))
            self._done.append(asked)
        return result

    async def insist(self, action: Callable[[], Awaitable[_Given]]) -> _Given:
        """Do what can be repeated, until the server is there for it."""
        async with asyncio.timeout(AWAY_S):
            while True:
                try:
                    return await action()
                except (ConnectionLost, OutcomeUnknown):
                    self.struck = True
                    await asyncio.sleep(0.02)

    async def begin(self, log: EventLog) -> None:
        """See where the streams are, and ask again what lost processes asked for under a key: the
        log knows whether it has it."""
        for number in range(STREAMS):
            stream = f"brief-{number}"
            self._versions[stream] = await self.insist(partial(log.version_at, stream, 2**53))
        for asked in self._left:
            if asked.key is not None:
                await self.ask(log, asked)

    async def call(self, log: EventLog) -> None:
        """One caller's commands, one after the other."""
        for _ in range(self.plan.commands):
            await self.ask(log, self.another())

    def next_command(self) -> str:
        """A name that no other command has."""
        return f"c{self.plan.seed}-{next(self._numbers)}"

    def another(self) -> Asked:
        """A command: mostly one that is right, some that must be refused or repeated."""
        way = self.rng.random()
        if way < 0.05 and self._done:
            repeated = self.rng.choice(self._done)
            if repeated.key is not None:
                return repeated
        command = self.next_command()
        stream = f"brief-{self.rng.randrange(STREAMS)}"
        version = self._versions.get(stream, 0)
        events: list[tuple[str, dict[str, Any]]] = []
        if version == 0:
            told = {"slug": stream, "headline": "h", "standfirst": "s", "language": "en"}
            events.append(("BriefDrafted", told))
        if way < 0.1:  # a slug that another brief holds, or may hold
            events.append(("SlugChanged", {"slug": f"brief-{self.rng.randrange(STREAMS)}-x"}))
        elif way < 0.15:
            version += 7
        elif way < 0.2 and events == []:
            return Asked(command, stream, version, command, [])
        for number in range(self.rng.randrange(1, 4)):
            text = self.rng.randbytes(self.rng.choice((20, 200, 2_000))).hex()
            events.append(("ParagraphAdded", {"key": f"{command}-{number}", "text": text}))
        return Asked(command, stream, version, self.rng.choice((command, None)), events)
