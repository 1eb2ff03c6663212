"""What a commit does to its stream: the states before and after it."""

from collections.abc import Sequence
from typing import NamedTuple

from graphql_brief.domain.evolve import CannotEvolve, fold
from graphql_brief.domain.states import State
from graphql_brief.log.port import Recorded, erasures


class Step(NamedTuple):
    """The states before and after a commit."""

    before: State | None
    """None: the stream began."""
    after: State


def step_from(before: State | None, commit: Sequence[Recorded]) -> Step | None:
    """The step that a commit is from this state on.

    None if it does not follow it, or erases something: what it leaves is not told by the state.
    """
    if erasures(commit):
        return None
    stamped = [(recorded.event, recorded.stamp) for recorded in commit]
    try:
        after = fold(before, commit[0].stream, stamped)
    except CannotEvolve:
        return None
    return None if after is None else Step(before, after)
