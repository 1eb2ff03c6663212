"""Mutations: from an input to the desk, and from what the desk says to a payload.

Each takes one input and gives one payload: the object as the edit left it, the revision that
recorded it, and what was wrong. On errors nothing was written; without errors and without a
revision there was nothing to change.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from msgspec import Struct

from graphql_brief.api import inputs
from graphql_brief.api.brief import Brief
from graphql_brief.api.context import Info
from graphql_brief.api.context import Node as RunningNode
from graphql_brief.api.desk import Conflict, Done, Outcome, Refusals, Request
from graphql_brief.api.edition import Edition
from graphql_brief.api.entity import Entity
from graphql_brief.api.errors import UserError
from graphql_brief.api.history import Revised, Revision, revision
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.page import Page
from graphql_brief.api.view import BriefView
from graphql_brief.domain import commands, states
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.vocabulary import ErrorCode
from graphql_brief.live.sources import revisions
from graphql_brief.log.port import APPEND_BOUND, Recorded
from graphql_brief.projections.runner import ProjectionHalted

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


async def payload(node: RunningNode, outcome: Outcome) -> Payload:
    """The answer to what the desk said."""
    if isinstance(outcome, Refusals):
        reasons = [found._replace(path=("input", *found.path)) for found in outcome.reasons]
        return Payload(user_errors=reasons)
    if isinstance(outcome, Conflict):
        return Payload(user_errors=[await _clash(node, outcome)])
    return await _done(node, outcome)


async def _clash(node: RunningNode, conflict: Conflict) -> Clash:
    state = await node.states.get(conflict.stream)
    view = node.views.view(state) if isinstance(state, states.Brief) else None
    came_between = tuple(revision(events, view) for events in revisions(conflict.intervening))
    return Clash(
        message=(
            f"the brief is at version {conflict.current_version}, and what came after version "
            f"{conflict.expected_version} touches the same things; read it anew"
        ),
        current_version=conflict.current_version,
        expected_version=conflict.expected_version,
        intervening=came_between,
    )


async def _done(node: RunningNode, done: Done) -> Payload:
    appended = done.appended
    if appended is None:
        return _showing(node, await node.states.get(done.stream), None, ())
    try:
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
    node: RunningNode, state: states.State | None, at: int | None, events: Sequence[Recorded]
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


def _request(info: Info, given: Mapping[str, Any]) -> Request:
    return Request(
        viewer=info.context.viewer,
        significance=given["significance"],
        change_note=given.get("changeNote"),
        idempotency_key=given.get("idempotencyKey"),
    )


@output()
class VersionConflict(UserError):
    """The edit was made on an older version, and what came since touches the same things."""

    current_version: int = strawberry.field(description="The version of the brief now.")
    expected_version: int = strawberry.field(description="The version that the writer saw.")
    intervening: list[Revision] = strawberry.field(description="What came since, oldest first.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether `value` is shown as this type."""
        return isinstance(value, Clash)


@output()
class _Answer:
    """What every payload has."""

    revision: Revision | None = strawberry.field(
        description="What was recorded; null on errors, and if there was nothing to change."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was written; empty if all went well."
    )


@output()
class _BriefAnswer(_Answer):
    """What the payload of an edit of a brief has."""

    brief: Brief | None = strawberry.field(
        description="The brief as the edit left it; null on errors."
    )


@output()
class DraftBriefPayload(_BriefAnswer):
    """What came of `draftBrief`."""


@output()
class EditBriefPayload(_BriefAnswer):
    """What came of `editBrief`."""


@output()
class PublishBriefPayload(_BriefAnswer):
    """What came of `publishBrief`."""


@output()
class WithholdBriefPayload(_BriefAnswer):
    """What came of `withholdBrief`."""


@output()
class CloseBriefPayload(_BriefAnswer):
    """What came of `closeBrief`."""


@output()
class ReopenBriefPayload(_BriefAnswer):
    """What came of `reopenBrief`."""


@output()
class _EntityAnswer(_Answer):
    """What the payload of an edit of an entity has."""

    entity: Entity | None = strawberry.field(
        description="The entity as the edit left it; null on errors."
    )


@output()
class RegisterEntityPayload(_EntityAnswer):
    """What came of `registerEntity`."""


@output()
class ReviseEntityPayload(_EntityAnswer):
    """What came of `reviseEntity`."""


@output()
class PublishEditionPayload(_Answer):
    """What came of `publishEdition`."""

    edition: Edition | None = strawberry.field(
        description="The edition as it came out; null on errors."
    )


@output()
class RevisePagePayload(_Answer):
    """What came of `revisePage`."""

    page: Page | None = strawberry.field(description="The page as written; null on errors.")


def _input(kind: type[Any]) -> Any:
    return strawberry.argument(graphql_type=kind, description="What is asked.")


Given = dict[str, Any]


@output()
class Mutation:
    """What a newsroom may do. Each writes all that it was asked, or nothing."""

    @resolved(DraftBriefPayload)
    async def draft_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.DraftBriefInput)]
    ) -> Payload:
        """Begin a brief, unseen by readers. Contributors and editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.draft_brief(asked, inputs.content(input)))

    @resolved(EditBriefPayload)
    async def edit_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.EditBriefInput)]
    ) -> Payload:
        """Apply a batch of edits to a brief. Contributors and editors."""
        node = info.context.node
        outcome = await node.desk.edit_brief(
            _request(info, input),
            input["id"],
            input["edits"],
            expected_version=input.get("expectedVersion"),
        )
        return await payload(node, outcome)

    @resolved(PublishBriefPayload)
    async def publish_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.PublishBriefInput)]
    ) -> Payload:
        """Show a draft to readers. Editors."""
        return await _transition(info, commands.PublishBrief, input)

    @resolved(WithholdBriefPayload)
    async def withhold_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.WithholdBriefInput)]
    ) -> Payload:
        """Take a published brief from readers. Editors."""
        return await _transition(info, commands.WithholdBrief, input)

    @resolved(CloseBriefPayload)
    async def close_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.CloseBriefInput)]
    ) -> Payload:
        """End a story; readers still see it. Editors."""
        return await _transition(info, commands.CloseBrief, input)

    @resolved(ReopenBriefPayload)
    async def reopen_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.ReopenBriefInput)]
    ) -> Payload:
        """Publish a withheld or closed brief again. Editors."""
        return await _transition(info, commands.ReopenBrief, input)

    @resolved(RegisterEntityPayload)
    async def register_entity(
        self, info: Info, input: Annotated[Given, _input(inputs.RegisterEntityInput)]
    ) -> Payload:
        """Make a person or organization known to the site. Contributors and editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.register_entity(asked, inputs.content(input)))

    @resolved(ReviseEntityPayload)
    async def revise_entity(
        self, info: Info, input: Annotated[Given, _input(inputs.ReviseEntityInput)]
    ) -> Payload:
        """Change what is known about a person or organization. Contributors and editors."""
        node = info.context.node
        outcome = await node.desk.revise_entity(
            _request(info, input), input["id"], inputs.content(input)
        )
        return await payload(node, outcome)

    @resolved(PublishEditionPayload)
    async def publish_edition(
        self, info: Info, input: Annotated[Given, _input(inputs.PublishEditionInput)]
    ) -> Payload:
        """Bring out the Daily Brief of a date, or bring it out anew. Editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.publish_edition(asked, inputs.content(input)))

    @resolved(RevisePagePayload)
    async def revise_page(
        self, info: Info, input: Annotated[Given, _input(inputs.RevisePageInput)]
    ) -> Payload:
        """Write or rewrite a standing page. Editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.revise_page(asked, inputs.content(input)))


async def _transition(info: Info, kind: type[commands.Transition], given: Given) -> Payload:
    node = info.context.node
    outcome = await node.desk.transition(
        _request(info, given),
        given["id"],
        kind,
        inputs.content(given),
        expected_version=given.get("expectedVersion"),
    )
    return await payload(node, outcome)
