"""Mutations: what a newsroom may do. Each takes one input and gives one payload.

A payload has the object as the edit left it, the revision that recorded it, and what was wrong.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from graphql_brief.api import inputs
from graphql_brief.api.brief import Brief
from graphql_brief.api.context import Info
from graphql_brief.api.edition import Edition
from graphql_brief.api.entity import Entity
from graphql_brief.api.errors import UserError
from graphql_brief.api.history import Revision
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.outcomes import Clash, Payload, payload
from graphql_brief.api.page import Page
from graphql_brief.api.request import Request
from graphql_brief.api.weights import WRITES
from graphql_brief.domain import commands


def _request(info: Info, given: Mapping[str, Any]) -> Request:
    return Request(
        viewer=info.context.viewer,
        significance=given["significance"],
        change_note=given.get("changeNote"),
        idempotency_key=given.get("idempotencyKey"),
    )


@output()
class VersionConflict(UserError):  # noqa: N818 - a type of the schema, no exception
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


@output()
class EraseBodyPayload(_Answer):
    """What came of `eraseBody`. The revision is that of the `BodyErased`, which stays."""

    brief: Brief | None = strawberry.field(
        description="The brief as it is without it; null on errors, and if it was no brief's."
    )


def _input(kind: type[Any]) -> Any:
    return strawberry.argument(graphql_type=kind, description="What is asked.")


Given = dict[str, Any]


@output()
class Mutation:
    """What a newsroom may do. Each writes all that it was asked, or nothing."""

    @resolved(DraftBriefPayload, cost=WRITES)
    async def draft_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.DraftBriefInput)]
    ) -> Payload:
        """Begin a brief, unseen by readers. Contributors and editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.draft_brief(asked, inputs.content(input)))

    @resolved(EditBriefPayload, cost=WRITES)
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

    @resolved(PublishBriefPayload, cost=WRITES)
    async def publish_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.PublishBriefInput)]
    ) -> Payload:
        """Show a draft to readers. Editors."""
        return await _transition(info, commands.PublishBrief, input)

    @resolved(WithholdBriefPayload, cost=WRITES)
    async def withhold_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.WithholdBriefInput)]
    ) -> Payload:
        """Take a published brief from readers. Editors."""
        return await _transition(info, commands.WithholdBrief, input)

    @resolved(CloseBriefPayload, cost=WRITES)
    async def close_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.CloseBriefInput)]
    ) -> Payload:
        """End a story; readers still see it. Editors."""
        return await _transition(info, commands.CloseBrief, input)

    @resolved(ReopenBriefPayload, cost=WRITES)
    async def reopen_brief(
        self, info: Info, input: Annotated[Given, _input(inputs.ReopenBriefInput)]
    ) -> Payload:
        """Publish a withheld or closed brief again. Editors."""
        return await _transition(info, commands.ReopenBrief, input)

    @resolved(RegisterEntityPayload, cost=WRITES)
    async def register_entity(
        self, info: Info, input: Annotated[Given, _input(inputs.RegisterEntityInput)]
    ) -> Payload:
        """Make a person or organization known to the site. Contributors and editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.register_entity(asked, inputs.content(input)))

    @resolved(ReviseEntityPayload, cost=WRITES)
    async def revise_entity(
        self, info: Info, input: Annotated[Given, _input(inputs.ReviseEntityInput)]
    ) -> Payload:
        """Change what is known about a person or organization. Contributors and editors."""
        node = info.context.node
        outcome = await node.desk.revise_entity(
            _request(info, input), input["id"], inputs.content(input)
        )
        return await payload(node, outcome)

    @resolved(PublishEditionPayload, cost=WRITES)
    async def publish_edition(
        self, info: Info, input: Annotated[Given, _input(inputs.PublishEditionInput)]
    ) -> Payload:
        """Bring out the Daily Brief of a date, or bring it out anew. Editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.publish_edition(asked, inputs.content(input)))

    @resolved(RevisePagePayload, cost=WRITES)
    async def revise_page(
        self, info: Info, input: Annotated[Given, _input(inputs.RevisePageInput)]
    ) -> Payload:
        """Write or rewrite a standing page. Editors."""
        node = info.context.node
        asked = _request(info, input)
        return await payload(node, await node.desk.revise_page(asked, inputs.content(input)))

    @resolved(EraseBodyPayload, cost=WRITES)
    async def erase_body(
        self, info: Info, input: Annotated[Given, _input(inputs.EraseBodyInput)]
    ) -> Payload:
        """Delete what one event says, for good. Admins.

        Its place in the log stays, and every hash of the log stays what it was; what it said is
        taken off every page, also as they stood in the past. An item that it added is gone. Where
        it set a text, that reads `[erased]` until it is revised.
        """
        node = info.context.node
        outcome = await node.desk.erase_body(
            _request(info, input), input["id"], inputs.content(input)
        )
        return await payload(node, outcome)


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
