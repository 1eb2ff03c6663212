"""Reading up to the first event that cannot be read: the sound ones before it are not held back."""

from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from graphql_brief.log.codec import UnknownEvent
from graphql_brief.log.port import LogBroken, Recorded, Unreadable


class Read(Protocol):
    """As `EventLog.read`."""

    def __call__(self, *, after: int, limit: int) -> Awaitable[list[Recorded]]: ...


class Page(NamedTuple):
    """Sound events, in order."""

    events: list[Recorded]
    full: bool
    """Whether there may be more of them behind."""
    broken: Unreadable | None
    """What comes right after `after`; there are no events then."""


async def read_sound(read: Read, *, after: int, limit: int) -> Page:
    """The next events, at most `limit`, and fewer before one that cannot be read."""
    while True:
        try:
            events = await read(after=after, limit=limit)
        except LogBroken as error:
            if limit == 1:
                unknown = error.event_type if isinstance(error, UnknownEvent) else None
                return Page([], False, Unreadable(after + 1, unknown, str(error)))
            limit //= 2  # the sound ones before it are to be had in smaller pages
        else:
            return Page(events, len(events) == limit, None)
