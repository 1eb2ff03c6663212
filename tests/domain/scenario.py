"""Given these events, when this is asked, then these events follow, or this refusal.

    given(ParagraphAdded(key="lede", text="One."))
    .when({"reviseParagraph": {"key": "lede", "text": "Two."}})
    .then(ParagraphRevised(key="lede", text="Two."))

A brief that no event begins is drafted first, with `DRAFTED`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decide import decide, transition
from graphql_brief.domain.decision import Accepted, Decision, Rejected
from graphql_brief.domain.evolve import evolve, fold
from graphql_brief.domain.links import NOTHING_KNOWN, Known
from graphql_brief.domain.parse import parse_edits
from graphql_brief.domain.refusal import Refusal, Refused
from graphql_brief.domain.states import Brief, Stamp, State
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode, Significance

BRIEF = "brief-harbour"
DRAFTED = ev.BriefDrafted(
    slug="harbour-strike",
    headline="Harbour strike",
    standfirst="Cranes stand still.",
    language="en",
)
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def stamp(version: int, significance: Significance = Significance.MINOR) -> Stamp:
    """The stamp of a version: its position is 100 higher, its time that many minutes after START.

    Version and position differ, so that a test sees one taken for the other.
    """
    return Stamp(
        version=version,
        position=100 + version,
        at=START + timedelta(minutes=version),
        significance=significance,
    )


def stamped(events: Iterable[ev.Event], after: int = 0) -> list[tuple[ev.Event, Stamp]]:
    """Events with the stamps of the versions that follow `after`."""
    return [(event, stamp(after + place)) for place, event in enumerate(events, start=1)]


def brief_of(*events: ev.Event) -> Brief:
    """The brief that these events give; drafted first unless they begin with that."""
    begun = bool(events) and isinstance(events[0], ev.BriefDrafted)
    state = fold(None, BRIEF, stamped(events if begun else (DRAFTED, *events)))
    assert isinstance(state, Brief)
    return state


def following(state: Brief, events: Iterable[ev.Event]) -> Brief:
    """The brief after some more events."""
    after: State = state
    for event, its_stamp in stamped(events, state.version):
        after = evolve(after, BRIEF, event, its_stamp)
    assert isinstance(after, Brief)
    return after


@dataclass(frozen=True)
class Then:
    """What was decided."""

    before: Brief
    decision: Decision

    def then(self, *events: ev.Event) -> Brief:
        """Asserts that exactly these events follow; gives the brief after them."""
        assert self.decision == Accepted(events)
        return following(self.before, events)

    def then_nothing(self) -> None:
        """Asserts that it is allowed and changes nothing."""
        self.then()

    def then_refused(self, code: ErrorCode, *path: str, saying: str = "") -> None:
        """Asserts that it is refused for this one reason."""
        assert [(code, path)] == [(found.code, found.path) for found in self.refusals]
        assert saying in self.refusals[0].message

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every reason for which it is refused; none if it is allowed."""
        return self.decision.refusals if isinstance(self.decision, Rejected) else ()


@dataclass(frozen=True)
class Given:
    """A brief, and what is known beside it."""

    state: Brief
    known: Known = NOTHING_KNOWN

    def knowing(self, *briefs: str, **entities: EntityKind) -> "Given":
        """The same with these briefs, and these entities: `ana=PERSON` stands for `entity-ana`."""
        ids = {f"entity-{name}": kind for name, kind in entities.items()}
        return replace(self, known=Known(ids, frozenset(briefs)))

    def when(self, *edits: dict[str, Any]) -> Then:
        """A batch of edits, as JSON."""
        try:
            batch = parse_edits(list(edits))
        except Refused as refused:
            return Then(self.state, Rejected((refused.refusal,)))
        return Then(self.state, decide(self.state, batch, self.known))

    def when_asked_to(self, command: c.Transition) -> Then:
        """A step of the brief's life."""
        return Then(self.state, transition(self.state, command))


def given(*events: ev.Event) -> Given:
    """The brief that these events give."""
    return Given(brief_of(*events))
