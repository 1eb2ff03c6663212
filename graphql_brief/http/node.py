"""Wiring: from a database to a running node, and back down in order."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from graphql_brief.api.context import Node
from graphql_brief.api.desk import Desk
from graphql_brief.live.sources import LiveSources
from graphql_brief.log.erasure_list import keep_list
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import Clock, Entropy
from graphql_brief.log.tail import Tail
from graphql_brief.projections.catalogue import Catalogue
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.runner import Projector
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.store import open_store


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_node(
    url: str,
    read_models: Sequence[Path],
    erasures: Path | None = None,
    *,
    create: bool = True,
    clock: Clock = utc_now,
    entropy: Entropy = os.urandom,
    origin: str | None = None,
) -> AsyncIterator[Node]:
    """A node on the log at `url`, with its read models caught up.

    They are in the first of the folders `read_models` that no other process has. `erasures` is the
    file in which it keeps the list of what was erased. Raises DatabaseError, and
    ErasureListError, if one of them cannot be used.
    """
    async with (
        open_log(url, clock=clock, create=create, entropy=entropy, origin=origin) as log,
        open_store(read_models, MADE_BY) as store,
        keep_list(log, url, erasures) if erasures is not None else nullcontext(),
    ):
        tail = Tail(log)
        await tail.start()
        states = States(log, tail, Snapshots(store))
        projector = Projector(store, log, tail, states)
        try:
            await projector.start()
            node = Node(
                log=log,
                tail=tail,
                states=states,
                catalogue=Catalogue(store, tail, projector),
                projector=projector,
                desk=Desk(log, states),
                live=LiveSources(log, tail, states),
            )
            tail.listen(node.views.hear)
            yield node
        finally:
            tail.close()
            await projector.stop()
