"""Group commit: appends that are asked for at once share one transaction and one sync.

Nothing waits for company: while a batch is being committed the next one gathers, and is taken
whole when the writer is free; a lone append goes alone, at once.

    asked ──► queue (bounded) ──► writer: take ──► commit: one transaction, listeners ──► answers

Where the transaction fails, nobody in it is acknowledged and every caller in it gets the error.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from graphql_brief.log.append_queue import AppendQueue, Asked
from graphql_brief.log.port import AppendResult
from graphql_brief.log.recording import Prepared

Commit = Callable[[Sequence[Prepared]], Coroutine[Any, Any, Sequence[AppendResult | ValueError]]]
"""Takes a batch, in order; gives the result of each once all of it is durable and the listeners
have been called. ValueError: the request is none that a log may take; it alone failed."""


class GroupCommit:
    """The one writer of a log, in the event loop."""

    def __init__(self, commit: Commit) -> None:
        self.queue = AppendQueue(self._call)
        """Where appends are asked for."""
        self._commit = commit
        self._batch: list[Asked] = []
        """What is being committed."""
        self._committing: asyncio.Task[None] | None = None

    def _call(self) -> None:
        if self._committing is None:
            self._begin()

    def _begin(self) -> None:
        # A task of its own, so that whatever it raises is its callers' to see, and the writer goes
        # on with those behind them.
        self._committing = asyncio.create_task(self._commit_batch())
        self._committing.add_done_callback(self._ended)

    async def _commit_batch(self) -> None:
        self._batch = batch = self.queue.take()
        results = await self._commit([asked.prepared for asked in batch])
        # A crash from here on leaves the appends in the log, synced, and their callers without an
        # answer: asked again under the same idempotency key, the log gives it.
        self._batch = []
        self._go_on()
        self.queue.answer(batch, results)

    def _ended(self, committing: asyncio.Task[None]) -> None:
        # Only failures are told here: it is one turn of the loop later.
        error = asyncio.CancelledError() if committing.cancelled() else committing.exception()
        if error is None:
            return
        batch, self._batch = self._batch, []
        self._go_on()
        self.queue.fail(batch, error)

    def _go_on(self) -> None:
        if self.queue:
            self._begin()  # first: it is on its way while these callers are told, and go on
        else:
            self._committing = None
