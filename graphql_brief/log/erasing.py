"""Erasing a body: what may be, and what then stands in its place. Pure; every adapter's share."""

from typing import NamedTuple

from msgspec.structs import replace

from graphql_brief.domain.events import EVENT_TYPES, BodyErased, Erased
from graphql_brief.log import codec
from graphql_brief.log.envelope import Header, Told
from graphql_brief.log.port import Append, LogBroken, Recorded

FORGOTTEN = "erased"
"""In the place of a command's digest, once a body that came with it was erased."""


class Eraser(NamedTuple):
    """What is stored of the event that erased another one's body."""

    schema: int
    body: bytes


def erased_by(request: Append) -> tuple[BodyErased, ...]:
    """What a request erases. Raises ValueError for what no log may take, whatever it holds."""
    kinds = set(map(type, request.events))
    if Erased in kinds:
        raise ValueError("an Erased is what is read of an event, and is not appended")
    if BodyErased not in kinds:
        return ()
    erasing = tuple(event for event in request.events if isinstance(event, BodyErased))
    if len({by.version for by in erasing}) != len(erasing):
        raise ValueError("a body is erased twice in one request")
    return erasing


def check_erasable(stream: str, version: int, type_: str | None, *, has_body: bool) -> None:
    """Raises ValueError unless there is an event of this type, its body there, and erasable.

    `type_` is None if there is no such event before those of the request.
    """
    if type_ is None:
        raise ValueError(f"{stream} has no version {version} to erase the body of")
    if type_ == BodyErased.__name__:
        raise ValueError(f"version {version} of {stream} says that a body was erased")
    if not has_body:
        raise ValueError(f"the body of version {version} of {stream} was erased already")


def without_body(recorded: Recorded, by: BodyErased) -> Recorded:
    """The event as the log holds it once its body is deleted."""
    return replace(
        recorded, event=Erased(of=recorded.type, by=by), change_note=None, body=None, salt=None
    )


def revive_erased(header: Header | Told, eraser: Eraser | None) -> Erased:
    """What stands in the place of an event without a body. Raises LogBroken if it was lost."""
    if eraser is None:
        raise LogBroken(f"position {header.position} has lost its body")
    if header.type not in EVENT_TYPES:
        raise codec.UnknownEvent(f"events of type {header.type!r} are unknown here", header.type)
    by, _ = codec.decode(BodyErased.__name__, eraser.schema, eraser.body)
    assert isinstance(by, BodyErased)
    if by.version != header.version:
        raise LogBroken(f"position {header.position} lost its body to what erased another one")
    return Erased(of=header.type, by=by)
