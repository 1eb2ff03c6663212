"""Bodies deleted in SQL, within the append's transaction, and who deleted them: see `erasing`.

Erasures are rare: their statements are not made for many.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.domain.events import BodyErased
from graphql_brief.log.envelope import decode_header
from graphql_brief.log.erasing import FORGOTTEN, Eraser, check_erasable
from graphql_brief.log.port import LogBroken, Recorded
from graphql_brief.log.recording import Prepared
from graphql_brief.log.tables import log_body, log_command, log_erasure, log_event

_SELECT_ERASABLE = (
    sa.select(
        log_event.c.stream,
        log_event.c.version,
        log_event.c.position,
        log_event.c.type,
        log_event.c.header,
        log_body.c.position.is_not(None).label("has_body"),
    )
    .select_from(log_event.outerjoin(log_body))
    .where(
        sa.tuple_(log_event.c.stream, log_event.c.version).in_(bindparam("places", expanding=True))
    )
)
_DELETE_BODIES = log_body.delete().where(
    log_body.c.position.in_(bindparam("positions", expanding=True))
)
_FORGET_DIGEST = (
    log_command.update()
    .where(
        log_command.c.actor == bindparam("of_actor"),
        log_command.c.first_position <= bindparam("of"),
        log_command.c.last_position >= bindparam("of"),
    )
    .values(digest=FORGOTTEN)
)
_SELECT_ERASER = (
    sa.select(log_event.c.schema, log_body.c.body)
    .select_from(log_erasure)
    .join(log_event, log_event.c.position == log_erasure.c.erased_by)
    .join(log_body, log_body.c.position == log_erasure.c.erased_by)
    .where(log_erasure.c.position == bindparam("position"))
)
_SELECT_ERASERS = (
    sa.select(log_erasure.c.position, log_event.c.schema, log_body.c.body)
    .join(log_event, log_event.c.position == log_erasure.c.erased_by)
    .join(log_body, log_body.c.position == log_erasure.c.erased_by)
    .where(log_erasure.c.position.in_(bindparam("positions", expanding=True)))
)
SELECT_ERASED_VERSIONS = (
    sa.select(log_event.c.version)
    .join(log_erasure, log_erasure.c.position == log_event.c.position)
    .where(log_event.c.stream == bindparam("stream"))
)


class _Erasable(NamedTuple):
    """An event whose body may be erased, as the log holds it."""

    position: int
    type: str
    actor: str
    has_body: bool


class _Erasure(NamedTuple):
    """A body that goes, and the event that says so."""

    position: int
    actor: str
    erased_by: int


class Erasures:
    """What a batch of appends erases. One without erasures costs no statement."""

    def __init__(self, connection: Connection, batch: Iterable[Prepared]) -> None:
        """Read what the log holds of the events whose bodies the batch erases."""
        places = {
            (prepared.request.stream, by.version) for prepared in batch for by in prepared.erases
        }
        self._found: dict[tuple[str, int], _Erasable] = {}
        self._any = bool(places)
        self._made: list[_Erasure] = []
        if places:
            for row in connection.execute(_SELECT_ERASABLE, {"places": sorted(places)}):
                self._found[row.stream, row.version] = _Erasable(
                    row.position,
                    row.type,
                    decode_header(row.header).actor,
                    has_body=bool(row.has_body),
                )

    def check(self, prepared: Prepared) -> None:
        """Raises ValueError if a request erases what it may not."""
        stream = prepared.request.stream
        for by in prepared.erases:
            found = self._found.get((stream, by.version))
            check_erasable(
                stream,
                by.version,
                found.type if found else None,
                has_body=found is not None and found.has_body,
            )

    def note(self, recorded: Sequence[Recorded]) -> list[int]:
        """Take up what an accepted request recorded; gives the positions of what it erases."""
        if not self._any:
            return []
        before = len(self._made)
        for event in recorded:
            # An event of this very batch can be erased by a request behind it.
            self._found[event.stream, event.version] = _Erasable(
                event.position, event.type, event.actor, has_body=True
            )
            if isinstance(event.event, BodyErased):
                place = (event.stream, event.event.version)
                erased = self._found[place]
                self._found[place] = erased._replace(has_body=False)
                self._made.append(_Erasure(erased.position, erased.actor, event.position))
        return [erasure.position for erasure in self._made[before:]]

    def write(self, connection: Connection) -> None:
        """Delete the bodies with their salts. Everything of the batch is written before."""
        if not self._made:
            return
        noted = [
            {"position": erasure.position, "erased_by": erasure.erased_by} for erasure in self._made
        ]
        # First: the triggers let only what is noted be deleted.
        self._exactly(connection.execute(log_erasure.insert().values(noted)))
        positions = [erasure.position for erasure in self._made]
        self._exactly(connection.execute(_DELETE_BODIES, {"positions": positions}))
        for erasure in self._made:
            # There is no such row if the command had no idempotency key.
            connection.execute(_FORGET_DIGEST, {"of": erasure.position, "of_actor": erasure.actor})

    def _exactly(self, result: sa.CursorResult[Any]) -> None:
        if result.rowcount != len(self._made):
            raise LogBroken(f"{result.rowcount} rows of erasures, not {len(self._made)}")


def eraser_of(
    query: Callable[[sa.Select[Any], Mapping[str, Any]], Iterable[Any]], position: int
) -> Eraser | None:
    """What erased the body of the event at a position; None if nothing did."""
    found = [Eraser(*row) for row in query(_SELECT_ERASER, {"position": position})]
    return found[0] if found else None


async def erasers_of(connection: AsyncConnection, positions: Sequence[int]) -> dict[int, Eraser]:
    """By position, what erased the bodies of the events there."""
    found = await connection.execute(_SELECT_ERASERS, {"positions": positions})
    return {row.position: Eraser(row.schema, row.body) for row in found}
