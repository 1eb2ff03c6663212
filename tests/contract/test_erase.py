"""What every log must do when a body is erased."""

import asyncio
import json
from typing import Any

import pytest

from graphql_brief.domain.events import BodyErased, Erased, Kept
from graphql_brief.domain.vocabulary import Basis
from graphql_brief.log.envelope import leaf_hash
from graphql_brief.log.port import (
    Append,
    Appended,
    EventLog,
    KeyReused,
    Recorded,
    StaleVersion,
    erasures,
)
from graphql_brief.log.recording import again
from tests.log.support import appended, fill, paragraph, request


def erased(version: int, **fields: Any) -> BodyErased:
    """The event that says so."""
    given = {"basis": Basis.SAFETY, "case_reference": "S 1"} | fields
    return BodyErased(version=version, **given)


def erasing(expected_version: int, *versions: int, **fields: Any) -> Append:
    """The request that erases versions of brief-a."""
    events = tuple(erased(version) for version in versions)
    return request("brief-a", expected_version, events=events, **fields)


async def everything(log: EventLog) -> list[Recorded]:
    """All events of a small log."""
    return await log.read(after=0, limit=1000)


async def test_body_and_salt_are_gone(log: EventLog) -> None:
    """And the note with them; the header, what follows from it, and all other events stay."""
    await fill(log, 2, stream="brief-b")
    await appended(log, request("brief-a", size=3, change_note="why"))
    before = await everything(log)
    by = erased(1, kept=Kept(key="k"))
    result = await appended(log, request("brief-a", 3, events=(by,)))
    assert (result.first_version, result.first_position) == (4, 6)
    after = await everything(log)
    old, new = before[2], after[2]
    assert (new.body, new.salt, new.change_note) == (None, None, None)
    assert new.event == Erased(of="ParagraphAdded", by=by)
    for name in Recorded.__struct_fields__:
        if name not in ("body", "salt", "change_note", "event"):
            assert getattr(new, name) == getattr(old, name)
    assert [*before[:2], *before[3:]] == [*after[:2], *after[3:5]]
    assert (after[5].event, after[5].version) == (by, 4)
    assert [*await log.read_stream("brief-a", limit=10)] == after[2:]
    stamped = [(event.event, event.stamp) for event in after[2:]]
    assert await log.read_stamped("brief-a", list, limit=10) == stamped
    assert await log.read(after=2, limit=1, streams=frozenset({"brief-a"})) == [new]


async def test_the_chain_holds(log: EventLog) -> None:
    """Every header has its stream's last leaf hash, as before."""
    await fill(log, 3)
    await appended(log, erasing(3, 2))
    await fill(log, 1)
    previous = None
    for event in await everything(log):
        assert json.loads(event.header)["previous"] == previous
        assert event.leaf_hash == leaf_hash(event.header)
        previous = event.leaf_hash.hex()


async def test_erased_versions(log: EventLog) -> None:
    """Of one stream, all that were erased."""
    await fill(log, 3)
    await fill(log, 3, stream="brief-b")
    assert await log.erased_versions("brief-a") == frozenset()
    await appended(log, erasing(3, 3, 1))
    assert await log.erased_versions("brief-a") == {1, 3}
    assert await log.erased_versions("brief-b") == frozenset()
    assert await log.erased_versions("brief-c") == frozenset()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (0, "has no version 0"),
        (-1, "has no version -1"),
        (2, "was erased already"),
        (4, "says that a body was erased"),
        (5, "has no version 5"),
        (6, "has no version 6"),
    ],
)
async def test_what_cannot_be_erased(log: EventLog, version: int, why: str) -> None:
    """What is not there, not yet there, erased already, or an erasure; nothing is written."""
    await fill(log, 3)
    await appended(log, erasing(3, 2))
    before = await everything(log)
    with pytest.raises(ValueError, match=why):
        await log.append(erasing(4, version))
    assert await everything(log) == before
    await appended(log, erasing(4, 1))


@pytest.mark.parametrize(
    "events", [(erased(1), erased(1)), (Erased(of="ParagraphAdded", by=erased(1)),)]
)
async def test_what_is_no_erasure(log: EventLog, events: tuple[Any, ...]) -> None:
    """A body is not erased twice in a request, and what is read of one is not written."""
    await fill(log, 1)
    with pytest.raises(ValueError, match=r"(?i)erased"):
        await log.append(request("brief-a", 1, events=events))
    assert len(await everything(log)) == 1


async def test_a_refused_erasure_erases_nothing(log: EventLog) -> None:
    """On a stale version, the body stays."""
    await fill(log, 2)
    before = await everything(log)
    assert await log.append(erasing(1, 1)) == StaleVersion(current_version=2)
    assert await everything(log) == before


async def test_erasures_at_once(log: EventLog) -> None:
    """Among other appends, also of a body of the same batch; one that may not be fails alone."""
    await fill(log, 1)
    results = await asyncio.gather(
        log.append(request("brief-a", 1, events=(paragraph("Two.", "k2"),))),
        log.append(erasing(2, 2)),
        log.append(erasing(3, 1)),
        log.append(erasing(4, 1)),
        log.append(request("brief-b")),
        return_exceptions=True,
    )
    assert isinstance(results[3], ValueError)
    assert [event.body is None for event in await everything(log)] == [True, True, *[False] * 3]
    (first, second, third, fourth) = await log.read_stream("brief-a", limit=10)
    assert isinstance(first.event, Erased)
    assert isinstance(second.event, Erased)
    assert (first.event.by, second.event.by) == (fourth.event, third.event)


async def test_the_digest_is_forgotten(log: EventLog) -> None:
    """It would confirm a guess; whoever repeats the request is told that the key was used."""
    once = request("brief-a", size=2, idempotency_key="k", digest="d")
    other = request("brief-b", idempotency_key="l", digest="d")
    empty = request("brief-a", 2, events=(), idempotency_key="m", digest="d")
    first = await appended(log, once)
    await appended(log, other)
    await appended(log, empty)
    erase = erasing(2, 2, idempotency_key="e", digest="d")
    await appended(log, erase)
    assert await log.find_command("editor-1", "k") == (
        await told(log, "k"),
        "erased",
    )
    assert (await told(log, "k")).first_position == first.first_position
    assert await log.append(once) == KeyReused()
    for kept in (other, empty, erase):
        assert (await appended(log, kept)).repeated


async def test_the_digest_is_forgotten_at_once(log: EventLog) -> None:
    """Whoever repeats the request right behind the erasure, in the same batch, is told the same."""
    once = request("brief-a", size=2, idempotency_key="k", digest="d")
    other = request("brief-b", idempotency_key="l", digest="d")
    erase = erasing(2, 2, idempotency_key="e", digest="d")
    results = await asyncio.gather(*map(log.append, (once, other, erase, once, other, erase)))
    assert results[3] == KeyReused()
    for kept, repeated in zip(results[1:3], results[4:], strict=True):
        assert isinstance(kept, Appended)
        assert repeated == again(kept)
    assert await log.append(once) == KeyReused()


async def told(log: EventLog, key: str) -> Any:
    """The result under a key."""
    found = await log.find_command("editor-1", key)
    assert found is not None
    return found[0]


async def test_listeners_are_told(log: EventLog) -> None:
    """By the event that says so: which stream, from which version on."""
    heard: list[dict[str, int]] = []
    log.on_commit(lambda commit: heard.append(erasures(commit)))
    await fill(log, 3)
    await appended(log, erasing(3, 3, 2))
    assert heard == [{}, {"brief-a": 2}]
