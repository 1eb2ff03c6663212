"""Events from what was stored of them: every adapter's share of reading. Pure.

Nearly every row is sound and of the newest schema version. These loops see whether it is; any other
row goes to `_revived`, which brings it up, or says what is wrong with it. What they look at is
written out in both: a call for each row is felt where a whole stream is replayed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from graphql_brief.domain.events import Event
from graphql_brief.domain.states import Stamp
from graphql_brief.log import codec
from graphql_brief.log.canonical import UNREADABLE
from graphql_brief.log.codec import NEWEST, SCHEMA_VERSIONS
from graphql_brief.log.envelope import (
    FORMAT,
    Header,
    Told,
    decode_header,
    decode_told,
    header_of,
    parse_time,
)
from graphql_brief.log.erasing import Eraser, revive_erased
from graphql_brief.log.port import LogBroken, Recorded, Stamped

Rows = Iterable[Sequence[Any]]
EraserOf = Callable[[int], Eraser | None]
"""What erased the body of the event at a position; None if nothing did."""

_H = TypeVar("_H", Header, Told)


class _Usual(Told, frozen=True, kw_only=True, gc=False):
    """What `Told` tells, of a header of this format and of a known type; no other decodes to it.

    The types are those very strings, not copies: what is kept under one is found sooner.
    """

    format: Literal[FORMAT]  # type: ignore[valid-type]
    type: Literal[tuple(NEWEST)]  # type: ignore[valid-type]


_usual_of = msgspec.json.Decoder(_Usual).decode
_NOWHEN = parse_time("1970-01-01T00:00:00.000000Z")


def events_of(rows: Rows, eraser_of: EraserOf) -> Iterator[Recorded]:
    """Events, from position, header, leaf hash, salt and body of each.

    Raises LogBroken for what cannot be understood.
    """
    text, time = "", _NOWHEN
    for position, header, leaf, salt, body in rows:
        try:
            read = header_of(header)
            if (
                body is None
                or read.position != position
                or SCHEMA_VERSIONS.get(read.type) != read.schema
                or read.format != FORMAT
            ):
                read, event, note = _revived(decode_header, position, header, body, eraser_of)
            else:
                content = NEWEST[read.type](body)
                event, note = content.event, content.change_note
        except UNREADABLE:
            read, event, note = _revived(decode_header, position, header, body, eraser_of)
        if read.recorded_at != text:
            text, time = read.recorded_at, parse_time(read.recorded_at)
        yield Recorded(  # by place: to name so many costs more than to decode the body
            position,
            read.stream,
            read.version,
            read.event_id,
            read.type,
            read.schema,
            event,
            None if note is UNSET else note,
            read.actor,
            time,
            read.significance,
            read.command_id,
            read.correlation_id,
            read.causation_id,
            header,
            body,
            salt,
            leaf,
        )


def stamped_of(rows: Rows, eraser_of: EraserOf, stream: str, after: int) -> Iterator[Stamped]:
    """What a fold needs of the events that follow a version of a stream.

    From position, header and body of each. Raises LogBroken for what cannot be understood, and
    where a version is missing.
    """
    text, time = "", _NOWHEN
    for version, (position, header, body) in enumerate(rows, after + 1):
        try:
            read: Told = _usual_of(header)
            if (
                body is None
                or read.position != position
                or SCHEMA_VERSIONS[read.type] != read.schema
            ):
                read, event, _ = _revived(decode_told, position, header, body, eraser_of)
            else:
                event = NEWEST[read.type](body).event
        except UNREADABLE:
            read, event, _ = _revived(decode_told, position, header, body, eraser_of)
        if read.version != version:
            raise LogBroken(f"version of {stream} {version} is missing")
        if read.recorded_at != text:
            text, time = read.recorded_at, parse_time(read.recorded_at)
        stamp = Stamp(version=version, position=position, at=time, significance=read.significance)
        yield event, stamp


def _revived(
    decode: Callable[[bytes], _H],
    position: int,
    header: bytes,
    body: bytes | None,
    eraser_of: EraserOf,
) -> tuple[_H, Event, str | UnsetType | None]:
    """The header of any row, and its event and change note."""
    read = decode(header)
    if read.position != position:
        raise LogBroken(f"position {position} holds the header of {read.position}")
    note = None
    try:
        if body is None:
            event: Event = revive_erased(read, eraser_of(position))
        else:
            event, note = codec.decode(read.type, read.schema, body)
    except codec.UnknownEvent as error:
        raise error.at(position) from error
    except codec.CorruptBody as error:
        raise codec.CorruptBody(f"position {position}: {error}") from error
    return read, event, note
