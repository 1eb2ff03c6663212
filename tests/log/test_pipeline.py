"""The pipeline of the writer's thread: what overlaps, in which order, and that nothing is lost."""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

import pytest

from graphql_brief.log.pipeline import Committed, Pipeline
from graphql_brief.log.port import StaleVersion
from graphql_brief.log.recording import Prepared
from tests.log.test_group import TIMEOUT_S, asked

FULL = OSError("the disk is full")


class Steps:
    """A writer whose every step is noted; the writing of a batch, or its commit, can be held up."""

    def __init__(self, thread: Executor) -> None:
        self.noted: list[str] = []
        self.slow_commits = False
        self.fails: dict[str, BaseException] = {}
        """The batches, by their first command, that fail before they come to their commit."""
        self.deaf: dict[str, BaseException] = {}
        """Those of which a listener does not want to hear."""
        self.refused: set[str] = set()
        """Those of which nothing is written, and so there is nothing to commit."""
        self.writing: dict[str, threading.Event] = {}
        """By a batch's first command, what its writing waits for."""
        self.committing: dict[str, threading.Event] = {}
        self.queue = Pipeline(thread.submit, self._transact, self._deliver).queue
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def _transact(self, batch: Sequence[Prepared], before_commit: Callable[[], None]) -> Committed:
        names = [prepared.request.command_id for prepared in batch]
        self._note(f"write {' '.join(names)}")
        if not self.slow_commits:
            time.sleep(0.005)  # the commit, which does nothing, takes less than that
        self._wait(self.writing, names[0])
        if names[0] in self.fails:
            raise self.fails[names[0]]
        before_commit()
        results = [StaleVersion(current_version=int(name[1:])) for name in names]
        if names[0] in self.refused:
            return Committed(results, [])
        if self.slow_commits:
            time.sleep(0.01)
        self._wait(self.committing, names[0])
        self._note(f"committed {names[0]}")
        return Committed(results, [names])  # type: ignore[list-item]

    def _note(self, step: str) -> None:
        self.noted.append(step)
        self._loop.call_soon_threadsafe(self._news.set)

    def _wait(self, gates: dict[str, threading.Event], name: str) -> None:
        assert gates.get(name, _OPEN).wait(TIMEOUT_S)

    def _deliver(self, commits: Sequence[Sequence[Any]]) -> None:
        for commit in commits:
            self.noted.append(f"told {commit[0]}")
            if commit[0] in self.deaf:
                raise self.deaf[commit[0]]

    async def append(self, name: str) -> None:
        """Ask for an append, and note the answer."""
        result = await self.queue.append(asked(name))
        assert result == StaleVersion(current_version=int(name[1:]))
        self.noted.append(f"answered {name}")

    async def until(self, step: str) -> None:
        """Once this was noted."""
        async with asyncio.timeout(TIMEOUT_S):
            while step not in self.noted:
                self._news.clear()
                await self._news.wait()


_OPEN = threading.Event()
_OPEN.set()


@pytest.fixture
async def steps(thread: Executor) -> Steps:
    """A pipeline and what it does."""
    return Steps(thread)


def ask(steps: Steps, *names: str) -> list[asyncio.Task[None]]:
    """Appends that are asked for at once."""
    return [asyncio.create_task(steps.append(name)) for name in names]


async def test_a_lone_append_waits_for_nobody(steps: Steps) -> None:
    """It is written, committed, told and answered, though no other comes."""
    await asyncio.gather(*ask(steps, "a1"))
    assert steps.noted == ["write a1", "committed a1", "told a1", "answered a1"]


async def test_answers_wait_for_the_writing_and_not_for_the_commit(steps: Steps) -> None:
    """A batch with one behind it is answered while that one is committed; never before its own
    commit."""
    steps.writing["a1"] = threading.Event()
    steps.writing["b1"] = threading.Event()
    steps.committing["b1"] = threading.Event()
    first = ask(steps, "a1")
    await steps.until("write a1")
    second = ask(steps, "b1")
    await asyncio.sleep(0)  # it is asked for
    await asyncio.sleep(0)  # and the writer called
    assert len(steps.queue) == 1
    steps.writing["a1"].set()
    await steps.until("write b1")
    assert steps.noted == ["write a1", "committed a1", "write b1"]
    steps.writing["b1"].set()
    await asyncio.gather(*first)
    assert steps.noted[3:] == ["told a1", "answered a1"]
    steps.committing["b1"].set()
    await asyncio.gather(*second)
    assert steps.noted[5:] == ["committed b1", "told b1", "answered b1"]


async def test_the_next_failure_is_none_of_the_batch_before(steps: Steps) -> None:
    """What is committed is answered, though the transaction that was to carry it along fails."""
    steps.writing["a1"] = threading.Event()
    steps.fails["b1"] = FULL
    first = ask(steps, "a1")
    await steps.until("write a1")
    second = ask(steps, "b1")
    await asyncio.sleep(0)
    steps.writing["a1"].set()
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*first)
        with pytest.raises(OSError, match="full"):
            await asyncio.gather(*second)
        await asyncio.gather(*ask(steps, "c1"))


@pytest.mark.parametrize("error", [ZeroDivisionError(), asyncio.CancelledError()], ids=type)
async def test_a_listener_that_raises_is_heard_of(steps: Steps, error: BaseException) -> None:
    """By the callers of the batch, and the writer goes on."""
    steps.deaf["a1"] = error
    async with asyncio.timeout(TIMEOUT_S):
        with pytest.raises(type(error)):
            await steps.append("a1")
        await steps.append("b1")


async def test_whatever_ends_a_transaction_is_the_callers_to_see(steps: Steps) -> None:
    """Also what no program means to raise; the writer goes on."""

    class Odd(BaseException):
        pass

    steps.fails["a1"] = Odd()
    async with asyncio.timeout(TIMEOUT_S):
        with pytest.raises(Odd):
            await steps.append("a1")
        await steps.append("b1")


@pytest.mark.parametrize("waiting", [(), ("c0",)], ids=["none waits", "one waits"])
async def test_no_batch_is_begun_while_one_is_answered(
    steps: Steps, waiting: tuple[str, ...]
) -> None:
    """What callers ask for as they are answered goes together, with what waits by then."""
    await steps.append("z1")  # its commit is quick, and so the next ones take turns
    steps.writing["b1"] = threading.Event()
    steps.committing["b1"] = threading.Event()

    async def first() -> None:
        await steps.append("a1")
        steps.committing["b1"].set()
        await steps.append("c1")

    async def second() -> None:
        await steps.append("a2")
        time.sleep(0.05)  # noqa: ASYNC251 - the loop is busy for long, and the writer is not
        await steps.append("c2")

    calls = [asyncio.create_task(caller()) for caller in (first, second)]
    calls += ask(steps, "b1", "b2")
    await steps.until("write b1 b2")
    calls += ask(steps, *waiting)
    await asyncio.sleep(0)
    steps.writing["b1"].set()
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*calls)
    writes = [step for step in steps.noted if step.startswith("write")]
    assert writes[1:3] == ["write a1 a2", "write b1 b2"]
    assert writes[3:] == [f"write {' '.join((*waiting, 'c1', 'c2'))}"]


async def test_quick_commits_take_turns(steps: Steps) -> None:
    """Where a commit takes less than the writing, half of those under way are written while the
    others are answered and ask again."""

    async def twice(name: str) -> None:
        await steps.append(name)
        await steps.append(f"{name}0")

    await steps.append("a1")
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*(twice(f"b{n}") for n in range(1, 5)))
    writes = [step.split()[1:] for step in steps.noted if step.startswith("write")]
    assert writes == [["a1"], ["b1", "b2"], ["b3", "b4"], ["b10", "b20"], ["b30", "b40"]]


async def test_slow_commits_are_not_made_two(steps: Steps) -> None:
    """Where a commit takes longer than the writing, all that wait share one."""
    steps.slow_commits = True
    await asyncio.gather(*ask(steps, "a1"))
    await asyncio.gather(*ask(steps, *(f"b{n}" for n in range(1, 9))))
    assert steps.noted[4] == "write b1 b2 b3 b4 b5 b6 b7 b8"


async def test_what_writes_nothing_says_nothing_of_commits(steps: Steps) -> None:
    """Refusals alone do not make a slow disk a quick one."""
    steps.slow_commits = True
    steps.refused.add("r1")
    for name in ("a1", "a2", "r1"):
        await steps.append(name)
    await asyncio.gather(*ask(steps, "b1", "b2"))
    assert "write b1 b2" in steps.noted


async def test_commits_that_become_slow(steps: Steps) -> None:
    """After two of them the halves come together again."""

    async def caller(name: str) -> None:
        for turn in range(1, 5):
            await steps.append(f"{name}{turn}")

    await steps.append("a1")
    steps.slow_commits = True
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*(caller(f"b{n}") for n in range(1, 5)))
    writes = [len(step.split()) - 1 for step in steps.noted if step.startswith("write")]
    assert writes == [1, 2, 2, 4, 4, 4]


async def test_nobody_is_forgotten(thread: Executor) -> None:
    """Whoever asks, and whenever: each is answered once, in order, and committed before."""
    random_ = random.Random(7)
    for _ in range(30):
        steps = Steps(thread)
        steps.slow_commits = random_.random() < 0.5
        numbers = iter(range(1, 10_000))

        async def caller(steps: Steps, numbers: Iterator[int], pauses: list[int]) -> None:
            for pause in pauses:
                number = next(numbers)
                if number % 7 == 0:
                    steps.fails[f"n{number}"] = FULL
                for _ in range(pause):
                    await asyncio.sleep(0)
                try:
                    await steps.append(f"n{number}")
                except OSError:
                    steps.noted.append(f"failed n{number}")

        async with asyncio.timeout(TIMEOUT_S):
            await asyncio.gather(
                *(
                    caller(steps, numbers, random_.choices((0, 0, 1, 5), k=random_.randrange(1, 9)))
                    for _ in range(random_.randrange(1, 12))
                )
            )
            await steps.queue.close()
        done = [
            step.split()[1] for step in steps.noted if step.split()[0] in ("answered", "failed")
        ]
        assert sorted(done) == sorted(f"n{number}" for number in range(1, next(numbers)))
        written = [name for step in steps.noted if "write" in step for name in step.split()[1:]]
        assert len(written) == len(set(written)) == len(done)
        order = {step: place for place, step in enumerate(steps.noted)}
        for step in steps.noted:
            if step.startswith("told"):
                assert order[f"committed {step.split()[1]}"] < order[step]
        told = [step.split()[1] for step in steps.noted if step.startswith("told")]
        assert told == [s.split()[1] for s in steps.noted if s.startswith("committed")]
        assert (len(steps.queue), steps.queue.under_way) == (0, 0)
