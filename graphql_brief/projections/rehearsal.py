"""Whether the read models can go on: the next events folded, and nothing written."""

from collections.abc import Sequence

from graphql_brief.domain.evolve import CannotEvolve, evolve
from graphql_brief.domain.states import State
from graphql_brief.log.port import EventLog, LogBroken, Recorded
from graphql_brief.log.sound import read_sound
from graphql_brief.projections.folding import Versions
from graphql_brief.projections.replay import PAGE_EVENTS, Halt, ProjectionHalted


async def rehearse(
    log: EventLog, versions: Versions, after: int, *, limit: int = PAGE_EVENTS
) -> int:
    """How many of the events behind a checkpoint, at most `limit`, could be applied.

    Raises ProjectionHalted at the first that cannot be, as a replay would halt there.
    """
    states: dict[str, State | None] = {}
    recorded, unread = await _read(log, after, limit)
    for found in recorded:
        try:
            if found.version > 1 and found.stream not in states:
                states[found.stream] = await versions.at_version(found.stream, found.version - 1)
            before = states.get(found.stream)
            states[found.stream] = evolve(before, found.stream, found.event, found.stamp)
        except (CannotEvolve, LogBroken) as error:
            raise ProjectionHalted(Halt(found.position, found.type, str(error))) from error
    if unread is not None:
        raise ProjectionHalted(unread)
    return len(recorded)


async def _read(log: EventLog, after: int, limit: int) -> tuple[Sequence[Recorded], Halt | None]:
    """The next events; a Halt if right after them comes one that cannot be read."""
    found: list[Recorded] = []
    while len(found) < limit:
        page = await read_sound(log.read, after=after + len(found), limit=limit - len(found))
        if page.broken is not None:
            return found, Halt(*page.broken)
        found += page.events
        if not page.full:
            break
    return found, None
