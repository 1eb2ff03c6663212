"""Every event of every stream, in the past tense: the log's vocabulary.

These are the newest version of each event's body; `events/` holds the released JSON Schemas, and
`log.codec` the steps from older versions to these. A class' name is the event's type in the log.
"""

from msgspec import UNSET, UnsetType

from graphql_brief.domain.items import (
    CorrectionFields,
    DevelopmentFields,
    DevelopmentPatch,
    EditionEntry,
    ForecastFields,
    Group,
    IndicatorFields,
    IndicatorPatch,
    InvolvementFields,
    InvolvementPatch,
    Keyed,
    ObservationFields,
    ParagraphFields,
    ParagraphPatch,
    PrecedentFields,
    PrecedentPatch,
    ScenarioFields,
    ScenarioPatch,
    SourceFields,
    SourcePatch,
)
from graphql_brief.domain.vocabulary import Basis, EntityKind, Outcome


class Event(Group, frozen=True, kw_only=True):
    """A fact about a stream."""


class Added(Event, frozen=True, kw_only=True):
    """A new item of a list. `before` names the item that it is placed before; None: at the end."""


class Revised(Event, frozen=True, kw_only=True):
    """Some fields of an item have new values; those left out are as they were."""


class Moved(Keyed, Event, frozen=True, kw_only=True):
    """An item's new place in its list: before another one, or at the end."""

    before: str | None = None


class Removed(Keyed, Event, frozen=True, kw_only=True):
    """An item taken off the page."""

    reason: str | None = None


# The brief itself


class BriefDrafted(Event, frozen=True, kw_only=True):
    """A brief began, unseen by readers."""

    slug: str
    headline: str
    standfirst: str
    language: str
    subjects: tuple[str, ...] = ()


class HeadlineRevised(Event, frozen=True, kw_only=True):
    """The brief has another title."""

    headline: str


class StandfirstRevised(Event, frozen=True, kw_only=True):
    """The brief has another line under its title."""

    standfirst: str


class SlugChanged(Event, frozen=True, kw_only=True):
    """The brief's address changed; the old one leads to the new one."""

    slug: str


class LanguageSet(Event, frozen=True, kw_only=True):
    """The brief is written in this language."""

    language: str


class SubjectsSet(Event, frozen=True, kw_only=True):
    """The brief is filed under these words, and no others."""

    subjects: tuple[str, ...]


class BriefPublished(Event, frozen=True, kw_only=True):
    """Readers see the brief from here on."""


class BriefWithheld(Event, frozen=True, kw_only=True):
    """Readers no longer see the brief."""

    reason: str


class BriefClosed(Event, frozen=True, kw_only=True):
    """The story ended; readers still see it."""

    reason: str | None = None


class BriefReopened(Event, frozen=True, kw_only=True):
    """A withheld or closed brief is published again."""

    reason: str | None = None


# Overview


class ParagraphAdded(ParagraphFields, Added, frozen=True, kw_only=True):
    """The overview has a new paragraph."""

    before: str | None = None


class ParagraphRevised(ParagraphPatch, Revised, frozen=True, kw_only=True):
    """A paragraph reads otherwise."""


class ParagraphMoved(Moved, frozen=True, kw_only=True):
    """A paragraph has another place."""


class ParagraphRemoved(Removed, frozen=True, kw_only=True):
    """A paragraph is off the page."""


# Key indicators


class IndicatorAdded(IndicatorFields, Added, frozen=True, kw_only=True):
    """There is a new key number; its values are observations."""

    before: str | None = None


class IndicatorRevised(IndicatorPatch, Revised, frozen=True, kw_only=True):
    """What is said about a key number changed."""


class IndicatorMoved(Moved, frozen=True, kw_only=True):
    """A key number has another place."""


class IndicatorRemoved(Removed, frozen=True, kw_only=True):
    """A key number is off the page."""


class ObservationRecorded(ObservationFields, Event, frozen=True, kw_only=True):
    """A value of an indicator became known."""

    indicator: str


class ObservationRetracted(Keyed, Event, frozen=True, kw_only=True):
    """A recorded value does not hold."""

    indicator: str
    reason: str


# People and organizations


class EntityInvolved(InvolvementFields, Added, frozen=True, kw_only=True):
    """A person or organization has a part in the story."""

    entity: str
    kind: EntityKind
    before: str | None = None


class InvolvementRevised(InvolvementPatch, Revised, frozen=True, kw_only=True):
    """The part of a person or organization changed."""


class InvolvementMoved(Moved, frozen=True, kw_only=True):
    """A person or organization has another place."""


class InvolvementRemoved(Removed, frozen=True, kw_only=True):
    """A person or organization is off the page."""


# Timeline


class DevelopmentAdded(DevelopmentFields, Added, frozen=True, kw_only=True):
    """Something happened; its place in the timeline follows from its date."""


class DevelopmentRevised(DevelopmentPatch, Revised, frozen=True, kw_only=True):
    """An entry of the timeline reads otherwise."""


class DevelopmentPinned(Keyed, Event, frozen=True, kw_only=True):
    """An entry is kept in view."""


class DevelopmentUnpinned(Keyed, Event, frozen=True, kw_only=True):
    """An entry is no longer kept in view."""


class DevelopmentRetracted(Keyed, Event, frozen=True, kw_only=True):
    """A development does not hold; it stays in the timeline, marked."""

    reason: str


# Scenarios


class ScenarioAdded(ScenarioFields, Added, frozen=True, kw_only=True):
    """There is a new possible future."""

    before: str | None = None


class ScenarioRevised(ScenarioPatch, Revised, frozen=True, kw_only=True):
    """A possible future reads otherwise."""


class ScenarioMoved(Moved, frozen=True, kw_only=True):
    """A scenario's new rank."""


class ScenarioRemoved(Removed, frozen=True, kw_only=True):
    """A possible future is off the page."""


class ForecastMade(ForecastFields, Event, frozen=True, kw_only=True):
    """Somebody gave a probability for a scenario."""

    scenario: str


class ForecastWithdrawn(Keyed, Event, frozen=True, kw_only=True):
    """A forecast no longer stands."""

    scenario: str
    reason: str


class ScenarioResolved(Keyed, Event, frozen=True, kw_only=True):
    """How a scenario ended."""

    outcome: Outcome
    resolved_on: str
    explanation: str


class ScenarioReopened(Keyed, Event, frozen=True, kw_only=True):
    """A resolution did not hold."""

    reason: str


# Historical context


class PrecedentAdded(PrecedentFields, Added, frozen=True, kw_only=True):
    """The historical context has a new entry."""

    before: str | None = None


class PrecedentRevised(PrecedentPatch, Revised, frozen=True, kw_only=True):
    """An entry of the historical context reads otherwise."""


class PrecedentMoved(Moved, frozen=True, kw_only=True):
    """An entry of the historical context has another place."""


class PrecedentRemoved(Removed, frozen=True, kw_only=True):
    """An entry of the historical context is off the page."""


# Sources and corrections


class SourceAdded(SourceFields, Added, frozen=True, kw_only=True):
    """There is a new publication that items can cite."""


class SourceRevised(SourcePatch, Revised, frozen=True, kw_only=True):
    """What is said about a publication changed."""


class SourceRemoved(Removed, frozen=True, kw_only=True):
    """A publication is off the page."""


class CorrectionPublished(CorrectionFields, Added, frozen=True, kw_only=True):
    """The newsroom told readers what it had got wrong."""


# Entities, editions, pages


class EntityRegistered(Event, frozen=True, kw_only=True):
    """A person or organization became known to the site."""

    kind: EntityKind
    name: str
    type: str | None = None
    description: str | None = None
    image: str | None = None
    initials: str


class EntityRevised(Event, frozen=True, kw_only=True):
    """What is known about a person or organization changed."""

    name: str | UnsetType = UNSET
    type: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    image: str | UnsetType | None = UNSET
    initials: str | UnsetType = UNSET


class EditionPublished(Event, frozen=True, kw_only=True):
    """The Daily Brief of a date came out."""

    date: str
    title: str
    entries: tuple[EditionEntry, ...]


class EditionRevised(Event, frozen=True, kw_only=True):
    """The Daily Brief of a date came out anew."""

    title: str
    entries: tuple[EditionEntry, ...]


class PageRevised(Event, frozen=True, kw_only=True):
    """A standing page was written or rewritten."""

    slug: str
    title: str
    body: str


# Erasure, in every stream


class Kept(Group, frozen=True, kw_only=True):
    """What is still known of an erased event: names, so that it still does what it can do."""

    key: str | None = None
    owner: str | None = None
    before: str | None = None
    fields: tuple[str, ...] = ()
    slug: str | None = None
    kind: EntityKind | None = None


class BodyErased(Event, frozen=True, kw_only=True):
    """The body of an earlier event of this stream was deleted, with its salt."""

    version: int
    basis: Basis
    case_reference: str
    kept: Kept | None = None


class Erased(Event, frozen=True, kw_only=True):
    """What stands in the place of an event whose body was deleted. It is read, never appended."""

    of: str
    """The type that its header names."""
    by: BodyErased
    """The event that says so."""


_BASES = {Event, Added, Revised, Moved, Removed, Erased}

EVENT_TYPES: dict[str, type[Event]] = {
    name: found
    for name, found in list(globals().items())
    if isinstance(found, type) and issubclass(found, Event) and found not in _BASES
}
"""Every event type by its name in the log."""
