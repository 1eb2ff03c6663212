"""A newsroom for these tests: a log on a real database, what follows it, and a hand that writes."""

import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import EntityKind, Significance
from graphql_brief.log.database import Database
from graphql_brief.log.port import Append, Appended, EventLog, Recorded, Stamped
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.tail import Tail
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.store import ReadModelFile, Store, delete
from graphql_brief.projections.tables import NAMES, SEARCHES

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
T = TypeVar("T")

TIMEOUT_S = 10
"""Long enough for the slowest machine; reached only by a test that fails."""


class Clock:
    """Starts at START and goes on by a minute at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


class Writer:
    """Appends commits to a log, one command each, counting versions and commands by itself."""

    def __init__(self, log: EventLog, first_command: int = 1) -> None:
        self._log = log
        self._commands = count(first_command)
        self.versions: dict[str, int] = {}

    async def record(
        self,
        stream: str,
        *events: ev.Event,
        significance: Significance = Significance.SUBSTANTIVE,
        note: str | None = None,
        actor: str = "editor",
    ) -> Appended:
        """Append events as one command."""
        command = f"command-{next(self._commands)}"
        result = await self._log.append(
            Append(
                stream=stream,
                expected_version=self.versions.get(stream, 0),
                events=events,
                actor=actor,
                significance=significance,
                change_note=note,
                command_id=command,
                correlation_id=command,
            )
        )
        assert isinstance(result, Appended)
        self.versions[stream] = result.last_version
        return result

    async def draft(self, brief: str, **fields: Any) -> Appended:
        """Begin a brief; its slug is its id unless said."""
        drafted = {"slug": brief, "headline": "A port", "standfirst": "Still.", "language": "en"}
        return await self.record(brief, ev.BriefDrafted(**(drafted | fields)))

    async def publish(self, brief: str, **fields: Any) -> Appended:
        """Begin a brief and show it to readers."""
        await self.draft(brief, **fields)
        return await self.record(brief, ev.BriefPublished())

    async def register(self, entity: str, name: str) -> Appended:
        """Make a person known."""
        return await self.record(
            entity, ev.EntityRegistered(kind=EntityKind.PERSON, name=name, initials="X")
        )

    async def involve(self, brief: str, *entities: str) -> Appended:
        """Give persons a part in a brief."""
        return await self.record(
            brief,
            *(
                ev.EntityInvolved(
                    key=entity.removeprefix("entity-"), entity=entity, kind=EntityKind.PERSON
                )
                for entity in entities
            ),
        )


class Newsroom(NamedTuple):
    """The running parts over one database."""

    database: Database
    store: Store
    log: SqliteLog
    tail: Tail
    states: States
    projector: Projector
    catalogue: Catalogue
    write: Writer

    async def caught_up(self) -> None:
        """Wait until the read models hold the whole log."""
        await self.projector.wait(self.tail.position)


@asynccontextmanager
async def newsroom(path: Path, *, start: bool = True, **options: Any) -> AsyncIterator[Newsroom]:
    """A newsroom on the database in `path`, made if missing; `options` are the projector's."""
    database = await Database.open(path, create=True)
    log = await SqliteLog.open(
        database, clock=Clock(), entropy=random.Random().randbytes, origin="graphql-brief/test"
    )
    events = await log.read(after=0, limit=10_000)
    tail = Tail(log)
    await tail.start()
    store = await Store.open([path.with_suffix(".read-models")], MADE_BY)
    states = States(log, tail, Snapshots(store))
    projector = Projector(store, log, tail, states, **options)
    catalogue = Catalogue(store, tail, projector)
    write = Writer(log, first_command=len(events) + 1)
    for event in events:
        write.versions[event.stream] = event.version
    if start:
        await projector.start()
    yield Newsroom(database, store, log, tail, states, projector, catalogue, write)
    tail.close()
    await projector.stop()
    await store.close()
    await log.close()
    await database.close()


class CountingLog:
    """A log that counts what is asked of it about streams, and the events that it gave."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.asked = 0
        self.events = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def read_stream(self, stream: str, **bounds: Any) -> list[Recorded]:
        """As the log does, counted."""
        return self._counted(await self._log.read_stream(stream, **bounds))

    async def read_stamped(
        self, stream: str, take: Callable[[Iterable[Stamped]], T], **bounds: Any
    ) -> T:
        """As the log does, counted."""
        return take(self._counted(await self._log.read_stamped(stream, list, **bounds)))

    def _counted(self, found: list[T]) -> list[T]:
        self.asked += 1
        self.events += len(found)
        return found

    async def version_at(self, stream: str, position: int) -> int:
        """As the log does, counted."""
        self.asked += 1
        return await self._log.version_at(stream, position)


Dump = dict[str, list[tuple[Any, ...]]]


async def rebuilt(room: Newsroom, **options: Any) -> Dump:
    """Every row of read models made anew, which the room does not change over to."""
    done = await rebuild(room.store.folder, room.log, **options)
    file = await ReadModelFile.open(done.path, create=False)
    found = await dump(file)
    await file.close()
    delete(done.path)
    return found


async def dump(file: ReadModelFile) -> Dump:
    """Every row of every read model, in order.

    Of a full-text index: its rows, the sizes it keeps and every word with its places, but not
    the pages of its b-tree, whose cut follows from how often it was written and shows nowhere.
    """
    found: Dump = {}

    def read(connection: sa.Connection) -> None:
        for search in SEARCHES:
            connection.execute(sa.text(f"DROP TABLE IF EXISTS temp.words_{search}"))
            connection.execute(
                sa.text(
                    f"CREATE VIRTUAL TABLE temp.words_{search}"
                    f" USING fts5vocab('main', '{search}', 'instance')"
                )
            )
            connection.execute(
                sa.text(f"INSERT INTO {search} ({search}) VALUES ('integrity-check')")
            )
        hidden = {f"{search}{part}" for search in SEARCHES for part in ("_data", "_idx")}
        words = {f"temp.words_{search}" for search in SEARCHES}
        for table in sorted(NAMES - hidden | words):
            found[table] = _rows(connection, table)

    await file.write(read)
    return found


def _rows(connection: sa.Connection, table: str) -> list[tuple[Any, ...]]:
    rowid = "rowid, " if table in SEARCHES else ""
    rows = connection.execute(sa.text(f"SELECT {rowid}* FROM {table}"))
    return sorted((tuple(row) for row in rows), key=repr)


async def record_all(write: Writer, commits: Sequence[tuple[str, tuple[ev.Event, ...]]]) -> None:
    """Append commits of (stream, events) one after the other."""
    for place, (stream, events) in enumerate(commits):
        significance = list(Significance)[place % len(Significance)]
        await write.record(stream, *events, significance=significance, note=f"note {place}")
