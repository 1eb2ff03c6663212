"""Wiring: from a database to a running node, and back down in order."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from graphql_brief.api.context import Node
from graphql_brief.api.desk import Desk
from graphql_brief.live.sources import LiveSources
from graphql_brief.log.database import Database
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.tail import Tail
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.store import Store


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def read_models_of(path: Path) -> Path:
    """The folder of the read models beside a log."""
    return path.with_suffix(".read-models")


@asynccontextmanager
async def open_node(
    path: Path,
    *,
    create: bool = True,
    clock: Callable[[], datetime] = utc_now,
    entropy: Callable[[int], bytes] = os.urandom,
    origin: str | None = None,
    read_models: Path | None = None,
) -> AsyncIterator[Node]:
    """A node on the log in `path`, with its read models caught up.

    They are in the folder `read_models`, by default one beside the log. Raises DatabaseError if
    the one or the other cannot be used.
    """
    database = await Database.open(path, create=create)
    try:
        log = await SqliteLog.open(database, clock=clock, entropy=entropy, origin=origin)
        tail = Tail(log)
        await tail.start()
        store = await Store.open(read_models or read_models_of(path), MADE_BY)
        states = States(log, tail, Snapshots(store))
        projector = Projector(store, log, tail, states)
        try:
            await projector.start()
            yield Node(
                log=log,
                tail=tail,
                states=states,
                catalogue=Catalogue(store, tail, projector),
                projector=projector,
                desk=Desk(log, states),
                live=LiveSources(log, tail, states),
            )
        finally:
            tail.close()
            await projector.stop()
            await store.close()
            await log.close()
    finally:
        await database.close()
