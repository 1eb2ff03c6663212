"""The words of the newsroom that are sets of values: the enums of the model.

Members' names are the API's and the log's spelling (SCREAMING_SNAKE); their values equal their
names, so that a stored event reads the same everywhere.
"""

from enum import StrEnum


class Significance(StrEnum):
    """How much an edit matters to a reader: said by the editor with each edit, never guessed."""

    BREAKING = "BREAKING"
    SUBSTANTIVE = "SUBSTANTIVE"
    MINOR = "MINOR"
    COPY_EDIT = "COPY_EDIT"

    @property
    def weight(self) -> int:
        """4 for BREAKING down to 1 for COPY_EDIT: an order for 'at least'."""
        return _WEIGHTS[self]


_WEIGHTS = {s: len(Significance) - place for place, s in enumerate(Significance)}


class Audience(StrEnum):
    """Who may see a field; each audience sees what the ones before it see."""

    PUBLIC = "PUBLIC"
    NEWSROOM = "NEWSROOM"
    AUDIT = "AUDIT"

    def includes(self, other: "Audience") -> bool:
        """Whether this audience may see what is marked for `other`."""
        order = list(Audience)
        return order.index(self) >= order.index(other)


class BriefStatus(StrEnum):
    """Where a brief is in its life: drafted, published, withheld or closed, and published again."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHHELD = "WITHHELD"
    CLOSED = "CLOSED"


class Section(StrEnum):
    """One part of a brief. All but HEAD are lists whose items have keys."""

    HEAD = "HEAD"
    OVERVIEW = "OVERVIEW"
    INDICATORS = "INDICATORS"
    INVOLVEMENTS = "INVOLVEMENTS"
    TIMELINE = "TIMELINE"
    SCENARIOS = "SCENARIOS"
    PRECEDENTS = "PRECEDENTS"
    SOURCES = "SOURCES"
    CORRECTIONS = "CORRECTIONS"


class Qualifier(StrEnum):
    """How exact an observation's value is meant to be."""

    EXACT = "EXACT"
    AT_LEAST = "AT_LEAST"
    APPROXIMATE = "APPROXIMATE"


class EntityKind(StrEnum):
    """What an entity is."""

    PERSON = "PERSON"
    ORGANIZATION = "ORGANIZATION"


class Outcome(StrEnum):
    """How a scenario ended, judged by its resolution criteria."""

    HAPPENED = "HAPPENED"
    DID_NOT_HAPPEN = "DID_NOT_HAPPEN"
    CANNOT_BE_TOLD = "CANNOT_BE_TOLD"


class Basis(StrEnum):
    """On what ground the body of an event was erased."""

    LEGAL_ORDER = "LEGAL_ORDER"
    DATA_PROTECTION = "DATA_PROTECTION"
    COPYRIGHT = "COPYRIGHT"
    SAFETY = "SAFETY"
    CONFIDENTIAL = "CONFIDENTIAL"


class ErrorCode(StrEnum):
    """Why an edit was refused; clients branch on it, so a code is never renamed."""

    INVALID_TEXT = "INVALID_TEXT"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    INVALID_KEY = "INVALID_KEY"
    INVALID_DATE = "INVALID_DATE"
    INVALID_NUMBER = "INVALID_NUMBER"
    INVALID_URL = "INVALID_URL"
    INVALID_LANGUAGE = "INVALID_LANGUAGE"
    INVALID_INPUT = "INVALID_INPUT"
    DUPLICATE = "DUPLICATE"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    UNKNOWN_BRIEF = "UNKNOWN_BRIEF"
    STILL_CITED = "STILL_CITED"
    WRONG_STATE = "WRONG_STATE"
    SLUG_TAKEN = "SLUG_TAKEN"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    FORBIDDEN = "FORBIDDEN"
    OVERLOADED = "OVERLOADED"
