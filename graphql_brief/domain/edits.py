"""What a newsroom asks of one brief: the edits that make up a batch.

An edit in JSON is an object with one member, as the API's `@oneOf` input and the fixture files
have it: `{"addParagraph": {"key": "lede", "text": "…"}}`. Whoever leaves out the `key` of
something added gets one made from the command's id (`parse.fill_keys`).
"""

from typing import Annotated, Any

from msgspec import Meta

from graphql_brief.domain.items import (
    CorrectionFields,
    DayOrMonth,
    DevelopmentFields,
    DevelopmentPatch,
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
from graphql_brief.domain.rules import (
    ENTITY_ID,
    KEY,
    LANGUAGE,
    Line,
    Many,
    Prose,
)
from graphql_brief.domain.vocabulary import Outcome

BATCH_BOUND = 500
"""Most edits in one batch."""

_SLUG = Meta(description="The brief's place in its address; unique in the site for ever.")
_HEADLINE = Meta(description="The title of the story.")
_STANDFIRST = Meta(description="The line under the title.")
_LANGUAGE = Meta(description="The language that the brief is written in.")
_SUBJECTS = Meta(description="Words that the story is filed under.")

Slug = Annotated[str, KEY, _SLUG]
Headline = Annotated[str, Line(200), _HEADLINE]
Standfirst = Annotated[str, Line(500), _STANDFIRST]
Language = Annotated[str, LANGUAGE, _LANGUAGE]
Subjects = Annotated[tuple[Annotated[str, Line(60)], ...], Many(20), _SUBJECTS]
Before = Annotated[
    str | None,
    KEY,
    Meta(description="Key of the item to place it before; null or left out: at the end."),
]
Why = Annotated[str, Line(500), Meta(description="Why, for the record.")]
OptionalWhy = Annotated[str | None, Line(500), Meta(description="Why, for the record.")]
IndicatorKey = Annotated[str, KEY, Meta(description="Key of the indicator.")]
ScenarioKey = Annotated[str, KEY, Meta(description="Key of the scenario.")]


class Edit(Group, frozen=True, kw_only=True):
    """Something that a newsroom asks of one brief."""


class ReviseHeadline(Edit, frozen=True, kw_only=True):
    """Give the brief another headline."""

    headline: Headline


class ReviseStandfirst(Edit, frozen=True, kw_only=True):
    """Give the brief another line under its title."""

    standfirst: Standfirst


class ChangeSlug(Edit, frozen=True, kw_only=True):
    """Give the brief another address; the old one leads to it."""

    slug: Slug


class SetLanguage(Edit, frozen=True, kw_only=True):
    """Say what language the brief is written in."""

    language: Language


class SetSubjects(Edit, frozen=True, kw_only=True):
    """File the brief under these words, and no others."""

    subjects: Subjects


class AddParagraph(ParagraphFields, Edit, frozen=True, kw_only=True):
    """Add a paragraph to the overview."""

    before: Before = None


class ReviseParagraph(ParagraphPatch, Edit, frozen=True, kw_only=True):
    """Change a paragraph of the overview."""


class MoveParagraph(Keyed, Edit, frozen=True, kw_only=True):
    """Give a paragraph another place."""

    before: Before = None


class RemoveParagraph(Keyed, Edit, frozen=True, kw_only=True):
    """Take a paragraph off the page."""

    reason: OptionalWhy = None


class AddIndicator(IndicatorFields, Edit, frozen=True, kw_only=True):
    """Add a key number; its values are recorded as observations."""

    before: Before = None


class ReviseIndicator(IndicatorPatch, Edit, frozen=True, kw_only=True):
    """Change what is said about a key number."""


class MoveIndicator(Keyed, Edit, frozen=True, kw_only=True):
    """Give a key number another place."""

    before: Before = None


class RemoveIndicator(Keyed, Edit, frozen=True, kw_only=True):
    """Take a key number off the page."""

    reason: OptionalWhy = None


class RecordObservation(ObservationFields, Edit, frozen=True, kw_only=True):
    """Record a value of a key number."""

    indicator: IndicatorKey


class RetractObservation(Keyed, Edit, frozen=True, kw_only=True):
    """Say that a recorded value does not hold."""

    indicator: IndicatorKey
    reason: Why


class InvolveEntity(InvolvementFields, Edit, frozen=True, kw_only=True):
    """Give a person or organization a part in the story."""

    entity: Annotated[str, ENTITY_ID, Meta(description="Id of the registered entity.")]
    before: Before = None


class ReviseInvolvement(InvolvementPatch, Edit, frozen=True, kw_only=True):
    """Change the part of a person or organization."""


class MoveInvolvement(Keyed, Edit, frozen=True, kw_only=True):
    """Give a person or organization another place."""

    before: Before = None


class RemoveInvolvement(Keyed, Edit, frozen=True, kw_only=True):
    """Take a person or organization off the page."""

    reason: OptionalWhy = None


class AddDevelopment(DevelopmentFields, Edit, frozen=True, kw_only=True):
    """Add an entry to the timeline; its date gives its place."""


class ReviseDevelopment(DevelopmentPatch, Edit, frozen=True, kw_only=True):
    """Change an entry of the timeline."""


class PinDevelopment(Keyed, Edit, frozen=True, kw_only=True):
    """Keep an entry of the timeline in view."""


class UnpinDevelopment(Keyed, Edit, frozen=True, kw_only=True):
    """No longer keep an entry in view."""


class RetractDevelopment(Keyed, Edit, frozen=True, kw_only=True):
    """Say that an entry does not hold; it stays in the timeline, marked."""

    reason: Why


class AddScenario(ScenarioFields, Edit, frozen=True, kw_only=True):
    """Add a possible future; its place is its rank."""

    before: Before = None


class ReviseScenario(ScenarioPatch, Edit, frozen=True, kw_only=True):
    """Change a possible future."""


class MoveScenario(Keyed, Edit, frozen=True, kw_only=True):
    """Give a possible future another rank."""

    before: Before = None


class RemoveScenario(Keyed, Edit, frozen=True, kw_only=True):
    """Take a possible future off the page."""

    reason: OptionalWhy = None


class MakeForecast(ForecastFields, Edit, frozen=True, kw_only=True):
    """Record a probability that somebody gives for a scenario."""

    scenario: ScenarioKey


class WithdrawForecast(Keyed, Edit, frozen=True, kw_only=True):
    """Say that a forecast no longer stands."""

    scenario: ScenarioKey
    reason: Why


class ResolveScenario(Keyed, Edit, frozen=True, kw_only=True):
    """Say how a scenario ended."""

    outcome: Annotated[Outcome, Meta(description="How it ended.")]
    resolved_on: Annotated[DayOrMonth, Meta(description="When that became clear.")]
    explanation: Annotated[str, Prose(2000), Meta(description="What was seen.")]


class ReopenScenario(Keyed, Edit, frozen=True, kw_only=True):
    """Take back how a scenario ended."""

    reason: Why


class AddPrecedent(PrecedentFields, Edit, frozen=True, kw_only=True):
    """Add an entry of the historical context."""

    before: Before = None


class RevisePrecedent(PrecedentPatch, Edit, frozen=True, kw_only=True):
    """Change an entry of the historical context."""


class MovePrecedent(Keyed, Edit, frozen=True, kw_only=True):
    """Give an entry of the historical context another place."""

    before: Before = None


class RemovePrecedent(Keyed, Edit, frozen=True, kw_only=True):
    """Take an entry of the historical context off the page."""

    reason: OptionalWhy = None


class AddSource(SourceFields, Edit, frozen=True, kw_only=True):
    """Add a publication that items can cite."""


class ReviseSource(SourcePatch, Edit, frozen=True, kw_only=True):
    """Change what is said about a publication."""


class RemoveSource(Keyed, Edit, frozen=True, kw_only=True):
    """Take a publication off the page; refused while an item cites it."""

    reason: OptionalWhy = None


class PublishCorrection(CorrectionFields, Edit, frozen=True, kw_only=True):
    """Tell readers what was wrong and what is right."""


def _name(kind: type[Any]) -> str:
    return kind.__name__[0].lower() + kind.__name__[1:]


EDITS: dict[str, type[Edit]] = {_name(kind): kind for kind in Edit.__subclasses__()}
"""Every edit by its name in JSON."""

EDIT_NAMES: dict[type[Edit], str] = {kind: name for name, kind in EDITS.items()}

ADDING: frozenset[type[Edit]] = frozenset(
    {
        AddParagraph,
        AddIndicator,
        RecordObservation,
        InvolveEntity,
        AddDevelopment,
        AddScenario,
        MakeForecast,
        AddPrecedent,
        AddSource,
        PublishCorrection,
    }
)
"""The edits that make something with a key of its own."""
