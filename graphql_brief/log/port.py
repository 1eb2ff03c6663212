"""What a log can do, whatever keeps it: the `EventLog` port and its words.

An expected refusal of `append` is a value (`StaleVersion`, `ClaimTaken`, `KeyReused`) and has
written nothing. What raises is at fault somewhere:

    ValueError         the caller: an append without events, a name or page beyond its bound
    DatabaseError      whoever runs it: the database is missing, locked, of a newer format, or its
                       server cannot be reached (`database`); nothing was written
    OutcomeUnknown     the connection to the database: the append may be in the log or not
    LogBroken          the log or this code: what is stored is not what was appended
     ├ UnknownEvent    a type or schema version that this code does not know (`codec`)
     ├ BrokenChain     a released schema version that this code cannot bring up (`codec`)
     └ CorruptBody     stored bytes that are no body of their type (`codec`)
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from msgspec import Struct

from graphql_brief.domain.events import BodyErased, Event
from graphql_brief.domain.states import Stamp
from graphql_brief.domain.vocabulary import Significance

APPEND_BOUND = 1000
"""Most events of one append."""
NAME_BOUND_BYTES = 1_000
"""Longest name of a stream, actor, command, idempotency key or claim, in UTF-8: databases look
them up in indexes, two at a time, and an index takes no more than about 2,700 bytes."""
PAGE_BOUND = 10_000
"""Most events of one read."""


class DatabaseError(Exception):
    """A database that cannot be opened, or not be used so: one line of what, where, what to do."""


class LogBroken(Exception):  # noqa: N818 - says what is wrong; the log or this code is at fault
    """What is stored is not what was appended, or cannot be understood. Nothing may go on."""


class OutcomeUnknown(Exception):  # noqa: N818 - says what is so
    """The connection was lost while an append was committed, and the server stayed away; or what
    another node committed right before it cannot be read here, and so not be shown.

    Asked again under the same idempotency key, the log gives the result, or appends once.
    """


class Claim(NamedTuple):
    """A unique key that a stream holds for ever, such as Claim("slug", "iraq-exit")."""

    kind: str
    value: str


class Append(Struct, frozen=True, kw_only=True):
    """A request: these events, at the end of this stream, all or none."""

    stream: str
    expected_version: int
    """The version that the writer saw; 0: the stream must not exist."""
    events: tuple[Event, ...]
    """1 to `APPEND_BOUND`; under an idempotency key also none: that nothing was to be changed is
    remembered like any other result. A `BodyErased` deletes the body that it names, in the same
    transaction: there is no other way to delete one, and none to say so and not do it."""
    actor: str
    """Pseudonymous id of who asks."""
    significance: Significance
    change_note: str | None = None
    """Why, in the editor's words; kept with the first of the events."""
    command_id: str
    """Id of the command that the events come from; one command, one append."""
    correlation_id: str
    causation_id: str | None = None
    idempotency_key: str | None = None
    """The actor's own name for the request: under it, it is appended once."""
    digest: str = ""
    """Hex SHA-256 of the request's content; needed with an idempotency key."""
    claims: tuple[Claim, ...] = ()


class Appended(Struct, frozen=True, kw_only=True, gc=False):
    """The events are in the log, synced to disk.

    Where there were none, the last version and position are those that the log had, and the first
    ones lie right behind them.
    """

    stream: str
    command_id: str
    first_version: int
    last_version: int
    first_position: int
    last_position: int
    recorded_at: datetime
    """UTC; one time for all events of an append."""
    repeated: bool = False
    """Whether this is the result of an earlier request with the same idempotency key."""


def is_empty(result: Appended) -> bool:
    """Whether the request had no events."""
    return result.last_version < result.first_version


class StaleVersion(Struct, frozen=True, kw_only=True):
    """The stream is not at the expected version."""

    current_version: int
    """0: it does not exist."""


class ClaimTaken(Struct, frozen=True, kw_only=True):
    """Another stream holds a claim."""

    claim: Claim
    owner: str
    """The stream that holds it."""


class KeyReused(Struct, frozen=True):
    """The actor used the idempotency key before, with other content."""


AppendResult = Appended | StaleVersion | ClaimTaken | KeyReused


class Recorded(Struct, frozen=True, gc=False):  # see `domain.items.Group`
    """One event as the log holds it: the same object from `append`'s listeners and from `read`."""

    position: int
    stream: str
    version: int
    event_id: str
    type: str
    """The event's type in the log: the name of its class."""
    schema: int
    """Schema version of the stored body; `event` is of the newest."""
    event: Event
    """`Erased`, if its body was."""
    change_note: str | None
    actor: str
    recorded_at: datetime
    significance: Significance
    command_id: str
    correlation_id: str
    causation_id: str | None
    header: bytes
    body: bytes | None
    """None, and so is `salt`: it was erased."""
    salt: bytes | None
    leaf_hash: bytes

    @property
    def stamp(self) -> Stamp:
        """What `evolve` needs to know of the recording."""
        return Stamp(
            version=self.version,
            position=self.position,
            at=self.recorded_at,
            significance=self.significance,
        )


Stamped = tuple[Event, Stamp]
"""What `fold` needs of one event."""

T = TypeVar("T")


def erasures(commit: Sequence[Recorded]) -> dict[str, int]:
    """The streams of which bodies were erased in these events, and the first version of each whose
    body was: what is kept of a stream may hold something of it from that version on."""
    first: dict[str, int] = {}
    for recorded in commit:
        if isinstance(recorded.event, BodyErased):
            version = recorded.event.version
            first[recorded.stream] = min(version, first.get(recorded.stream, version))
    return first


class Unreadable(NamedTuple):
    """An event that cannot be read."""

    position: int
    event_type: str | None
    """None if not even that could be read."""
    why: str

    def __str__(self) -> str:
        what = f" ({self.event_type})" if self.event_type else ""
        return f"position {self.position}{what} cannot be read here: {self.why}"


class Head(NamedTuple):
    """The end of the log."""

    position: int
    """0: the log is empty."""
    recorded_at: datetime | None


Clock = Callable[[], datetime]
"""The time now, with a time zone."""
Entropy = Callable[[int], bytes]
"""So many random bytes: salts and event ids come from it."""
Listener = Callable[[Sequence[Recorded]], None]
"""Takes the events of one append. It must not raise: the events are committed already, and what
it raises reaches the writer, who would think that they are not."""


class EventLog(Protocol):
    """The log. Positions are dense from 1, and their order is the order of commits.

    Several nodes may append to one log. Before `append` returns, whether it appended or refused,
    this node's listeners have been called with every commit that the result was judged on, its
    own and those of other nodes: in order of position, each once, none skipped.
    """

    @property
    def origin(self) -> str:
        """The log's id, in every header; given once, when the log is made."""

    @property
    def broken(self) -> Unreadable | None:
        """Before what the listeners have stopped, because another node wrote what this one cannot
        read; None where they have not. It is tried again, and meanwhile `append` refuses."""

    @property
    def heard_seconds_ago(self) -> float | None:
        """How long ago the server was last heard that keeps the log; None if there is none."""

    @property
    def queued(self) -> int:
        """How many appends wait to be taken up."""

    async def append(self, request: Append) -> AppendResult:
        """Append the request's events, or say why not.

        Checked in this order: the idempotency key (a repeated request gets its first result),
        the expected version, the claims. An acknowledged append is durable. A caller that is
        cancelled does not cancel the append. Raises ValueError for what is no append, and for a
        `BodyErased` of what is no earlier event of the stream with a body that may be erased.

        The digest of the command that an erased body came with is forgotten: it would tell
        whoever guesses the content. Its key is `KeyReused` from then on.
        """

    async def head(self) -> Head:
        """Where the log ends now."""

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """Events after a position, in order, at most `limit` (1 to `PAGE_BOUND`).

        With `streams`, only theirs, without reading the others. Raises ValueError for a limit
        out of bounds, LogBroken for what is stored wrong.
        """

    async def read_stream(
        self,
        stream: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> list[Recorded]:
        """Events of one stream with after_version < version <= up_to_version, as `read`."""

    async def read_stamped(
        self,
        stream: str,
        take: Callable[[Iterable[Stamped]], T],
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        limit: int,
    ) -> T:
        """What `take` makes of the events of `read_stream`, of which it gets what a fold needs.

        It gets them one by one while they are read, and may leave off. It is called once, perhaps
        in another thread and within a transaction of the reader: it touches nothing that the event
        loop changes, and does not wait. What it raises is raised here.

        What a fold does not need of a header is not looked at, and so not found to be wrong: the
        check of a whole log looks at all of it.
        """

    async def version_at(self, stream: str, position: int) -> int:
        """The stream's version when the log ended at `position`; 0: it had not begun."""

    async def position_at(self, time: datetime) -> int:
        """The last position recorded at or before `time`; 0 if there is none.

        Raises ValueError if `time` has no time zone.
        """

    async def find_command(self, actor: str, idempotency_key: str) -> tuple[Appended, str] | None:
        """The result and the digest of the request that the actor made under this key."""

    async def erased_versions(self, stream: str) -> frozenset[int]:
        """The versions of a stream whose bodies were erased."""

    def on_commit(self, listener: Listener) -> None:
        """Have `listener` called with the events of each append from now on, by whichever node:
        in the order of commits, after the commit, before an `append` returns that was judged on
        it; for those of other nodes, soon in any case."""

    async def close(self) -> None:
        """Finish the appends under way; later ones are refused with RuntimeError. What the log is
        stored in is closed by its owner, after this."""
