"""The items of a brief's lists: the fields that edits, events and states have in common.

Each kind is said once, as a group of fields with its rules: the edit that adds an item, the event
that records it and the item as it then stands are that group plus what is theirs alone. A group
whose name ends in `Patch` is the same fields, each one optional: what a revision may change.
"""

from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from graphql_brief.domain.rules import (
    BRIEF_ID,
    KEY,
    DecimalText,
    EdtfDate,
    Line,
    Many,
    Prose,
    Url,
)
from graphql_brief.domain.vocabulary import Qualifier, Section

Key = Annotated[str, KEY, Meta(description="The item's key, unique in its list for ever.")]


class Group(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    # A frozen struct was made after all that it holds, and nothing that it holds is changed
    # afterwards: it is in no cycle, so the collector need not look for one. A replay makes so many
    # of them that it would do so again and again.
    gc=False,
):
    """Base of every group of fields: immutable; in JSON camelCase, and without its defaults."""


class Keyed(Group, frozen=True, kw_only=True):
    """Base of what concerns one item of a list."""

    key: Key


class Citation(Group, frozen=True, kw_only=True):
    """The use of a source for one item."""

    source: Annotated[str, KEY, Meta(description="Key of one of the brief's sources.")]
    locator: Annotated[
        str | None, Line(200), Meta(description="Where in the source: a page, section or time.")
    ] = None
    quote: Annotated[str | None, Prose(1000), Meta(description="The words relied on.")] = None


class ItemRef(Group, frozen=True, kw_only=True):
    """A pointer to an item of the same brief, or to one field of it."""

    section: Annotated[Section, Meta(description="The part of the brief.")]
    key: Annotated[
        str | None, KEY, Meta(description="The item; null for the headline and its like (HEAD).")
    ] = None
    field: Annotated[
        str | None, Line(40), Meta(description="One field of it, by its name in this API.")
    ] = None


Citations = Annotated[
    tuple[Citation, ...],
    Many(50),
    Meta(description="The sources relied on, in the order to be shown."),
]
ProseText = Annotated[str, Prose(5000)]
ShortLine = Annotated[str, Line(100)]
Date = Annotated[str, EdtfDate()]
DayOrMonth = Annotated[str, EdtfDate(single=True)]

_TEXT = Meta(description="The text.")
_TITLE = Meta(description="The title.")


class ParagraphFields(Keyed, frozen=True, kw_only=True):
    """What is said of one paragraph of the overview."""

    text: Annotated[ProseText, _TEXT]
    citations: Citations = ()


class ParagraphPatch(Keyed, frozen=True, kw_only=True):
    """What may change of one paragraph of the overview."""

    text: Annotated[ProseText | UnsetType, _TEXT] = UNSET
    citations: Citations | UnsetType = UNSET


_LABEL = Meta(description="What is counted, as shown under the number.")
_NOTE = Meta(description="What the number means, in a sentence.")
_UNIT = Meta(description="The unit of its observations, such as `troops` or `years`.")


class IndicatorFields(Keyed, frozen=True, kw_only=True):
    """What is said of a key number."""

    label: Annotated[ShortLine, _LABEL]
    note: Annotated[str | None, Prose(1000), _NOTE] = None
    unit: Annotated[str | None, Line(40), _UNIT] = None


class IndicatorPatch(Keyed, frozen=True, kw_only=True):
    """What may change of a key number."""

    label: Annotated[ShortLine | UnsetType, _LABEL] = UNSET
    note: Annotated[str | UnsetType | None, Prose(1000), _NOTE] = UNSET
    unit: Annotated[str | UnsetType | None, Line(40), _UNIT] = UNSET


class ObservationFields(Keyed, frozen=True, kw_only=True):
    """What is said of one value of a key number."""

    value: Annotated[str, DecimalText(), Meta(description="The number.")]
    qualifier: Annotated[Qualifier, Meta(description="How exact it is.")] = Qualifier.EXACT
    display: Annotated[
        str | None,
        Line(40),
        Meta(description="How it is shown; null: made of value and qualifier, as `2,500`, `180+`."),
    ] = None
    as_of: Annotated[Date, Meta(description="The date that the number holds for.")]
    citations: Citations = ()


_ROLE = Meta(description="What they are in this story.")
_STATUS = Meta(description="How they stand in this story now.")
_STATUS_AS_OF = Meta(description="The date that the status holds for.")


class InvolvementFields(Keyed, frozen=True, kw_only=True):
    """What is said of the part of a person or organization."""

    role: Annotated[str | None, Line(200), _ROLE] = None
    status: Annotated[str | None, Line(300), _STATUS] = None
    status_as_of: Annotated[Date | None, _STATUS_AS_OF] = None
    citations: Citations = ()


class InvolvementPatch(Keyed, frozen=True, kw_only=True):
    """What may change of the part of a person or organization."""

    role: Annotated[str | UnsetType | None, Line(200), _ROLE] = UNSET
    status: Annotated[str | UnsetType | None, Line(300), _STATUS] = UNSET
    status_as_of: Annotated[Date | UnsetType | None, _STATUS_AS_OF] = UNSET
    citations: Citations | UnsetType = UNSET


_DATE = Meta(description="When it happened.")
_DEVELOPMENT_HEADLINE = Meta(description="What happened, in a line.")
_CATEGORY = Meta(description="A word to group and filter by, such as `Attack` or `Policy`.")
_BODY = Meta(description="What happened, in full.")
_BREAKING = Meta(description="Whether it was breaking news.")
_SUPERSEDES = Meta(
    description="Keys of earlier developments whose account this one replaces or contradicts."
)


class DevelopmentFields(Keyed, frozen=True, kw_only=True):
    """What is said of one entry of the timeline."""

    date: Annotated[Date, _DATE]
    headline: Annotated[str, Line(200), _DEVELOPMENT_HEADLINE]
    category: Annotated[ShortLine, _CATEGORY]
    body: Annotated[ProseText, _BODY]
    breaking: Annotated[bool, _BREAKING] = False
    supersedes: Annotated[tuple[Key, ...], Many(20), _SUPERSEDES] = ()
    citations: Citations = ()


class DevelopmentPatch(Keyed, frozen=True, kw_only=True):
    """What may change of one entry of the timeline."""

    date: Annotated[Date | UnsetType, _DATE] = UNSET
    headline: Annotated[str | UnsetType, Line(200), _DEVELOPMENT_HEADLINE] = UNSET
    category: Annotated[ShortLine | UnsetType, _CATEGORY] = UNSET
    body: Annotated[ProseText | UnsetType, _BODY] = UNSET
    breaking: Annotated[bool | UnsetType, _BREAKING] = UNSET
    supersedes: Annotated[tuple[Key, ...] | UnsetType, Many(20), _SUPERSEDES] = UNSET
    citations: Citations | UnsetType = UNSET


_DISCUSSED_BY = Meta(description="Who takes this future seriously in public.")
_SCENARIO_BODY = Meta(description="How it would come about, and what speaks for it.")
_CRITERIA = Meta(description="What must be seen, and by when, to say that it happened.")


class ScenarioFields(Keyed, frozen=True, kw_only=True):
    """What is said of a possible future."""

    title: Annotated[str, Line(200), _TITLE]
    discussed_by: Annotated[tuple[ShortLine, ...], Many(20), _DISCUSSED_BY] = ()
    body: Annotated[ProseText, _SCENARIO_BODY]
    resolution_criteria: Annotated[str | None, Prose(2000), _CRITERIA] = None
    citations: Citations = ()


class ScenarioPatch(Keyed, frozen=True, kw_only=True):
    """What may change of a possible future."""

    title: Annotated[str | UnsetType, Line(200), _TITLE] = UNSET
    discussed_by: Annotated[tuple[ShortLine, ...] | UnsetType, Many(20), _DISCUSSED_BY] = UNSET
    body: Annotated[ProseText | UnsetType, _SCENARIO_BODY] = UNSET
    resolution_criteria: Annotated[str | UnsetType | None, Prose(2000), _CRITERIA] = UNSET
    citations: Citations | UnsetType = UNSET


_FROM_0_TO_1 = DecimalText(Decimal(0), Decimal(1))


class Probability(Group, frozen=True, kw_only=True):
    """How likely something is: one number, or a range between two."""

    low: Annotated[str, _FROM_0_TO_1, Meta(description="The number; of a range, its lower end.")]
    high: Annotated[
        str | None,
        _FROM_0_TO_1,
        Meta(description="The upper end of a range, above `low`; null if it is one number."),
    ] = None


class ForecastFields(Keyed, frozen=True, kw_only=True):
    """What is said of a probability that somebody gives for a scenario."""

    probability: Annotated[Probability, Meta(description="How likely the scenario is.")]
    forecaster: Annotated[ShortLine, Meta(description="Who gives it.")]
    made_on: Annotated[DayOrMonth, Meta(description="When it was given.")]
    rationale: Annotated[str | None, Prose(2000), Meta(description="Why.")] = None
    citations: Citations = ()


_PERIOD = Meta(description="When it was.")
_WHAT_HAPPENED = Meta(description="What happened then.")
_SHORT_TERM = Meta(description="What came of it in the short term.")
_LONG_TERM = Meta(description="What came of it in the long term.")
_RELEVANCE = Meta(description="Why it is relevant today.")
_PRECEDENT_BRIEF = Meta(description="The brief that tells it whole, if there is one.")


class PrecedentFields(Keyed, frozen=True, kw_only=True):
    """What is said of an entry of the historical context."""

    title: Annotated[str, Line(200), _TITLE]
    period: Annotated[Date, _PERIOD]
    what_happened: Annotated[ProseText, _WHAT_HAPPENED]
    outcome_short_term: Annotated[str | None, Prose(5000), _SHORT_TERM] = None
    outcome_long_term: Annotated[str | None, Prose(5000), _LONG_TERM] = None
    relevance: Annotated[str | None, Prose(5000), _RELEVANCE] = None
    brief: Annotated[str | None, BRIEF_ID, _PRECEDENT_BRIEF] = None
    citations: Citations = ()


class PrecedentPatch(Keyed, frozen=True, kw_only=True):
    """What may change of an entry of the historical context."""

    title: Annotated[str | UnsetType, Line(200), _TITLE] = UNSET
    period: Annotated[Date | UnsetType, _PERIOD] = UNSET
    what_happened: Annotated[ProseText | UnsetType, _WHAT_HAPPENED] = UNSET
    outcome_short_term: Annotated[str | UnsetType | None, Prose(5000), _SHORT_TERM] = UNSET
    outcome_long_term: Annotated[str | UnsetType | None, Prose(5000), _LONG_TERM] = UNSET
    relevance: Annotated[str | UnsetType | None, Prose(5000), _RELEVANCE] = UNSET
    brief: Annotated[str | UnsetType | None, BRIEF_ID, _PRECEDENT_BRIEF] = UNSET
    citations: Citations | UnsetType = UNSET


_PUBLISHER = Meta(description="Who published it.")
_URL = Meta(description="Where it is read.")
_PUBLISHED = Meta(description="When it was published.")
_ACCESSED = Meta(description="When the newsroom read it.")


class SourceFields(Keyed, frozen=True, kw_only=True):
    """What is said of a publication."""

    title: Annotated[str, Line(300), _TITLE]
    publisher: Annotated[ShortLine, _PUBLISHER]
    url: Annotated[str | None, Url(), _URL] = None
    published: Annotated[DayOrMonth | None, _PUBLISHED] = None
    accessed: Annotated[DayOrMonth | None, _ACCESSED] = None


class SourcePatch(Keyed, frozen=True, kw_only=True):
    """What may change of a publication."""

    title: Annotated[str | UnsetType, Line(300), _TITLE] = UNSET
    publisher: Annotated[ShortLine | UnsetType, _PUBLISHER] = UNSET
    url: Annotated[str | UnsetType | None, Url(), _URL] = UNSET
    published: Annotated[DayOrMonth | UnsetType | None, _PUBLISHED] = UNSET
    accessed: Annotated[DayOrMonth | UnsetType | None, _ACCESSED] = UNSET


class CorrectionFields(Keyed, frozen=True, kw_only=True):
    """What is said of what the newsroom got wrong and put right."""

    text: Annotated[
        str, Prose(2000), Meta(description="What was wrong, and what is right, for readers.")
    ]
    corrects: Annotated[
        tuple[ItemRef, ...],
        Many(20),
        Meta(description="What it corrects, one or more places; none: the brief as a whole."),
    ] = ()
    citations: Citations = ()


class EditionEntry(Group, frozen=True, kw_only=True):
    """One brief of a Daily Brief."""

    brief: Annotated[str, BRIEF_ID, Meta(description="Id of the brief.")]
    summary: Annotated[str, Prose(1000), Meta(description="What changed in it, in a sentence.")]
