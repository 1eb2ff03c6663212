"""Several nodes on one log: one order, and everybody hears all of it, whatever gets lost."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import chain
from typing import Any

import pytest

from graphql_brief.domain.events import HeadlineRevised
from graphql_brief.log import codec
from graphql_brief.log.commits import PAGE
from graphql_brief.log.following import channel_of
from graphql_brief.log.port import (
    Appended,
    Claim,
    ClaimTaken,
    DatabaseError,
    EventLog,
    KeyReused,
    OutcomeUnknown,
    Recorded,
    StaleVersion,
)
from graphql_brief.log.tail import Tail
from tests.log.nodes import TIMEOUT_S, Node, competing, node
from tests.log.proxy import proxied
from tests.log.support import appended, fill, request
from tests.postgres import comes, execute

NO_HINTS = "DROP TRIGGER log_head_tell ON log_head"


@pytest.fixture
async def writer(log_postgres: str) -> AsyncIterator[Node]:
    """A node that the others hear of."""
    async with node(log_postgres) as writer:
        yield writer


async def test_two_nodes_append_at_once(log_postgres: str) -> None:
    """Positions are dense, versions gapless, and both hear every commit whole, in one order."""
    streams = [f"brief-{number}" for number in range(8)]
    async with node(log_postgres) as one, node(log_postgres) as other:
        await asyncio.gather(*(competing(each.log, streams, 6) for each in (one, other)))
        end = 2 * len(streams) * (1 + 2 + 3) * 2
        await asyncio.gather(one.until(end), other.until(end))
        events = await one.log.read(after=0, limit=1000)
        assert [event.position for event in events] == list(range(1, end + 1))
        for stream in streams:
            versions = [event.version for event in events if event.stream == stream]
            assert versions == list(range(1, len(versions) + 1))
        assert one.commits == other.commits
        assert list(chain(*one.commits)) == events
        commands = [commit[0].command_id for commit in one.commits]
        assert len(commands) == len(set(commands))


async def test_hints_alone_suffice(log_postgres: str, writer: Node) -> None:
    """A node that never asks is told of each commit."""
    async with node(log_postgres) as other:
        for end in (2, 5, 6):
            await fill(writer.log, end - other.end)
            await other.until(end)
        assert other.heard == [[1, 2], [3, 4, 5], [6]]


async def test_lost_hints(log_postgres: str, writer: Node) -> None:
    """A node that is never told asks."""
    await execute(log_postgres, NO_HINTS)
    async with node(log_postgres, poll_s=0.02) as other:
        for end in (2, 5, 6):
            await fill(writer.log, end - other.end)
            await other.until(end)
        assert other.heard == [[1, 2], [3, 4, 5], [6]]


async def test_hints_that_are_none(log_postgres: str, writer: Node) -> None:
    """Whatever somebody else says on the channel, nothing is skipped and nothing comes twice."""
    channel = channel_of(writer.log.origin)
    async with node(log_postgres) as other:
        await fill(writer.log, 2)
        await other.until(2)
        for payload in ("", "nonsense", "1000000", "1", "-3"):
            await execute(log_postgres, f"SELECT pg_notify('{channel}', '{payload}')")
        await fill(writer.log, 1)
        await other.until(3)
        assert other.heard == [[1, 2], [3]]


async def test_a_follower_that_is_cut_off(log_postgres: str, writer: Node) -> None:
    """Its connection ends; it listens on another one, and has missed nothing."""
    async with node(log_postgres) as other:
        await fill(writer.log, 1)
        await other.until(1)
        for end in (2, 3):
            await execute(
                log_postgres,
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE query LIKE '%position FROM log_head' OR query LIKE 'LISTEN%'",
            )
            await fill(writer.log, 1)
            await other.until(end)
        assert other.heard == [[1], [2], [3]]


async def test_a_node_that_was_cut_off_catches_up(
    log_postgres: str, writer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page at a time, by whole commits, however much it has missed."""
    async with proxied(log_postgres) as (proxy, url), node(url) as other:
        await fill(writer.log, 1)
        await other.until(1)
        proxy.refusing = True
        proxy.cut_all()
        await fill(writer.log, 700, 700, 1000, 3)
        sizes: list[int] = []
        read = other.log._delivery._read

        async def noted(*, after: int, limit: int) -> list[Recorded]:
            events = await read(after=after, limit=limit)
            sizes.append(len(events))
            return events

        monkeypatch.setattr(other.log._delivery, "_read", noted)
        assert other.heard == [[1]]
        proxy.refusing = False
        await other.until(2404)
        assert [len(commit) for commit in other.heard] == [1, 700, 700, 1000, 3]
        assert list(chain(*other.heard)) == list(range(1, 2405))
        assert max(sizes) <= PAGE


async def test_every_answer_has_been_heard(log_postgres: str, writer: Node) -> None:
    """An append, taken or refused, returns when all that it was judged on was delivered."""
    await execute(log_postgres, NO_HINTS)
    slug = Claim("slug", "x")
    keyed: dict[str, Any] = {"idempotency_key": "k", "digest": "d"}
    async with node(log_postgres) as other:
        await appended(writer.log, request(size=2))
        assert await other.log.append(request()) == StaleVersion(current_version=2)
        assert other.heard == [[1, 2]]
        await appended(writer.log, request("brief-b", claims=(slug,)))
        taken = await other.log.append(request("brief-c", claims=(slug,)))
        assert taken == ClaimTaken(claim=slug, owner="brief-b")
        assert other.end == 3
        once = request("brief-d", **keyed)
        await appended(writer.log, once)
        assert (await appended(other.log, once)).repeated
        assert other.end == 4
        await fill(writer.log, 1)
        assert await other.log.append(request("brief-e", **{**keyed, "digest": "e"})) == KeyReused()
        assert other.end == 5
        await fill(writer.log, 3)
        result = await appended(other.log, request("brief-f", size=2))
        assert (result.first_position, other.heard[-2:]) == (9, [[6, 7, 8], [9, 10]])
        await fill(writer.log, 1)
        assert (await other.log.head()).position == other.end == 11


async def test_a_tail_on_each_node(log_postgres: str, writer: Node) -> None:
    """An edit through one is on a follower of the other."""
    await fill(writer.log, 2)
    async with node(log_postgres) as other:
        tail = Tail(other.log)
        await tail.start()
        assert tail.position == 2
        async with aclosing(tail.follow(after=0)) as follower, asyncio.timeout(TIMEOUT_S):
            seen = [await anext(follower)]
            for _ in range(3):
                await fill(writer.log, 2)
                seen.append(await anext(follower))
        assert [[event.position for event in commit] for commit in seen] == [
            [1, 2], [3, 4], [5, 6], [7, 8],
        ]  # fmt: skip
        tail.close()


async def test_a_listener_that_raises(
    log_postgres: str, writer: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """It is heard of, and the following goes on with the next commit."""
    async with node(log_postgres) as other:

        def fail(commit: object) -> None:
            raise ZeroDivisionError

        other.log.on_commit(fail)
        with caplog.at_level(logging.ERROR):
            for end in (1, 2):
                await fill(writer.log, 1)
                await other.until(end)
        assert other.heard == [[1], [2]]
        assert ZeroDivisionError in {
            record.exc_info[0] for record in caplog.records if record.exc_info
        }


async def test_a_cancelled_caller_is_appended_and_heard(log_postgres: str, writer: Node) -> None:
    """By every node, like any other."""
    async with node(log_postgres) as other:
        caller = asyncio.create_task(writer.log.append(request(size=2)))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await appended(writer.log, request("brief-b"))
        await other.until(3)
        assert writer.heard == other.heard == [[1, 2], [3]]


async def test_two_nodes_race_for_one_stream(log_postgres: str) -> None:
    """Of two appends on the same version one is taken, and the loser has heard of it."""
    async with node(log_postgres) as one, node(log_postgres) as other:
        for version in range(10):
            results = await asyncio.gather(
                *(each.log.append(request(expected_version=version)) for each in (one, other))
            )
            assert sorted(type(result).__name__ for result in results) == [
                "Appended", "StaleVersion",
            ]  # fmt: skip
            assert isinstance(results[0], Appended | StaleVersion)
            assert one.end == other.end == version + 1


async def test_an_event_of_newer_code(
    log_postgres: str,
    writer: Node,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What comes before it is heard; from then on nothing is written, until it can be read."""
    async with node(log_postgres, poll_s=0.01) as other:
        # All at once, so that one page has the sound ones and the other.
        async with other.log._delivery.turn:
            await fill(writer.log, 2, 1)
            await write_newer(writer.log, monkeypatch)
        await other.log.head()
        assert other.heard == [[1, 2], [3]]
        broken = other.log.broken
        assert broken is not None
        assert (broken.position, broken.event_type) == (4, "HeadlineRevised")
        assert "schema version 9" in broken.why
        with pytest.raises(DatabaseError, match=r"position 4 .*nothing was written"):
            await other.log.append(request("brief-c"))
        assert (await writer.log.head()).position == 4
        for _ in range(3):
            await other.log.head()
        told = [record for record in caplog.records if "cannot be read" in record.message]
        assert len(told) == 1
        monkeypatch.setitem(codec.SCHEMA_VERSIONS, "HeadlineRevised", 9)
        await other.until(4)
        assert other.log.broken is None
        await appended(other.log, request("brief-c"))
        assert other.heard == [[1, 2], [3], [4], [5]]


async def test_an_append_right_behind_an_event_of_newer_code(
    log_postgres: str, writer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one, on a node that has not heard of it: it cannot be shown, and says so."""
    await execute(log_postgres, NO_HINTS)
    async with node(log_postgres) as other:
        await write_newer(writer.log, monkeypatch)
        with pytest.raises(OutcomeUnknown, match=r"position 1 .*same idempotency key"):
            await other.log.append(request("brief-c"))
        for _ in range(2):
            with pytest.raises(DatabaseError, match="nothing was written"):
                await other.log.append(request("brief-d"))
        assert other.heard == []
        assert (await other.log.head()).position == 2


async def write_newer(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Append a headline as only newer code writes it."""
    with monkeypatch.context() as patch:
        encode = codec.encode
        patch.setattr(codec, "encode", lambda *told: encode(*told)._replace(schema=9))
        await appended(log, request("brief-n", events=(HeadlineRevised(headline="x"),)))


async def test_how_long_the_server_was_not_heard(log_postgres: str) -> None:
    """Seconds since it answered or told of a commit."""
    async with proxied(log_postgres) as (proxy, url), node(url, poll_s=0.01) as other:
        await fill(other.log, 1)
        proxy.refusing = True
        proxy.cut_all()

        def silent_s() -> float:
            seconds = other.log.heard_seconds_ago
            assert seconds is not None
            return seconds

        async with asyncio.timeout(TIMEOUT_S):
            while silent_s() < 0.3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            proxy.refusing = False
            while silent_s() >= 0.3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_closed_node_leaves_nothing_behind(log_postgres: str) -> None:
    """No connection, and no task."""
    before = asyncio.all_tasks()
    async with node(log_postgres) as one:
        await fill(one.log, 1)
    assert asyncio.all_tasks() == before
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await comes(log_postgres, f"SELECT count(*) = 0 FROM {others}")
