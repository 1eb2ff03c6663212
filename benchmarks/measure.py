"""Contenders take turns, so that a machine that slows down slows all of them down.

A B C, A B C, …: what is compared are the figures of one round, and what is told is the median of
those ratios with its quartiles. Figures of different rounds are never divided.
"""

import asyncio
import gc
import math
import statistics
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import NamedTuple

from graphql_brief.http.server import spare_collector


class Sample(NamedTuple):
    """What one contender did in one round."""

    per_s: float
    p50_ms: float | None = None
    p99_ms: float | None = None


class Spread(NamedTuple):
    """The median of some figures, between their quartiles."""

    low: float
    median: float
    high: float


Contender = Callable[[], Awaitable[Sample]]
"""Does its work once and says how fast it was."""
Samples = Mapping[str, Sequence[Sample]]
"""By contender, one for each round."""


def spread(figures: Sequence[float]) -> Spread:
    """Raises ValueError if there are none."""
    if not figures:
        raise ValueError("no figures to find the middle of")
    if len(figures) == 1:
        return Spread(figures[0], figures[0], figures[0])
    return Spread(*statistics.quantiles(figures, n=4, method="inclusive"))


def rate(samples: Sequence[Sample]) -> Spread:
    """How much was done a second."""
    return spread([sample.per_s for sample in samples])


def ratio(samples: Samples, of: str, to: str) -> Spread:
    """How many times as fast `of` was as `to`, round by round."""
    return spread(
        [mine.per_s / other.per_s for mine, other in zip(samples[of], samples[to], strict=True)]
    )


def latency(samples: Sequence[Sample]) -> tuple[float, float] | None:
    """The medians of the rounds' p50 and p99, in milliseconds; None for work without callers."""
    halves = [sample.p50_ms for sample in samples if sample.p50_ms is not None]
    tails = [sample.p99_ms for sample in samples if sample.p99_ms is not None]
    return (statistics.median(halves), statistics.median(tails)) if halves and tails else None


async def in_turns(
    contenders: Mapping[str, Contender], rounds: int, *, warm_up: bool = True
) -> dict[str, list[Sample]]:
    """Every contender once in each round, after one round that does not count."""
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    thresholds = gc.get_threshold()
    for counts in [False] * warm_up + [True] * rounds:
        for name, contender in contenders.items():
            # Nobody pays for the garbage of the contender before, and all have the collector as the
            # server sets it.
            spare_collector()
            sample = await contender()
            if counts:
                samples[name].append(sample)
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    return samples


async def timed(work: Callable[[], Awaitable[int]]) -> Sample:
    """How many things a second `work` does, which gives their number."""
    begun = perf_counter()
    done = await work()
    return Sample(done / (perf_counter() - begun))


async def timed_in_thread(work: Callable[[], int]) -> Sample:
    """As `timed`, for work that blocks. The thread is alone: the event loop only waits for it."""

    def run() -> Sample:
        begun = perf_counter()
        done = work()
        return Sample(done / (perf_counter() - begun))

    return await asyncio.to_thread(run)


async def tasks(
    callers: int,
    call: Callable[[int], Awaitable[None]],
    *,
    seconds: float = math.inf,
    calls_each: float = math.inf,
) -> Sample:
    """So many tasks, each of which calls again as soon as it is answered, until a bound is met."""
    latencies: list[float] = []
    begun = perf_counter()
    end = begun + seconds

    async def one(caller: int) -> None:
        asked, calls = begun, 0
        while asked < end and calls < calls_each:
            await call(caller)
            calls += 1
            answered = perf_counter()
            latencies.append(answered - asked)
            asked = answered

    async with asyncio.TaskGroup() as group:
        for caller in range(callers):
            group.create_task(one(caller))
    return sample_of(latencies, perf_counter() - begun)


async def threads(callers: int, call: Callable[[int], None], *, seconds: float) -> Sample:
    """As `tasks`, for calls that block: a thread for each caller."""
    latencies: list[list[float]] = [[] for _ in range(callers)]
    ready = threading.Barrier(callers + 1)

    def one(caller: int) -> None:
        mine = latencies[caller]
        ready.wait()
        asked = perf_counter()
        end = asked + seconds
        while asked < end:
            call(caller)
            answered = perf_counter()
            mine.append(answered - asked)
            asked = answered

    def run() -> Sample:
        with ThreadPoolExecutor(callers) as pool:
            running = [pool.submit(one, caller) for caller in range(callers)]
            ready.wait()
            begun = perf_counter()
            for done in running:
                done.result()
            return sample_of([one for mine in latencies for one in mine], perf_counter() - begun)

    return await asyncio.to_thread(run)


def sample_of(latencies: list[float], elapsed: float) -> Sample:
    """What calls with these latencies did in that time; all in seconds, the latencies get sorted.

    Raises ValueError if there are none.
    """
    if not latencies:
        raise ValueError("nothing was answered")
    latencies.sort()
    count = len(latencies)
    return Sample(
        count / elapsed,
        latencies[count // 2] * 1e3,
        latencies[min(count * 99 // 100, count - 1)] * 1e3,
    )
