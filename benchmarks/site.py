"""Logs to serve: the fixtures' story, as many copies of it as are wanted, and briefs beside it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from benchmarks import ours
from benchmarks.content import request
from benchmarks.servers import ROOT, servers_core
from benchmarks.setting import Setting
from graphql_brief.cli.loading import record
from graphql_brief.domain.events import BriefDrafted, Event, SlugChanged
from graphql_brief.log.port import PAGE_BOUND, Appended, Claim, EventLog
from tests.cli.server import Server

STORY = "brief-iraqexit"
STORY_SLUG = "americas-second-exit-from-iraq"
EVENTS_OF_A_SMALL_BRIEF = 2
_logs = count()


class Serving(NamedTuple):
    """Our own server on such a log."""

    port: int
    editor: str
    """A token."""


async def with_copies(setting: Setting, copies: int) -> tuple[Path, list[str]]:
    """A log of the fixtures, and of so many copies of their story; with the slugs of these."""
    path = setting.scratch / f"site-{next(_logs)}.db"
    await record(f"sqlite:///{path}", ROOT / "fixtures")
    slugs = [copied_slug(number) for number in range(copies)]
    async with ours.sqlite(path) as opened:
        told = await opened.log.read_stream(STORY, limit=PAGE_BOUND)
        for number, slug in enumerate(slugs):
            events = tuple(_of_copy([found.event for found in told], slug))
            await _append(opened.log, copied_id(number), events, slug)
    return path, slugs


def copied_id(number: int) -> str:
    """The id of a copy of the story."""
    return f"{STORY}{number}"


def copied_slug(number: int) -> str:
    """The slug of a copy of the story."""
    return f"exit-{number:04d}"


async def with_small(setting: Setting, briefs: int) -> tuple[Path, list[str]]:
    """A log of the fixtures and so many published briefs without content; with their slugs."""
    each = EVENTS_OF_A_SMALL_BRIEF
    built = await setting.built(briefs * each, events_each=each)
    path = setting.scratch / f"site-{next(_logs)}.db"
    shutil.copyfile(built, path)
    shutil.copytree(built.with_suffix(".read-models"), path.with_suffix(".read-models"))
    story = setting.scratch / f"story-{path.name}"
    await record(f"sqlite:///{story}", ROOT / "fixtures")
    async with ours.sqlite(story) as told, ours.sqlite(path) as opened:
        streams: dict[str, list[Event]] = {}
        for found in await told.log.read(after=0, limit=PAGE_BOUND):
            streams.setdefault(found.stream, []).append(found.event)
        for stream, events in streams.items():
            await _append(opened.log, stream, tuple(events))
    return path, [f"slug-{number}" for number in range(briefs)]


def _of_copy(events: Sequence[Event], slug: str) -> Iterator[Event]:
    for event in events:
        if isinstance(event, BriefDrafted):
            yield replace(event, slug=slug)
        elif not isinstance(event, SlugChanged):
            yield event


async def _append(log: EventLog, stream: str, events: tuple[Event, ...], *slugs: str) -> None:
    claims = tuple(Claim("slug", slug) for slug in slugs)
    result = await log.append(replace(request(stream, 0, events), claims=claims))
    assert isinstance(result, Appended), result


@contextmanager
def served(path: Path, *options: str) -> Iterator[Serving]:
    """Our own server on a log, as `graphql-brief serve` runs it, on the servers' core."""
    with servers_core():
        server = Server.start(path, "--fixtures", str(path.with_suffix(".no-fixtures")), *options)
    try:
        yield Serving(server.port, server.editor)
    finally:
        server.stop()
