"""The tail: no commit is missed, none comes twice, whatever the ring holds and whoever lags."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.log.commits import PAGE
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import APPEND_BOUND, EventLog, Head, Listener, Recorded
from graphql_brief.log.tail import Tail, TailClosed
from tests.log.support import TurnedClock, appended, fill, request

Commits = list[list[int]]


class SlowLog(MemoryLog):
    """Reads give way to other tasks before and after: much is appended meanwhile."""

    reads = 0

    async def read(
        self, *, after: int, limit: int, streams: frozenset[str] | None = None
    ) -> list[Recorded]:
        """A page, in a while."""
        self.reads += 1
        await asyncio.sleep(0)
        found = await super().read(after=after, limit=limit, streams=streams)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def log() -> SlowLog:
    """An empty log."""
    return SlowLog(clock=TurnedClock())


async def started(log: EventLog, capacity_events: int = 10_000) -> Tail:
    """A tail of the log."""
    tail = Tail(log, capacity_events=capacity_events)
    await tail.start()
    return tail


def positions(commit: Sequence[Recorded]) -> list[int]:
    """Where the events of a commit stand."""
    return [event.position for event in commit]


async def take(follower: AsyncGenerator[Sequence[Recorded], None], count: int) -> Commits:
    """The next so many commits."""
    return [positions(await anext(follower)) for _ in range(count)]


async def drain(tail: Tail, after: int, up_to: int, *streams: str) -> Commits:
    """What a follower gets up to a position."""
    got: Commits = []
    async with aclosing(tail.follow(after=after, streams=frozenset(streams) or None)) as follower:
        while not got or got[-1][-1] < up_to:
            got += await take(follower, 1)
    return got


async def test_a_tail_starts_at_the_head(log: SlowLog) -> None:
    """It has seen what was there, without reading it."""
    await fill(log, 2, 3)
    tail = await started(log)
    assert (tail.position, log.reads) == (5, 0)


async def test_an_append_while_the_tail_starts() -> None:
    """Whether the head that is read has it or not, it is seen once."""

    class Racing(SlowLog):
        late = False

        async def head(self) -> Head:
            """The head before, or after, an append that comes in between."""
            before = await super().head()
            await fill(self, 2)
            return await super().head() if self.late else before

    for late in (False, True):
        racing = Racing(clock=TurnedClock())
        racing.late = late
        await fill(racing, 1)
        tail = await started(racing)
        assert tail.position == 3
        await fill(racing, 1)
        assert await drain(tail, 0, 4) == [[1], [2, 3], [4]]


async def test_commits_that_arrive_after_they_were_read() -> None:
    """The log may show a commit before it tells of it; the position does not go back then."""

    class Reticent(SlowLog):
        def on_commit(self, listener: Listener) -> None:
            """Keep the listener, and tell it nothing."""
            self.tell = listener

    log = Reticent(clock=TurnedClock())
    await fill(log, 1, 1)
    tail = await started(log)
    first, second = await log.read(after=0, limit=2)
    log.reads = 0
    async with aclosing(tail.follow(after=0)) as follower:
        assert await take(follower, 2) == [[1], [2]]
        waiting = asyncio.create_task(anext(follower))
        for event in (first, second):
            log.tell([event])
            await asyncio.sleep(0)
            assert tail.position == 2
        await fill(log, 1)
        log.tell(await log.read(after=2, limit=1))
        assert positions(await waiting) == [3]


async def test_a_follower_gets_each_new_commit(log: SlowLog) -> None:
    """Whole, in order, and from the ring: the log is not read."""
    tail = await started(log)
    async with aclosing(tail.follow(after=0)) as follower:
        waiting = asyncio.create_task(anext(follower))
        await asyncio.sleep(0)
        await fill(log, 2)
        assert positions(await waiting) == [1, 2]
        await fill(log, 1, 3)
        assert await take(follower, 2) == [[3], [4, 5, 6]]
    assert log.reads == 0


async def test_a_follower_with_streams(log: SlowLog) -> None:
    """Gets only their commits, replayed and live."""
    for stream in ("brief-a", "brief-b", "brief-a", "entity-c", "brief-b"):
        await fill(log, 2, stream=stream)
    tail = await started(log)
    async with aclosing(
        tail.follow(after=0, streams=frozenset({"brief-a", "entity-c"}))
    ) as follower:
        assert await take(follower, 3) == [[1, 2], [5, 6], [7, 8]]
        waiting = asyncio.create_task(anext(follower))
        await asyncio.sleep(0)
        await fill(log, 1, stream="brief-b")
        await fill(log, 1, stream="brief-a")
        assert positions(await waiting) == [12]
    assert log.reads == 1, "once up to the head, with no search for what others left out"


async def test_a_replay_from_before_the_ring(log: SlowLog) -> None:
    """What fell out of the ring comes from the log, the rest from the ring."""
    tail = await started(log, capacity_events=3)
    await fill(log, 2, 2, 1, 1, 1)
    assert await drain(tail, 0, 7) == [[1, 2], [3, 4], [5], [6], [7]]
    assert log.reads == 1
    assert await drain(tail, 4, 7) == [[5], [6], [7]]
    assert log.reads == 1


async def test_a_replay_of_more_than_a_page(log: SlowLog) -> None:
    """A commit that a page cuts is given whole; one fills nearly a page by itself."""
    sizes = [PAGE - 2, 3, 1, APPEND_BOUND, 1, APPEND_BOUND]
    await fill(log, *sizes)
    tail = await started(log)
    got = await drain(tail, 0, sum(sizes))
    assert [len(commit) for commit in got] == sizes
    assert list(chain.from_iterable(got)) == list(range(1, sum(sizes) + 1))


async def test_a_position_inside_a_commit(log: SlowLog) -> None:
    """The rest of that commit comes first, whether the ring has the commit or not."""
    await fill(log, 3)
    tail = await started(log)
    await fill(log, 3)
    assert await drain(tail, 1, 6) == [[2, 3], [4, 5, 6]]
    assert await drain(tail, 4, 6) == [[5, 6]]


async def test_a_position_that_is_not_yet(log: SlowLog) -> None:
    """A follower from the future waits for what comes after it."""
    tail = await started(log)
    async with aclosing(tail.follow(after=2)) as follower:
        waiting = asyncio.create_task(anext(follower))
        await asyncio.sleep(0)
        await fill(log, 1, 1, 1)
        assert positions(await waiting) == [3]


async def test_a_follower_that_lags(log: SlowLog) -> None:
    """It holds nothing up, and gets all from the log when it comes back."""
    tail = await started(log, capacity_events=2)
    async with aclosing(tail.follow(after=0)) as slow:
        await fill(log, 1)
        assert await take(slow, 1) == [[1]]
        await fill(log, *[1] * 50)
        assert await drain(tail, 49, 51) == [[50], [51]]
        assert await take(slow, 50) == [[position] for position in range(2, 52)]


async def test_a_commit_larger_than_the_ring(log: SlowLog) -> None:
    """The ring cannot hold it; the log can."""
    tail = await started(log, capacity_events=2)
    await fill(log, 5, 1)
    assert await drain(tail, 0, 6) == [[1, 2, 3, 4, 5], [6]]


async def test_when_something_was_recorded() -> None:
    """Of the newest position always, of others as long as the ring has them."""
    clock = TurnedClock()
    log = SlowLog(clock=clock)
    tail = await started(log, capacity_events=3)
    for size in (2, 2, 1, 2):
        clock.turn(seconds=1)
        await fill(log, size)
    times = [event.recorded_at for event in await log.read(after=0, limit=10)]
    assert len(set(times)) == 4
    at_hand = [tail.recorded_at(position) for position in range(9)]
    assert at_hand == [*[None] * 5, *times[4:], None]


async def test_when_the_head_was_recorded(log: SlowLog) -> None:
    """It is known before the first commit is heard."""
    await fill(log, 1, 1)
    tail = await started(log)
    assert tail.recorded_at(2) == (await log.head()).recorded_at is not None
    assert tail.recorded_at(1) is None


async def test_callbacks_get_every_commit_in_order(log: SlowLog) -> None:
    """Each before its append returns, and when the position is already the new one."""
    await fill(log, 1)
    tail = await started(log, capacity_events=1)
    heard: list[tuple[str, list[int], int]] = []
    tail.listen(lambda commit: heard.append(("first", positions(commit), tail.position)))
    tail.listen(lambda commit: heard.append(("second", positions(commit), tail.position)))
    await fill(log, 2, 1)
    assert heard == [
        ("first", [2, 3], 3),
        ("second", [2, 3], 3),
        ("first", [4], 4),
        ("second", [4], 4),
    ]


async def test_waiting_for_a_position(log: SlowLog) -> None:
    """Returns at once for what was seen, and for the rest when it is."""
    await fill(log, 2)
    tail = await started(log)
    await tail.wait(2)
    waiting = asyncio.create_task(tail.wait(4))
    await fill(log, 1)
    await asyncio.sleep(0)
    assert not waiting.done()
    await fill(log, 1)
    await waiting


async def test_a_cancelled_waiter_does_not_disturb_others(log: SlowLog) -> None:
    """Waiters and followers share one wake-up, which must outlive any of them."""
    tail = await started(log)
    one, other = (asyncio.create_task(tail.wait(1)) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.sleep(0)
    await fill(log, 1)
    await other
    assert one.cancelled()


async def test_close_ends_followers_and_waiters(log: SlowLog) -> None:
    """The one that waits, the one in the middle of a replay, and the one that comes later."""
    await fill(log, 1, 1, 1)
    tail = await started(log)
    ended: list[Commits] = []

    async def follow(after: int, given: asyncio.Event) -> None:
        got = []
        async for commit in tail.follow(after=after):
            got.append(positions(commit))
            given.set()
            if after == 0:
                await closed.wait()
        ended.append(got)

    closed = asyncio.Event()
    given = asyncio.Event()
    followers = [asyncio.create_task(follow(after, given)) for after in (3, 0)]
    waiting = asyncio.create_task(tail.wait(9))
    await given.wait()
    tail.close()
    closed.set()
    await asyncio.gather(*followers)
    assert ended == [[], [[1]]]
    with pytest.raises(TailClosed, match="position 3"):
        await waiting
    assert [commit async for commit in tail.follow(after=0)] == []
    await tail.wait(3)
    with pytest.raises(TailClosed):
        await tail.wait(4)


async def test_a_closed_tail_hears_nothing(log: SlowLog) -> None:
    """The log may go on; the tail does not."""
    tail = await started(log)
    heard: list[list[int]] = []
    tail.listen(lambda commit: heard.append(positions(commit)))
    tail.close()
    await fill(log, 1)
    assert (tail.position, heard) == (0, [])


STREAMS = ("brief-a", "brief-b", "entity-c")
APPENDS = st.lists(
    st.tuples(st.sampled_from(STREAMS), st.integers(1, 4), st.integers(0, 3)), max_size=25
)
FOLLOWERS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.none() | st.frozensets(st.sampled_from(STREAMS), min_size=1),
        st.lists(st.integers(0, 6), max_size=10),
    ),
    min_size=1,
    max_size=4,
)


@given(APPENDS, st.integers(0, 25), FOLLOWERS, st.integers(0, 6))
def test_no_gap_and_no_repeat(
    appends: list[tuple[str, int, int]],
    before: int,
    followers: list[tuple[int, frozenset[str] | None, list[int]]],
    capacity_events: int,
) -> None:
    """Followers of any speed, from anywhere, over a ring of any size, while others append.

    Each gets just what the log holds after its position, in order, in whole commits.
    """

    async def follow(
        tail: Tail, after: int, streams: frozenset[str] | None, pauses: list[int]
    ) -> list[list[Recorded]]:
        got = []
        pause = iter(pauses)
        async for commit in tail.follow(after=after, streams=streams):
            got.append(list(commit))
            for _ in range(next(pause, 0)):
                await asyncio.sleep(0)
        return got

    async def scenario() -> None:
        log = SlowLog(clock=TurnedClock())
        commits: list[list[Recorded]] = []
        log.on_commit(lambda commit: commits.append(list(commit)))
        tail = Tail(log, capacity_events=capacity_events)
        tasks: list[asyncio.Task[list[list[Recorded]]]] = []

        async def start() -> None:
            await tail.start()
            tasks.extend(asyncio.create_task(follow(tail, *one)) for one in followers)

        for place, (stream, size, pause) in enumerate(appends):
            if place == before:
                await start()
            version = await log.version_at(stream, 2**53)
            await appended(log, request(stream, version, size=size))
            for _ in range(pause):
                await asyncio.sleep(0)
        if before >= len(appends):
            await start()
        for _ in range(300):  # long enough for every pause and replay; the tail then has all
            await asyncio.sleep(0)
        tail.close()
        for (after, streams, _), got in zip(followers, await asyncio.gather(*tasks), strict=True):
            rests = [[event for event in commit if event.position > after] for commit in commits]
            wanted = [
                rest for rest in rests if rest and (streams is None or rest[0].stream in streams)
            ]
            assert got == wanted

    asyncio.run(scenario())
