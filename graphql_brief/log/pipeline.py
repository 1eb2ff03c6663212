"""Group commit in the writer's own thread: while a batch is synced, the one before it is answered.

As in `group`, appends that are asked for at once share one transaction and one sync. But here the
thread takes them from the queue itself, and half of those under way are prepared by the event loop
while the other half is committed:

    writer │ write A ║ commit A │ write B ║ commit B │ write A ║ …
    loop             ║ answer B, who ask again       ║ answer A, who ask again

The two take turns at the interpreter, which they would otherwise take from each other at every row
that is written: a batch that is committed is answered when the next one is about to be, or at once
where none is behind it, and no batch is begun while the one before is being answered. So an answer
may come later than its commit by what the next batch waits for, such as another program's lock.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter

from msgspec import Struct

from graphql_brief.log.append_queue import AppendQueue, Asked
from graphql_brief.log.port import AppendResult, DatabaseError, Recorded
from graphql_brief.log.recording import Prepared

SLOW_TIMES = 2.0
"""A commit is slow that takes more than so many times what the writing before it took. Somewhere
between 1.5 and 2 times, two halves of a batch begin to take longer than the whole."""
SLOW_COMMITS = 2
"""Commits are slow once so many were, one after the other: a checkpoint alone is no reason."""


class Committed(Struct, frozen=True):
    """What became of a batch, all of which is durable."""

    results: Sequence[AppendResult | ValueError]
    """Of each request. ValueError: it is none that a log may take; it alone failed."""
    commits: Sequence[Sequence[Recorded]]
    """What the listeners have not been told."""


Submit = Callable[[Callable[[], None]], object]
"""From any thread: has something done in the writer's, in the order of the calls.

Raises DatabaseError once that has ended."""
Transact = Callable[[Sequence[Prepared], Callable[[], None]], Committed]
"""In the writer's thread: writes a batch, in order, calls what it was given, and commits."""
Deliver = Callable[[Sequence[Sequence[Recorded]]], None]
"""In the event loop: tells the listeners."""


class Pipeline:
    """The one writer of a log, in a thread."""

    def __init__(self, submit: Submit, transact: Transact, deliver: Deliver) -> None:
        self.queue = AppendQueue(self._asked)
        """Where appends are asked for."""
        self._submit = submit
        self._transact = transact
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        # Two flags, and no lock. Each side clears its own before it looks at the other's and into
        # the queue, so that of two who look at once one at least sees what is to be done; where
        # both do, a turn finds nothing, or begins while a batch is answered: it costs time alone.
        self._called = False
        """Whether a turn of the writer is coming. The writer clears it."""
        self._answering = False
        """Whether the loop answers a batch. The loop clears it."""
        self._held: Callable[[], None] | None = None
        """What answers the last batch. Of the writer's thread."""
        self._slow = SLOW_COMMITS
        """How many of the last commits were slow, without a quick one between; they are taken for
        slow until one was quick. Of the writer's thread."""

    def _asked(self) -> None:
        if not self._called:
            self._called = True
            # In the loop's next turn, so that what is asked for in this one goes together.
            self._loop.call_soon(self._begin)

    def _call(self) -> None:
        if not self._called:
            self._called = True
            self._begin()

    def _begin(self) -> None:
        try:
            self._submit(self._turn)
        except DatabaseError as error:
            # The writer takes no more: this is its last turn, or it has had it.
            self._called = False
            self._answer_held()
            while batch := self.queue.take():
                self._loop.call_soon_threadsafe(self.queue.fail, batch, error)

    # In the writer's thread.

    def _turn(self) -> None:
        self._called = False
        if self._answering:
            return  # the loop calls again when it has answered
        batch = self.queue.take(self._share())
        if batch:
            answers = self._commit(batch)
            self._answer_held()  # where the transaction did not come to it
            self._held = answers
            if self.queue:
                self._call()
        if self._slow >= SLOW_COMMITS or not (self._called or self._answering):
            self._answer_held()

    def _share(self) -> int:
        """How many appends the next batch has at most: half of those under way.

        Where commits are slow, all of them: two would cost more than is gained.
        """
        under_way = self.queue.under_way
        return under_way if self._slow >= SLOW_COMMITS else (under_way + 1) // 2

    def _commit(self, batch: Sequence[Asked]) -> Callable[[], None]:
        """What answers a batch, which is in the log now or has failed."""
        begun = written = perf_counter()

        def before_commit() -> None:
            nonlocal written
            self._answer_held()
            written = perf_counter()

        try:
            committed = self._transact([asked.prepared for asked in batch], before_commit)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the callers' to see
            return partial(self._fail, batch, error)
        if committed.commits:  # else nothing was written, or the files were cleared as well
            is_slow = perf_counter() - written > SLOW_TIMES * (written - begun)
            self._slow = self._slow + 1 if is_slow else 0
        # A crash from here on leaves the appends in the log, synced, and their callers without an
        # answer: asked again under the same idempotency key, the log gives it.
        return partial(self._answer, batch, committed)

    def _answer_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._answering = True
            self._loop.call_soon_threadsafe(held)

    # In the event loop.

    def _answer(self, batch: Sequence[Asked], committed: Committed) -> None:
        try:
            self._deliver(committed.commits)
            self.queue.answer(batch, committed.results)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as above
            self.queue.fail(batch, error)
        finally:
            self._loop.call_soon(self._answered)  # behind the callers, who may ask again

    def _fail(self, batch: Sequence[Asked], error: BaseException) -> None:
        self.queue.fail(batch, error)
        self._loop.call_soon(self._answered)

    def _answered(self) -> None:
        self._answering = False
        if self.queue or self._held is not None:
            self._call()
