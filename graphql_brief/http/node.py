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
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_node(
    path: Path,
    *,
    create: bool = True,
    clock: Callable[[], datetime] = utc_now,
    entropy: Callable[[int], bytes] = os.urandom,
    origin: str | None = None,
) -> AsyncIterator[Node]:
    """A node on the database in `path`, with its read models caught up.

    Raises log.database.DatabaseError if the database cannot be used.
    """
    database = await Database.open(path, create=create)
    try:
        log = await SqliteLog.open(database, clock=clock, entropy=entropy, origin=origin)
        tail = Tail(log)
        await tail.start()
        states = States(log, tail, Snapshots(database))
        projector = Projector(database, log, tail, states)
        await projector.start()
        try:
            node = Node(
                log=log,
                tail=tail,
                states=states,
                catalogue=Catalogue(database, tail, projector),
                projector=projector,
                desk=Desk(log, states),
                live=LiveSources(log, tail, states),
            )
            tail.listen(node.views.hear)
            yield node
        finally:
            tail.close()
            await projector.stop()
            await log.close()
    finally:
        await database.close()
