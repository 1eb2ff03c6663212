"""Group commit: who waits shares a transaction, and each answer is its own."""

import asyncio
import gc
import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.domain.events import HeadlineRevised
from graphql_brief.log import append_queue
from graphql_brief.log.append_queue import AppendQueue
from graphql_brief.log.database import Database
from graphql_brief.log.group import GroupCommit
from graphql_brief.log.pipeline import Committed, Pipeline
from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    Claim,
    ClaimTaken,
    KeyReused,
    Recorded,
    StaleVersion,
)
from graphql_brief.log.recording import Prepared, prepare
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import TurnedClock, request

TIMEOUT_S = 20


class Storage:
    """A commit that waits until it is let go, and remembers what it was given."""

    queue: AppendQueue

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Event()
        self.failure: Exception | None = None

    def let_go(self) -> None:
        """From now on commits do not wait."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Once the frames have ended in which it told of what it had done."""
        await asyncio.sleep(0)

    def _take(self, batch: Sequence[Prepared]) -> None:
        self.batches.append([prepared.request.command_id for prepared in batch])

    def _results(self, batch: Sequence[Prepared]) -> list[AppendResult | ValueError]:
        """Every request of it is refused as stale, at its place in the batch."""
        if self.failure is not None:
            raise type(self.failure)(*self.failure.args)
        return [StaleVersion(current_version=n) for n in range(len(batch))]


class InLoop(Storage):
    """It is committed by the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = GroupCommit(self.commit).queue
        self._gate = asyncio.Event()

    async def commit(self, batch: Sequence[Prepared]) -> list[AppendResult | ValueError]:
        """See `Commit`."""
        self._take(batch)
        self.begun.set()
        await self._gate.wait()
        return self._results(batch)

    def let_go(self) -> None:
        """See `Storage`."""
        self._gate.set()


class InThread(Storage):
    """It is committed by a thread, and takes longer than the writing."""

    def __init__(self, thread: Executor) -> None:
        super().__init__()
        self.queue = Pipeline(thread.submit, self.transact, lambda _: None).queue
        self._thread = thread
        self._gate = threading.Event()
        self._loop = asyncio.get_running_loop()

    def transact(self, batch: Sequence[Prepared], before_commit: Callable[[], None]) -> Committed:
        """See `Transact`."""
        self._take(batch)
        before_commit()
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self._gate.wait(TIMEOUT_S)
        return Committed(self._results(batch), [])

    def let_go(self) -> None:
        """See `Storage`."""
        self._gate.set()

    async def rest(self) -> None:
        """See `Storage`."""
        await super().rest()
        # The turn that answered comes before this in the thread, and may not be at its end.
        await asyncio.get_running_loop().run_in_executor(self._thread, lambda: None)


@pytest.fixture(params=["in the loop", "in a thread"])
async def storage(request: pytest.FixtureRequest, thread: Executor) -> Storage:
    """Either of the two writers."""
    return InLoop() if request.param == "in the loop" else InThread(thread)


def asked(command: str, events: int = 1) -> Prepared:
    """A request that is ready."""
    append = Append(
        stream="brief-a",
        expected_version=0,
        events=tuple(HeadlineRevised(headline="h") for _ in range(events)),
        actor="a",
        significance=request().significance,
        command_id=command,
        correlation_id=command,
    )
    return prepare(append, bytes)


async def gathered(storage: Storage, *commands: Prepared) -> list[Any]:
    """The results of commands that came while the first one was under way."""
    first = asyncio.ensure_future(storage.queue.append(asked("first")))
    await storage.begun.wait()
    rest = [asyncio.ensure_future(storage.queue.append(command)) for command in commands]
    await asyncio.sleep(0)
    assert len(storage.queue) == min(len(commands), append_queue.QUEUE_REQUESTS - 1)
    storage.let_go()
    async with asyncio.timeout(TIMEOUT_S):
        return await asyncio.gather(first, *rest, return_exceptions=True)


async def test_who_waits_shares_a_transaction(storage: Storage) -> None:
    """What comes during a commit is one batch, in the order of the calls."""
    results = await gathered(storage, asked("a"), asked("b"))
    assert storage.batches == [["first"], ["a", "b"]]
    assert [found.current_version for found in results] == [0, 0, 1]


async def test_who_waits_is_told_at_once() -> None:
    """In the turn of the event loop after that in which the commit is done: turns are long where
    much is asked."""
    turns: list[int] = []
    loop = asyncio.get_running_loop()

    def turn(number: int) -> None:
        turns.append(number)
        if number < 4:
            loop.call_soon(turn, number + 1)

    async def commit(batch: Sequence[Prepared]) -> list[AppendResult | ValueError]:
        loop.call_soon(turn, 1)
        return [StaleVersion(current_version=1) for _ in batch]

    await GroupCommit(commit).queue.append(asked("a"))
    assert turns == [1]


class Draft(str):
    """A text of which it can be known whether anybody has it."""


async def test_nothing_is_kept_of_what_was_told(storage: Storage) -> None:
    """Drafts, which a later erasure would not find there."""
    storage.let_go()
    for failure in (None, OSError("the disk is full")):
        storage.failure = failure
        draft = Draft("a")
        kept = weakref.WeakSet([draft])
        append = asyncio.ensure_future(storage.queue.append(asked(draft)))
        del draft
        assert kept
        await asyncio.wait([append])
        assert (append.exception() is None) == (failure is None)
        del append
        await storage.rest()
        storage.batches.clear()
        gc.collect()  # an error and the frames that it came through hold each other
        assert not kept


async def test_a_batch_is_bounded(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """In requests and in events; a single append may have more events than a batch."""
    monkeypatch.setattr(append_queue, "BATCH_REQUESTS", 2)
    monkeypatch.setattr(append_queue, "BATCH_EVENTS", 3)
    sizes = [("a", 1), ("b", 2), ("c", 2), ("d", 5), ("e", 1), ("f", 1), ("g", 1)]
    await gathered(storage, *(asked(name, size) for name, size in sizes))
    assert storage.batches == [["first"], ["a", "b"], ["c"], ["d"], ["e", "f"], ["g"]]


async def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch, thread: Executor) -> None:
    """Who comes when it is full waits outside, and is let in."""
    monkeypatch.setattr(append_queue, "QUEUE_REQUESTS", 2)
    for storage in (InLoop(), InThread(thread)):
        results = await gathered(storage, *(asked(str(n)) for n in range(5)))
        assert [type(found) for found in results] == [StaleVersion] * 6
        assert max(len(batch) for batch in storage.batches) <= 2


async def test_a_failed_transaction_fails_its_callers_and_no_others(storage: Storage) -> None:
    """Every caller of the batch gets the error; the next batch goes on."""
    storage.failure = OSError("the disk is full")
    results = await gathered(storage, asked("a"), asked("b"))
    assert [str(found) for found in results] == ["the disk is full"] * 3
    storage.failure = None
    assert await storage.queue.append(asked("later")) == StaleVersion(current_version=0)


async def test_a_caller_who_goes_away(storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    """A cancelled caller's append is committed; if it fails, the log says so."""
    gone = asyncio.ensure_future(storage.queue.append(asked("gone")))
    await storage.begun.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    storage.failure = OSError("the disk is full")
    storage.let_go()
    with caplog.at_level(logging.ERROR):
        await storage.queue.close()
    assert "the disk is full" in caplog.text
    assert storage.batches == [["gone"]]


async def test_who_goes_away_does_not_take_others_along(storage: Storage) -> None:
    """Cancelled in the queue or amid the commit: all of it is committed, the others are told."""
    names = ("gone", "first", "also gone", "second")
    queue = storage.queue
    appends = {"gone": asyncio.ensure_future(queue.append(asked("gone")))}
    await storage.begun.wait()
    appends |= {name: asyncio.ensure_future(queue.append(asked(name))) for name in names[1:]}
    await asyncio.sleep(0)
    for name in ("gone", "also gone"):
        appends[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await appends[name]
    storage.let_go()
    async with asyncio.timeout(TIMEOUT_S):
        answers = [await appends[name] for name in ("first", "second")]
        await queue.close()
    assert answers == [StaleVersion(current_version=0), StaleVersion(current_version=2)]
    assert storage.batches == [["gone"], ["first", "also gone", "second"]]


async def test_closing_drains(storage: Storage) -> None:
    """What is queued is committed; what comes later is refused."""
    waiting = [asyncio.ensure_future(storage.queue.append(asked(str(n)))) for n in range(3)]
    await storage.begun.wait()
    closing = asyncio.ensure_future(storage.queue.close())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="closed"):
        await storage.queue.append(asked("late"))
    storage.let_go()
    async with asyncio.timeout(TIMEOUT_S):
        await closing
    assert all(append.done() for append in waiting)


# The batch in SQLite: each request is judged on what those before it leave


async def together(path: Path, *requests: Append) -> tuple[list[Any], list[Recorded], int]:
    """Results of requests that share a transaction; what the log then holds; the commits."""
    database = await Database.open(path / "brief.db", create=True)
    log = await SqliteLog.open(database, clock=TurnedClock())
    commits: list[Sequence[Recorded]] = []
    log.on_commit(commits.append)
    transactions = 0
    transact = database.writer.transact

    def counted(work: Any) -> Any:
        nonlocal transactions
        transactions += 1
        return transact(work)

    try:
        database.writer.transact = counted  # type: ignore[method-assign]
        results = await asyncio.gather(
            *(log.append(asked) for asked in requests), return_exceptions=True
        )
        held = await log.read(after=0, limit=100)
        assert [event for commit in commits for event in commit] == held
    finally:
        await log.close()
        await database.close()
    return results, held, transactions


def headline(text: str, *, expected: int = 0, stream: str = "brief-a", **changes: Any) -> Append:
    """A request for one event."""
    values = {
        "events": (HeadlineRevised(headline=text),),
        "stream": stream,
        "expected_version": expected,
        "actor": "a",
        "significance": request().significance,
        "command_id": text,
        "correlation_id": text,
    }
    return Append(**{**values, **changes})


async def test_one_transaction_for_all_that_come_at_once(tmp_path: Path) -> None:
    """Appends to many streams, and a row of appends to one, share one transaction."""
    requests = [
        *(headline(f"s{n}", stream=f"brief-{n}") for n in range(30)),
        *(headline(f"v{n}", stream="brief-row", expected=n) for n in range(10)),
    ]
    results, held, transactions = await together(tmp_path, *requests)
    assert all(isinstance(found, Appended) for found in results)
    assert [event.position for event in held] == list(range(1, 41))
    assert transactions == 1


async def test_each_is_judged_on_what_those_before_it_leave(tmp_path: Path) -> None:
    """In one transaction: a version taken, a claim taken, a key used, a key used otherwise."""
    slug = (Claim("slug", "s"),)
    keyed = headline("first", claims=slug, idempotency_key="k", digest="d")
    results, held, transactions = await together(
        tmp_path,
        keyed,
        headline("stale"),
        headline("next", expected=1),
        headline("robber", stream="brief-b", claims=slug),
        headline("same claim", expected=2, claims=slug),
        keyed,
        headline("other", stream="brief-c", idempotency_key="k", digest="e"),
    )
    first, stale, following, robber, own, again, other = results
    assert isinstance(first, Appended)
    assert stale == StaleVersion(current_version=1)
    assert isinstance(following, Appended)
    assert robber == ClaimTaken(claim=slug[0], owner="brief-a")
    assert isinstance(own, Appended)
    assert isinstance(again, Appended)
    assert again.repeated
    assert again.last_position == first.last_position
    assert other == KeyReused()
    assert [event.command_id for event in held] == ["first", "next", "same claim"]
    assert transactions == 1


async def test_one_that_no_log_may_take_fails_alone(tmp_path: Path) -> None:
    """A header beyond its bound is its own caller's error; the others are in the log."""
    results, held, _ = await together(
        tmp_path,
        headline("a"),
        headline("b", stream="brief-b", correlation_id="x" * 70_000),
        headline("c", expected=1),
    )
    assert isinstance(results[1], ValueError)
    assert [event.command_id for event in held] == ["a", "c"]
