"""The newest events at hand, and followers that miss none and see none twice.

A follower pulls: it holds a position and asks for the commit right after it. The ring has it, or,
for a follower that fell behind, the log. So nothing queues up for anybody, and a follower that
lags costs reads and no memory. What arrives from the log's listener wakes followers up and fills
the ring; the log stays the truth.

It follows by commits, each whole (`commits`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from graphql_brief.log.commits import PAGE, commits_of
from graphql_brief.log.port import EventLog, Listener, Recorded, erasures


class TailClosed(Exception):  # noqa: N818 - no error of the program: the server is stopping
    """The position that was waited for will not be seen any more."""


class Tail:
    """A bounded ring of the newest events of a log, fed by its commits."""

    def __init__(self, log: EventLog, *, capacity_events: int = 10_000) -> None:
        self.position = 0
        """The last position seen."""
        self._position_time: datetime | None = None
        self._log = log
        self._capacity_events = capacity_events
        # By a commit's first position, oldest first; a plain dict is slow to pop the oldest from.
        self._ring: OrderedDict[int, Sequence[Recorded]] = OrderedDict()
        self._ring_events = 0
        self._callbacks: list[Listener] = []
        self._news = asyncio.Event()  # set, and replaced by a new one, at each commit
        self._closed = asyncio.Event()

    async def start(self) -> None:
        """Take in the log's commits from now on, whether or not something is being appended."""
        self._log.on_commit(self._publish)
        # A commit may be in the head that is read here and be published only later, or the other
        # way round: the position is the larger of what was read and what was published.
        head = await self._log.head()
        if head.position > self.position:
            self.position, self._position_time = head.position, head.recorded_at

    def listen(self, callback: Listener) -> None:
        """Have `callback` called with each commit as it arrives, in order; for caches.

        It is called before `append` returns, so that a writer who reads finds what he wrote. It
        must not raise, as no `Listener` may.
        """
        self._callbacks.append(callback)

    def _publish(self, commit: Sequence[Recorded]) -> None:
        if self._closed.is_set():
            return
        for stream, version in erasures(commit).items():
            self._forget(stream, version)
        self._ring[commit[0].position] = commit
        self._ring_events += len(commit)
        while self._ring_events > self._capacity_events:
            _, oldest = self._ring.popitem(last=False)
            self._ring_events -= len(oldest)
        if commit[-1].position > self.position:
            self.position, self._position_time = commit[-1].position, commit[-1].recorded_at
        news, self._news = self._news, asyncio.Event()
        news.set()
        for callback in self._callbacks:
            callback(commit)

    def _forget(self, stream: str, version: int) -> None:
        """Drop what came of a stream from a version on: followers read it from the log."""
        for first, commit in list(self._ring.items()):
            if commit[0].stream == stream and commit[-1].version >= version:
                del self._ring[first]
                self._ring_events -= len(commit)

    def recorded_at(self, position: int) -> datetime | None:
        """When what is at a position was recorded; None if it is not at hand."""
        if position == self.position:
            return self._position_time
        if not self._ring or position < next(iter(self._ring)):
            return None
        nearest = next(c for c in reversed(self._ring.values()) if c[0].position <= position)
        # One append, one time. Or it is in none of them: an erasure leaves a gap in the ring.
        return nearest[0].recorded_at if position <= nearest[-1].position else None

    async def wait(self, position: int) -> None:
        """Return when `position` has been seen. Raises TailClosed if the tail closes first."""
        while self.position < position:
            if self._closed.is_set():
                raise TailClosed(f"closed at position {self.position}, before {position}")
            await self._news.wait()

    async def follow(
        self, *, after: int, streams: frozenset[str] | None = None
    ) -> AsyncGenerator[Sequence[Recorded], None]:
        """The commits after a position, each whole, and then each new one as it arrives.

        With `streams`, only theirs. Where `after` lies inside a commit, the first one given is
        the rest of it. Ends when the tail is closed.
        """
        position = after
        while not self._closed.is_set():
            commit = self._ring.get(position + 1)
            if commit is not None:
                position = commit[-1].position
                if streams is None or commit[0].stream in streams:
                    yield commit
            elif position >= self.position:
                await self._news.wait()
            else:
                commits, position = await self._replay(position, streams)
                for commit in commits:
                    if self._closed.is_set():
                        return
                    yield commit

    async def _replay(
        self, after: int, streams: frozenset[str] | None
    ) -> tuple[list[list[Recorded]], int]:
        """A page of whole commits from the log, and the position to go on from."""
        seen = self.position  # before reading: all up to here is in the log for certain
        events = await self._log.read(after=after, limit=PAGE, streams=streams)
        commits = list(commits_of(events))
        if len(events) < PAGE:
            return commits, max(seen, events[-1].position if events else 0)
        # The page may have cut the last commit; the next page reads it again, whole.
        return commits[:-1], commits[-2][-1].position

    def close(self) -> None:
        """End the followers, and fail the waiters."""
        self._closed.set()
        self._news.set()
