"""Whether the read models can go on: the next events folded, and nothing written."""

from collections.abc import Sequence

from graphql_brief.domain.evolve import CannotEvolve, evolve
from graphql_brief.domain.states import State
from graphql_brief.log.port import EventLog, LogBroken, Recorded
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
    halved = False
    while True:
        try:
            recorded = await log.read(after=after, limit=limit)
        except LogBroken as error:
            if limit == 1:
                return [], Halt(after + 1, None, str(error))
            limit //= 2  # the sound ones before it are to be had in smaller pages
            halved = True
            continue
        if not halved or not recorded:
            return recorded, None
        rest, halt = await _read(log, recorded[-1].position, limit)
        return [*recorded, *rest], halt
