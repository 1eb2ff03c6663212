"""Group commit: appends that are asked for at once share one transaction and one sync.

Nothing waits for company: while a batch is being committed the next one gathers, and is taken
whole when the writer is free; a lone append goes alone, at once.

    asked ──► queue (bounded) ──► writer: drain ──► commit: one transaction, listeners ──► answers

A caller who goes away does not take the append along: what is queued is committed. Where the
transaction fails, nobody in it is acknowledged and every caller in it gets the error.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

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

Commit = Callable[[Sequence[Prepared]], Coroutine[Any, Any, Sequence[AppendResult | ValueError]]]
"""Takes a batch, in order; gives the result of each once all of it is durable and the listeners
have been called. ValueError: the request is none that a log may take; it alone failed."""


class _Asked(Struct, frozen=True):
    prepared: Prepared
    answer: asyncio.Future[AppendResult]


class GroupCommit:
    """The queue before the one writer of a log, and the writer."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._queue: deque[_Asked] = deque()
        self._batch: list[_Asked] = []
        """What is being committed."""
        self._room = asyncio.Semaphore(QUEUE_REQUESTS)
        self._committing: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def queued(self) -> int:
        """How many appends wait for the writer; not those that are being committed."""
        return len(self._queue)

    async def append(self, prepared: Prepared) -> AppendResult:
        """The result, once the append is durable or refused. Raises RuntimeError once closed."""
        # While there is room this does not let others run: appends keep the order of their calls.
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise RuntimeError("the log is closed")
        asked = _Asked(prepared, asyncio.get_running_loop().create_future())
        self._queue.append(asked)
        if self._committing is None:
            self._begin()
        # Nothing but this caller hangs on the future: whoever cancels them cancels their waiting,
        # and not the append, which needs no shield for that.
        return await asked.answer

    async def close(self) -> None:
        """Commit what is queued, and take no more."""
        self._closed = True
        while self._committing is not None:
            await asyncio.wait([self._committing])

    def _begin(self) -> None:
        # A task of its own, so that whatever it raises is its callers' to see, and the writer goes
        # on with those behind them.
        self._committing = asyncio.create_task(self._commit_batch())
        self._committing.add_done_callback(self._ended)

    async def _commit_batch(self) -> None:
        self._batch = batch = self._drain()
        results = await self._commit([asked.prepared for asked in batch])
        answers = list(zip(batch, results, strict=True))
        # A crash from here on leaves the appends in the log, synced, and their callers without an
        # answer: asked again under the same idempotency key, the log gives it.
        self._batch = []
        self._go_on()
        for asked, result in answers:
            if isinstance(result, ValueError):
                _fail(asked.answer, result)
            elif not asked.answer.cancelled():
                asked.answer.set_result(result)
            self._room.release()

    def _ended(self, committing: asyncio.Task[None]) -> None:
        # Only failures are told here: it is one turn of the loop later.
        error = asyncio.CancelledError() if committing.cancelled() else committing.exception()
        if error is None:
            return
        batch, self._batch = self._batch, []
        self._go_on()
        for asked in batch:
            _fail(asked.answer, error)
            self._room.release()

    def _go_on(self) -> None:
        if self._queue:
            self._begin()  # first: it is on its way while these callers are told, and go on
        else:
            self._committing = None

    def _drain(self) -> list[_Asked]:
        batch = [self._queue.popleft()]
        events = len(batch[0].prepared.parts)
        while self._queue and len(batch) < BATCH_REQUESTS:
            events += len(self._queue[0].prepared.parts)
            if events > BATCH_EVENTS:
                break
            batch.append(self._queue.popleft())
        return batch


def _fail(answer: asyncio.Future[AppendResult], error: BaseException) -> None:
    if answer.cancelled():
        # Nobody else will tell of it.
        _logger.error("an append failed after its caller was cancelled", exc_info=error)
    elif not answer.done():
        answer.set_exception(error)
