"""What the streams add up to: the brief, and the entities, editions and pages beside it.

States are frozen. Their dicts keep the order of insertion, which is the order shown (but for the
timeline and the sources' uses, which are derived), and are never changed in place: `evolve` makes
new ones, of dicts and of items, and changes those until they are part of a state (`workpiece`).
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from graphql_brief.domain.items import (
    CorrectionFields,
    DevelopmentFields,
    EditionEntry,
    ForecastFields,
    IndicatorFields,
    InvolvementFields,
    ObservationFields,
    ParagraphFields,
    PrecedentFields,
    ScenarioFields,
    SourceFields,
)
from graphql_brief.domain.vocabulary import BriefStatus, EntityKind, Outcome, Significance


class Stamp(Struct, frozen=True, kw_only=True, gc=False):  # see `domain.items.Group`
    """Where and when the log recorded an event: all that `evolve` knows of it beside its body."""

    version: int
    """Place in the stream, from 1."""
    position: int
    """Place in the whole log, from 1."""
    at: datetime
    """Recorded time, UTC."""
    significance: Significance


class Retraction(Struct, frozen=True, kw_only=True, gc=False):
    """That an item no longer holds; it stays on the page, marked."""

    at: datetime
    reason: str


class Mark(Struct, frozen=True, kw_only=True, gc=False):
    """When an item was added and last touched."""

    added_at: datetime
    changed_at: datetime
    changed_version: int
    """Version of the brief that last touched the item."""


class Paragraph(ParagraphFields, frozen=True, kw_only=True):
    """One paragraph of the overview."""

    mark: Mark


class Observation(ObservationFields, frozen=True, kw_only=True):
    """One value of an indicator, with the date that it holds for."""

    mark: Mark
    retraction: Retraction | None = None


class Indicator(IndicatorFields, frozen=True, kw_only=True):
    """A key number, as a series of observations in the order of their recording."""

    mark: Mark
    observations: dict[str, Observation] = msgspec.field(default_factory=dict)


class Involvement(InvolvementFields, frozen=True, kw_only=True):
    """The part of a person or an organization in this brief."""

    mark: Mark
    entity: str
    kind: EntityKind


class Development(DevelopmentFields, frozen=True, kw_only=True):
    """One entry of the timeline."""

    mark: Mark
    pinned: bool = False
    retraction: Retraction | None = None


class Forecast(ForecastFields, frozen=True, kw_only=True):
    """A probability that somebody gave for a scenario."""

    mark: Mark
    withdrawn: Retraction | None = None


class Resolution(Struct, frozen=True, kw_only=True, gc=False):
    """How a scenario ended."""

    outcome: Outcome
    resolved_on: str
    explanation: str
    at: datetime


class Scenario(ScenarioFields, frozen=True, kw_only=True):
    """A possible future."""

    mark: Mark
    forecasts: dict[str, Forecast] = msgspec.field(default_factory=dict)
    resolution: Resolution | None = None


class Precedent(PrecedentFields, frozen=True, kw_only=True):
    """An entry of the historical context."""

    mark: Mark


class Source(SourceFields, frozen=True, kw_only=True):
    """A publication that the brief relies on."""

    mark: Mark


class Correction(CorrectionFields, frozen=True, kw_only=True):
    """What the newsroom got wrong and put right, for readers."""

    mark: Mark


class Brief(Struct, frozen=True, kw_only=True):
    """One living brief as it stands after some version of its stream."""

    id: str
    slug: str
    headline: str
    standfirst: str
    language: str
    subjects: tuple[str, ...] = ()
    status: BriefStatus = BriefStatus.DRAFT
    status_reason: str | None = None
    former_slugs: tuple[str, ...] = ()
    version: int
    position: int
    drafted_at: datetime
    updated_at: datetime
    last_significant_update_at: datetime | None = None
    first_published_at: datetime | None = None
    first_published_version: int | None = None
    withheld_version: int | None = None
    """Version from which it is withheld; None while it is not."""
    withheld_versions: tuple[tuple[int, int], ...] = ()
    """First and last version of each time, now over, for which it was withheld."""
    overview: dict[str, Paragraph] = msgspec.field(default_factory=dict)
    indicators: dict[str, Indicator] = msgspec.field(default_factory=dict)
    involvements: dict[str, Involvement] = msgspec.field(default_factory=dict)
    timeline: dict[str, Development] = msgspec.field(default_factory=dict)
    scenarios: dict[str, Scenario] = msgspec.field(default_factory=dict)
    precedents: dict[str, Precedent] = msgspec.field(default_factory=dict)
    sources: dict[str, Source] = msgspec.field(default_factory=dict)
    corrections: dict[str, Correction] = msgspec.field(default_factory=dict)
    gone_keys: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)
    """Keys of removed items by list: a key is never given twice, or its history would mix."""
    erased: tuple[int, ...] = ()
    """Versions whose events lost their bodies; see `domain.erasure`."""

    @property
    def is_public(self) -> bool:
        """Whether readers may see it: from its first publication, unless it is withheld."""
        return self.status in (BriefStatus.PUBLISHED, BriefStatus.CLOSED)

    def was_public(self, version: int) -> bool:
        """Whether readers could see it when it was at this version, of those it has had."""
        return (
            self.first_published_version is not None
            and version >= self.first_published_version
            and (self.withheld_version is None or version < self.withheld_version)
            and not any(first <= version <= last for first, last in self.withheld_versions)
        )


class Entity(Struct, frozen=True, kw_only=True):
    """A person or organization known to the whole site."""

    id: str
    kind: EntityKind
    name: str
    type: str | None = None
    description: str | None = None
    image: str | None = None
    initials: str
    version: int
    position: int
    updated_at: datetime
    erased: tuple[int, ...] = ()


class Edition(Struct, frozen=True, kw_only=True):
    """The Daily Brief of one date."""

    id: str
    date: str
    title: str
    entries: tuple[EditionEntry, ...]
    version: int
    position: int
    published_at: datetime
    updated_at: datetime
    erased: tuple[int, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """A standing page of the site, such as `why`."""

    id: str
    slug: str
    title: str
    body: str
    version: int
    position: int
    updated_at: datetime
    erased: tuple[int, ...] = ()


Item = (
    Paragraph | Indicator | Involvement | Development | Scenario | Precedent | Source | Correction
)
State = Brief | Entity | Edition | Page
