"""Items in their place: a domain item, and what it knows only through its brief.

Whatever is not said here is read from the item itself; nothing is copied. What follows from the
brief is made when it is first asked for, and kept as long as the view of the brief.
"""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from graphql_brief.api.connections import write_cursor
from graphql_brief.api.display import display
from graphql_brief.api.through import see_through
from graphql_brief.domain import edtf, items, states
from graphql_brief.domain.sections import latest_observation
from graphql_brief.domain.vocabulary import Section

if TYPE_CHECKING:
    from graphql_brief.api.view import BriefView


class Located:
    """An item of a brief, in its place: one class for each kind of item."""

    shown_as: str
    """The name of its type in the API."""

    def __init_subclass__(cls, of: type[Struct]) -> None:
        cls.shown_as = of.__name__
        see_through(cls, "item", of)

    def __init__(self, within: "BriefView", path: tuple[str, ...], item: Any) -> None:
        self.within = within
        self.path = path
        """What follows the brief's id in the global id: `("development", "al-asad")`."""
        self.item = item

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A field of the item."""

    @property
    def id(self) -> str:
        """The global id."""
        return ".".join((self.within.id, *self.path))

    @property
    def added_at(self) -> datetime:
        """When the log recorded the item, UTC."""
        at: datetime = self.item.mark.added_at
        return at

    @property
    def changed_at(self) -> datetime:
        """When the log last recorded a change of it, UTC."""
        at: datetime = self.item.mark.changed_at
        return at

    @property
    def changed_version(self) -> int:
        """The version of the brief that last touched it."""
        version: int = self.item.mark.changed_version
        return version

    @cached_property
    def citations(self) -> list["Located"]:
        """The sources relied on."""
        return self.within.cited(self.item.citations)


class LocatedParagraph(Located, of=states.Paragraph):
    """A paragraph of the overview."""


class LocatedCitation(Located, of=items.Citation):
    """A citation: its source by the brief's list of them."""

    @property
    def source(self) -> Located:
        """The source cited."""
        return self.within.items(Section.SOURCES)[self.item.source]


class LocatedIndicator(Located, of=states.Indicator):
    """An indicator: the latest observation shows through it."""

    @cached_property
    def observations(self) -> list[Located]:
        """Its values, in the order of their recording."""
        return [
            LocatedObservation(self.within, ("observation", self.item.key, key), found)
            for key, found in self.item.observations.items()
        ]

    @cached_property
    def latest(self) -> Located | None:
        """The observation that it shows."""
        shown = latest_observation(self.item)
        return next((found for found in self.observations if found.item is shown), None)

    @property
    def display(self) -> str | None:
        """The number as shown."""
        return self.latest.display if self.latest else None

    @property
    def value(self) -> str | None:
        """The number."""
        return self.latest.value if self.latest else None

    @property
    def qualifier(self) -> Any:
        """How exact it is."""
        return self.latest.qualifier if self.latest else None

    @property
    def as_of(self) -> str | None:
        """The date that it holds for."""
        return self.latest.as_of if self.latest else None

    @property
    def citations(self) -> list[Located]:
        """The sources of the latest observation."""
        return self.latest.citations if self.latest else []


class LocatedObservation(Located, of=states.Observation):
    """An observation of an indicator."""

    @property
    def indicator(self) -> Located:
        """What it is a value of."""
        return self.within.items(Section.INDICATORS)[self.path[1]]

    @property
    def display(self) -> str:
        """The number as shown."""
        return display(self.item)


class LocatedInvolvement(Located, of=states.Involvement):
    """The part of a person or an organization."""


class LocatedDevelopment(Located, of=states.Development):
    """A development: its place in the timeline, what it supersedes, what supersedes it."""

    @cached_property
    def place(self) -> tuple[int, int, int]:
        """Sorts the timeline, newest first; no other development of the brief ever has it."""
        first, last = edtf.order(self.item.date)
        recorded = self.within.recorded_order[self.item.key]
        return (-first.toordinal(), -last.toordinal(), -recorded)

    @cached_property
    def cursor(self) -> str:
        """The same, as clients have it."""
        return write_cursor(*self.place)

    @property
    def supersedes(self) -> list[Located]:
        """The developments that it replaces or contradicts."""
        timeline = self.within.items(Section.TIMELINE)
        return [timeline[key] for key in self.item.supersedes if key in timeline]

    @property
    def superseded_by(self) -> list[Located]:
        """The developments that replace or contradict it."""
        return self.within.superseding.get(self.item.key, [])


class LocatedScenario(Located, of=states.Scenario):
    """A scenario: its rank is its place in the list."""

    @cached_property
    def rank(self) -> int:
        """From 1, the likeliest or weightiest."""
        return list(self.within.state.scenarios).index(self.item.key) + 1

    @cached_property
    def forecasts(self) -> list[Located]:
        """The probabilities given for it, in the order of their recording."""
        return [
            LocatedForecast(self.within, ("forecast", self.item.key, key), found)
            for key, found in self.item.forecasts.items()
        ]


class LocatedForecast(Located, of=states.Forecast):
    """A forecast for a scenario."""

    @property
    def scenario(self) -> Located:
        """What it is a probability of."""
        return self.within.items(Section.SCENARIOS)[self.path[1]]


class LocatedPrecedent(Located, of=states.Precedent):
    """An entry of the historical context."""


class LocatedSource(Located, of=states.Source):
    """A source: what relies on it."""

    @property
    def cited_by(self) -> list[Located]:
        """The items that cite it, in the order of the page."""
        return self.within.citing.get(self.item.key, [])


class LocatedCorrection(Located, of=states.Correction):
    """A correction: the places that it corrects."""

    @cached_property
    def corrects(self) -> list[Located]:
        """The references, each with its item if that is still on the page."""
        return [
            LocatedReference(self.within, self.path, reference) for reference in self.item.corrects
        ]


class LocatedReference(Located, of=items.ItemRef):
    """A reference to an item of the same brief."""

    @property
    def target(self) -> Located | None:
        """The item; None if it was removed, or if the reference is to the brief's own fields."""
        if self.item.section is Section.HEAD:
            return None
        return self.within.items(self.item.section).get(self.item.key)


WRAPPERS: dict[type[Any], type[Located]] = {
    states.Paragraph: LocatedParagraph,
    states.Indicator: LocatedIndicator,
    states.Involvement: LocatedInvolvement,
    states.Development: LocatedDevelopment,
    states.Scenario: LocatedScenario,
    states.Precedent: LocatedPrecedent,
    states.Source: LocatedSource,
    states.Correction: LocatedCorrection,
}
"""What the items of each list are shown through."""
