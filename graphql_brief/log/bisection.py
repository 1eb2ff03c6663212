"""Places in the log that are found by halving: the last event up to a position, or up to a time.

Within a stream versions and positions rise together, and within the log positions and times. So
the keys by which an event is found at its version, or at its position, find these as well, in a
few steps of one statement. An index for each would answer in one, and every append would pay for
it: for that of streams and positions with a page for each stream that a commit appends to.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, bindparam

from graphql_brief.log.tables import log_event, log_head, log_stream

_at = log_event.alias("at")
_BEGINNING = sa.cast(0, BigInteger).label("low")


def _halved(
    whole: sa.Select[Any], place: sa.Column[int], is_before: sa.ColumnElement[bool]
) -> sa.CTE:
    """The rows (name, low, high) of `whole`, and ever narrower ones of the same name.

    What is sought is the last place that is before something; in each row it lies at `low` or
    behind, and at `high` or before. An event that is missing ends the search for it.
    """
    half = whole.cte("half", recursive=True)
    here = place == (half.c.low + half.c.high + 1) // 2
    if place is _at.c.version:
        here &= _at.c.stream == half.c.name
    return half.union_all(
        sa.select(
            half.c.name,
            sa.case((is_before, place), else_=half.c.low),
            sa.case((is_before, half.c.high), else_=place - 1),
        )
        .join_from(half, _at, here)
        .where(half.c.low < half.c.high)
    )


def _narrowest(half: sa.CTE) -> sa.Select[Any]:
    return sa.select(sa.func.max(half.c.low), sa.func.min(half.c.high))


_STREAMS = sa.select(
    log_stream.c.stream.label("name"), _BEGINNING, log_stream.c.version.label("high")
)
_LOG = sa.select(log_head.c.origin.label("name"), _BEGINNING, log_head.c.position.label("high"))

SELECT_VERSION_AT = _narrowest(
    _halved(
        _STREAMS.where(log_stream.c.stream == bindparam("stream")),
        _at.c.version,
        _at.c.position <= bindparam("position"),
    )
)
"""Between which versions the last one of `stream` up to `position` lies: one, unless an event is
missing. No numbers if there is no such stream."""

SELECT_POSITION_AT = _narrowest(
    _halved(_LOG, _at.c.position, _at.c.recorded_at <= bindparam("time"))
)
"""The same, of the last position up to `time`."""


def positions_of(streams: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The first `limit` positions after `after` in the streams that meet a condition."""
    half = _halved(
        _STREAMS.where(streams, log_stream.c.position > bindparam("after")),
        _at.c.version,
        _at.c.position <= bindparam("after"),
    )
    begins = sa.select(half.c.name, sa.func.max(half.c.low).label("low")).group_by(half.c.name)
    before = begins.subquery("before")
    follows = sa.and_(log_event.c.stream == before.c.name, log_event.c.version > before.c.low)
    return (
        sa.select(log_event.c.position)
        .join_from(before, log_event, follows)
        .where(log_event.c.position > bindparam("after"))
        .order_by(log_event.c.position)
        .limit(bindparam("limit"))
    )
