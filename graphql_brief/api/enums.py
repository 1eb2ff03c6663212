"""The enums of the schema: the domain's, each value with its description, and one of our own."""

from enum import EnumType, StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from graphql_brief.api.manual import said
from graphql_brief.api.viewer import Role
from graphql_brief.domain.vocabulary import (
    Audience,
    Basis,
    BriefStatus,
    EntityKind,
    ErrorCode,
    Outcome,
    Qualifier,
    Section,
    Significance,
)
from graphql_brief.live.sources import ResyncReason
from graphql_brief.projections.lists import BriefOrder

__all__ = [
    "Audience",
    "Basis",
    "BriefOrder",
    "BriefStatus",
    "ChangeAction",
    "EntityKind",
    "ErrorCode",
    "Outcome",
    "Qualifier",
    "ResyncReason",
    "Role",
    "Section",
    "Significance",
]


class ChangeAction(StrEnum):
    """What an event did to its item."""

    ADDED = "ADDED"
    REVISED = "REVISED"
    MOVED = "MOVED"
    REMOVED = "REMOVED"
    RETRACTED = "RETRACTED"
    PINNED = "PINNED"
    UNPINNED = "UNPINNED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    STATUS = "STATUS"
    ERASED = "ERASED"


_VALUES: dict[EnumType, dict[str, str]] = {
    Significance: {
        "BREAKING": "News that readers are to hear of at once.",
        "SUBSTANTIVE": "The story is another one after it.",
        "MINOR": "A detail that changes nothing of the story.",
        "COPY_EDIT": "The same, better put.",
    },
    Audience: {
        "PUBLIC": "Everybody: what is published.",
        "NEWSROOM": "Those who write: drafts too, and who did what.",
        "AUDIT": "Those who check: the log itself too.",
    },
    Role: {
        "READER": "Reads what is published, under a name of their own.",
        "CONTRIBUTOR": "Reads drafts; drafts briefs, edits them, and registers entities.",
        "EDITOR": "Also publishes, withholds, closes and reopens; writes editions and pages.",
        "AUDITOR": "Reads everything, and the log; writes nothing.",
        "ADMIN": "May do everything.",
    },
    BriefOrder: {
        "UPDATED": "Last updated first.",
        "SIGNIFICANT_UPDATE": "Last changed by a SUBSTANTIVE or BREAKING edit first.",
        "PUBLISHED": "Last published for the first time first.",
        "HEADLINE": "By headline, from A to Z.",
    },
    BriefStatus: {
        "DRAFT": "Not published yet; readers do not see it.",
        "PUBLISHED": "Readers see it, and it goes on.",
        "WITHHELD": "Taken from readers.",
        "CLOSED": "The story ended; readers see it.",
    },
    Section: {
        "HEAD": "The brief's own fields: headline, standfirst, status and their like.",
        "OVERVIEW": "Paragraphs that tell the story.",
        "INDICATORS": "Key numbers.",
        "INVOLVEMENTS": "People and organizations with a part in the story.",
        "TIMELINE": "Developments.",
        "SCENARIOS": "Possible futures.",
        "PRECEDENTS": "Historical context.",
        "SOURCES": "Publications that items cite.",
        "CORRECTIONS": "What was wrong and was put right.",
    },
    Qualifier: {
        "EXACT": "The number itself.",
        "AT_LEAST": "The number or more: `180+`.",
        "APPROXIMATE": "About the number: `~2,000`.",
    },
    Basis: {
        "LEGAL_ORDER": "A court or an authority ordered it.",
        "DATA_PROTECTION": "Somebody asked for what is said about them to be erased.",
        "COPYRIGHT": "The words are somebody else's, and were not to be used.",
        "SAFETY": "What was said puts somebody in danger.",
        "CONFIDENTIAL": "What was said was never to be recorded: a password, a source's name.",
    },
    EntityKind: {
        "PERSON": "A person.",
        "ORGANIZATION": "An organization.",
    },
    Outcome: {
        "HAPPENED": "It came about, by the resolution criteria.",
        "DID_NOT_HAPPEN": "It did not come about.",
        "CANNOT_BE_TOLD": "The criteria do not decide it.",
    },
    ErrorCode: {
        "INVALID_TEXT": "A text is empty, or has a character that no text may hold.",
        "TOO_LONG": "A text is beyond its bound.",
        "TOO_MANY": "A list is beyond its bound.",
        "INVALID_KEY": "Not a key: 1 to 64 of a-z, 0-9 and hyphens.",
        "INVALID_DATE": "Not an EDTF date, or not of the kind wanted here.",
        "INVALID_NUMBER": "Not a decimal number, or not within its bounds.",
        "INVALID_URL": "Not an absolute http or https address.",
        "INVALID_LANGUAGE": "Not a BCP 47 language tag.",
        "INVALID_INPUT": "The input has another fault, told in the message.",
        "DUPLICATE": "It is there already, or was there before.",
        "NOT_FOUND": "There is no such brief or entity.",
        "UNKNOWN_ITEM": "The brief has no such item.",
        "UNKNOWN_SOURCE": "The brief has no such source; add it before citing it.",
        "UNKNOWN_ENTITY": "There is no such entity; register it first.",
        "UNKNOWN_BRIEF": "There is no such brief.",
        "STILL_CITED": "Items still cite the source.",
        "WRONG_STATE": "Not possible in the state that the brief or the item is in.",
        "SLUG_TAKEN": "The slug is, or was, another brief's.",
        "VERSION_CONFLICT": "What came after the expected version touches the same things.",
        "IDEMPOTENCY_KEY_REUSED": "The idempotency key came with other content before.",
        "FORBIDDEN": "The viewer's roles do not allow it.",
        "OVERLOADED": "Too many edits at once; try again.",
    },
    ChangeAction: {
        "ADDED": "It is new.",
        "REVISED": "Fields have new values.",
        "MOVED": "It has another place in its list.",
        "REMOVED": "It was taken off the page.",
        "RETRACTED": "It no longer holds; it stays on the page, marked.",
        "PINNED": "It is kept in view.",
        "UNPINNED": "It is no longer kept in view.",
        "RESOLVED": "It was said how the scenario ended.",
        "REOPENED": "How the scenario ended was taken back.",
        "STATUS": "The brief was published, withheld, closed or reopened.",
        "ERASED": "What was said was erased, or: what an earlier event said was erased by it.",
    },
    ResyncReason: {
        "OTHER_LOG": "The cursor is of another log, or of what this one lost when it was restored.",
        "AHEAD_OF_LOG": "The cursor is ahead of this log, which may have been restored.",
        "TOO_FAR_BEHIND": "Too much came since the cursor to replay it.",
        "NO_LONGER_VISIBLE": "The brief is no longer shown to this viewer.",
    },
}

for _enum, _texts in _VALUES.items():
    _definition: StrawberryEnumDefinition = strawberry.enum(
        _enum, description=said(_enum)
    ).__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for _value in _definition.values:
        _value.description = _texts[_value.name]
