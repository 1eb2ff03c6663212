"""From what the desk says to what a mutation answers.

On errors nothing was written; without errors and without a revision there was nothing to change.
"""

import logging
from collections.abc import Sequence

from msgspec import Struct

from graphql_brief.api.context import Node
from graphql_brief.api.history import Revised, revision
from graphql_brief.api.request import Conflict, Done, Outcome, Refusals
from graphql_brief.api.view import BriefView
from graphql_brief.domain import states
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.vocabulary import ErrorCode
from graphql_brief.log.commits import commits_of
from graphql_brief.log.port import APPEND_BOUND, Recorded
from graphql_brief.projections.runner import Halt, ProjectionHalted

_log = logging.getLogger(__name__)


class Clash(Struct, frozen=True, kw_only=True):
    """A conflict as the API tells it."""

    message: str
    current_version: int
    expected_version: int
    intervening: tuple[Revised, ...]
    code: ErrorCode = ErrorCode.VERSION_CONFLICT
    path: tuple[str, ...] = ("input", "expectedVersion")


class Payload(Struct, frozen=True, kw_only=True):
    """What a mutation answers; only one of the objects is ever asked for."""

    brief: BriefView | None = None
    entity: states.Entity | None = None
    edition: states.Edition | None = None
    page: states.Page | None = None
    revision: Revised | None = None
    user_errors: Sequence[Refusal | Clash] = ()


async def payload(node: Node, outcome: Outcome) -> Payload:
    """The answer to what the desk said."""
    if isinstance(outcome, Refusals):
        reasons = [found._replace(path=("input", *found.path)) for found in outcome.reasons]
        return Payload(user_errors=reasons)
    if isinstance(outcome, Conflict):
        return Payload(user_errors=[await _clash(node, outcome)])
    return await _done(node, outcome)


async def _clash(node: Node, conflict: Conflict) -> Clash:
    state = await node.states.get(conflict.stream)
    view = node.views.view(state) if isinstance(state, states.Brief) else None
    came_between = tuple(revision(events, view) for events in commits_of(conflict.intervening))
    return Clash(
        message=(
            f"the brief is at version {conflict.current_version}, and "
            + (
                f"what came after version {conflict.expected_version} touches the same things"
                if came_between
                else f"too much came after version {conflict.expected_version} to go through"
            )
            + "; read it anew"
        ),
        current_version=conflict.current_version,
        expected_version=conflict.expected_version,
        intervening=came_between,
    )


async def _done(node: Node, done: Done) -> Payload:
    appended = done.appended
    if appended is None:
        return _showing(node, await node.states.get(done.stream), None, ())
    broken = node.log.broken
    try:
        if broken is not None and broken.position <= appended.last_position:
            raise ProjectionHalted(Halt(*broken))
        # So that the writer's next list or search shows the edit.
        await node.projector.wait(appended.last_position)
    except ProjectionHalted:
        # The edit is in the log, and must not be answered as if it were not.
        _log.warning("position %d is written, and not in the read models", appended.last_position)
    events = await node.log.read_stream(
        done.stream,
        after_version=appended.first_version - 1,
        up_to_version=appended.last_version,
        limit=APPEND_BOUND,
    )
    state = await node.states.at_version(done.stream, appended.last_version)
    return _showing(node, state, appended.last_position, events)


def _showing(
    node: Node, state: states.State | None, at: int | None, events: Sequence[Recorded]
) -> Payload:
    """The stream's state as the edit left it, with the revision that these events are."""
    view = node.views.view(state, at) if isinstance(state, states.Brief) else None
    revised = revision(events, view) if events else None
    match state:
        case states.Brief():
            return Payload(brief=view, revision=revised)
        case states.Entity():
            return Payload(entity=state, revision=revised)
        case states.Edition():
            return Payload(edition=state, revision=revised)
        case states.Page():
            return Payload(page=state, revision=revised)
        case None:
            raise RuntimeError("the desk took an edit of a stream that is not there")
