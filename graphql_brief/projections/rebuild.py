"""All read models made anew from the log, offline."""

from collections.abc import Callable

from graphql_brief.log.database import Database
from graphql_brief.log.port import EventLog
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.replay import PAGE_EVENTS, Replay
from graphql_brief.projections.snapshots import Snapshots


async def rebuild(
    database: Database,
    log: EventLog,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    page_events: int = PAGE_EVENTS,
) -> None:
    """Drop every table named rm_*, also of other versions, and fill new ones from the log.

    `progress` is told how many events are done, of how many. Cut off, it goes on at the next
    start. No projector may run meanwhile: it would find its checkpoint moved, and halt. Raises
    ProjectionHalted if an event cannot be applied.
    """
    total = (await log.head()).position
    replay = Replay(database, log, Folds(log, Snapshots(database)), page_events=page_events)
    await replay.reset()
    progress(0, total)
    while await replay.step():
        progress(replay.position, total)
