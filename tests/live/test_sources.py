"""The live sources: each update once, in order, resumable, and only to those who may see it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_brief.domain import events
from graphql_brief.domain.evolve import fold
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import Audience, Significance
from graphql_brief.live import sources
from graphql_brief.live.cursor import LiveCursor
from graphql_brief.live.sources import Breaking, LiveSources, Resync, ResyncReason, Update
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import Append, Appended
from graphql_brief.log.tail import Tail

T = TypeVar("T")
BRIEF = "brief-a"
TIMEOUT_S = 10
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Folded:
    """States by folding the log anew each time."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def get(self, stream: str) -> State | None:
        return await self.at_version(stream, 10_000)

    async def at_version(self, stream: str, version: int) -> State | None:
        recorded = await self._log.read_stream(stream, up_to_version=version, limit=10_000)
        return fold(None, stream, ((found.event, found.stamp) for found in recorded))


class Newsroom:
    """A log with its sources, and a hand that writes to it."""

    def __init__(self, *, ring: int = 100) -> None:
        self.now = NOW
        self.log = MemoryLog(clock=lambda: self.now, origin="graphql-brief/test")
        self.tail = Tail(self.log, capacity_events=ring)
        self.live = LiveSources(self.log, self.tail, Folded(self.log))
        self._commands = count(1)
        self._versions: dict[str, int] = {}

    async def record(
        self,
        *recorded: events.Event,
        stream: str = BRIEF,
        significance: Significance = Significance.SUBSTANTIVE,
    ) -> Appended:
        """Append events as one command."""
        command = str(next(self._commands))
        result = await self.log.append(
            Append(
                stream=stream,
                expected_version=self._versions.get(stream, 0),
                events=recorded,
                actor="editor",
                significance=significance,
                command_id=command,
                correlation_id=command,
            )
        )
        assert isinstance(result, Appended)
        self._versions[stream] = result.last_version
        return result

    async def draft(self, stream: str = BRIEF) -> Appended:
        """Begin a brief."""
        drafted = events.BriefDrafted(slug="s", headline="h", standfirst="s", language="en")
        return await self.record(drafted, stream=stream)


async def opened(**options: Any) -> Newsroom:
    """A newsroom with one published brief, at position 2."""
    newsroom = Newsroom(**options)
    await newsroom.tail.start()
    await newsroom.draft()
    await newsroom.record(events.BriefPublished())
    return newsroom


def headline(text: str) -> events.Event:
    """A small edit."""
    return events.HeadlineRevised(headline=text)


def development(key: str, *, breaking: bool = True) -> events.Event:
    """Something that happened."""
    return events.DevelopmentAdded(
        key=key, date="2026", headline=key, category="c", body="b", breaking=breaking
    )


async def take(source: AsyncIterator[T], number: int) -> list[T]:
    """The next values of a source; fails if they do not come."""
    async with asyncio.timeout(TIMEOUT_S):
        return [await anext(source) for _ in range(number)]


async def rest(source: AsyncIterator[T]) -> list[T]:
    """All values until the source ends; fails if it does not."""
    async with asyncio.timeout(TIMEOUT_S):
        return [value async for value in source]


def versions(updates: Sequence[Update | Resync]) -> list[int]:
    """The briefs' versions of updates."""
    return [update.brief.version for update in updates if isinstance(update, Update)]


async def test_an_update_is_one_revision() -> None:
    """A batch arrives as one update: its events, the brief after them, a cursor behind them."""
    newsroom = await opened()
    source = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=cursor(newsroom, 2))
    await newsroom.record(headline("one"), headline("two"))
    (update,) = await take(source, 1)
    assert isinstance(update, Update)
    assert [found.event for found in update.recorded] == [headline("one"), headline("two")]
    assert (update.brief.version, update.brief.headline) == (4, "two")
    assert update.cursor == cursor(newsroom, 4)


def cursor(newsroom: Newsroom, position: int) -> LiveCursor:
    """A place in the newsroom's log."""
    return LiveCursor(newsroom.log.origin, position, NOW if position else None)


async def test_without_a_cursor_it_starts_now() -> None:
    """Who comes without a cursor gets what comes from then on."""
    newsroom = await opened()
    source = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC)
    first = asyncio.ensure_future(take(source, 1))
    await asyncio.sleep(0)
    await newsroom.record(headline("new"))
    assert versions(await first) == [3]


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=12),
    st.integers(1, 8),
    st.lists(st.integers(0, 30), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_resumed_anywhere_nothing_is_missed_or_doubled(
    batches: list[int], ring: int, breaks: list[int]
) -> None:
    """However often the connection drops, and however small the ring: each update once."""

    async def run() -> None:
        newsroom = await opened(ring=ring)
        expected = [(await record_batch(newsroom, size)).last_version for size in batches]
        seen: list[int] = []
        after = cursor(newsroom, 2)
        for length in [*breaks, len(batches)]:
            source = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=after)
            for update in await take(source, min(length, len(batches) - len(seen))):
                assert isinstance(update, Update)
                seen.append(update.brief.version)
                after = update.cursor
        assert seen == expected

    asyncio.run(run())


async def record_batch(newsroom: Newsroom, size: int) -> Appended:
    """A revision of the brief, among one of another."""
    if "brief-b" not in newsroom._versions:
        await newsroom.draft("brief-b")
    await newsroom.record(headline("other"), stream="brief-b")
    return await newsroom.record(*(headline(str(n)) for n in range(size)))


async def test_insignificant_updates_are_left_out() -> None:
    """Who asks for SUBSTANTIVE gets that and BREAKING."""
    newsroom = await opened()
    for significance in Significance:
        await newsroom.record(headline(significance), significance=significance)
    source = newsroom.live.brief_updates(
        BRIEF,
        audience=Audience.PUBLIC,
        after=cursor(newsroom, 2),
        least=Significance.SUBSTANTIVE,
    )
    updates = await take(source, 2)
    assert versions(updates) == [3, 4]
    newsroom.tail.close()
    assert await rest(source) == []


async def test_the_public_sees_no_draft() -> None:
    """What was written before the first publication reaches the newsroom only."""
    newsroom = Newsroom()
    await newsroom.tail.start()
    await newsroom.draft()
    await newsroom.record(headline("draft"))
    await newsroom.record(events.BriefPublished())
    start = cursor(newsroom, 0)
    public = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=start)
    assert versions(await take(public, 1)) == [3]
    inside = newsroom.live.brief_updates(BRIEF, audience=Audience.NEWSROOM, after=start)
    assert versions(await take(inside, 3)) == [1, 2, 3]


async def test_withheld_from_the_public() -> None:
    """When a brief is withheld, its readers are told to read anew; the newsroom goes on."""
    newsroom = await opened()
    after = cursor(newsroom, 2)
    await newsroom.record(events.BriefWithheld(reason="r"))
    await newsroom.record(headline("unseen"))
    public = await rest(newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=after))
    assert public == [Resync(reason=ResyncReason.NO_LONGER_VISIBLE, cursor=cursor(newsroom, 4))]
    inside = newsroom.live.brief_updates(BRIEF, audience=Audience.NEWSROOM, after=after)
    assert versions(await take(inside, 2)) == [3, 4]


async def test_what_was_written_while_withheld() -> None:
    """Who resumes over a withheld time gets what was public, once; what was not is left out."""
    newsroom = await opened()
    await newsroom.record(headline("seen"))
    await newsroom.record(events.BriefWithheld(reason="r"))
    await newsroom.record(headline("unseen"))
    after = cursor(newsroom, 2)
    hidden = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=after)
    assert [type(found) for found in await rest(hidden)] == [Resync]
    await newsroom.record(events.BriefReopened())
    public = newsroom.live.brief_updates(BRIEF, audience=Audience.PUBLIC, after=after)
    assert versions(await take(public, 2)) == [3, 6]


async def test_cursors_that_cannot_be_resumed_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another log, ahead of this one, too far behind: told so, with a cursor that can."""
    newsroom = await opened()
    monkeypatch.setattr(sources, "REPLAY_BOUND", 1)
    cases = {
        LiveCursor("another", 1): ResyncReason.OTHER_LOG,
        cursor(newsroom, 3): ResyncReason.AHEAD_OF_LOG,
        cursor(newsroom, 0): ResyncReason.TOO_FAR_BEHIND,
    }
    for after, reason in cases.items():
        expected = [Resync(reason=reason, cursor=cursor(newsroom, 2))]
        updates = newsroom.live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after)
        assert await rest(updates) == expected
        assert await rest(newsroom.live.breaking(audience=Audience.AUDIT, after=after)) == expected
    assert await rest(newsroom.live.log_tail(after=cursor(newsroom, 3))) == [
        Resync(reason=ResyncReason.AHEAD_OF_LOG, cursor=cursor(newsroom, 2))
    ]


@pytest.mark.parametrize("later", [timedelta(microseconds=1), timedelta(hours=-1)])
@pytest.mark.parametrize("ring", [100, 1])
async def test_a_log_that_was_restored(ring: int, later: timedelta) -> None:
    """What it lost is not taken for what it got instead, however far it has grown since.

    Whether that was recorded later, or by a clock that is behind.
    """
    lost, log = await opened(), await opened(ring=ring)
    lost.now = NOW + timedelta(minutes=1)
    await lost.record(headline("lost"))
    await lost.draft("brief-other")
    log.now = lost.now + later
    for text in ("instead", "of it", "and more"):
        await log.record(headline(text))
    for position in (3, 4):
        after = LiveCursor(lost.log.origin, position, lost.now)
        expected = [Resync(reason=ResyncReason.OTHER_LOG, cursor=log.live.cursor())]
        for source in (
            log.live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after),
            log.live.breaking(audience=Audience.AUDIT, after=after),
            log.live.log_tail(after=after),
        ):
            assert await rest(source) == expected
    # What it kept is gone on from, and what it got instead.
    for position in range(5):
        after = await log.live.cursor_at(position)
        updates = log.live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after)
        missed = list(range(position + 1, 6))
        assert versions(await take(updates, len(missed))) == missed


async def test_a_position_ahead_of_the_log() -> None:
    """It has no time, and is told apart from those that were lost."""
    newsroom = await opened()
    after = await newsroom.live.cursor_at(3)
    assert after == LiveCursor(newsroom.log.origin, 3)
    (told,) = await rest(newsroom.live.log_tail(after=after))
    assert isinstance(told, Resync)
    assert told.reason is ResyncReason.AHEAD_OF_LOG


async def test_a_state_that_is_ahead_of_what_was_heard() -> None:
    """Another node's commit was read before it was told of: its cursor is good, and waits."""
    newsroom = await opened()
    tail = Tail(newsroom.log)
    live = LiveSources(newsroom.log, tail, Folded(newsroom.log))
    brief = await Folded(newsroom.log).get(BRIEF)
    assert isinstance(brief, Brief)
    after = live.cursor_behind(brief)
    assert tail.position < after.position
    updates = live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after)
    taken = asyncio.ensure_future(take(updates, 1))
    await asyncio.sleep(0)
    await tail.start()
    await newsroom.record(headline("next"))
    assert versions(await taken) == [3]


async def test_a_cursor_that_was_just_given_costs_no_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is newest in the log, or of the brief: that is what nearly all who come have."""
    newsroom = await opened()
    await newsroom.draft("brief-other")
    read = newsroom.log.read
    monkeypatch.setattr(newsroom.log, "read", None)
    brief = await Folded(newsroom.log).get(BRIEF)
    assert isinstance(brief, Brief)
    after = newsroom.live.cursor_behind(brief)
    assert after.position == 2
    updates = newsroom.live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after)
    breaking = newsroom.live.breaking(audience=Audience.AUDIT, after=newsroom.live.cursor())
    taken = [asyncio.ensure_future(take(source, 1)) for source in (updates, breaking)]
    await asyncio.sleep(0)  # both have begun
    monkeypatch.setattr(newsroom.log, "read", read)  # for what they follow
    await newsroom.record(development("d"))
    assert [type(found) for (found,) in await asyncio.gather(*taken)] == [Update, Breaking]


async def test_a_quiet_brief_is_not_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is how much of the brief was missed, not of the log."""
    newsroom = await opened()
    after = cursor(newsroom, 2)
    monkeypatch.setattr(sources, "REPLAY_BOUND", 1)
    await newsroom.draft("brief-other")
    await newsroom.record(headline("x"), stream="brief-other")
    await newsroom.record(headline("missed"))
    updates = newsroom.live.brief_updates(BRIEF, audience=Audience.AUDIT, after=after)
    assert versions(await take(updates, 1)) == [3]


async def test_breaking() -> None:
    """Breaking developments of every brief that the audience may see, and no others."""
    newsroom = await opened()
    await newsroom.draft("brief-draft")
    await newsroom.record(development("unseen"), stream="brief-draft")
    await newsroom.record(development("quiet", breaking=False), development("loud"))
    after = cursor(newsroom, 0)
    (public,) = await take(newsroom.live.breaking(audience=Audience.PUBLIC, after=after), 1)
    assert isinstance(public, Breaking)
    assert (public.brief.id, public.development.key) == (BRIEF, "loud")
    assert public.cursor == cursor(newsroom, 6)
    inside = await take(newsroom.live.breaking(audience=Audience.NEWSROOM, after=after), 2)
    assert [found.development.key for found in inside if isinstance(found, Breaking)] == [
        "unseen",
        "loud",
    ]


async def test_breaking_news_of_a_withheld_brief() -> None:
    """What is withheld today is not told to the public, whatever the cursor."""
    newsroom = await opened()
    await newsroom.record(development("loud"))
    await newsroom.record(events.BriefWithheld(reason="r"))
    await newsroom.draft("brief-b")
    await newsroom.record(events.BriefPublished(), stream="brief-b")
    await newsroom.record(development("other"), stream="brief-b")
    source = newsroom.live.breaking(audience=Audience.PUBLIC, after=cursor(newsroom, 0))
    (found,) = await take(source, 1)
    assert isinstance(found, Breaking)
    assert found.development.key == "other"


async def test_what_becomes_breaking_news_later() -> None:
    """A revision can make a development breaking; the brief shown is the whole revision's."""
    newsroom = await opened()
    await newsroom.record(development("quiet", breaking=False))
    became = events.DevelopmentRevised(key="quiet", breaking=True)
    await newsroom.record(became, headline("after"))
    source = newsroom.live.breaking(audience=Audience.PUBLIC, after=cursor(newsroom, 0))
    (found,) = await take(source, 1)
    assert isinstance(found, Breaking)
    assert (found.development.key, found.brief.headline) == ("quiet", "after")
    assert found.cursor == cursor(newsroom, 4)


async def test_log_tail() -> None:
    """An auditor gets every event of every stream, from any position, and then the new ones."""
    newsroom = await opened(ring=1)
    await newsroom.draft("brief-b")
    source = newsroom.live.log_tail(after=cursor(newsroom, 1))
    old = await take(source, 2)
    await newsroom.record(headline("new"), headline("newer"))
    new = await take(source, 2)
    assert [found.position for found in old + new if not isinstance(found, Resync)] == [2, 3, 4, 5]
