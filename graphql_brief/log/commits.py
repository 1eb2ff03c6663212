"""A *commit*: the consecutive events of one stream and one command, as one append gave them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from graphql_brief.log.port import APPEND_BOUND, Recorded

PAGE = APPEND_BOUND + 1
"""Events to read at once: more than one append, so that a full page has a whole commit."""


def commits_of(events: Sequence[Recorded]) -> Iterator[list[Recorded]]:
    """The events of each append; the first and the last may be cut as the events are."""
    for _, commit in groupby(events, key=lambda event: (event.stream, event.command_id)):
        yield list(commit)
