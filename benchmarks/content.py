"""What is written in all of it: events of the fixtures' kinds and sizes, the same for everybody."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from graphql_brief.domain.events import (
    BriefDrafted,
    BriefPublished,
    DevelopmentAdded,
    DevelopmentRevised,
    Event,
    HeadlineRevised,
    IndicatorAdded,
    ObservationRecorded,
    ParagraphAdded,
    ParagraphRevised,
    SourceAdded,
    SourceRevised,
    StandfirstRevised,
)
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.port import Append

_FIXTURE = Path(__file__).parents[1] / "fixtures" / "iraq-exit.json"
_NOTE = "A second agency reports the same"


def _edits(kind: str) -> list[Any]:
    steps = json.loads(_FIXTURE.read_bytes())["steps"]
    return [edit[kind] for step in steps for edit in step.get("editBrief", []) if kind in edit]


_DEVELOPMENTS = [
    # What an item supersedes is another item's key; here keys are numbers.
    replace(msgspec.convert(members, DevelopmentAdded), supersedes=())
    for members in _edits("addDevelopment")
]
_PARAGRAPHS = [msgspec.convert(members, ParagraphAdded) for members in _edits("addParagraph")]
_SOURCES = [msgspec.convert(members, SourceAdded) for members in _edits("addSource")]
_INDICATORS = [msgspec.convert(members, IndicatorAdded) for members in _edits("addIndicator")]


def development(number: int) -> DevelopmentAdded:
    """A new entry of a timeline, with a key of its own."""
    return replace(_DEVELOPMENTS[number % len(_DEVELOPMENTS)], key=f"d{number}")


def history(slug: str) -> Iterator[Event]:
    """What happens to a brief, without end.

    First it is drafted and published with its sources, numbers and paragraphs. Then, of every 20
    events, 1 adds a development, 6 revise one, 4 record an observation, 4 revise a paragraph, 2 a
    source, and 3 the lines at the top.
    """
    lines = [development.headline for development in _DEVELOPMENTS]
    yield BriefDrafted(slug=slug, headline=lines[0], standfirst=lines[1], language="en")
    yield BriefPublished()
    yield from _SOURCES
    yield from _INDICATORS
    yield from _PARAGRAPHS
    yield development(0)
    numbers = itertools.count()
    for turn in itertools.count(1):
        yield development(turn)
        for _ in range(6):
            number = next(numbers)
            revised = _DEVELOPMENTS[number % len(_DEVELOPMENTS)]
            yield DevelopmentRevised(key=f"d{number % turn}", body=revised.body)
        for place in range(4):
            number = 4 * turn + place
            yield ObservationRecorded(
                key=f"o{number}",
                indicator=_INDICATORS[place % len(_INDICATORS)].key,
                value=str(2_500 + number),
                as_of="2026-01-18",
                citations=_DEVELOPMENTS[0].citations,
            )
        for place in range(4):
            paragraph = _PARAGRAPHS[place % len(_PARAGRAPHS)]
            other = _PARAGRAPHS[(place + turn) % len(_PARAGRAPHS)]
            yield ParagraphRevised(key=paragraph.key, text=other.text)
        for place in range(2):
            source = _SOURCES[(2 * turn + place) % len(_SOURCES)]
            yield SourceRevised(key=source.key, title=f"{source.title}, {turn}")
        yield HeadlineRevised(headline=lines[turn % len(lines)])
        yield StandfirstRevised(standfirst=lines[(turn + 1) % len(lines)])
        yield StandfirstRevised(standfirst=lines[(turn + 2) % len(lines)])


_commands = itertools.count()


def request(stream: str, expected_version: int, events: tuple[Event, ...]) -> Append:
    """What the desk would ask of the log for these events."""
    command = f"{next(_commands):032x}"
    return Append(
        stream=stream,
        expected_version=expected_version,
        events=events,
        actor="editor-2f",
        significance=Significance.MINOR,
        change_note=_NOTE,
        command_id=command,
        correlation_id=command,
    )


def members(event: Event) -> dict[str, Any]:
    """An event as plain values: what is stored by those who do not know our types."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return plain
