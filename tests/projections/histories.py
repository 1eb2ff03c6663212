"""Whole logs: two briefs, their entities and what stands beside them, in any order of commits."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from graphql_brief.domain import events as ev
from tests.domain.samples import EDITION_STORY, ENTITY_STORY, PAGE_STORY, STORIES
from tests.domain.strategies import KNOWN, History, histories

Draw = Callable[[st.SearchStrategy[Any]], Any]
Commit = tuple[str, tuple[ev.Event, ...]]
"""The events of one command on one stream."""

_NAMES = st.sampled_from(["Ana Ruiz", "Łukasz Żak", "Harbour union", "Ana"])


@st.composite
def logs(draw: Draw) -> list[Commit]:
    """The commits of a log."""
    streams: dict[str, list[tuple[ev.Event, ...]]] = {
        brief: list(_commits(brief, draw(histories(max_steps=4))))
        for brief in ("brief-a", "brief-b")
    }
    for entity in KNOWN.entities:
        registered = replace(ENTITY_STORY[0], name=draw(_NAMES))
        revised = [ev.EntityRevised(name=name) for name in draw(st.lists(_NAMES, max_size=2))]
        streams[entity] = [(registered,), *((event,) for event in revised)]
    streams["edition-2026-01-18"] = [(event,) for event in EDITION_STORY]
    streams["page-why"] = [PAGE_STORY]
    turns = [stream for stream, commits in streams.items() for _ in commits]
    # An entity's events may come after its part in a brief: no row may rest on the order.
    order = draw(st.permutations(turns))
    ahead = {stream: iter(commits) for stream, commits in streams.items()}
    return [(stream, next(ahead[stream])) for stream in order]


def _commits(brief: str, history: History) -> Iterator[tuple[ev.Event, ...]]:
    """A history as commits: its beginning, then a commit for each thing that was asked."""
    events = [_renamed(brief, event) for event, _ in history.recorded]
    sizes = [len(step.events) for step in history.steps if step.events]
    yield tuple(events[: len(events) - sum(sizes)])
    rest = iter(events[len(events) - sum(sizes) :])
    for size in sizes:
        yield tuple(next(rest) for _ in range(size))


def _renamed(brief: str, event: ev.Event) -> ev.Event:
    """The event with a slug that no other brief can have: slugs are claimed."""
    if isinstance(event, ev.BriefDrafted | ev.SlugChanged):
        return replace(event, slug=f"{brief}-{event.slug}")
    return event


def stories() -> list[Commit]:
    """Every event there is, one commit each but for the briefs' beginnings."""
    return [
        (stream, tuple(events))
        for stream, story in STORIES.items()
        for _, group in groupby(enumerate(story), key=lambda placed: placed[0] // 3)
        if (events := [event for _, event in group])
    ]
