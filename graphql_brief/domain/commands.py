"""What a newsroom asks of a stream apart from a batch of edits: to begin it, to move it on."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from graphql_brief.domain.edits import (
    Headline,
    Language,
    OptionalWhy,
    Slug,
    Standfirst,
    Subjects,
    Why,
)
from graphql_brief.domain.items import EditionEntry, Group
from graphql_brief.domain.rules import KEY, EdtfDate, Line, Many, Prose, Url
from graphql_brief.domain.vocabulary import Basis, EntityKind


class DraftBrief(Group, frozen=True, kw_only=True):
    """Begin a brief."""

    slug: Slug
    headline: Headline
    standfirst: Standfirst
    language: Language = "en"
    subjects: Subjects = ()


class PublishBrief(Group, frozen=True, kw_only=True):
    """Show a draft to readers."""


class WithholdBrief(Group, frozen=True, kw_only=True):
    """Take a published brief from readers."""

    reason: Why


class CloseBrief(Group, frozen=True, kw_only=True):
    """End a story; it stays readable."""

    reason: OptionalWhy = None


class ReopenBrief(Group, frozen=True, kw_only=True):
    """Publish a withheld or closed brief again."""

    reason: OptionalWhy = None


Transition = PublishBrief | WithholdBrief | CloseBrief | ReopenBrief

_NAME = Meta(description="The name as shown.")
_TYPE = Meta(description="What sort of organization, or what the person is known as.")
_DESCRIPTION = Meta(description="Who or what it is, in a sentence or two.")
_IMAGE = Meta(description="Address of a picture.")
INITIALS_BOUND = 4
_INITIALS = Meta(description="Letters that stand for a picture; left out: made from the name.")


class RegisterEntity(Group, frozen=True, kw_only=True):
    """Make a person or organization known to the site."""

    kind: Annotated[EntityKind, Meta(description="Person or organization.")]
    name: Annotated[str, Line(200), _NAME]
    type: Annotated[str | None, Line(100), _TYPE] = None
    description: Annotated[str | None, Prose(1000), _DESCRIPTION] = None
    image: Annotated[str | None, Url(), _IMAGE] = None
    initials: Annotated[str | None, Line(INITIALS_BOUND), _INITIALS] = None


class ReviseEntity(Group, frozen=True, kw_only=True):
    """Change what is known about a person or organization."""

    name: Annotated[str | UnsetType, Line(200), _NAME] = UNSET
    type: Annotated[str | UnsetType | None, Line(100), _TYPE] = UNSET
    description: Annotated[str | UnsetType | None, Prose(1000), _DESCRIPTION] = UNSET
    image: Annotated[str | UnsetType | None, Url(), _IMAGE] = UNSET
    initials: Annotated[str | UnsetType, Line(INITIALS_BOUND), _INITIALS] = UNSET


class PublishEdition(Group, frozen=True, kw_only=True):
    """Bring out, or bring out anew, the Daily Brief of a date."""

    date: Annotated[
        str, EdtfDate(day=True), Meta(description="The day that it is the Daily Brief of.")
    ]
    title: Annotated[str, Line(200), Meta(description="Its title.")]
    entries: Annotated[
        tuple[EditionEntry, ...], Many(100), Meta(description="Its briefs, in order.")
    ]


class RevisePage(Group, frozen=True, kw_only=True):
    """Write or rewrite a standing page."""

    slug: Annotated[str, KEY, Meta(description="The page's place in its address.")]
    title: Annotated[str, Line(200), Meta(description="The title.")]
    body: Annotated[str, Prose(50_000), Meta(description="The text, in paragraphs.")]


class EraseBody(Group, frozen=True, kw_only=True):
    """Delete what one event says. It cannot be undone; that it was done stays in the log."""

    version: Annotated[
        int, Meta(description="The version of the stream that the event made: which event it is.")
    ]
    basis: Annotated[Basis, Meta(description="On what ground.")]
    case_reference: Annotated[
        str,
        Line(100),
        Meta(
            description="Number or name of the case in the newsroom's own files. It stays in the "
            "log for ever: it must not itself hold personal data."
        ),
    ]
