"""A brief as the API shows it: the frozen state itself, and what its items know through it.

Nothing is copied. A field that the domain object has is read from it; what follows from the
brief as a whole (a global id, the source behind a citation, what supersedes a development) is
made when it is first asked for, and kept as long as the view. Views are kept a state at a time,
so that a page that is read often is laid out once.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql_brief.api.located import WRAPPERS, Located, LocatedCitation
from graphql_brief.api.through import see_through
from graphql_brief.domain import states
from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.sections import BY_SECTION, LISTS, timeline_order
from graphql_brief.domain.vocabulary import EntityKind, Section
from graphql_brief.log.port import Recorded, erasures

VIEWS_BOUND = 1000
"""Most views kept; the least recently used go first."""

_SECTIONS = {row.noun: row.section for row in LISTS}


class BriefView:
    """One state of a brief; whatever is not said here is the state's own."""

    def __init__(self, state: states.Brief, at: int | None = None) -> None:
        self.state = state
        self.at = at
        """The position that linked streams are shown at as well; None: as they are now."""
        self._items: dict[Section, dict[str, Located]] = {}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A field of the state."""

    def items(self, section: Section) -> Mapping[str, Located]:
        """The items of a list by their keys, in the list's own order."""
        found = self._items.get(section)
        if found is None:
            row = BY_SECTION[section]
            kind = WRAPPERS[row.item]
            found = self._items[section] = {
                key: kind(self, (row.noun, key), item)
                for key, item in getattr(self.state, row.attribute).items()
            }
        return found

    def find(self, path: tuple[str, ...]) -> Located | None:
        """The item with this path behind the brief's id; None if there is none."""
        match path:
            case ("observation", owner, key):
                indicator = self.items(Section.INDICATORS).get(owner)
                return _by_key(indicator.observations if indicator else [], key)
            case ("forecast", owner, key):
                scenario = self.items(Section.SCENARIOS).get(owner)
                return _by_key(scenario.forecasts if scenario else [], key)
            case (noun, key) if noun in _SECTIONS:
                return self.items(_SECTIONS[noun]).get(key)
            case _:
                return None

    def cited(self, citations: Any) -> list[Located]:
        """Citations with their sources; without those whose source was erased."""
        return [
            LocatedCitation(self, (), citation)
            for citation in citations
            if citation.source in self.state.sources
        ]

    @property
    def overview(self) -> list[Located]:
        """The paragraphs."""
        return list(self.items(Section.OVERVIEW).values())

    @property
    def indicators(self) -> list[Located]:
        """The key numbers."""
        return list(self.items(Section.INDICATORS).values())

    @cached_property
    def people(self) -> list[Located]:
        """The persons involved."""
        return self._involved(EntityKind.PERSON)

    @cached_property
    def organizations(self) -> list[Located]:
        """The organizations involved."""
        return self._involved(EntityKind.ORGANIZATION)

    def _involved(self, kind: EntityKind) -> list[Located]:
        involved = self.items(Section.INVOLVEMENTS).values()
        return [found for found in involved if found.kind is kind]

    @property
    def scenarios(self) -> list[Located]:
        """The possible futures, by rank."""
        return list(self.items(Section.SCENARIOS).values())

    @property
    def precedents(self) -> list[Located]:
        """The historical context."""
        return list(self.items(Section.PRECEDENTS).values())

    @property
    def sources(self) -> list[Located]:
        """The publications."""
        return list(self.items(Section.SOURCES).values())

    @property
    def corrections(self) -> list[Located]:
        """The corrections."""
        return list(self.items(Section.CORRECTIONS).values())

    @cached_property
    def recorded_order(self) -> dict[str, int]:
        """How many developments were recorded before each: never changes, as none is removed."""
        return {key: place for place, key in enumerate(self.state.timeline)}

    @cached_property
    def developments(self) -> list[Located]:
        """The timeline, newest first."""
        located = self.items(Section.TIMELINE)
        return [located[found.key] for found in timeline_order(self.state.timeline.values())]

    @cached_property
    def latest_development(self) -> Located | None:
        """The newest development that was not retracted."""
        return next((found for found in self.developments if found.retraction is None), None)

    @cached_property
    def superseding(self) -> dict[str, list[Located]]:
        """By the key of each superseded development, those that supersede it, newest first."""
        found: dict[str, list[Located]] = {}
        for development in self.developments:
            for key in development.item.supersedes:
                found.setdefault(key, []).append(development)
        return found

    @cached_property
    def citing(self) -> dict[str, list[Located]]:
        """By the key of each source, the items that cite it."""
        found: dict[str, list[Located]] = {}
        for item in self._citing_items():
            for source in dict.fromkeys(citation.source for citation in item.item.citations):
                found.setdefault(source, []).append(item)
        return found

    def _citing_items(self) -> Iterator[Located]:
        yield from self.overview
        for indicator in self.indicators:
            yield from indicator.observations
        yield from self.items(Section.INVOLVEMENTS).values()
        yield from self.developments
        for scenario in self.scenarios:
            yield scenario
            yield from scenario.forecasts
        yield from self.precedents
        yield from self.corrections


see_through(BriefView, "state", states.Brief)


def _by_key(entries: list[Located], key: str) -> Located | None:
    return next((entry for entry in entries if entry.key == key), None)


class Views:
    """The views of the states that were read last."""

    def __init__(self, bound: int = VIEWS_BOUND) -> None:
        self._bound = bound
        self._views: OrderedDict[tuple[str, int, int | None], BriefView] = OrderedDict()
        self._gone: dict[str, set[int]] = {}  # versions of briefs whose bodies were erased

    def view(self, state: states.Brief, at: int | None = None) -> BriefView:
        """The view of this state."""
        gone = self._gone.get(state.id, set())
        if any(version <= state.version and version not in state.erased for version in gone):
            return BriefView(state, at)  # read before something of it was erased: it is not kept
        key = (state.id, state.version, at)
        found = self._views.get(key)
        # The same version is another state once something of it was erased.
        if found is None or found.state.erased != state.erased:
            found = self._views[key] = BriefView(state, at)
            if len(self._views) > self._bound:
                self._views.popitem(last=False)
        else:
            self._views.move_to_end(key)
        return found

    def hear(self, commit: Sequence[Recorded]) -> None:
        """Let go of views that may show what these events erased, and keep no more of them."""
        for recorded in commit:
            if isinstance(recorded.event, BodyErased):
                self._gone.setdefault(recorded.stream, set()).add(recorded.event.version)
        for brief, version in erasures(commit).items():
            for key in list(self._views):
                if key[0] == brief and key[1] >= version:
                    del self._views[key]
