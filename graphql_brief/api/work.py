"""One command made ready for the desk: its stream, what decides it, and what stands in its way."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql_brief.domain.decision import Decision, Rejected, reject
from graphql_brief.domain.edits import ChangeSlug, Edit
from graphql_brief.domain.events import BriefDrafted, Event, SlugChanged
from graphql_brief.domain.refusal import Refusal, Refused
from graphql_brief.domain.states import State
from graphql_brief.domain.vocabulary import ErrorCode
from graphql_brief.log.port import Claim


class Work(NamedTuple):
    """One command made ready: what it is decided by, on which stream."""

    stream: str
    decide: Callable[[Any], Decision]
    """From the stream's state, None if it has not begun."""
    expected_version: int | None = None
    slugs: Mapping[str, tuple[str, ...]] = {}
    """Where in the input each slug stands that the command asks for."""
    look: Callable[[], Awaitable[None]] | None = None
    """Reads what else `decide` rests on: before each decision, and after the stream's state, so
    that what came between makes that too old to append on."""


def slugs_of(batch: Sequence[Edit]) -> dict[str, tuple[str, ...]]:
    """Where in a batch the slugs stand that it asks for."""
    return {
        edit.slug: ("edits", str(place), "changeSlug", "slug")
        for place, edit in enumerate(batch)
        if isinstance(edit, ChangeSlug)
    }


def never_was(expected: int, current: int) -> Rejected:
    """The refusal of an expected version that the stream has not had."""
    message = f"it is at version {current}, and was never at version {expected}"
    return reject([Refusal(ErrorCode.INVALID_INPUT, message, ("expectedVersion",))])


def new_stream(pattern: Any, asked: str | None, made: str) -> str:
    """The name of a stream to begin: the one asked for, or the one made.

    Raises Refused for one asked for that is no name of its kind.
    """
    if asked is not None and not pattern.fullmatch(asked):
        raise Refused(ErrorCode.INVALID_INPUT, f"{asked!r} does not match {pattern.pattern}", "id")
    return asked or made


def unbegun(state: State | None) -> Rejected | None:
    """The refusal of beginning a stream that has begun; None if it has not."""
    if state is None:
        return None
    return reject([Refusal(ErrorCode.DUPLICATE, f"there is a {state.id!r} already", ("id",))])


def no_such_stream(state: State | None) -> Rejected | None:
    """The refusal of a stream that has not begun; None if it has."""
    if state is not None:
        return None
    return reject([Refusal(ErrorCode.NOT_FOUND, "there is nothing with this id", ("id",))])


def refuse_other(kind: type[State], state: State | None) -> Rejected | None:
    """The refusal of a stream that is none of this kind; None if it is one."""
    if isinstance(state, kind):
        return None
    noun = kind.__name__.lower()
    return reject([Refusal(ErrorCode.NOT_FOUND, f"there is no such {noun}", ("id",))])


def claims_of(events: Iterable[Event]) -> tuple[Claim, ...]:
    """The unique keys that events take: slugs are one brief's for ever."""
    return tuple(
        Claim("slug", event.slug)
        for event in events
        if isinstance(event, BriefDrafted | SlugChanged)
    )
