"""The items of a brief: paragraphs, indicators, involvements, developments and their like.

The fields are those of the domain's items, with the domain's own descriptions. What an item knows
only through its brief is in `view`; what lies in other streams is looked up here.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from graphql_brief.api import enums, reading
from graphql_brief.api.context import Info
from graphql_brief.api.dates import EdtfDate
from graphql_brief.api.display import display_probability
from graphql_brief.api.located import Located
from graphql_brief.api.manual import output, resolved
from graphql_brief.api.nodes import Item
from graphql_brief.api.view import BriefView
from graphql_brief.api.weights import READS
from graphql_brief.domain import items, states

if TYPE_CHECKING:
    from graphql_brief.api.brief import Brief
    from graphql_brief.api.entity import Entity

_Brief = Annotated["Brief", strawberry.lazy("graphql_brief.api.brief")]
_Entity = Annotated["Entity", strawberry.lazy("graphql_brief.api.entity")]

_CITATIONS = "The sources relied on, in the order to be shown."


@output(states.Source)
class Source(Item):
    """A publication that the brief relies on."""

    title: str
    publisher: str
    url: str | None
    published: EdtfDate | None
    accessed: EdtfDate | None
    cited_by: list[Item] = strawberry.field(
        description="The items that cite it, in the order of the page."
    )


@output(items.Citation)
class Citation:
    """The use of a source for one item."""

    source: Source = strawberry.field(description="The source.")
    locator: str | None
    quote: str | None


@output(states.Retraction)
class Retraction:
    """That something no longer holds. It stays on the page, marked."""

    at: datetime = strawberry.field(description="When it was retracted.")
    reason: str = strawberry.field(description="Why.")


@output(states.Paragraph)
class Paragraph(Item):
    """One paragraph of the overview."""

    text: str
    citations: list[Citation]


@output(states.Observation)
class Observation(Item):
    """One value of an indicator, with the date that it holds for."""

    indicator: Annotated["Indicator", strawberry.lazy("graphql_brief.api.items")] = (
        strawberry.field(description="What it is a value of.")
    )
    value: str = strawberry.field(description="The number, as a decimal text.")
    qualifier: enums.Qualifier
    display: str = strawberry.field(
        description="The number as shown: the editor's form, or one such as `2,500` or `180+`."
    )
    as_of: EdtfDate
    citations: list[Citation]
    retraction: Retraction | None = strawberry.field(description="That it does not hold.")


@output(states.Indicator)
class Indicator(Item):
    """A key number: a series of observations, of which it shows the latest."""

    label: str
    note: str | None
    unit: str | None
    display: str | None = strawberry.field(
        description="The latest value as shown: `2,500`, `180+`; null before the first."
    )
    value: str | None = strawberry.field(description="The latest value, as a decimal text.")
    qualifier: enums.Qualifier | None = strawberry.field(
        description="How exact the latest value is."
    )
    as_of: EdtfDate | None = strawberry.field(
        description="The date that the latest value holds for."
    )
    citations: list[Citation] = strawberry.field(description="The sources of the latest value.")
    observations: list[Observation] = strawberry.field(
        description="Every value, also those retracted, in the order of their recording."
    )


@output(states.Involvement)
class Involvement(Item):
    """The part of a person or an organization in this brief."""

    kind: enums.EntityKind = strawberry.field(description="Person or organization.")
    role: str | None
    status: str | None
    status_as_of: EdtfDate | None
    citations: list[Citation]

    @resolved(_Entity, cost=READS)
    def entity(
        self, root: strawberry.Parent[Located], info: Info
    ) -> states.State | Awaitable[states.State | None] | None:
        """Who or what it is; in a brief as it stood at some time, as known at that time."""
        return reading.state_as_of(info.context, root.item.entity, root.within.at)


@output(states.Development)
class Development(Item):
    """One entry of the timeline."""

    date: EdtfDate
    headline: str
    category: str
    body: str
    breaking: bool
    pinned: bool = strawberry.field(
        description="Whether it is kept in view; its place in the timeline is by date all the same."
    )
    supersedes: list[Annotated["Development", strawberry.lazy("graphql_brief.api.items")]] = (
        strawberry.field(
            description="Earlier developments whose account this one replaces or contradicts."
        )
    )
    superseded_by: list[Annotated["Development", strawberry.lazy("graphql_brief.api.items")]] = (
        strawberry.field(
            description="Developments that replace or contradict this one's account, newest first."
        )
    )
    citations: list[Citation]
    retraction: Retraction | None = strawberry.field(description="That it does not hold.")


@output(items.Probability)
class Probability:
    """How likely something is: one number, or a range between two; decimal texts from 0 to 1."""

    low: str

    @resolved(str)
    def high(self, root: strawberry.Parent[items.Probability]) -> str:
        """The upper end of a range; the same as `low` if it is one number."""
        return root.low if root.high is None else root.high

    @resolved(str)
    def display(self, root: strawberry.Parent[items.Probability]) -> str:
        """As shown, in percent: `35%`, `20–40%`."""
        return display_probability(root)


@output(states.Forecast)
class Forecast(Item):
    """A probability that somebody gave for a scenario."""

    scenario: Annotated["Scenario", strawberry.lazy("graphql_brief.api.items")] = strawberry.field(
        description="What it is a probability of."
    )
    probability: Probability
    forecaster: str
    made_on: EdtfDate
    rationale: str | None
    citations: list[Citation]
    withdrawn: Retraction | None = strawberry.field(description="That it no longer stands.")


@output(states.Resolution)
class Resolution:
    """How a scenario ended."""

    outcome: enums.Outcome = strawberry.field(description="How it ended.")
    resolved_on: EdtfDate = strawberry.field(description="When that became clear.")
    explanation: str = strawberry.field(description="What was seen.")
    at: datetime = strawberry.field(description="When the log recorded it.")


@output(states.Scenario)
class Scenario(Item):
    """A possible future."""

    rank: int = strawberry.field(description="Its place among the brief's scenarios, from 1.")
    title: str
    discussed_by: list[str]
    body: str
    resolution_criteria: str | None
    citations: list[Citation]
    forecasts: list[Forecast] = strawberry.field(
        description="Probabilities given for it, also those withdrawn, as they were recorded."
    )
    resolution: Resolution | None = strawberry.field(
        description="How it ended; null while it is open."
    )


@output(states.Precedent)
class Precedent(Item):
    """An entry of the historical context."""

    title: str
    period: EdtfDate
    what_happened: str
    outcome_short_term: str | None
    outcome_long_term: str | None
    relevance: str | None
    citations: list[Citation]

    @resolved(_Brief | None, cost=READS)
    def brief(
        self, root: strawberry.Parent[Located], info: Info
    ) -> BriefView | Awaitable[BriefView | None] | None:
        """The brief that tells it whole; null if there is none, or none for this viewer."""
        if root.item.brief is None:
            return None
        return reading.linked_brief(info.context, root.item.brief, root.within.at)


@output(items.ItemRef)
class Reference:
    """A pointer to an item of the same brief, or to one field of it."""

    section: enums.Section
    key: str | None
    field: str | None
    target: Item | None = strawberry.field(
        description="The item; null if it was removed, or if the section is HEAD."
    )


@output(states.Correction)
class Correction(Item):
    """What the newsroom got wrong and put right, for readers."""

    text: str
    corrects: list[Reference]
    citations: list[Citation]
