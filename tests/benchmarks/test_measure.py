"""The arithmetic of the benchmarks: turns, ratios within a round, bounds of a load."""

import asyncio

import pytest

from benchmarks.measure import (
    Sample,
    Spread,
    in_turns,
    latency,
    rate,
    ratio,
    spread,
    tasks,
    threads,
)


async def test_contenders_take_turns_and_the_first_round_does_not_count() -> None:
    """A B, A B, A B: two rounds that count, after one that does not."""
    called: list[str] = []

    async def slow() -> Sample:
        called.append("slow")
        return Sample(1.0 * len(called))

    async def fast() -> Sample:
        called.append("fast")
        return Sample(10.0 * len(called))

    samples = await in_turns({"slow": slow, "fast": fast}, 2)

    assert called == ["slow", "fast"] * 3
    assert samples == {"slow": [Sample(3), Sample(5)], "fast": [Sample(40), Sample(60)]}


def test_a_ratio_is_taken_within_each_round() -> None:
    """A machine that slows down by ten between the rounds changes no ratio."""
    samples = {
        "mine": [Sample(200), Sample(20), Sample(2)],
        "theirs": [Sample(100), Sample(10), Sample(1)],
    }

    assert ratio(samples, "mine", "theirs") == Spread(2, 2, 2)
    assert rate(samples["mine"]) == Spread(11, 20, 110)


def test_a_ratio_needs_as_many_rounds_of_both() -> None:
    """What ran in other rounds cannot be compared."""
    with pytest.raises(ValueError, match="shorter"):
        ratio({"mine": [Sample(1), Sample(1)], "theirs": [Sample(1)]}, "mine", "theirs")


def test_one_figure_is_its_own_middle_and_none_has_no_middle() -> None:
    """The ends of a spread."""
    assert spread([3.0]) == Spread(3, 3, 3)
    with pytest.raises(ValueError, match="no figures"):
        spread([])


def test_latencies_are_medians_over_the_rounds() -> None:
    """A round with a hiccup does not decide; work without callers has no latency."""
    assert latency([Sample(1, 1, 10), Sample(1, 3, 30), Sample(1, 2, 20)]) == (2, 20)
    assert latency([Sample(1)]) is None


async def test_tasks_stop_at_the_number_of_calls() -> None:
    """Every caller calls as often as it was asked to."""
    calls = [0] * 3

    async def call(caller: int) -> None:
        calls[caller] += 1
        await asyncio.sleep(0)

    found = await tasks(3, call, calls_each=7)

    assert calls == [7, 7, 7]
    assert found.p50_ms is not None
    assert found.p99_ms is not None
    assert 0 < found.p50_ms <= found.p99_ms


async def test_a_call_that_fails_fails_the_round() -> None:
    """What failed is not counted as fast."""

    def call(_: int) -> None:
        raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        await threads(2, call, seconds=10)


async def test_every_thread_calls() -> None:
    """Each caller is a thread, and all are at work."""
    calls = [0] * 4

    def call(caller: int) -> None:
        calls[caller] += 1

    await threads(4, call, seconds=0.01)

    assert all(calls)


async def test_without_a_warm_up_every_round_counts() -> None:
    """For work that is too long to be done in vain."""

    async def once() -> Sample:
        return Sample(1)

    assert await in_turns({"once": once}, 1, warm_up=False) == {"once": [Sample(1)]}
