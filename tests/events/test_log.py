"""Whole logs as the package writes them, under the schemas and the README's own verifier."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graphql_brief.domain.events import EVENT_TYPES, Event
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import Append, Appended, Recorded
from tests.domain.samples import STORIES
from tests.events.independent import parse
from tests.events.support import event_validator, validator
from tests.events.test_readme import VERIFIER, run
from tests.fixtures.replay import Replay, steps

NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)


@dataclass
class Command:
    """What one append holds."""

    at: datetime
    stream: str
    events: tuple[Event, ...]
    note: str | None = None


def of_the_stories() -> Iterable[Command]:
    """Every event type there is, three to a command, the streams in turn; the clock goes back."""
    pending = {stream: list(story) for stream, story in STORIES.items()}
    for number in count():
        for stream, left in pending.items():
            taken, left[:3] = tuple(left[:3]), []
            if taken:
                at = NOON + timedelta(seconds=number % 5, microseconds=number)
                yield Command(at, stream, taken, None if number % 2 else "Why: “ — ⚓”\n…")
        if not any(pending.values()):
            return


def of_the_fixtures() -> Iterable[Command]:
    """The content that a new node starts with."""
    replay = Replay()
    for step in steps():
        replay.play(step)
    for played in replay.played:
        if played.events:
            yield Command(
                played.step.at, played.step.stream, played.events, played.step.change_note
            )


async def recorded(commands: Iterable[Command]) -> list[Recorded]:
    """The log of these commands."""
    now = NOON
    log = MemoryLog(clock=lambda: now, entropy=Random(1).randbytes)
    for number, command in enumerate(commands):
        now = command.at
        request = Append(
            stream=command.stream,
            expected_version=await log.version_at(command.stream, 2**53),
            events=command.events,
            actor="editor-2f",
            significance=Significance.MINOR,
            change_note=command.note,
            command_id=f"command-{number}",
            correlation_id="a-morning",
        )
        assert isinstance(await log.append(request), Appended)
    head = await log.head()
    return await log.read(after=0, limit=head.position)


LOGS = {"stories": of_the_stories, "fixtures": of_the_fixtures}


@pytest.fixture(params=LOGS)
async def log(request: pytest.FixtureRequest) -> list[Recorded]:
    """A whole log."""
    return await recorded(LOGS[request.param]())


async def test_a_log_is_as_the_schemas_say(log: list[Recorded]) -> None:
    """Every header, every body, every event."""
    envelope, body = validator("envelope.schema.json"), validator("body.schema.json")
    for event in log:
        header = parse(event.header)
        envelope.validate(header)
        if event.body is None:
            continue
        content = parse(event.body)
        body.validate(content)
        event_validator(header["type"]).validate(content["event"])


async def test_a_log_verifies(log: list[Recorded], tmp_path: Path) -> None:
    """By the program in the README, with nothing of the package."""
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"events": [handed_out(event) for event in log]}))
    result = run(VERIFIER, str(file))
    streams = len({event.stream for event in log})
    assert result.stderr == ""
    erased = sum(event.body is None for event in log)
    assert result.stdout == (
        f"{len(log)} events in {streams} streams: as they were recorded, {erased} of them erased\n"
    )


def handed_out(event: Recorded) -> dict[str, Any]:
    """An event as the vectors have it."""
    return {
        "header": event.header.decode(),
        "salt": None if event.salt is None else event.salt.hex(),
        "body": None if event.body is None else event.body.decode(),
    }


async def test_the_stories_have_every_event_type() -> None:
    """So that the tests above are about all of them."""
    found = {event.type for event in await recorded(of_the_stories())}
    assert found == EVENT_TYPES.keys()
