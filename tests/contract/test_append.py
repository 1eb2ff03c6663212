"""What every log must do with an append."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from graphql_brief.log.port import (
    APPEND_BOUND,
    Appended,
    Claim,
    ClaimTaken,
    EventLog,
    Head,
    KeyReused,
    Recorded,
    StaleVersion,
    is_empty,
)
from tests.contract.conftest import OpenLog
from tests.log.support import NOON, TurnedClock, appended, fill, paragraph, request

SLUG = Claim("slug", "iraq-exit")


async def everything(log: EventLog) -> list[Recorded]:
    """All events of a small log."""
    return await log.read(after=0, limit=1000)


# Places


async def test_an_empty_log(log: EventLog) -> None:
    """It ends at 0, and nobody knows when."""
    assert await log.head() == Head(0, None)
    assert await everything(log) == []


async def test_what_append_answers(log: EventLog) -> None:
    """The result names the places of the first and the last event."""
    await appended(log, request("brief-a", size=2))
    result = await appended(log, request("brief-b", size=3, command_id="c"))
    assert result == Appended(
        stream="brief-b",
        command_id="c",
        first_version=1,
        last_version=3,
        first_position=3,
        last_position=5,
        recorded_at=NOON,
    )
    assert await log.head() == Head(5, NOON)


async def test_positions_are_dense_and_versions_gapless(log: EventLog) -> None:
    """Over appends of several sizes to several streams, refused ones between them."""
    for version, stream in itertools.product((0, 3), ("brief-a", "brief-b", "entity-c")):
        await appended(log, request(stream, version, size=3))
        assert isinstance(await log.append(request(stream, version)), StaleVersion)
    events = await everything(log)
    assert [event.position for event in events] == list(range(1, 19))
    for stream in ("brief-a", "brief-b", "entity-c"):
        versions = [event.version for event in events if event.stream == stream]
        assert versions == [1, 2, 3, 4, 5, 6]


async def test_the_largest_append(log: EventLog) -> None:
    """As many events as the bound allows, and no more."""
    await appended(log, request(size=APPEND_BOUND))
    assert (await log.head()).position == APPEND_BOUND
    with pytest.raises(ValueError, match="1000"):
        await log.append(request("brief-b", size=APPEND_BOUND + 1))


@pytest.mark.parametrize(
    "fields",
    [
        {"events": ()},
        {"expected_version": -1},
        {"idempotency_key": "k"},
        {"correlation_id": "x" * 70_000},
        {"actor": "x" * 1_001},
        {"stream": "ä" * 501},
        {"stream": "brief-\0"},
        {"command_id": "\ud800"},
        {"idempotency_key": "\0", "digest": "d"},
        {"idempotency_key": "k", "digest": "\0"},
        {"claims": (Claim("slug", "\0"),)},
        {"claims": (Claim("\ud800", "x"),)},
        {"actor": "\ud800"},
        {"events": (paragraph(), paragraph("\ud800"))},
        {"change_note": "\ud800"},
    ],
    ids=[
        *("no-events", "version", "no-digest", "long-header", "long-actor", "long-stream"),
        *("stream", "command", "key", "digest", "claim-value", "claim-kind"),
        *("header", "body", "note"),
    ],
)
async def test_what_is_no_append(log: EventLog, fields: dict[str, Any]) -> None:
    """A request that no log may take raises, and leaves the log as it was."""
    await fill(log, 1, stream="brief-z")
    with pytest.raises(ValueError):  # noqa: PT011 - of each kind of fault, a sentence of its own
        await log.append(request(**fields))
    assert (await log.head()).position == 1
    assert (await appended(log, request())).first_position == 2


async def test_names_as_long_as_may_be(log: EventLog) -> None:
    """All at once: they fit into the indexes of every database."""
    texts = [letter * 1_000 for letter in "abcdef"]
    stream, actor, command, key, kind, value = [
        "".join(chr(ord(letter) + 7 * n % 26) for n, letter in enumerate(text)) for text in texts
    ]
    asked = request(
        stream,
        actor=actor,
        command_id=command,
        idempotency_key=key,
        digest="d",
        claims=(Claim(kind, value),),
    )
    first = await appended(log, asked)
    assert await log.append(asked) == replace(first, repeated=True)
    assert await log.version_at(stream, 1) == 1


async def test_one_that_no_log_may_take_fails_alone(log: EventLog) -> None:
    """Also amid others that are asked for at once."""
    wrong: list[dict[str, Any]] = [
        {"actor": "\0"},
        {"correlation_id": "x" * 70_000},
        {"claims": (Claim("slug", "\ud800"),)},
    ]
    asked = [request("brief-a"), *(request(f"brief-{n}", **f) for n, f in enumerate(wrong))]
    results = await asyncio.gather(
        *(log.append(one) for one in [*asked, request("brief-z")]), return_exceptions=True
    )
    assert [isinstance(result, ValueError) for result in results] == [False, *[True] * 3, False]
    assert [event.stream for event in await everything(log)] == ["brief-a", "brief-z"]


# Expected version


@pytest.mark.parametrize("expected", [1, 3, 100])
async def test_a_stale_version(log: EventLog, expected: int) -> None:
    """Any other version than the stream's is refused, and told what it is."""
    await fill(log, 2)
    assert await log.append(request(expected_version=expected)) == StaleVersion(current_version=2)


async def test_version_0_means_that_the_stream_must_not_exist(log: EventLog) -> None:
    """It begins a stream once; and no other version begins one."""
    assert await log.append(request(expected_version=1)) == StaleVersion(current_version=0)
    await appended(log, request())
    assert await log.append(request()) == StaleVersion(current_version=1)


# Idempotency


async def test_a_repeated_request_gets_its_first_result(log: EventLog) -> None:
    """Nothing is written, although the version that it expects is stale by now."""
    once = request(size=2, idempotency_key="k", digest="d")
    first = await appended(log, once)
    await fill(log, 1)
    again = await appended(log, request(size=2, idempotency_key="k", digest="d"))
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.command_id, again.last_position) == (once.command_id, 2)
    assert again.recorded_at == first.recorded_at
    assert (await log.head()).position == 3


async def test_that_nothing_was_to_change_is_remembered(log: EventLog) -> None:
    """Under a key an append may have no events: it writes none, and is repeated as it was."""
    await appended(log, request(size=2))
    nothing = request(expected_version=2, size=0, idempotency_key="k", digest="d")
    first = await appended(log, nothing)
    assert is_empty(first)
    assert (first.last_version, first.last_position) == (2, 2)
    await appended(log, request(expected_version=2))
    again = await appended(log, nothing)
    assert again == replace(first, repeated=True)
    assert await log.append(replace(nothing, digest="e")) == KeyReused()
    assert await log.find_command(nothing.actor, "k") == (again, "d")
    assert (await log.head()).position == 3
    stale = request(expected_version=7, size=0, idempotency_key="other", digest="d")
    assert await log.append(stale) == StaleVersion(current_version=3)


async def test_a_key_with_other_content_is_refused(log: EventLog) -> None:
    """The digest tells the content."""
    await appended(log, request(idempotency_key="k", digest="d"))
    other = request("brief-b", idempotency_key="k", digest="e")
    assert await log.append(other) == KeyReused()
    assert (await log.head()).position == 1


async def test_a_key_is_its_actors_own(log: EventLog) -> None:
    """Two actors may use the same key."""
    await appended(log, request("brief-a", actor="a", idempotency_key="k", digest="d"))
    result = await appended(log, request("brief-b", actor="b", idempotency_key="k", digest="e"))
    assert (result.stream, result.repeated) == ("brief-b", False)


async def test_a_refused_request_does_not_use_up_its_key(log: EventLog) -> None:
    """After a refusal the same key is still free."""
    refused = request(expected_version=7, idempotency_key="k", digest="d")
    assert isinstance(await log.append(refused), StaleVersion)
    assert await log.find_command("editor-1", "k") is None
    assert not (await appended(log, request(idempotency_key="k", digest="e"))).repeated


async def test_a_command_is_found_by_its_key(log: EventLog) -> None:
    """With its digest, and marked as a repeat."""
    await appended(log, request("brief-z"))
    asked = request(size=3, idempotency_key="k", digest="d")
    await appended(log, asked)
    found = await log.find_command("editor-1", "k")
    assert found == (await log.append(asked), "d")
    assert await log.find_command("editor-1", "other") is None
    assert await log.find_command("editor-2", "k") is None


# Claims


async def test_a_claim_is_held_for_ever(log: EventLog) -> None:
    """Another stream is refused, and told who holds which."""
    await appended(log, request("brief-a", claims=(SLUG,)))
    mine = Claim("slug", "mine")
    result = await log.append(request("brief-b", claims=(mine, SLUG)))
    assert result == ClaimTaken(claim=SLUG, owner="brief-a")
    assert (await log.head()).position == 1
    await appended(log, request("brief-c", claims=(mine,)))


async def test_a_stream_may_claim_again_what_it_holds(log: EventLog) -> None:
    """A brief that returns to its old address takes nothing new, even twice in one request."""
    await appended(log, request("brief-a", 0, claims=(SLUG, SLUG)))
    await appended(log, request("brief-a", 1, claims=(Claim("slug", "other"), SLUG)))
    for claim in (SLUG, Claim("slug", "other")):
        refused = await log.append(request("brief-b", claims=(claim,)))
        assert refused == ClaimTaken(claim=claim, owner="brief-a")


async def test_claims_differ_by_kind_and_by_value(log: EventLog) -> None:
    """The same value of another kind is another claim."""
    await appended(log, request("brief-a", claims=(SLUG,)))
    await appended(log, request("brief-b", claims=(Claim("name", SLUG.value),)))
    await appended(log, request("brief-c", claims=(Claim("slug", SLUG.value.upper()),)))


async def test_the_order_of_the_checks(log: EventLog) -> None:
    """First the key, then the version, then the claims."""
    await appended(log, request("brief-a", claims=(SLUG,), idempotency_key="k", digest="d"))
    wrong: dict[str, Any] = {"expected_version": 5, "claims": (SLUG,)}
    assert (
        await log.append(request("brief-b", idempotency_key="k", digest="e", **wrong))
        == KeyReused()
    )
    assert await log.append(request("brief-b", **wrong)) == StaleVersion(current_version=0)


# All or none


async def test_a_refused_request_writes_nothing(log: EventLog) -> None:
    """Every way to look at the log gives the same after refusals of each kind."""
    await appended(log, request("brief-a", claims=(SLUG,), idempotency_key="k", digest="d"))
    before = await everything(log)
    free = Claim("slug", "free")
    for refused in (
        request("brief-a", 7, claims=(free,), idempotency_key="stale", digest="d"),
        request("brief-b", 0, claims=(free, SLUG), idempotency_key="claim", digest="d"),
        request("brief-b", 0, claims=(free,), idempotency_key="k", digest="other"),
    ):
        assert not isinstance(await log.append(refused), Appended)
    assert await everything(log) == before
    assert await log.head() == Head(1, NOON)
    assert await log.version_at("brief-b", 100) == 0
    for key in ("stale", "claim"):
        assert await log.find_command("editor-1", key) is None
    await appended(log, request("brief-c", claims=(free,)))


# Recorded time


async def test_recorded_time_never_goes_back(open_log: OpenLog) -> None:
    """A clock that is set back leaves the time standing until it has caught up."""
    clock = TurnedClock()
    log = await open_log(clock=clock)
    turns = (0, 2, -5, 1, 3)
    for version, seconds in enumerate(turns):
        clock.turn(seconds=seconds)
        await appended(log, request(expected_version=version))
    seconds_after = [(event.recorded_at - NOON).seconds for event in await everything(log)]
    assert seconds_after == [0, 2, 2, 2, 2]
    clock.turn(seconds=2)
    assert ((await appended(log, request("brief-b"))).recorded_at - NOON).seconds == 3


async def test_one_append_has_one_time(log: EventLog) -> None:
    """The events of a command cannot be told apart by time."""
    result = await appended(log, request(size=5))
    assert {event.recorded_at for event in await everything(log)} == {result.recorded_at}


async def test_a_clock_without_time_zone_is_refused(open_log: OpenLog) -> None:
    """Its time would be nobody knows when."""
    log = await open_log(clock=TurnedClock(NOON.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="time zone"):
        await log.append(request())
    assert await log.head() == Head(0, None)


# Listeners


async def test_listeners_see_what_read_returns(log: EventLog) -> None:
    """The same objects, one call an append, in order, none for what was not written."""
    heard: list[tuple[str, list[Recorded]]] = []
    log.on_commit(lambda events: heard.append(("first", list(events))))
    log.on_commit(lambda events: heard.append(("second", list(events))))
    await fill(log, 2, 1)
    await log.append(request(expected_version=9))
    once = request("brief-b", size=3, change_note="why", idempotency_key="k", digest="d")
    await appended(log, once)
    await appended(log, once)
    events = await everything(log)
    commits = [events[0:2], events[2:3], events[3:6]]
    assert heard == [(listener, commit) for commit in commits for listener in ("first", "second")]


async def test_listeners_are_called_before_append_returns(log: EventLog) -> None:
    """A writer who then looks into a cache finds what he wrote."""
    heard: list[int] = []
    log.on_commit(lambda events: heard.append(events[-1].position))
    await appended(log, request(size=2))
    assert heard == [2]


async def test_every_answer_has_been_heard(log: EventLog) -> None:
    """Taken or refused: when `append` returns, listeners know all that it was judged on."""
    heard: list[int] = []
    versions = {"brief-a": 0}

    def hear(events: Sequence[Recorded]) -> None:
        heard.extend(event.position for event in events)
        versions[events[-1].stream] = events[-1].version

    log.on_commit(hear)

    async def write() -> None:
        expected = 0
        for _ in range(5):
            while isinstance(
                result := await log.append(request("brief-a", expected)), StaleVersion
            ):
                assert versions["brief-a"] >= result.current_version
                expected = result.current_version
            assert isinstance(result, Appended)
            assert versions["brief-a"] >= result.last_version
            assert heard[-1] >= result.last_position

    await asyncio.gather(*(write() for _ in range(6)))
    assert heard == list(range(1, 31))


# Many at once


async def test_concurrent_appends_are_serial(log: EventLog) -> None:
    """Fifty writers give dense positions, gapless versions and listeners in position order."""
    heard: list[int] = []
    log.on_commit(lambda events: heard.extend(event.position for event in events))

    async def write(stream: str) -> None:
        for version in (0, 2, 4):
            await appended(log, request(stream, version, size=2))

    streams = [f"brief-{number}" for number in range(50)]
    await asyncio.gather(*(write(stream) for stream in streams))
    events = await everything(log)
    assert [event.position for event in events] == heard == list(range(1, 301))
    for stream in streams:
        own = await log.read_stream(stream, limit=10)
        assert [event.version for event in own] == [1, 2, 3, 4, 5, 6]


async def test_one_of_many_rivals_wins(log: EventLog) -> None:
    """Of writers who saw the same version, one appends, and the others are told."""
    results = await asyncio.gather(*(log.append(request()) for _ in range(20)))
    assert sum(isinstance(result, Appended) for result in results) == 1
    assert results.count(StaleVersion(current_version=1)) == 19


async def test_one_of_many_repeats_is_written(log: EventLog) -> None:
    """A request that arrives twenty times at once is appended once."""
    once = request(size=2, idempotency_key="k", digest="d")
    results = await asyncio.gather(*(log.append(once) for _ in range(20)))
    assert all(isinstance(result, Appended) for result in results)
    assert sum(not result.repeated for result in results if isinstance(result, Appended)) == 1
    assert (await log.head()).position == 2


@pytest.mark.parametrize("turns", [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
async def test_a_cancelled_caller_leaves_no_half_append(log: EventLog, turns: int) -> None:
    """However far the append has come, all of it is there, or nothing; and the log goes on."""
    heard: list[int] = []
    log.on_commit(lambda events: heard.extend(event.position for event in events))
    caller = asyncio.create_task(log.append(request(size=3)))
    for _ in range(turns):
        await asyncio.sleep(0)
    was_done = caller.done()
    caller.cancel()
    (result,) = await asyncio.gather(caller, return_exceptions=True)
    assert was_done == isinstance(result, Appended)
    assert was_done or isinstance(result, asyncio.CancelledError)
    # It comes after the first in any case: appends are taken in the order of their arrival.
    await appended(log, request("brief-b", size=2))
    events = await everything(log)
    assert [event.stream for event in events] in (
        ["brief-b"] * 2,
        ["brief-a"] * 3 + ["brief-b"] * 2,
    )
    if turns > 0:
        assert len(events) == 5, "an append that has begun is finished"
    assert heard == [event.position for event in events]


async def test_a_closed_log_takes_no_appends(log: EventLog) -> None:
    """What is under way is finished, and what comes later is refused."""
    under_way = asyncio.create_task(log.append(request()))
    await asyncio.sleep(0)
    await log.close()
    assert isinstance(await under_way, Appended)
    with pytest.raises(RuntimeError, match="closed"):
        await log.append(request(expected_version=1))
