"""What is hashed: a header for each event, and its commitment to the body.

header     = canonical JSON, stored as bytes, never written anew to verify it
body       = canonical JSON, stored apart with a salt; it can be erased, the header cannot
commitment = SHA-256(salt || body), in the header; the salt keeps an erased body from being
             confirmed by guessing
leaf hash  = SHA-256(0x00 || header), as in RFC 9162; each header holds its stream's last one
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log import canonical
from graphql_brief.log.canonical import UNREADABLE
from graphql_brief.log.port import Head, LogBroken

FORMAT = 1
"""Version of the envelope."""
HEADER_BOUND = 65_535
"""A header has fewer bytes than this, so that it is an entry of a C2SP tile log."""
SALT_BYTES = 16
ID_BYTES = 16


class Header(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    gc=False,  # see `domain.items.Group`
):
    """The part of a stored event that is hashed and kept for ever.

    Members are declared in the order of their names, which is that of the canonical form.
    """

    actor: str
    causation_id: str | None
    command_id: str
    commitment: str
    """Hex."""
    correlation_id: str
    event_id: str
    """32 hex digits: its time (`time_of_id`), and random ones."""
    format: int = FORMAT
    origin: str
    """The log's id: a header fits no other log."""
    position: int
    previous: str | None
    """Hex leaf hash of the stream's event before this one; None: this is its first."""
    recorded_at: str
    """As `time_text` writes it."""
    schema: int
    significance: Significance
    stream: str
    type: str
    version: int


class Told(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """What a header tells those who fold; its other members are passed over, not checked.

    In the order of a header's bytes, which is the one that they are found in soonest.
    """

    format: int
    position: int
    recorded_at: str
    schema: int
    significance: Significance
    type: str
    version: int


_H = TypeVar("_H", Header, Told)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

header_of = msgspec.json.Decoder(Header).decode
"""The header that bytes hold, of whatever format; raises what is `UNREADABLE`."""
_told_of = msgspec.json.Decoder(Told).decode
# The hours are told apart because some versions of Python read 24:00 as the next day's 00:00.
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d\.\d{6}Z", re.ASCII)


def encode_header(header: Header) -> bytes:
    """A header's bytes.

    Raises ValueError if they are too many, and for an integer or a lone surrogate that is not of
    the canonical form.
    """
    raw = canonical.encode_flat(
        header, header.format, header.position, header.schema, header.version
    )
    if len(raw) >= HEADER_BOUND:
        raise ValueError(f"a header of {len(raw)} bytes; it must have fewer than {HEADER_BOUND}")
    return raw


def decode_header(raw: bytes) -> Header:
    """The header that `raw` holds. Raises LogBroken if it holds none of this format.

    The bytes are taken as they are; whether they are canonical is for an audit to check.
    """
    return _decoded(header_of, raw)


def decode_told(raw: bytes) -> Told:
    """What `raw` tells those who fold, of whose cost a header is a large part.

    Raises LogBroken as `decode_header` does, but for faults of the members that are passed over.
    """
    return _decoded(_told_of, raw)


def _decoded(decode: Callable[[bytes], _H], raw: bytes) -> _H:
    try:
        header = decode(raw)
    except UNREADABLE as error:
        raise LogBroken(f"bytes that are no header: {error}") from error
    if header.format != FORMAT:
        raise LogBroken(f"a header of format {header.format}; this code reads {FORMAT}")
    return header


def commitment(salt: bytes, body: bytes) -> str:
    """What a header says of its body: hex SHA-256(salt || body)."""
    return hashlib.sha256(salt + body).hexdigest()


def leaf_hash(header: bytes) -> bytes:
    """An event's hash as a leaf of the log's tree: SHA-256(0x00 || header)."""
    return hashlib.sha256(b"\x00" + header).digest()


@lru_cache(maxsize=16)  # as of `_utc_text`: many events have one time
def time_of_id(time: datetime) -> str:
    """What an event's id begins with: the milliseconds since 1970, as 12 hex digits.

    Ids that rise with the log lie side by side in the index that a reader may keep of them. Random
    ones dirty a page of it each, which is then written, synced and checkpointed.
    """
    return f"{max(0, (time - _EPOCH) // _MILLISECOND):012x}"


def time_text(time: datetime) -> str:
    """UTC, RFC 3339, always six decimals and Z: as text it sorts as the times do.

    Raises ValueError if `time` has no time zone.
    """
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return _utc_text(time.astimezone(UTC))


# A batch of appends has one time, which is written for each of its events. Only of times in UTC:
# two in a zone where clocks are set back can be equal and yet be an hour apart.
@lru_cache(maxsize=16)
def _utc_text(time: datetime) -> str:
    return f"{time.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class Moment(NamedTuple):
    """The recorded time of whatever is appended at once, as the log writes it."""

    at: datetime
    """UTC."""
    text: str
    """As `time_text` writes it."""
    id_start: str
    """What the ids of events of then begin with."""


def moment(now: datetime, head: Head) -> Moment:
    """The time to record behind `head`: `now`, or the head's if that is later.

    Raises ValueError for a `now` without time zone.
    """
    at = now.astimezone(UTC) if now.tzinfo else now
    text = time_text(at)
    if head.recorded_at is not None and head.recorded_at > at:
        at = head.recorded_at
        text = time_text(at)
    return Moment(at, text, time_of_id(at))


@lru_cache(maxsize=16)  # the events of an append have one time, and are mostly read together
def parse_time(text: str) -> datetime:
    """The time that `time_text` wrote. Raises LogBroken if it is none, or written otherwise."""
    if _WRITTEN.fullmatch(text) is None:
        raise LogBroken(f"{text!r} is not a time as the log writes it")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise LogBroken(f"{text!r} is no time") from error
