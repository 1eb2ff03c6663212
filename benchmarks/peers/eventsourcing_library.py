"""The `eventsourcing` library, used as its documentation shows: an Application and an Aggregate.

An event is triggered on an aggregate and saved with `Application.save`, one event a save. Its
members are those of our event, as plain values; the library writes them as JSON, with the time
and the version. Read back, they are domain events of the library's own class with a dict inside,
which is less work than our typed objects.
"""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.sqlite import SQLiteDatastore

from benchmarks.content import history, members
from graphql_brief.domain.events import Event

_PAGE = 1_000


class LibraryBrief(Aggregate):
    """A brief as an aggregate of the library, which keeps the last content of each item."""

    class Edited(Aggregate.Event):
        """One of our events."""

        kind: str
        content: dict[str, Any]

        def apply(self, aggregate: "LibraryBrief") -> None:  # type: ignore[override]
            """Change the aggregate: less than our fold does, which keeps typed items in order."""
            aggregate.items[self.kind, self.content.get("key")] = self.content

    def __init__(self) -> None:
        self.items: dict[tuple[str, str | None], dict[str, Any]] = {}

    def edit(self, event: Event) -> None:
        """Have something happen."""
        self.trigger_event(self.Edited, kind=type(event).__name__, content=members(event))


class Library:
    """An application of the library, on one of its recorders."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.application: Application[UUID] = Application(env=environment)

    @classmethod
    def sqlite(cls, path: Path) -> "Library":
        """On its recorder for SQLite, with its own settings."""
        return cls({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})

    @classmethod
    def postgres(cls, url: str) -> "Library":
        """On its recorder for PostgreSQL, with its own settings."""
        named = urlsplit(url)
        return cls(
            {
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": named.path.removeprefix("/"),
                "POSTGRES_HOST": named.hostname or "",
                "POSTGRES_PORT": str(named.port),
                "POSTGRES_USER": named.username or "",
                "POSTGRES_PASSWORD": named.password or "none",
            }
        )

    def durability(self) -> str:
        """The settings of a connection from its pool."""
        datastore = self.application.recorder.datastore  # type: ignore[attr-defined]
        if isinstance(datastore, PostgresDatastore):
            with datastore.get_connection() as connection:
                names = ("fsync", "synchronous_commit")
                rows = [connection.execute(f"SHOW {name}").fetchone() or {} for name in names]
            return " ".join(f"{n}={r[n]}" for n, r in zip(names, rows, strict=True))
        assert isinstance(datastore, SQLiteDatastore)
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            cursor.execute("PRAGMA synchronous")
            level = cursor.fetchone()[0]
        return f"journal_mode={mode} synchronous={level}"

    def begin(self) -> LibraryBrief:
        """A new brief, saved."""
        brief = LibraryBrief()
        self.application.save(brief)
        return brief

    def append(self, brief: LibraryBrief, event: Event) -> None:
        """One event, durable."""
        brief.edit(event)
        self.application.save(brief)

    def fill(self, *, briefs: int, events_each: int) -> UUID:
        """Write whole briefs; gives the id of one."""
        brief = LibraryBrief()
        for number in range(briefs):
            brief = LibraryBrief()
            # The event that creates it is one of them.
            for event in islice(history(f"slug-{number}"), events_each - 1):
                brief.edit(event)
            self.application.save(brief)
        return brief.id

    def read_stream(self, brief: UUID) -> int:
        """The domain events of one brief; gives their number."""
        return len(list(self.application.events.get(brief)))

    def fold_stream(self, brief: UUID) -> int:
        """The aggregate, from all of its events; gives their number."""
        found: LibraryBrief = self.application.repository.get(brief)
        return found.version

    def read_all(self) -> int:
        """The domain events of all briefs, page by page; gives their number."""
        recorder, mapper = self.application.recorder, self.application.mapper
        position = count = 0
        while page := recorder.select_notifications(start=position + 1, limit=_PAGE):
            events = [mapper.to_domain_event(stored) for stored in page]
            count += len(events)
            position = page[-1].id
        return count

    def close(self) -> None:
        """Close its connections."""
        self.application.close()
