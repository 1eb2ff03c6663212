"""What every log must let an auditor check, from the stored bytes alone."""

import hashlib
import json
import re

from graphql_brief.log import canonical
from graphql_brief.log.port import EventLog, Recorded
from tests.contract.conftest import OpenLog
from tests.log.support import TurnedClock, appended, fill, request


def committed(event: Recorded) -> tuple[bytes, bytes]:
    """Salt and body, of an event that has them."""
    assert event.salt is not None
    assert event.body is not None
    return event.salt, event.body


async def filled(log: EventLog) -> EventLog:
    """Some appends to two streams."""
    await fill(log, 2, 1, stream="brief-a")
    await fill(log, 3, stream="entity-b")
    await appended(log, request("brief-a", 3, size=2, change_note="é", causation_id="x"))
    return log


async def test_headers_and_bodies_are_canonical(log: EventLog) -> None:
    """Both are stored as the one spelling of what they say."""
    for event in await (await filled(log)).read(after=0, limit=100):
        canonical.parse(event.header)
        canonical.parse(committed(event)[1])


async def test_what_a_header_says(log: EventLog) -> None:
    """All of its members, and that they are what the event says elsewhere."""
    for event in await (await filled(log)).read(after=0, limit=100):
        assert json.loads(event.header) == {
            "format": 1,
            "origin": log.origin,
            "position": event.position,
            "eventId": event.event_id,
            "stream": event.stream,
            "version": event.version,
            "previous": json.loads(event.header)["previous"],  # checked below
            "type": event.type,
            "schema": event.schema,
            "actor": event.actor,
            "recordedAt": event.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "significance": event.significance.value,
            "commandId": event.command_id,
            "correlationId": event.correlation_id,
            "causationId": event.causation_id,
            "commitment": hashlib.sha256(b"".join(committed(event))).hexdigest(),
        }


async def test_each_header_holds_its_streams_last_leaf(log: EventLog) -> None:
    """The chain of each stream, within an append and from one to the next."""
    last: dict[str, str] = {}
    for event in await (await filled(log)).read(after=0, limit=100):
        assert json.loads(event.header)["previous"] == last.get(event.stream)
        last[event.stream] = event.leaf_hash.hex()
    assert len(last) == 2


async def test_the_leaf_hash_is_that_of_the_header(log: EventLog) -> None:
    """SHA-256 of a zero byte and the header."""
    for event in await (await filled(log)).read(after=0, limit=100):
        assert event.leaf_hash == hashlib.sha256(b"\0" + event.header).digest()


async def test_salts_and_ids_are_never_the_same(log: EventLog) -> None:
    """128 and 80 random bits; equal bodies have different commitments."""
    events = await (await filled(log)).read(after=0, limit=100)
    assert len({event.salt for event in events}) == len(events)
    assert len({event.event_id for event in events}) == len(events)
    assert {len(committed(event)[0]) for event in events} == {16}
    assert all(re.fullmatch("[0-9a-f]{32}", event.event_id) for event in events)
    for event in events:
        assert int(event.event_id[:12], 16) == event.recorded_at.timestamp() * 1000 // 1


async def test_the_origin(open_log: OpenLog) -> None:
    """The one that was given, or one made up, another for each log."""
    assert (await open_log(origin="graphql-brief/mine")).origin == "graphql-brief/mine"
    one, other = await open_log(seed=1), await open_log(seed=2)
    assert re.fullmatch("graphql-brief/[0-9a-f]{16}", one.origin)
    assert one.origin != other.origin


async def test_a_log_is_reproducible(open_log: OpenLog) -> None:
    """The same requests, clock, entropy and origin give the same bytes."""
    logs = [await open_log(clock=TurnedClock(), seed=7, origin="o") for _ in range(2)]
    for asked in (request(size=2), request("brief-b"), request(expected_version=9)):
        for log in logs:
            await log.append(asked)
    one, other = [await log.read(after=0, limit=10) for log in logs]
    assert one == other
    assert len(one) == 3
