"""What a log's listeners hear of it, and whether it is all of it, in order."""

import asyncio
from collections.abc import Sequence
from typing import Self

from graphql_brief.log.port import EventLog, Recorded

TIMEOUT_S = 20.0
"""How long what is in the log may take to be heard; many times longer than it must."""


class Heard:
    """Counts the positions that a listener is called with."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        """What was skipped, or heard twice."""
        self._events: list[Recorded] = []
        self._position: int | None = None
        self._news = asyncio.Event()

    @classmethod
    async def of(cls, log: EventLog) -> Self:
        """Of all that is appended from here on."""
        heard = cls()
        log.on_commit(heard._hear)
        end = (await log.head()).position
        if heard._position is None:
            heard._position = end
        return heard

    def _hear(self, commit: Sequence[Recorded]) -> None:
        for event in commit:
            if self._position is not None and event.position != self._position + 1:
                self.wrong.append(f"heard of position {event.position} after {self._position}")
            self._position = event.position
        self._events += commit
        self._news.set()

    async def all_of(self, log: EventLog) -> None:
        """Wait for all that is in the log, and compare. It is wrong if it does not come."""
        end = (await log.head()).position
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while (self._position or 0) < end:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.wrong.append(f"position {end} was not heard of, only {self._position}")
            return
        if self._events:
            first = self._events[0].position
            held = await log.read(after=first - 1, limit=len(self._events))
            if held != self._events:
                self.wrong.append(f"what was heard from position {first} on is not in the log")
