"""What newsrooms may ask, right or nearly right: strategies for edits, batches and histories.

Values follow the rules that the fields carry as annotations, so that nothing here repeats a
bound. Keys come from a small set, so that edits meet items that are there, that are not, and that
are gone. `histories` decides as it goes: edits are drawn to fit the brief as it then stands, most
of the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decide import LIFECYCLE, decide, transition
from graphql_brief.domain.decision import Accepted, Decision
from graphql_brief.domain.edits import EDIT_NAMES, EDITS, Edit
from graphql_brief.domain.evolve import evolve
from graphql_brief.domain.items import Citation, ItemRef
from graphql_brief.domain.links import Known
from graphql_brief.domain.rules import (
    BRIEF_ID,
    ENTITY_ID,
    KEY,
    LANGUAGE,
    DecimalText,
    EdtfDate,
    Line,
    Many,
    Prose,
    Rule,
    Url,
    split,
)
from graphql_brief.domain.sections import BY_SECTION, LISTS
from graphql_brief.domain.states import Brief, Stamp
from graphql_brief.domain.vocabulary import EntityKind, Section, Significance
from tests.domain.samples import SAMPLES, Json, added
from tests.domain.scenario import BRIEF, DRAFTED, brief_of, stamp

Draw = Callable[[st.SearchStrategy[Any]], Any]

SOME_KEYS = ("a", "b", "c", "d")
KNOWN = Known(
    {
        "entity-a": EntityKind.PERSON,
        "entity-b": EntityKind.ORGANIZATION,
        "entity-c": EntityKind.PERSON,
        "entity-d": EntityKind.ORGANIZATION,
    },
    frozenset({"brief-a", "brief-b", BRIEF}),
)
"""The entities and briefs that exist; the strategies also name one of each that does not."""

_DATES = ["2026-01-18", "2011-12", "2014", "2014~", "198X", "2011-12-XX"]
_INTERVALS = ["1991-09/1992-11", "2023-10/..", "../2014"]
_LANGUAGES = ["en", "pt-BR", "zh-Hant"]
_URLS = ["https://port.example/7", "http://a.example:8080/x?y=z#top"]
_NUMBERS = ["0", "1", "0.35", "0.100"]
_BIG_NUMBERS = ["-12.5", "2500", "180.00"]


def texts(*, newlines: bool = False) -> st.SearchStrategy[str]:
    """Text of any script without control characters; never blank."""
    letters = st.characters(
        categories=("L", "M", "N", "P", "S", "Zs"), include_characters="\n" if newlines else ""
    )
    return st.builds("{}{}".format, st.sampled_from("aéж李😀"), st.text(letters, max_size=12))


def values(hint: Any, keys: Sequence[str] = SOME_KEYS) -> st.SearchStrategy[Any]:
    """JSON values that a field with this annotation allows."""
    rules, bare = split(hint)
    nullable = NoneType in _arms(hint)
    found = _of_rules(rules, bare, keys)
    return st.none() | found if nullable else found


def _arms(hint: Any) -> tuple[Any, ...]:
    while hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    return get_args(hint) if get_origin(hint) is not tuple else ()


def _of_rules(rules: tuple[Rule, ...], bare: Any, keys: Sequence[str]) -> st.SearchStrategy[Any]:
    if get_origin(bare) is tuple:
        (many,) = (rule for rule in rules if isinstance(rule, Many))
        inner = values(get_args(bare)[0], keys)
        return st.lists(inner, max_size=min(many.bound, 3), unique_by=msgspec.json.encode)
    if bare is bool:
        return st.booleans()
    if issubclass(bare, StrEnum):
        return st.sampled_from([member.value for member in bare])
    if issubclass(bare, msgspec.Struct):
        return payloads(bare, keys)
    (rule,) = rules
    return _of_rule(rule, keys)


def _of_rule(rule: Rule, keys: Sequence[str]) -> st.SearchStrategy[Any]:
    if rule is KEY:
        return st.sampled_from(keys)
    if rule is LANGUAGE:
        return st.sampled_from(_LANGUAGES)
    if rule is BRIEF_ID:
        return st.sampled_from(["brief-a", "brief-b", "brief-nobody"])
    if rule is ENTITY_ID:
        return st.sampled_from([*KNOWN.entities, "entity-nobody"])
    match rule:
        case Line(bound):
            return texts().map(lambda text: text[:bound])
        case Prose(bound):
            return texts(newlines=True).map(lambda text: text[:bound])
        case Url():
            return st.sampled_from(_URLS)
        case EdtfDate(single, day):
            return st.sampled_from(
                _DATES[:1] if day else _DATES + [] if single else _DATES + _INTERVALS
            )
        case DecimalText(low):
            return st.sampled_from(_NUMBERS if low is not None else _NUMBERS + _BIG_NUMBERS)
    raise AssertionError(f"no strategy for {rule}")


def payloads(
    kind: type[msgspec.Struct], keys: Sequence[str] = SOME_KEYS, **drawn: st.SearchStrategy[Any]
) -> st.SearchStrategy[Json]:
    """JSON of a struct by its annotations; `drawn` has other strategies for fields by name."""
    hints = get_type_hints(kind, include_extras=True)
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        given = drawn.get(field.name)
        strategy = values(hints[field.name], keys) if given is None else given
        (required if field.required else optional)[field.encode_name] = strategy
    return st.fixed_dictionaries(required, optional=optional)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Values of a struct by its annotations."""
    return payloads(kind).map(lambda payload: msgspec.convert(payload, kind))


# Edits that fit a brief


def edits(brief: Brief) -> st.SearchStrategy[Json]:
    """One edit in JSON: mostly of things that the brief has."""
    return st.sampled_from(sorted(EDITS)).flatmap(
        lambda name: st.fixed_dictionaries({name: _payloads_near(EDITS[name], brief)})
    )


def batches(brief: Brief, max_size: int = 4) -> st.SearchStrategy[list[Json]]:
    """A batch of edits in JSON."""
    return st.lists(edits(brief), min_size=1, max_size=max_size)


def _near(keys: Sequence[str]) -> st.SearchStrategy[str]:
    """Mostly one of these; sometimes any."""
    return st.sampled_from([*keys] * 4 + [*SOME_KEYS])


def _payloads_near(kind: type[Edit], brief: Brief) -> st.SearchStrategy[Json]:
    section = _section_of(EDIT_NAMES[kind])
    if section is None:
        return payloads(kind)
    items = getattr(brief, BY_SECTION[section].attribute)
    adds = EDIT_NAMES[kind].startswith(("add", "involve", "publish"))
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "key": st.sampled_from(SOME_KEYS) if adds else _near(list(items)),
        "citations": _citations(brief),
        "before": st.none() | _near(list(items)),
        "supersedes": st.lists(_near(list(items)), max_size=2, unique=True),
        "corrects": st.none() | _references(brief),
    }
    owner = {Section.INDICATORS: "indicator", Section.SCENARIOS: "scenario"}.get(section, "")
    if owner in kind.__struct_fields__:
        series = "observations" if section is Section.INDICATORS else "forecasts"
        entries = [key for item in items.values() for key in getattr(item, series)]
        drawn["key"] = _near(entries)
        drawn[owner] = _near(list(items))
    return payloads(kind, **drawn)


def _citations(brief: Brief) -> st.SearchStrategy[list[Json]]:
    cited = payloads(Citation, source=_near(list(brief.sources)))
    return st.lists(cited, max_size=2, unique_by=msgspec.json.encode)


def _references(brief: Brief) -> st.SearchStrategy[Json]:
    def of_section(section: Section) -> st.SearchStrategy[Json]:
        if section is Section.HEAD:
            return payloads(ItemRef, section=st.just(section), key=st.none())
        keys = getattr(brief, BY_SECTION[section].attribute)
        return payloads(ItemRef, section=st.just(section), key=_near(list(keys)))

    return st.sampled_from(Section).flatmap(of_section)


def _section_of(edit_name: str) -> Section | None:
    if edit_name in ("recordObservation", "retractObservation"):
        return Section.INDICATORS
    if edit_name in ("makeForecast", "withdrawForecast"):
        return Section.SCENARIOS
    for sample in SAMPLES.values():
        if edit_name == sample.add or edit_name.endswith(sample.noun):
            return sample.section
    return None


TRANSITIONS: st.SearchStrategy[c.Transition] = st.sampled_from(
    (
        c.PublishBrief(),
        c.WithholdBrief(reason="A court asked."),
        c.CloseBrief(),
        c.CloseBrief(reason="It is over."),
        c.ReopenBrief(),
        c.ReopenBrief(reason="It is not over."),
    )
)


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


@dataclass(frozen=True)
class History:
    """What was asked of a brief, and the events that came of it, as the log would hold them."""

    steps: tuple[Step, ...]
    recorded: tuple[tuple[ev.Event, Stamp], ...]
    brief: Brief


BEGINNINGS: tuple[tuple[ev.Event, ...], ...] = (
    (DRAFTED,),
    (
        DRAFTED,
        *(added(row.section, key) for row in LISTS for key in "ab"),
        ev.ObservationRecorded(key="a", indicator="a", value="1", as_of="2026"),
        ev.ForecastMade(
            key="a", scenario="a", probability="0.5", forecaster="A bank", made_on="2026"
        ),
    ),
)
"""How a history begins: with an empty brief, or with two of everything."""


def fitting(state: Brief, asked: Sequence[Edit] | c.Transition) -> Decision:
    """What is decided of a batch or of a step of the brief's life."""
    if isinstance(asked, Sequence):
        return decide(state, asked, KNOWN)
    return transition(state, asked)


@st.composite
def histories(draw: Draw, max_steps: int = 6) -> History:
    """A brief's history: some of what was asked was refused, most was not."""
    beginning = draw(st.sampled_from(BEGINNINGS[::-1]))
    recorded = [(event, stamp(place)) for place, event in enumerate(beginning, start=1)]
    state, steps = brief_of(*beginning), []
    for _ in range(draw(st.integers(0, max_steps))):
        asked = draw(_asked(state))
        step = Step(state, asked, fitting(state, asked))
        significance = draw(st.sampled_from(Significance))
        for event in step.events:
            recorded.append((event, stamp(state.version + 1, significance)))
            after = evolve(state, BRIEF, *recorded[-1])
            assert isinstance(after, Brief)
            state = after
        steps.append(step)
    return History(tuple(steps), tuple(recorded), state)


def _asked(state: Brief) -> st.SearchStrategy[tuple[Edit, ...] | c.Transition]:
    batch = batches(state).map(parsed)
    possible = [command for status, command in LIFECYCLE if status is state.status]
    steps = TRANSITIONS.filter(lambda command: type(command) in possible)
    return st.one_of(batch, batch, batch, steps, TRANSITIONS)


def parsed(batch: Sequence[Json]) -> tuple[Edit, ...]:
    """A batch in JSON as edits; its values are of the right types, if not always right."""
    return tuple(
        msgspec.convert(payload, EDITS[name]) for edit in batch for name, payload in edit.items()
    )
