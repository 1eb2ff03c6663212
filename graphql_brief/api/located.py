"""Items in their place: a domain item, and what it knows only through its brief.

Whatever is not said here is read from the item itself; nothing is copied. What follows from the
brief is made when it is first asked for, and kept as long as the view of the brief.
"""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql_brief.api.display import display
from graphql_brief.domain import edtf, states
from graphql_brief.domain.sections import latest_observation
from graphql_brief.domain.vocabulary import Section

if TYPE_CHECKING:
    from graphql_brief.api.view import BriefView


class Located:
    """An item of a brief, in its place; whatever is not said here is the item's own."""

    def __init__(self, within: "BriefView", path: tuple[str, ...], item: Any) -> None:
        self.within = within
        self.path = path
        """What follows the brief's id in the global id: `("development", "al-asad")`."""
        self.item = item

    def __getattr__(self, name: str) -> Any:
        # Only what is not found here comes so far. The executor asks every object for protocols
        # such as `__await__`, which the item need not be asked for.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.item, name)

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


class LocatedCitation(Located):
    """A citation: its source by the brief's list of them."""

    @property
    def source(self) -> Located:
        """The source cited."""
        return self.within.items(Section.SOURCES)[self.item.source]


class LocatedIndicator(Located):
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


class LocatedObservation(Located):
    """An observation of an indicator."""

    @property
    def indicator(self) -> Located:
        """What it is a value of."""
        return self.within.items(Section.INDICATORS)[self.path[1]]

    @property
    def display(self) -> str:
        """The number as shown."""
        return display(self.item)


class LocatedDevelopment(Located):
    """A development: its place in the timeline, what it supersedes, what supersedes it."""

    @cached_property
    def place(self) -> tuple[int, int, int]:
        """Sorts the timeline, newest first; no other development of the brief ever has it."""
        first, last = edtf.order(self.item.date)
        recorded = self.within.recorded_order[self.item.key]
        return (-first.toordinal(), -last.toordinal(), -recorded)

    @property
    def supersedes(self) -> list[Located]:
        """The developments that it replaces or contradicts."""
        timeline = self.within.items(Section.TIMELINE)
        return [timeline[key] for key in self.item.supersedes if key in timeline]

    @property
    def superseded_by(self) -> list[Located]:
        """The developments that replace or contradict it."""
        return self.within.superseding.get(self.item.key, [])


class LocatedScenario(Located):
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


class LocatedForecast(Located):
    """A forecast for a scenario."""

    @property
    def scenario(self) -> Located:
        """What it is a probability of."""
        return self.within.items(Section.SCENARIOS)[self.path[1]]


class LocatedSource(Located):
    """A source: what relies on it."""

    @property
    def cited_by(self) -> list[Located]:
        """The items that cite it, in the order of the page."""
        return self.within.citing.get(self.item.key, [])


class LocatedCorrection(Located):
    """A correction: the places that it corrects."""

    @cached_property
    def corrects(self) -> list[Located]:
        """The references, each with its item if that is still on the page."""
        return [
            LocatedReference(self.within, self.path, reference) for reference in self.item.corrects
        ]


class LocatedReference(Located):
    """A reference to an item of the same brief."""

    @property
    def target(self) -> Located | None:
        """The item; None if it was removed, or if the reference is to the brief's own fields."""
        if self.item.section is Section.HEAD:
            return None
        return self.within.items(self.item.section).get(self.item.key)


WRAPPERS: dict[type[Any], type[Located]] = {
    states.Indicator: LocatedIndicator,
    states.Development: LocatedDevelopment,
    states.Scenario: LocatedScenario,
    states.Source: LocatedSource,
    states.Correction: LocatedCorrection,
}
"""The wrapper of each kind of item that knows more than its id."""
