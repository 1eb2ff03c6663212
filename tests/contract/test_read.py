"""What every log must give back: by position, by stream, by time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from graphql_brief.domain.states import Stamp
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.port import PAGE_BOUND, EventLog, Stamped
from tests.contract.conftest import OpenLog
from tests.log.support import NOON, TurnedClock, appended, fill, paragraph, request


@pytest.fixture
async def three(log: EventLog) -> EventLog:
    """A log of 9 events: a1 a2, b1, a3, c1 c2 c3, b2, a4."""
    for stream, version, size in (
        ("brief-a", 0, 2),
        ("brief-b", 0, 1),
        ("brief-a", 2, 1),
        ("entity-c", 0, 3),
        ("brief-b", 1, 1),
        ("brief-a", 3, 1),
    ):
        await appended(log, request(stream, version, size=size))
    return log


async def positions(log: EventLog, after: int, limit: int, *streams: str) -> list[int]:
    """The positions of one page."""
    wanted = frozenset(streams) or None
    return [event.position for event in await log.read(after=after, limit=limit, streams=wanted)]


async def versions(log: EventLog, after: int, up_to: int | None, limit: int) -> list[int]:
    """The versions of one page of brief-a."""
    page = await log.read_stream("brief-a", after_version=after, up_to_version=up_to, limit=limit)
    assert {event.stream for event in page} <= {"brief-a"}
    return [event.version for event in page]


async def test_an_event_comes_back_whole(open_log: OpenLog) -> None:
    """Everything that the request said, and where and when the log put it."""
    log = await open_log(origin="graphql-brief/test")
    asked = request(
        "brief-b",
        events=(paragraph("Eins.", "a"), paragraph("Zwei.", "b")),
        actor="editor-2",
        significance=Significance.BREAKING,
        change_note="because\n“so”",
        causation_id="cause-1",
    )
    await fill(log, 3)
    await appended(log, asked)
    first, second = await log.read(after=3, limit=10)
    assert (first.position, second.position) == (4, 5)
    assert (first.version, second.version) == (1, 2)
    assert (first.event, second.event) == asked.events
    assert (first.change_note, second.change_note) == ("because\n“so”", None)
    assert first.event_id != second.event_id
    for event in (first, second):
        assert (event.type, event.schema) == ("ParagraphAdded", 1)
        assert (event.stream, event.actor) == ("brief-b", "editor-2")
        assert (event.command_id, event.causation_id) == (asked.command_id, "cause-1")
        assert event.correlation_id == asked.correlation_id
        assert event.recorded_at == NOON
        assert event.recorded_at.tzinfo is UTC
    assert second.stamp == Stamp(version=2, position=5, at=NOON, significance=Significance.BREAKING)


async def test_pages_by_position(three: EventLog) -> None:
    """Pages meet without gap or repeat, and end with an empty one."""
    assert await positions(three, 0, 4) == [1, 2, 3, 4]
    assert await positions(three, 4, 4) == [5, 6, 7, 8]
    assert await positions(three, 8, 4) == [9]
    assert await positions(three, 9, 4) == []
    assert await positions(three, 100, 4) == []
    assert await positions(three, -3, 2) == [1, 2]


async def test_pages_of_some_streams(three: EventLog) -> None:
    """Only theirs, in the order of the log; a stream that is unknown adds nothing."""
    assert await positions(three, 0, 10, "brief-b") == [3, 8]
    assert await positions(three, 0, 3, "brief-b", "entity-c", "page-x") == [3, 5, 6]
    assert await positions(three, 6, 3, "brief-b", "entity-c", "page-x") == [7, 8]
    assert await positions(three, 0, 3, "page-x") == []
    assert await three.read(after=0, limit=3, streams=frozenset()) == []


async def test_pages_of_a_stream(three: EventLog) -> None:
    """From after one version up to another, a page at a time."""
    assert await versions(three, 0, None, 10) == [1, 2, 3, 4]
    assert await versions(three, 0, None, 3) == [1, 2, 3]
    assert await versions(three, 3, None, 3) == [4]
    assert await versions(three, 1, 3, 10) == [2, 3]
    assert await versions(three, 0, 9, 10) == [1, 2, 3, 4]
    assert await versions(three, 4, None, 10) == []
    assert await versions(three, 3, 2, 10) == []
    assert await versions(three, 0, 0, 10) == []
    assert await three.read_stream("page-x", limit=10) == []


async def test_what_a_fold_needs(three: EventLog) -> None:
    """The same page of the same events, each with its stamp."""
    for after, up_to, limit in ((0, None, 10), (1, 3, 10), (1, None, 2), (-1, 2, 9), (3, 2, 10)):
        whole = await three.read_stream(
            "brief-a", after_version=after, up_to_version=up_to, limit=limit
        )
        stamped = await three.read_stamped(
            "brief-a", list, after_version=after, up_to_version=up_to, limit=limit
        )
        assert stamped == [(found.event, found.stamp) for found in whole]
    assert await three.read_stamped("page-x", list, limit=10) == []


async def test_who_takes_may_leave_off(three: EventLog) -> None:
    """The events behind are not asked for, and whoever comes next reads all."""
    whole = await three.read_stamped("brief-a", list, limit=10)
    assert (
        await three.read_stamped("brief-a", lambda events: next(iter(events)), limit=10)
        == (whole[0])
    )
    assert await three.read_stamped("brief-a", lambda _: "nothing", limit=10) == "nothing"
    assert await three.read_stamped("brief-a", list, limit=10) == whole


async def test_what_is_raised_by_who_takes(three: EventLog) -> None:
    """Reaches who asked, and harms nobody else."""

    def refuse(events: Iterable[Stamped]) -> None:
        raise ZeroDivisionError(next(iter(events))[1].version)

    for _ in range(9):  # more often than a database has readers
        with pytest.raises(ZeroDivisionError, match="2"):
            await three.read_stamped("brief-a", refuse, after_version=1, limit=10)
    assert await versions(three, 0, None, 10) == [1, 2, 3, 4]


async def test_each_event_has_its_own_time(open_log: OpenLog) -> None:
    """Also where the clock stands still between two of them, or goes on."""
    clock = TurnedClock()
    log = await open_log(clock=clock)
    times = [NOON + timedelta(seconds=place) for place in (0, 0, 1, 1, 5)]
    for version, time in enumerate(times):
        clock.now = time
        await appended(log, request("brief-a", version))
    assert [event.recorded_at for event in await log.read(after=0, limit=10)] == times
    stamped = await log.read_stamped("brief-a", list, limit=10)
    assert [stamp.at for _, stamp in stamped] == times


@pytest.mark.parametrize("limit", [0, -1, PAGE_BOUND + 1])
async def test_a_page_is_bounded(log: EventLog, limit: int) -> None:
    """A page beyond the bound, or of nothing, is an error and no shorter page."""
    with pytest.raises(ValueError, match=str(PAGE_BOUND)):
        await log.read(after=0, limit=limit)
    with pytest.raises(ValueError, match=str(PAGE_BOUND)):
        await log.read_stream("brief-a", limit=limit)
    with pytest.raises(ValueError, match=str(PAGE_BOUND)):
        await log.read_stamped("brief-a", list, limit=limit)


async def test_the_version_at_a_position(three: EventLog) -> None:
    """Of each stream, where it stood when the log ended there."""
    assert [await three.version_at("brief-a", position) for position in range(11)] == [
        0, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4,
    ]  # fmt: skip
    assert [await three.version_at("entity-c", position) for position in range(4, 9)] == [
        0, 1, 2, 3, 3,
    ]  # fmt: skip
    assert await three.version_at("page-x", 9) == 0


async def test_places_in_longer_streams(log: EventLog) -> None:
    """Every place in streams of 1 to 20 events, which alternate, is found from every position."""
    streams = [f"brief-{size}" for size in (1, 2, 3, 7, 20)]
    order = [s for turn in range(20) for s in streams if turn < int(s.removeprefix("brief-"))]
    for place, stream in enumerate(order):
        await appended(log, request(stream, order[:place].count(stream)))
    for position in range(len(order) + 2):
        for stream in streams:
            version = order[:position].count(stream)
            assert await log.version_at(stream, position) == version, (stream, position)
        behind = [n for n, s in enumerate(order, 1) if n > position and s != "brief-7"]
        others = [stream for stream in streams if stream != "brief-7"]
        assert await positions(log, position, 5, *others) == behind[:5]


async def test_the_position_at_a_time(open_log: OpenLog) -> None:
    """The last one recorded by then, also where several have the same time."""
    clock = TurnedClock()
    log = await open_log(clock=clock)
    assert await log.position_at(NOON) == 0
    for version, seconds in ((0, 0), (2, 10), (4, -10), (6, 20)):
        clock.turn(seconds=seconds)
        await appended(log, request(expected_version=version, size=2))
    tick = timedelta(microseconds=1)
    ten, twenty = NOON + timedelta(seconds=10), NOON + timedelta(seconds=20)
    for time, position in (
        (NOON - tick, 0),
        (NOON, 2),
        (ten - tick, 2),
        (ten, 6),
        (twenty - tick, 6),
        (twenty, 8),
        (twenty.astimezone(timezone(timedelta(hours=14))), 8),
        (datetime.max.replace(tzinfo=UTC), 8),
        (datetime.min.replace(tzinfo=UTC), 0),
    ):
        assert await log.position_at(time) == position, time


async def test_a_time_without_zone_is_refused(log: EventLog) -> None:
    """It would be nobody knows when."""
    with pytest.raises(ValueError, match="time zone"):
        await log.position_at(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["brief-\0", "brief-\ud800", "x" * 100_000])
async def test_what_cannot_be_named_is_not_there(three: EventLog, name: str) -> None:
    """A client may ask for any name."""
    assert await three.read_stream(name, limit=10) == []
    assert await three.version_at(name, 9) == 0
    assert await three.find_command(name, "k") is None
    assert await three.find_command("editor-1", name) is None
    assert await positions(three, 0, 10, name, "brief-b") == [3, 8]
