"""From a request to the events as the log holds them: the part that every adapter shares. Pure.

In two steps, so that only what depends on the log's head is done while the head is held:
`prepare` encodes and commits to the bodies, `record` gives positions, times and headers.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from graphql_brief.domain.events import BodyErased
from graphql_brief.log import codec
from graphql_brief.log.envelope import (
    ID_BYTES,
    SALT_BYTES,
    Header,
    Moment,
    commitment,
    encode_header,
    leaf_hash,
)
from graphql_brief.log.erasing import erased_by
from graphql_brief.log.port import (
    APPEND_BOUND,
    NAME_BOUND_BYTES,
    PAGE_BOUND,
    Append,
    Appended,
    Entropy,
    Head,
    Recorded,
)


class Part(Struct, frozen=True, gc=False):  # see `domain.items.Group`
    """One event of a request, with all that does not depend on where it will stand."""

    type: str
    schema: int
    body: bytes
    salt: bytes
    random: str
    """For the event's id."""
    commitment: str


class Prepared(Struct, frozen=True, gc=False):
    """A request that only waits for its place."""

    request: Append
    parts: tuple[Part, ...]
    """One for each event of the request."""
    erases: tuple[BodyErased, ...]
    """Those of the events that delete a body."""


class StreamHead(Struct, frozen=True, gc=False):
    """The end of one stream."""

    version: int
    leaf_hash: bytes | None
    """None: the stream has not begun."""


NEW_STREAM = StreamHead(0, None)


def new_origin(entropy: Entropy) -> str:
    """An id for a new log."""
    return f"graphql-brief/{entropy(8).hex()}"


def prepare(request: Append, entropy: Entropy) -> Prepared:
    """The request with its bodies encoded, salted and committed to.

    Raises ValueError for a request that no log may take.
    """
    erases = erased_by(request)
    count = len(request.events)
    least = 1 if request.idempotency_key is None else 0
    if not least <= count <= APPEND_BOUND:
        raise ValueError(f"an append has {least} to {APPEND_BOUND} events, not {count}")
    if request.expected_version < 0:
        raise ValueError(f"{request.expected_version} is no version to expect")
    if request.idempotency_key is not None and not request.digest:
        raise ValueError("a request with an idempotency key needs a digest")
    _check_names(request)
    drawn = entropy(count * (ID_BYTES + SALT_BYTES))
    parts = []
    note = request.change_note
    for place, event in enumerate(request.events):
        encoded = codec.encode(event, note)
        start = place * (ID_BYTES + SALT_BYTES)
        salt = drawn[start + ID_BYTES : start + ID_BYTES + SALT_BYTES]
        parts.append(
            Part(
                encoded.type,
                encoded.schema,
                encoded.body,
                salt,
                drawn[start : start + ID_BYTES].hex(),
                commitment(salt, encoded.body),
            )
        )
        note = None  # it is kept with the first
    return Prepared(request, tuple(parts), erases)


def record(
    prepared: Prepared, *, origin: str, head: Head, stream: StreamHead, when: Moment
) -> list[Recorded]:
    """The events as they stand right after `head` and at the end of their stream.

    `when` is not before the head's time. Raises ValueError for a header beyond its bound.
    """
    request = prepared.request
    recorded_at, text, id_start = when
    previous = stream.leaf_hash
    recorded = []
    for place, (part, event) in enumerate(zip(prepared.parts, request.events, strict=True), 1):
        position, version = head.position + place, stream.version + place
        event_id = id_start + part.random[len(id_start) :]
        header = encode_header(
            Header(
                origin=origin,
                position=position,
                event_id=event_id,
                stream=request.stream,
                version=version,
                previous=None if previous is None else previous.hex(),
                type=part.type,
                schema=part.schema,
                actor=request.actor,
                recorded_at=text,
                significance=request.significance,
                command_id=request.command_id,
                correlation_id=request.correlation_id,
                causation_id=request.causation_id,
                commitment=part.commitment,
            )
        )
        previous = leaf_hash(header)
        recorded.append(
            Recorded(  # by place, as where they are read: see `reviving`
                position,
                request.stream,
                version,
                event_id,
                part.type,
                part.schema,
                event,
                request.change_note if place == 1 else None,
                request.actor,
                recorded_at,
                request.significance,
                request.command_id,
                request.correlation_id,
                request.causation_id,
                header,
                part.body,
                part.salt,
                previous,
            )
        )
    return recorded


def appended(recorded: Sequence[Recorded]) -> Appended:
    """The result of the append that gave these events."""
    first, last = recorded[0], recorded[-1]
    return Appended(
        stream=first.stream,
        command_id=first.command_id,
        first_version=first.version,
        last_version=last.version,
        first_position=first.position,
        last_position=last.position,
        recorded_at=first.recorded_at,
    )


def empty(request: Append, *, head: Head, stream: StreamHead, when: Moment) -> Appended:
    """The result of an append without events."""
    return Appended(
        stream=request.stream,
        command_id=request.command_id,
        first_version=stream.version + 1,
        last_version=stream.version,
        first_position=head.position + 1,
        last_position=head.position,
        recorded_at=when.at,
    )


def again(result: Appended) -> Appended:
    """The result, as it is given to a repeated request."""
    return replace(result, repeated=True)


def can_be_named(name: str) -> bool:
    """Whether the log may hold something under this name.

    Databases keep text as UTF-8, and PostgreSQL without the character NUL.
    """
    try:
        return len(name.encode()) <= NAME_BOUND_BYTES and "\0" not in name
    except UnicodeEncodeError:
        return False


def _check_names(request: Append) -> None:
    # Before it shares a transaction: one that a database refuses would fail all of them.
    claimed = [part for claim in request.claims for part in claim]
    key = request.idempotency_key or ""
    names = (request.stream, request.actor, request.command_id, key, request.digest, *claimed)
    together = "".join(names)
    if together.isascii() and len(together) <= NAME_BOUND_BYTES and "\0" not in together:
        return  # nearly always: none of them can be at fault
    what = ("stream", "actor", "command", "idempotency key", "digest", *("claim" for _ in claimed))
    for kind, name in zip(what, names, strict=True):
        if not can_be_named(name):
            raise ValueError(
                f"a {kind} is at most {NAME_BOUND_BYTES} bytes of UTF-8 without NUL, not "
                f"{name[:40]!a}"
            )


def check_limit(limit: int) -> None:
    """Raises ValueError for a page's size out of bounds."""
    if not 1 <= limit <= PAGE_BOUND:
        raise ValueError(f"a page has 1 to {PAGE_BOUND} events, not {limit}")
