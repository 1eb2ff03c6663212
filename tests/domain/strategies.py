"""What newsrooms may ask, right or nearly right: strategies for edits, batches and histories.

Edits are drawn blindly, then most of them are made to fit the brief as it stands: their keys are
exchanged for those of items that are there. So edits meet what is there, what is not, and what is
gone; and drawing costs the same whatever the brief.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decide import LIFECYCLE, decide, transition
from graphql_brief.domain.decision import Accepted, Decision
from graphql_brief.domain.edits import EDITS, Edit
from graphql_brief.domain.evolve import evolve
from graphql_brief.domain.items import Citation, Probability
from graphql_brief.domain.links import Known
from graphql_brief.domain.sections import BY_SECTION, LISTS
from graphql_brief.domain.states import Brief, Stamp
from graphql_brief.domain.vocabulary import EntityKind, Outcome, Section, Significance
from tests.domain.samples import SAMPLES, Json, added
from tests.domain.scenario import BRIEF, DRAFTED, brief_of, stamp
from tests.domain.values import SOME_BRIEFS, SOME_ENTITIES, SOME_KEYS, payloads

KNOWN = Known(
    dict.fromkeys(SOME_ENTITIES[:4], EntityKind.PERSON), frozenset({*SOME_BRIEFS[:2], BRIEF})
)
"""The entities and briefs that exist; the strategies also name one of each that does not."""


class Plan(msgspec.Struct, frozen=True):
    """An edit drawn blindly, and whether it is to fit the brief that it will meet."""

    name: str
    payload: Json
    fits: bool


_MOSTLY = st.sampled_from([True, True, True, False])
_PLANS = st.one_of(
    [st.builds(Plan, st.just(name), payloads(EDITS[name]), _MOSTLY) for name in EDITS]
)
_BATCHES = st.integers(1, 4).flatmap(lambda n: st.lists(_PLANS, min_size=n, max_size=n))


def batches(brief: Brief) -> st.SearchStrategy[tuple[Edit, ...]]:
    """Batches of one to four edits of this brief; some are refused."""
    return _BATCHES.map(lambda plans: edits_of(plans, brief))


def accepted_batches(brief: Brief) -> st.SearchStrategy[tuple[Edit, ...]]:
    """Batches of at most four edits of this brief, of which nothing is refused."""
    return batches(brief).map(lambda batch: accepted_part(brief, batch))


def edits_of(plans: Sequence[Plan], brief: Brief) -> tuple[Edit, ...]:
    """The edits that were drawn, most of them made to fit."""
    fitted = (_fitted(plan, brief) if plan.fits else plan.payload for plan in plans)
    return parsed(*({plan.name: payload} for plan, payload in zip(plans, fitted, strict=True)))


def parsed(*batch: Json) -> tuple[Edit, ...]:
    """Edits from JSON whose values are of the right types, if not always right."""
    return tuple(
        msgspec.convert(payload, EDITS[name]) for edit in batch for name, payload in edit.items()
    )


def accepted_part(brief: Brief, batch: Sequence[Edit]) -> tuple[Edit, ...]:
    """A batch without those edits that would have it refused."""
    part: tuple[Edit, ...] = ()
    for edit in batch:
        if isinstance(decide(brief, [*part, edit], KNOWN), Accepted):
            part = (*part, edit)
    return part


def _fitted(plan: Plan, brief: Brief) -> Json:
    section = _section_of(plan.name)
    if section is None:
        return plan.payload
    items = getattr(brief, BY_SECTION[section].attribute)
    fitted = {**plan.payload, "key": _one_of(items, plan.payload["key"])}
    if plan.name.startswith(("add", "involve", "publish")):
        unused = [key for key in SOME_KEYS if key not in items]
        fitted["key"] = _one_of(unused, plan.payload["key"])
    for owner, series in (("indicator", "observations"), ("scenario", "forecasts")):
        if owner in fitted:
            fitted[owner] = _one_of(items, fitted[owner])
            entries = getattr(items.get(fitted[owner]), series, {})
            unused = [key for key in SOME_KEYS if key not in entries]
            adds = plan.name in ("recordObservation", "makeForecast")
            fitted["key"] = _one_of(unused if adds else entries, plan.payload["key"])
    if fitted.get("before"):
        fitted["before"] = _one_of(items, fitted["before"])
    if fitted.get("supersedes"):
        others = [key for key in items if key != fitted["key"]]
        fitted["supersedes"] = sorted({_one_of(others, key) for key in fitted["supersedes"]})
    if fitted.get("citations"):
        by_source = {_one_of(brief.sources, use["source"]): use for use in fitted["citations"]}
        fitted["citations"] = [{**use, "source": source} for source, use in by_source.items()]
    if fitted.get("corrects"):
        references = [_reference(reference, brief) for reference in fitted["corrects"]]
        fitted["corrects"] = list({tuple(found.items()): found for found in references}.values())
    if fitted.get("probability"):
        fitted["probability"] = _risen(fitted["probability"])
    return fitted


def _risen(drawn: Json) -> Json:
    """A range whose ends are in order; one number if they are the same."""
    low, high = drawn["low"], drawn.get("high")
    if high is None or Decimal(high) == Decimal(low):
        return {"low": low}
    return {"low": min(low, high, key=Decimal), "high": max(low, high, key=Decimal)}


def _reference(drawn: Json, brief: Brief) -> Json:
    section = Section(drawn["section"])
    if section is Section.HEAD:
        return {"section": section, "key": None, "field": drawn.get("field")}
    items = getattr(brief, BY_SECTION[section].attribute)
    key = _one_of(items, drawn.get("key") or "a")
    return {"section": section, "key": key, "field": drawn.get("field")}


def _one_of(keys: Sequence[str] | dict[str, Any], drawn: str) -> str:
    """One of these keys, by the drawn one; that itself if there is none."""
    return [*keys][SOME_KEYS.index(drawn) % len(keys)] if keys else drawn


def _section_of(edit_name: str) -> Section | None:
    if edit_name in ("recordObservation", "retractObservation"):
        return Section.INDICATORS
    if edit_name in ("makeForecast", "withdrawForecast"):
        return Section.SCENARIOS
    for sample in SAMPLES.values():
        if edit_name == sample.add or edit_name.endswith(sample.noun):
            return sample.section
    return None


# Histories


@dataclass(frozen=True)
class Step:
    """One thing that was asked of a brief, and what was decided."""

    before: Brief
    asked: tuple[Edit, ...] | c.Transition
    decision: Decision

    @property
    def events(self) -> tuple[ev.Event, ...]:
        """What follows from it."""
        return self.decision.events if isinstance(self.decision, Accepted) else ()


class History:
    """What was asked of a brief, and the events that came of it, as the log would hold them.

    No dataclass: of those, hypothesis prints every field.
    """

    def __init__(
        self, steps: Sequence[Step], recorded: Sequence[tuple[ev.Event, Stamp]], brief: Brief
    ) -> None:
        self.steps = tuple(steps)
        self.recorded = tuple(recorded)
        self.brief = brief

    def __repr__(self) -> str:
        """What was asked: all else follows from that, and would be unreadable."""
        return f"History of {[step.asked for step in self.steps]}"


BEGINNINGS: tuple[tuple[ev.Event, ...], ...] = (
    (
        DRAFTED,
        *(added(row.section, key) for row in LISTS for key in "ab"),
        ev.ObservationRecorded(key="a", indicator="a", value="1", as_of="2026"),
        ev.ForecastMade(
            key="a",
            scenario="a",
            probability=Probability(low="0.5"),
            forecaster="A bank",
            made_on="2026",
        ),
        ev.ParagraphRevised(key="a", citations=(Citation(source="a"),)),
        ev.DevelopmentPinned(key="a"),
        ev.ScenarioResolved(
            key="b", outcome=Outcome.HAPPENED, resolved_on="2026", explanation="It came about."
        ),
    ),
    (DRAFTED,),
)
"""How a history begins: with two of everything, or with an empty brief."""

TRANSITIONS: tuple[c.Transition, ...] = (
    c.PublishBrief(),
    c.WithholdBrief(reason="A court asked."),
    c.ReopenBrief(),
    c.CloseBrief(reason="It is over."),
    c.ReopenBrief(reason="It is not over."),
    c.CloseBrief(),
)

_ASKED = st.one_of(_BATCHES, _BATCHES, st.sampled_from(TRANSITIONS))
_STEPS = st.tuples(_ASKED, _MOSTLY, st.sampled_from(Significance))


def histories(max_steps: int = 6) -> st.SearchStrategy[History]:
    """A brief's history: some of what was asked was refused, most was not."""
    sizes = st.integers(0, max_steps)
    steps = sizes.flatmap(lambda size: st.lists(_STEPS, min_size=size, max_size=size))
    return st.builds(_history, st.sampled_from(BEGINNINGS), steps)


def _history(
    beginning: Sequence[ev.Event], drawn: Sequence[tuple[Any, bool, Significance]]
) -> History:
    recorded = [(event, stamp(place)) for place, event in enumerate(beginning, start=1)]
    state, steps = brief_of(*beginning), []
    for planned, fits, significance in drawn:
        asked: tuple[Edit, ...] | c.Transition
        if isinstance(planned, list):
            batch = edits_of(planned, state)
            asked = accepted_part(state, batch) if fits else batch
        else:
            possible = [step for step in TRANSITIONS if (state.status, type(step)) in LIFECYCLE]
            asked = possible[TRANSITIONS.index(planned) % len(possible)] if fits else planned
        step = Step(state, asked, decision_on(state, asked))
        for event in step.events:
            recorded.append((event, stamp(state.version + 1, significance)))
            after = evolve(state, BRIEF, *recorded[-1])
            assert isinstance(after, Brief)
            state = after
        steps.append(step)
    return History(steps, recorded, state)


def decision_on(state: Brief, asked: Sequence[Edit] | c.Transition) -> Decision:
    """What is decided of a batch or of a step of the brief's life."""
    if isinstance(asked, Sequence):
        return decide(state, asked, KNOWN)
    return transition(state, asked)
