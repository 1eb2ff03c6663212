"""Whether a log is whole: each of its rows held against the header that it belongs to. Pure.

| what                 | must be                                                               |
|----------------------|-----------------------------------------------------------------------|
| positions            | dense from 1 to the head's                                            |
| header               | canonical, of this log, below its bound, and what its columns repeat  |
| leaf hash            | SHA-256(0x00 || header)                                               |
| previous             | the leaf hash of the stream's version before; none at version 1       |
| body                 | what the header commits to; if it is gone, a later `BodyErased` of    |
|                      | the stream must say so                                                |
| recorded time        | never before that of the position before                              |
| head, stream heads   | where the last event, and the last event of each stream, is           |

The rows come in the order of their positions, a page at a time; nothing of a row is kept behind
the next one.
"""

from typing import NamedTuple

from graphql_brief.domain.events import BodyErased
from graphql_brief.log import canonical, codec
from graphql_brief.log.envelope import (
    HEADER_BOUND,
    SALT_BYTES,
    Header,
    commitment,
    decode_header,
    leaf_hash,
    parse_time,
)
from graphql_brief.log.port import LogBroken

FAULTS_BOUND = 20
"""Most faults that are told; all are counted."""


class HeadRow(NamedTuple):
    """The row of `log_head`."""

    origin: str
    position: int
    recorded_at: str | None
    last: int
    """The last position that has a row; 0: none has."""


class Eraser(NamedTuple):
    """The event that `log_erasure` names for an erased one."""

    position: int
    stream: str
    type: str
    schema: int
    body: bytes | None


class EventRow(NamedTuple):
    """What is stored of one event, and of what it hangs together with."""

    position: int
    stream: str
    version: int
    type: str
    schema: int
    event_id: str
    command_id: str
    recorded_at: str
    header: bytes
    leaf_hash: bytes
    salt: bytes | None
    body: bytes | None
    previous_position: int | None
    """Of the stream's version before; None: there is none."""
    previous_leaf: bytes | None
    stream_version: int | None
    """Where the stream ends; None: it has no row in `log_stream`."""
    stream_leaf: bytes | None
    stream_position: int | None
    eraser: Eraser | None


class Fault(NamedTuple):
    """One thing that is not as it must be."""

    position: int | None
    """None: it is about no one event."""
    what: str

    def __str__(self) -> str:
        return self.what if self.position is None else f"position {self.position}: {self.what}"


class Checked(NamedTuple):
    """What a check came to."""

    first: int
    """The position that it began at."""
    head: HeadRow
    events: int
    erased: int
    """Events whose bodies are gone, as the log says."""
    faults: tuple[Fault, ...]
    """The first `FAULTS_BOUND`."""
    faults_found: int

    def told(self) -> str:
        """The first faults in words, and how many more there are."""
        first = self.faults[:3]
        more = self.faults_found - len(first)
        return "; ".join(map(str, first)) + (f"; and {more} more" if more else "")


def refuse_faults(what: str, checked: Checked) -> None:
    """Raises LogBroken, which names the first faults, if there are any."""
    if checked.faults:
        raise LogBroken(f"{what} is not whole: {checked.told()}")


_COLUMNS = ("position", "stream", "version", "type", "schema", "event_id", "command_id")


class Check:
    """A check under way, from position `first` to the head."""

    def __init__(self, head: HeadRow, first: int = 1) -> None:
        self.position = first - 1
        """The last one seen."""
        self._head = head
        self._first = first
        self._events = 0
        self._erased = 0
        self._recorded_at = ""
        self._faults: list[Fault] = []
        self._faults_found = 0

    def take(self, row: EventRow) -> None:
        """Check one event."""
        at = row.position
        if at != self.position + 1:
            self.fault(self.position + 1, _missing(self.position + 1, at - 1))
        self.position = at
        self._events += 1
        if row.leaf_hash != leaf_hash(row.header):
            self.fault(at, "the header does not give the leaf hash")
        if len(row.header) >= HEADER_BOUND:
            self.fault(at, f"the header has {len(row.header)} bytes")
        try:
            header = decode_header(row.header)
            canonical.parse(row.header)
        except LogBroken as error:
            self.fault(at, str(error))
            return
        except canonical.NotCanonical as error:
            self.fault(at, f"the header is not canonical: {error}")
            return
        self._columns(row, header)
        self._chain(row, header)
        self._time(row)
        self._body(row, header)
        self._stream_head(row)

    def end(self) -> Checked:
        """Check what can be told only at the end."""
        head = self._head
        if self.position < head.position:
            missing = _missing(self.position + 1, head.position)
            self.fault(self.position + 1, missing)
        elif self._events and self._recorded_at != (head.recorded_at or ""):
            self.fault(None, "log_head has another time than the last event")
        if head.last > head.position:
            self.fault(head.position + 1, f"log_head ends before it, at {head.position}")
        return Checked(
            self._first, head, self._events, self._erased, tuple(self._faults), self._faults_found
        )

    def fault(self, position: int | None, what: str) -> None:
        """Note a fault."""
        self._faults_found += 1
        if len(self._faults) < FAULTS_BOUND:
            self._faults.append(Fault(position, what))

    def _columns(self, row: EventRow, header: Header) -> None:
        if header.origin != self._head.origin:
            self.fault(row.position, f"the header is of the log {header.origin}")
        for name in (*_COLUMNS, "recorded_at"):
            if getattr(row, name) != getattr(header, name):
                self.fault(row.position, f"the column {name} is not what the header says")

    def _chain(self, row: EventRow, header: Header) -> None:
        before = f"version {header.version - 1} of {header.stream}"
        if header.version == 1:
            if header.previous is not None:
                self.fault(row.position, "a first version that names a leaf hash before it")
        elif header.version < 1:
            self.fault(row.position, f"{header.version} is no version")
        elif row.previous_leaf is None or row.previous_position is None:
            self.fault(row.position, f"{before} is missing")
        elif row.previous_position >= row.position:
            self.fault(row.position, f"{before} comes after it, at {row.previous_position}")
        elif header.previous != row.previous_leaf.hex():
            self.fault(row.position, f"it does not name the leaf hash of {before}")

    def _time(self, row: EventRow) -> None:
        try:
            parse_time(row.recorded_at)
        except LogBroken as error:
            self.fault(row.position, str(error))
            return
        if row.recorded_at < self._recorded_at:
            self.fault(row.position, "its time is before that of the position before")
        self._recorded_at = row.recorded_at

    def _body(self, row: EventRow, header: Header) -> None:
        if row.body is None or row.salt is None:
            why = _not_erased(row)
            if why is None:
                self._erased += 1
            else:
                self.fault(row.position, why)
            return
        if row.eraser is not None:
            self.fault(row.position, "its body is there, though log_erasure says that it is not")
        if len(row.salt) != SALT_BYTES:
            self.fault(row.position, f"the salt has {len(row.salt)} bytes, not {SALT_BYTES}")
        if commitment(row.salt, row.body) != header.commitment:
            self.fault(row.position, "the body is not what the header commits to")

    def _stream_head(self, row: EventRow) -> None:
        if row.stream_version is None or row.stream_version < row.version:
            ends = "has no row" if row.stream_version is None else f"ends at {row.stream_version}"
            self.fault(row.position, f"{row.stream} {ends} in log_stream")
        elif row.stream_version == row.version and (
            (row.stream_leaf, row.stream_position) != (row.leaf_hash, row.position)
        ):
            self.fault(row.position, f"log_stream has another end of {row.stream}")


def _missing(first: int, last: int) -> str:
    return "it is missing" if first == last else f"it is missing, and all up to {last}"


def _not_erased(row: EventRow) -> str | None:
    """Why a body that is not there should be; None if the log says that it was erased."""
    eraser = row.eraser
    if eraser is None:
        return "it has lost its body"
    if (
        eraser.stream != row.stream
        or eraser.position <= row.position
        or eraser.type != BodyErased.__name__
        or eraser.body is None
    ):
        return f"it has lost its body to position {eraser.position}, which erases nothing of it"
    try:
        by, _ = codec.decode(eraser.type, eraser.schema, eraser.body)
    except LogBroken as error:
        return f"it has lost its body to position {eraser.position}: {error}"
    if not isinstance(by, BodyErased) or by.version != row.version:
        return f"it has lost its body to position {eraser.position}, which erased another one"
    return None
