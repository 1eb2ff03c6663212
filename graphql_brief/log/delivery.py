"""One delivery path for the commits of all nodes: in order of position, each once, none skipped.

What is known is the last position that was delivered. Whoever has news takes its turn and delivers
from there on: a node's own commits as they are at hand, all others as they are read.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from itertools import groupby
from typing import Protocol

from graphql_brief.log.port import APPEND_BOUND, Listener, Recorded

PAGE = APPEND_BOUND + 1
"""Events read at once: more than one append, so that a full page has a whole one."""


class Read(Protocol):
    """As `EventLog.read`."""

    def __call__(self, *, after: int, limit: int) -> Awaitable[list[Recorded]]: ...


class Delivery:
    """What calls the listeners of a log that others append to as well."""

    def __init__(self, position: int, read: Read) -> None:
        self.position = position
        """The last position that was delivered."""
        self.listeners: list[Listener] = []
        self.turn = asyncio.Lock()
        """To be held by whoever calls one of the methods."""
        self._read = read

    async def read_up_to(self, position: int) -> None:
        """Deliver what lies behind up to `position`, which is the end of a commit."""
        while self.position < position:
            events = await self._read(
                after=self.position, limit=min(PAGE, position - self.position)
            )
            commits = list(commits_of(events))
            if len(events) == PAGE and events[-1].position < position:
                commits.pop()  # the page may have cut it; the next one has it whole
            if not commits:
                return  # the log has not come so far
            for commit in commits:
                self._deliver(commit)

    def hand_over(self, commits: Sequence[Sequence[Recorded]]) -> None:
        """Deliver commits that are at hand, and follow right on what was delivered."""
        for commit in commits:
            assert commit[0].position == self.position + 1, "delivered out of order"
            self._deliver(commit)

    def _deliver(self, commit: Sequence[Recorded]) -> None:
        # First, so that a commit whose listener raises is not delivered again.
        self.position = commit[-1].position
        for listener in self.listeners:
            listener(commit)


def commits_of(events: Sequence[Recorded]) -> Iterator[list[Recorded]]:
    """The events of each append; the first and the last may be cut as the events are."""
    for _, commit in groupby(events, key=lambda event: (event.stream, event.command_id)):
        yield list(commit)
