"""Appends that wait for the writer of a log, and their callers, who wait for the answers.

A caller who goes away does not take the append along: what is queued is committed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from graphql_brief.log.port import AppendResult
from graphql_brief.log.recording import Prepared

BATCH_REQUESTS = 256
"""Most appends of one transaction."""
BATCH_EVENTS = 2_000
"""Most events of one transaction; a single append may have more."""
QUEUE_REQUESTS = 4_096
"""Most appends that are queued or under way; who comes later waits to be let in."""

_logger = logging.getLogger(__name__)


class Asked(Struct, frozen=True):
    """An append whose caller waits."""

    prepared: Prepared
    answer: asyncio.Future[AppendResult]


class AppendQueue:
    """Bounded, in the order of the calls. Of the event loop's thread, but for `take`."""

    def __init__(self, call: Callable[[], None]) -> None:
        """`call` tells the writer that there is something to take: after each append."""
        self.under_way = 0
        """How many appends are asked for and not answered."""
        self._call = call
        self._waiting: deque[Asked] = deque()
        self._room = asyncio.Semaphore(QUEUE_REQUESTS)
        self._answered = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many appends wait for the writer; not those that it has taken."""
        return len(self._waiting)

    async def append(self, prepared: Prepared) -> AppendResult:
        """The result, once the append is durable or refused. Raises RuntimeError once closed."""
        # While there is room this does not let others run: appends keep the order of their calls.
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise RuntimeError("the log is closed")
        asked = Asked(prepared, asyncio.get_running_loop().create_future())
        self.under_way += 1
        self._waiting.append(asked)
        self._call()
        # Nothing but this caller hangs on the future: whoever cancels them cancels their waiting,
        # and not the append, which needs no shield for that.
        return await asked.answer

    def take(self, most: int = BATCH_REQUESTS) -> list[Asked]:
        """The next batch, of at most so many appends; empty if none waits.

        Also from another thread, as long as one alone takes: others only add at the far end.
        """
        batch: list[Asked] = []
        events = 0
        most = min(most, BATCH_REQUESTS)
        while self._waiting and len(batch) < most:
            events += len(self._waiting[0].prepared.parts)
            if batch and events > BATCH_EVENTS:
                break
            batch.append(self._waiting.popleft())
        return batch

    def answer(self, batch: Sequence[Asked], results: Sequence[AppendResult | ValueError]) -> None:
        """Tell the callers of a batch what became of it.

        ValueError: the request is none that a log may take; it alone failed.
        """
        for asked, result in zip(batch, results, strict=True):
            if isinstance(result, ValueError):
                _fail(asked.answer, result)
            elif not asked.answer.cancelled():
                asked.answer.set_result(result)
        self._leave(len(batch))

    def fail(self, batch: Sequence[Asked], error: BaseException) -> None:
        """Raise an error at all callers of a batch."""
        for asked in batch:
            _fail(asked.answer, error)
        self._leave(len(batch))

    async def close(self) -> None:
        """Take no more; returns once all that was asked for is answered."""
        self._closed = True
        if self.under_way:
            await self._answered.wait()

    def _leave(self, count: int) -> None:
        for _ in range(count):
            self._room.release()
        self.under_way -= count
        if self._closed and not self.under_way:
            self._answered.set()


def _fail(answer: asyncio.Future[AppendResult], error: BaseException) -> None:
    if answer.cancelled():
        # Nobody else will tell of it.
        _logger.error("an append failed after its caller was cancelled", exc_info=error)
    elif not answer.done():
        answer.set_exception(error)
