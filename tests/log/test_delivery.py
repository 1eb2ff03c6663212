"""Delivery: in order, each once, whole, whatever the pages and whoever has the news."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_brief.log import delivery
from graphql_brief.log.delivery import BeginsCommit, Delivery
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import LogBroken, Recorded, Unreadable
from tests.log.support import TurnedClock, fill


async def filled(sizes: list[int]) -> tuple[MemoryLog, list[list[int]]]:
    """A log of appends of these sizes, and the positions of each."""
    log = MemoryLog(clock=TurnedClock())
    commits: list[list[int]] = []
    log.on_commit(lambda commit: commits.append([event.position for event in commit]))
    await fill(log, *sizes)
    return log, commits


def begins_commit_in(log: MemoryLog) -> BeginsCommit:
    """Whether a commit of a log begins at a position."""

    async def begins_commit(position: int) -> bool:
        before, at = await log.read(after=position - 2, limit=2)
        return before.command_id != at.command_id

    return begins_commit


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


@given(SIZES, st.lists(st.integers(0, 11), max_size=4))
@settings(max_examples=60, deadline=None)
def test_commits_are_delivered_whole(sizes: list[int], steps: list[int]) -> None:
    """With pages that cut them, in steps that end anywhere between two commits."""

    async def scenario() -> None:
        log, commits = await filled(sizes)
        heard: list[list[int]] = []
        told = Delivery(0, log.read, begins_commit_in(log))
        told.listeners.append(lambda commit: heard.append([event.position for event in commit]))
        for step in [*steps, len(commits) - 1]:
            end = commits[step % len(commits)][-1]
            await told.read_up_to(end)
            assert told.position >= end
        assert heard == commits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "PAGE", 5)  # one more than the largest append
        asyncio.run(scenario())


async def test_a_position_that_the_log_has_not_come_to() -> None:
    """What there is is delivered, and nothing is waited for."""
    log, _ = await filled([2, 1])
    told = Delivery(0, log.read, begins_commit_in(log))
    await told.read_up_to(100)
    assert told.position == 3


async def test_commits_at_hand_follow_right_on() -> None:
    """They are delivered as they are; out of order they are not."""
    log, _ = await filled([2, 1])
    first, second, third = await log.read(after=0, limit=10)
    told = Delivery(0, log.read, begins_commit_in(log))
    heard: list[list[Recorded]] = []
    told.listeners.append(lambda commit: heard.append(list(commit)))
    with pytest.raises(AssertionError):
        told.hand_over([[third]])
    told.hand_over([[first, second], [third]])
    assert heard == [[first, second], [third]]


@given(SIZES, st.integers(1, 48))
@settings(max_examples=60, deadline=None)
def test_what_comes_before_a_broken_event_is_delivered(sizes: list[int], place: int) -> None:
    """Every whole commit before it, none in halves; and the rest once it is mended."""

    async def scenario() -> None:
        log, commits = await filled(sizes)
        end = commits[-1][-1]
        bad = 1 + place % end
        broken = True

        async def read(*, after: int, limit: int) -> list[Recorded]:
            if broken and after < bad <= after + limit:
                raise LogBroken("a broken one")
            return await log.read(after=after, limit=limit)

        heard: list[list[int]] = []
        told = Delivery(0, read, begins_commit_in(log))
        told.listeners.append(lambda commit: heard.append([event.position for event in commit]))
        for _ in range(2):
            await told.read_up_to(end)
            assert heard == [commit for commit in commits if commit[-1] < bad]
            assert told.broken == Unreadable(bad, None, "a broken one")
        broken = False
        await told.read_up_to(end)
        assert (heard, told.broken) == (commits, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "PAGE", 5)  # one more than the largest append
        asyncio.run(scenario())
