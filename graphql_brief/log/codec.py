"""From events to bodies and back, over all schema versions that were ever released.

A body is the canonical JSON of `{"changeNote": …, "event": {…}}`; the note is the command's, kept
with the first of its events and absent from the others. Members that have their default are left
out. A released schema, its defaults included, never changes: a new version gets its number in
`SCHEMA_VERSIONS` and, in `upcasters`, a pure step from the version before it. Stored bytes are not
touched; the steps run on each read.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from graphql_brief.domain.events import EVENT_TYPES, BodyErased, Event
from graphql_brief.log import canonical, upcasters
from graphql_brief.log.canonical import UNREADABLE
from graphql_brief.log.port import LogBroken

SCHEMA_VERSIONS: dict[str, int] = {
    **dict.fromkeys(EVENT_TYPES, 1),
    "CorrectionPublished": 2,
    "ForecastMade": 2,
}
"""The newest schema version of each event type: what is written."""

_E = TypeVar("_E")


class UnknownEvent(LogBroken):
    """A type or schema version of which this code knows nothing: newer code wrote it."""

    def __init__(self, message: str, event_type: str) -> None:
        super().__init__(message)
        self.event_type = event_type

    def at(self, position: int) -> "UnknownEvent":
        """The same, of the event at this position."""
        return UnknownEvent(f"position {position}: {self}", self.event_type)


class CorruptBody(LogBroken):
    """Bytes that are no body of their type and schema version."""


class BrokenChain(LogBroken):
    """An older schema version that no steps lead from to the newest: this code is at fault."""


class Encoded(NamedTuple):
    """An event as it is stored."""

    type: str
    schema: int
    body: bytes


class Body(
    msgspec.Struct,
    Generic[_E],
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    gc=False,  # see `domain.items.Group`
):
    """What the bytes of a body hold."""

    change_note: str | UnsetType = UNSET
    event: _E


NEWEST: dict[str, Callable[[bytes], Body[Any]]] = {
    name: msgspec.json.Decoder(Body[kind]).decode  # type: ignore[valid-type]
    for name, kind in EVENT_TYPES.items()
}
"""What decodes a body of the newest schema version, by type; raises what is `UNREADABLE`."""
_WITH_INTEGERS = frozenset({BodyErased.__name__})
"""The types that hold more than text, truth values, nulls, lists and structs; a test compares."""
_old_decoder = msgspec.json.Decoder(Body[dict[str, Any]])


def check_chains() -> None:
    """Make sure that every schema version ever released can be read; for the start.

    Raises BrokenChain, which names each step that is missing or leads nowhere.
    """
    faults = [
        *(f"{name} has no schema version" for name in sorted(EVENT_TYPES.keys() - SCHEMA_VERSIONS)),
        *(f"{name} is no event type" for name in sorted(SCHEMA_VERSIONS.keys() - EVENT_TYPES)),
        *upcasters.faults(SCHEMA_VERSIONS, upcasters.UPCASTERS),
    ]
    if faults:
        raise BrokenChain(f"this build of graphql-brief cannot read every log: {'; '.join(faults)}")


def check_known(name: str, schema: int) -> int:
    """The newest schema version of a type.

    Raises UnknownEvent if this code knows nothing of the type, or of this version of it.
    """
    newest = SCHEMA_VERSIONS.get(name)
    if newest is None:
        raise UnknownEvent(
            f"events of type {name!r} (schema version {schema}) are unknown here; "
            "use a newer graphql-brief",
            name,
        )
    if not 1 <= schema <= newest:
        raise UnknownEvent(
            f"{name} has schema version {schema}, and the newest known here is {newest}; "
            "use a newer graphql-brief",
            name,
        )
    return newest


def encode(event: Event, change_note: str | None = None) -> Encoded:
    """An event as it is stored, in the newest schema version of its type.

    Raises NotCanonical (a ValueError) for text that UTF-8 cannot hold.
    """
    name = type(event).__name__
    body = Body(change_note=UNSET if change_note is None else change_note, event=event)
    if name in _WITH_INTEGERS:
        return Encoded(name, SCHEMA_VERSIONS[name], canonical.encode(body))
    return Encoded(name, SCHEMA_VERSIONS[name], canonical.encode_typed(body, NEWEST[name]))


def decode(name: str, schema: int, body: bytes) -> tuple[Event, str | None]:
    """The event that a body holds, brought to the newest schema version, and its change note.

    Raises UnknownEvent, CorruptBody.
    """
    try:
        if schema == SCHEMA_VERSIONS.get(name):
            decoded = NEWEST[name](body)
        else:
            decoded = _upcast(name, schema, check_known(name, schema), body)
    except UNREADABLE as error:
        raise CorruptBody(
            f"bytes that are no {name} of schema version {schema}: {error}"
        ) from error
    note = decoded.change_note
    return decoded.event, None if note is UNSET else note


def _upcast(name: str, schema: int, newest: int, body: bytes) -> Body[Any]:
    old = _old_decoder.decode(body)
    members = old.event
    for version in range(schema, newest):
        members = upcasters.UPCASTERS[name, version](members)
    return Body(change_note=old.change_note, event=msgspec.convert(members, EVENT_TYPES[name]))
