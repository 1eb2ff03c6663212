"""One delivery path for the commits of all nodes: in order of position, each once, none skipped.

What is known is the last position that was delivered. Whoever has news takes its turn and delivers
from there on: a node's own commits as they are at hand, all others as they are read.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from graphql_brief.log.commits import PAGE, commits_of
from graphql_brief.log.port import Listener, Recorded, Unreadable
from graphql_brief.log.sound import Read, read_sound

_logger = logging.getLogger(__name__)

BeginsCommit = Callable[[int], Awaitable[bool]]
"""Whether a commit begins at a position, also where the event there cannot be read."""


class Delivery:
    """What calls the listeners of a log that others append to as well."""

    def __init__(self, position: int, read: Read, begins_commit: BeginsCommit) -> None:
        self.position = position
        """The last position that was delivered."""
        self.broken: Unreadable | None = None
        """What delivery has stopped before; None where it has not."""
        self.listeners: list[Listener] = []
        self.turn = asyncio.Lock()
        """To be held by whoever calls one of the methods."""
        self._read = read
        self._begins_commit = begins_commit

    async def read_up_to(self, position: int) -> None:
        """Deliver what lies behind up to `position`, which is the end of a commit.

        It stops before a commit that cannot be read whole: `broken` says which, and the next call
        tries again.
        """
        if self.broken is not None:
            if await self._is_still_broken(self.broken):
                return
            _logger.warning("position %d can be read again", self.broken.position)
            self.broken = None
        after = self.position
        cut: list[Recorded] = []  # the last commit so far: the next page may have more of it
        while after < position:
            page = await read_sound(self._read, after=after, limit=min(PAGE, position - after))
            if page.broken is not None:
                if cut and await self._begins_commit(page.broken.position):
                    self._deliver(cut)
                self._stop(page.broken)
                return
            commits = list(commits_of([*cut, *page.events]))
            if page.events:
                after = page.events[-1].position
            cut = commits.pop() if page.full and after < position else []
            for commit in commits:
                self._deliver(commit)
            if not page.full:
                return  # the log has not come further

    async def _is_still_broken(self, broken: Unreadable) -> bool:
        return (await read_sound(self._read, after=broken.position - 1, limit=1)).broken is not None

    def _stop(self, broken: Unreadable) -> None:
        self.broken = broken
        _logger.error("%s; until it can be, nothing more is heard and no append is taken", broken)

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
