"""What `decide` gives: the events of an edit, or the reasons why it is refused."""

from collections.abc import Iterable
from typing import NamedTuple

from graphql_brief.domain.events import Event
from graphql_brief.domain.refusal import Refusal


class Accepted(NamedTuple):
    """The edit is allowed, and gives these events; none if it changes nothing."""

    events: tuple[Event, ...]


class Rejected(NamedTuple):
    """The edit is not allowed, for each of these reasons."""

    refusals: tuple[Refusal, ...]


Decision = Accepted | Rejected


def accept(*events: Event) -> Accepted:
    """The decision for these events."""
    return Accepted(events)


def reject(refusals: Iterable[Refusal]) -> Rejected:
    """The refusal for these reasons."""
    return Rejected(tuple(refusals))
