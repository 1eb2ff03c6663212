"""States in memory: hot reads cost nothing, and none is ever older than what was committed."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from graphql_brief.domain import events as ev
from graphql_brief.domain.evolve import CannotEvolve
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import Basis
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import EventLog, Recorded, Stamped, T
from graphql_brief.log.tail import Tail
from graphql_brief.projections import folding
from graphql_brief.projections import states as module
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.states import States
from graphql_brief.projections.step import Step
from tests.projections.histories import Commit, logs
from tests.projections.newsroom import TIMEOUT_S, Clock, CountingLog, Writer, record_all


class HeldLog(CountingLog):
    """A log whose next read of a stream can be held right after it has read."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log)
        self.has_read = asyncio.Event()
        self.reads = asyncio.Semaphore(0)  # released by each read, before it is held
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read_stamped(
        self, stream: str, take: Callable[[Iterable[Stamped]], T], **bounds: Any
    ) -> T:
        found = await super().read_stamped(stream, take, **bounds)
        self.has_read.set()
        self.reads.release()
        await self.go_on.wait()
        return found

    def hold(self) -> None:
        """Hold reads until `go_on` is set."""
        self.has_read.clear()
        self.go_on.clear()


class Room:
    """States over a log in memory."""

    def __init__(self, **options: Any) -> None:
        self.memory = MemoryLog(clock=Clock(), entropy=random.Random(1).randbytes)
        self.log = HeldLog(self.memory)
        self.tail = Tail(self.log)
        self.states = States(self.log, self.tail, **options)
        self.write = Writer(self.memory)


@pytest.fixture
async def room() -> Room:
    """States over an empty log."""
    made = Room()
    await made.tail.start()
    return made


def headline(state: State | None) -> str:
    """The headline of what must be a brief."""
    assert isinstance(state, Brief)
    return state.headline


async def test_a_stream_that_has_not_begun_has_no_state(room: Room) -> None:
    """None, now and at any version or position."""
    assert await room.states.get("brief-a") is None
    assert await room.states.at_version("brief-a", 1) is None
    assert await room.states.at_position("brief-a", 1) is None


async def test_several_states_load_together(room: Room) -> None:
    """Each load has begun before the first has ended, and what is in memory is not read again."""
    for name in "abc":
        await room.write.draft(f"brief-{name}")
    streams = ["brief-a", "brief-b", "brief-c", "brief-never"]
    await room.states.get("brief-a")
    await room.log.reads.acquire()
    asked = room.log.asked
    room.log.hold()
    loading = asyncio.create_task(room.states.get_all([*streams, *streams]))
    async with asyncio.timeout(TIMEOUT_S):
        for _ in streams[1:]:
            await room.log.reads.acquire()
    assert not loading.done()
    room.log.go_on.set()
    found = await loading
    assert list(found) == streams
    assert [state and state.id for state in found.values()] == [*streams[:3], None]
    assert room.log.asked == asked + 3
    await room.states.get_all(streams[:3])
    assert room.log.asked == asked + 3


async def test_a_state_in_memory_costs_no_read(room: Room) -> None:
    """After the first `get`, neither `get` nor `peek` nor the newest version reads the log."""
    await room.write.draft("brief-a")
    assert room.states.peek("brief-a") is None
    state = await room.states.get("brief-a")
    asked = room.log.asked
    assert asked == 1
    assert state is not None
    assert state is await room.states.get("brief-a")
    assert state is room.states.peek("brief-a")
    assert state is await room.states.at_version("brief-a", 1)
    assert state is await room.states.at_position("brief-a", 1)
    assert await room.states.at_version("brief-a", 2) is None
    assert room.log.asked == asked


async def test_a_commit_is_seen_as_soon_as_append_returns(room: Room) -> None:
    """The states in memory follow the tail; the others are not loaded for it."""
    await room.write.draft("brief-a")
    await room.write.draft("brief-b")
    await room.states.get("brief-a")
    asked = room.log.asked
    for stream in ("brief-a", "brief-b"):
        await room.write.record(stream, ev.HeadlineRevised(headline="New"), ev.BriefPublished())
    assert headline(room.states.peek("brief-a")) == "New"
    assert room.states.peek("brief-b") is None
    assert room.log.asked == asked


async def test_what_a_commit_did(room: Room) -> None:
    """The states before and after it, for who listens; nothing is read for that."""
    steps: list[Step | None] = []
    heard: list[Sequence[Recorded]] = []
    room.tail.listen(lambda commit: steps.append(room.states.step_of(commit)))
    room.tail.listen(heard.append)
    await room.write.draft("brief-a", headline="One")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="Two"))
    await room.states.get("brief-a")
    asked = room.log.asked
    await room.write.record("brief-a", ev.HeadlineRevised(headline="3"), ev.BriefPublished())
    await room.write.record("brief-a", ev.HeadlineRevised(headline="4"))
    assert room.states.step_of(heard[-2]) is None, "more came after it"
    erased = ev.BodyErased(version=2, basis=Basis.LEGAL_ORDER, case_reference="C")
    await room.write.record("brief-a", erased)
    await room.write.record("brief-b", ev.BriefPublished())
    first, unread, followed, _, of_erasure, impossible = steps
    assert (unread, of_erasure, impossible) == (None, None, None)
    assert first is not None
    assert first.before is None
    assert headline(first.after) == "One"
    assert followed is not None
    assert (headline(followed.before), headline(followed.after)) == ("Two", "3")
    assert room.log.asked == asked


async def test_many_who_miss_read_once(room: Room) -> None:
    """Concurrent misses of one stream share one load, and get the same object."""
    await room.write.draft("brief-a")
    room.log.hold()
    callers = [asyncio.create_task(room.states.get("brief-a")) for _ in range(50)]
    await asyncio.wait_for(room.log.has_read.wait(), TIMEOUT_S)
    room.log.go_on.set()
    found = await asyncio.gather(*callers)
    assert room.log.asked == 1
    assert {id(state) for state in found} == {id(room.states.peek("brief-a"))}


async def test_a_caller_who_leaves_does_not_take_the_load_along(room: Room) -> None:
    """Who began a load may be cancelled; who joined it still gets the state."""
    await room.write.draft("brief-a")
    room.log.hold()
    began = asyncio.create_task(room.states.get("brief-a"))
    await asyncio.wait_for(room.log.has_read.wait(), TIMEOUT_S)
    joined = asyncio.create_task(room.states.get("brief-a"))
    await asyncio.sleep(0)
    began.cancel()
    room.log.go_on.set()
    assert await joined is not None
    assert room.log.asked == 1
    with pytest.raises(asyncio.CancelledError):
        await began


@pytest.mark.parametrize("begun", [True, False])
async def test_a_load_never_installs_an_older_state(room: Room, begun: bool) -> None:
    """What is committed while a load has read and not returned is in the state all the same."""
    if begun:
        await room.write.draft("brief-a")
    room.log.hold()
    asked = asyncio.create_task(room.states.get("brief-a"))
    await asyncio.wait_for(room.log.has_read.wait(), TIMEOUT_S)
    if not begun:
        await room.write.draft("brief-a")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    room.log.go_on.set()
    assert headline(await asked) == "New"
    await room.write.record("brief-a", ev.HeadlineRevised(headline="Newer"))
    assert headline(room.states.peek("brief-a")) == "Newer"


async def test_a_version_is_found_although_an_earlier_load_missed_it(room: Room) -> None:
    """A caller who knows that a version exists does not get the None of one who came before."""
    await room.write.draft("brief-a")
    room.log.hold()
    early = asyncio.create_task(room.states.at_version("brief-a", 2))
    await asyncio.wait_for(room.log.has_read.wait(), TIMEOUT_S)
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    late = asyncio.create_task(room.states.at_version("brief-a", 2))
    await asyncio.sleep(0)
    room.log.go_on.set()
    assert headline(await late) == "New"
    await early


async def test_news_of_what_was_loaded_already_changes_nothing(room: Room) -> None:
    """A load may see a commit before the tail tells of it: it is applied once."""
    told: list[Callable[[], None]] = []
    tail = Tail(room.memory)
    states = States(room.memory, tail)
    room.memory.on_commit(lambda commit: told.append(lambda: tail._publish(commit)))
    await room.write.draft("brief-a")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    state = await states.get("brief-a")
    for tell in told:
        tell()
    assert state is states.peek("brief-a")
    assert headline(state) == "New"


async def test_a_stream_that_cannot_be_folded_raises_for_itself_alone(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    """An event that does not fit is told at every `get` of its stream; the writer hears nothing."""
    await room.write.draft("brief-a")
    await room.write.draft("brief-b")
    await room.states.get("brief-a")
    await room.write.record("brief-a", ev.ParagraphRemoved(key="never-there"))
    assert room.states.peek("brief-a") is None
    assert "brief-a cannot be shown" in caplog.text
    for _ in range(2):
        with pytest.raises(CannotEvolve, match="position 3: ParagraphRemoved"):
            await room.states.get("brief-a")
    with pytest.raises(CannotEvolve):
        await room.states.at_version("brief-a", 2)
    assert headline(await room.states.at_version("brief-a", 1)) == "A port"
    assert headline(await room.states.get("brief-b")) == "A port"


async def test_only_so_many_states_are_kept() -> None:
    """Beyond the capacity, the state that was used least recently goes; it is loaded again."""
    room = Room(capacity=2)
    await room.tail.start()
    for brief in ("brief-a", "brief-b", "brief-c"):
        await room.write.draft(brief)
    for brief in ("brief-a", "brief-b", "brief-a", "brief-c"):
        await room.states.get(brief)
    assert room.states.peek("brief-a") is not None
    assert room.states.peek("brief-b") is None
    assert await room.states.get("brief-b") is not None


async def test_past_states_are_kept_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A past version is folded once; so many of them are kept."""
    monkeypatch.setattr(module, "PAST_STATES", 1)
    states = States(room.log, room.tail)
    await room.write.draft("brief-a")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    await room.write.record("brief-a", ev.HeadlineRevised(headline="Newer"))
    first = await states.at_version("brief-a", 1)
    asked = room.log.asked
    assert first is await states.at_version("brief-a", 1)
    assert room.log.asked == asked
    assert headline(await states.at_version("brief-a", 2)) == "New"
    assert first is not await states.at_version("brief-a", 1)


async def test_the_state_that_a_commit_replaced_is_at_hand(room: Room) -> None:
    """A follower one commit behind finds its version without a read."""
    await room.write.draft("brief-a")
    before = await room.states.get("brief-a")
    asked = room.log.asked
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    assert before is await room.states.at_version("brief-a", 1)
    assert room.log.asked == asked


async def test_a_long_stream_is_read_in_pages(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a long fold lets others run; whole pages and a rest alike."""
    monkeypatch.setattr(folding, "STREAM_PAGE_EVENTS", 2)
    await room.write.draft("brief-a")
    for length in range(2, 6):
        await room.write.record("brief-a", ev.HeadlineRevised(headline=str(length)))
        states = States(room.log, room.tail)
        assert headline(await states.get("brief-a")) == str(length)
        assert await states.at_version("brief-a", length + 1) is None


async def test_a_position_is_the_version_that_stood_there(room: Room) -> None:
    """From the stream's first event on; a position behind the end of the log is the end."""
    await room.write.draft("brief-other")
    await room.write.draft("brief-a")
    await room.write.draft("brief-between")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
    found = [await room.states.at_position("brief-a", position) for position in range(6)]
    assert [state and state.version for state in found] == [None, None, 1, 1, 2, 2]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(logs())
async def test_cached_states_are_the_folded_ones(commits: list[Commit]) -> None:
    """After each commit of any history, every state in memory is the fold of its stream."""
    room = Room()
    await room.tail.start()
    streams = {stream for stream, _ in commits}
    fresh = Folds(room.memory)
    for commit in commits:
        await record_all(room.write, [commit])
        for stream in streams:
            assert await fresh.newest(stream) == await room.states.get(stream)
    for stream, last_version in room.write.versions.items():
        for version in range(1, last_version + 1):
            assert await fresh.at_version(stream, version) == await room.states.at_version(
                stream, version
            )
