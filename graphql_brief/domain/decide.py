"""(state, edit) → events: what the newsroom may do to a brief, as tables and small rules.

The lifecycle, and where edits are taken:

| from \\ command | publish   | withhold | close  | reopen    | edits |
|-----------------|-----------|----------|--------|-----------|-------|
| DRAFT           | PUBLISHED | –        | –      | –         | yes   |
| PUBLISHED       | –         | WITHHELD | CLOSED | –         | yes   |
| WITHHELD        | –         | –        | –      | PUBLISHED | yes   |
| CLOSED          | –         | –        | –      | PUBLISHED | no    |

A dash is refused with WRONG_STATE. A batch is decided edit by edit, each on the state that the
ones before it leave, and is accepted whole or refused whole. An edit that changes nothing gives
no event.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from graphql_brief.domain import commands as c
from graphql_brief.domain import edits as e
from graphql_brief.domain import events
from graphql_brief.domain.decision import Decision, accept, reject
from graphql_brief.domain.evolve import after
from graphql_brief.domain.links import (
    NOTHING_KNOWN,
    Known,
    check_citations,
    check_links,
    check_uncited,
)
from graphql_brief.domain.refusal import Refusal, Refused
from graphql_brief.domain.rules import check
from graphql_brief.domain.sections import BY_SECTION, KeyedList
from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import (
    BriefStatus,
    ErrorCode,
    Section,
)

SERIES_BOUND = 1000
"""Most observations of an indicator, and most forecasts of a scenario."""


LIFECYCLE: dict[tuple[BriefStatus, type[c.Transition]], Callable[[Any], events.Event]] = {
    (BriefStatus.DRAFT, c.PublishBrief): lambda _: events.BriefPublished(),
    (BriefStatus.PUBLISHED, c.WithholdBrief): lambda asked: events.BriefWithheld(
        reason=asked.reason
    ),
    (BriefStatus.PUBLISHED, c.CloseBrief): lambda asked: events.BriefClosed(reason=asked.reason),
    (BriefStatus.WITHHELD, c.ReopenBrief): lambda asked: events.BriefReopened(reason=asked.reason),
    (BriefStatus.CLOSED, c.ReopenBrief): lambda asked: events.BriefReopened(reason=asked.reason),
}


def draft(command: c.DraftBrief) -> Decision:
    """The events that begin a brief."""
    faults = check(command)
    if faults:
        return reject(faults)
    return accept(events.BriefDrafted(**msgspec.structs.asdict(command)))


def transition(state: Brief, command: c.Transition) -> Decision:
    """The events of one step of a brief's life."""
    faults = check(command)
    if faults:
        return reject(faults)
    step = LIFECYCLE.get((state.status, type(command)))
    if step is None:
        asked = type(command).__name__.removesuffix("Brief").lower()
        return reject(
            [Refusal(ErrorCode.WRONG_STATE, f"a brief that is {state.status} cannot {asked}", ())]
        )
    if isinstance(command, c.PublishBrief) and not state.overview:
        return reject(
            [Refusal(ErrorCode.WRONG_STATE, "a brief is published with an overview; add one", ())]
        )
    return accept(step(command))


def decide(state: Brief, batch: Iterable[e.Edit], known: Known = NOTHING_KNOWN) -> Decision:
    """The events that a batch of edits gives, or every reason why it is refused.

    Paths of refusals start at the batch: `("edits", "3", "addDevelopment", "date")`.
    """
    batch = list(batch)
    if state.status is BriefStatus.CLOSED:
        return reject(
            [Refusal(ErrorCode.WRONG_STATE, "the brief is closed; reopen it to edit it", ())]
        )
    faults = [
        fault._replace(path=(*_where(place, edit), *fault.path))
        for place, edit in enumerate(batch)
        for fault in check(edit)
    ]
    if faults:
        return reject(faults)
    decided: list[events.Event] = []
    for place, edit in enumerate(batch):
        try:
            event = _RULES[type(edit)](state, edit, known)
        except Refused as refused:
            found = refused.refusal
            return reject([found._replace(path=(*_where(place, edit), *found.path))])
        if event is not None:
            state = _after(state, event)
            decided.append(event)
    return accept(*decided)


def _after(state: Brief, event: events.Event) -> Brief:
    left = after(state, state.id, (event,))
    assert isinstance(left, Brief)
    return left


def _where(place: int, edit: e.Edit) -> tuple[str, ...]:
    return ("edits", str(place), e.EDIT_NAMES[type(edit)])


_Rule = Callable[[Brief, Any, Known], events.Event | None]


# The brief's own fields


def _set_field(field: str, event: type[events.Event]) -> _Rule:
    def rule(state: Brief, edit: Any, _: Known) -> events.Event | None:
        value = getattr(edit, field)
        return None if getattr(state, field) == value else event(**{field: value})

    return rule


# The keyed lists


def _add(section: Section) -> _Rule:
    row = BY_SECTION[section]

    def rule(state: Brief, edit: Any, known: Known) -> events.Event:
        items = getattr(state, row.attribute)
        if len(items) >= row.bound:
            raise Refused(ErrorCode.TOO_MANY, f"the brief has {len(items)} {row.noun}s, the bound")
        if edit.key in items:
            raise Refused(ErrorCode.DUPLICATE, f"there is a {row.noun} {edit.key!r} already", "key")
        if edit.key in state.gone_keys.get(row.attribute, ()):
            raise Refused(
                ErrorCode.DUPLICATE,
                f"{edit.key!r} was the key of a {row.noun} that was removed; choose another",
                "key",
            )
        _check_placed(row, items, edit)
        fields = {name: getattr(edit, name) for name in edit.__struct_fields__}
        fields |= check_links(state, row, edit, known)
        return row.added(**fields)

    return rule


def _revise(section: Section) -> _Rule:
    row = BY_SECTION[section]
    assert row.revised is not None
    event = row.revised

    def rule(state: Brief, edit: Any, known: Known) -> events.Event | None:
        item = _item(state, row, edit.key)
        check_links(state, row, edit, known)
        changes = {
            name: value
            for name in edit.__struct_fields__
            if name != "key"
            and (value := getattr(edit, name)) is not msgspec.UNSET
            and value != getattr(item, name)
        }
        return event(key=edit.key, **changes) if changes else None

    return rule


def _move(section: Section) -> _Rule:
    row = BY_SECTION[section]
    assert row.moved is not None
    event = row.moved

    def rule(state: Brief, edit: Any, _: Known) -> events.Event | None:
        _item(state, row, edit.key)
        items = getattr(state, row.attribute)
        if edit.before == edit.key:
            raise Refused(ErrorCode.INVALID_INPUT, "an item cannot stand before itself", "before")
        _check_placed(row, items, edit)
        order = [*items, None]
        if order[order.index(edit.key) + 1] == edit.before:
            return None
        return event(key=edit.key, before=edit.before)

    return rule


def _remove(section: Section) -> _Rule:
    row = BY_SECTION[section]
    assert row.removed is not None
    event = row.removed

    def rule(state: Brief, edit: Any, _: Known) -> events.Event:
        _item(state, row, edit.key)
        if row.section is Section.SOURCES:
            check_uncited(state, edit.key)
        return event(key=edit.key, reason=edit.reason)

    return rule


def _item(state: Brief, row: KeyedList, key: str, field: str = "key") -> Any:
    item = getattr(state, row.attribute).get(key)
    if item is None:
        raise Refused(ErrorCode.UNKNOWN_ITEM, f"the brief has no {row.noun} {key!r}", field)
    return item


def _check_placed(row: KeyedList, items: dict[str, Any], edit: Any) -> None:
    before = getattr(edit, "before", None)
    if before is not None and before not in items:
        raise Refused(ErrorCode.UNKNOWN_ITEM, f"the brief has no {row.noun} {before!r}", "before")


# Single items: pinned, retracted, resolved


def _pin(*, pinned: bool, event: type[events.Event]) -> _Rule:
    def rule(state: Brief, edit: Any, _: Known) -> events.Event | None:
        development = _item(state, BY_SECTION[Section.TIMELINE], edit.key)
        return None if development.pinned is pinned else event(key=edit.key)

    return rule


def _retract_development(state: Brief, edit: e.RetractDevelopment, _: Known) -> events.Event:
    if _item(state, BY_SECTION[Section.TIMELINE], edit.key).retraction is not None:
        raise Refused(ErrorCode.WRONG_STATE, f"{edit.key!r} is retracted already", "key")
    return events.DevelopmentRetracted(key=edit.key, reason=edit.reason)


def _resolve_scenario(state: Brief, edit: e.ResolveScenario, _: Known) -> events.Event:
    if _item(state, BY_SECTION[Section.SCENARIOS], edit.key).resolution is not None:
        raise Refused(
            ErrorCode.WRONG_STATE, f"{edit.key!r} is resolved already; reopen it first", "key"
        )
    return events.ScenarioResolved(**msgspec.structs.asdict(edit))


def _reopen_scenario(state: Brief, edit: e.ReopenScenario, _: Known) -> events.Event:
    if _item(state, BY_SECTION[Section.SCENARIOS], edit.key).resolution is None:
        raise Refused(ErrorCode.WRONG_STATE, f"{edit.key!r} is not resolved", "key")
    return events.ScenarioReopened(key=edit.key, reason=edit.reason)


# Series inside an item


def _series_add(section: Section, owner: str, series: str, event: type[events.Event]) -> _Rule:
    row = BY_SECTION[section]

    def rule(state: Brief, edit: Any, _: Known) -> events.Event:
        item = _item(state, row, getattr(edit, owner), owner)
        entries = getattr(item, series)
        if len(entries) >= SERIES_BOUND:
            raise Refused(
                ErrorCode.TOO_MANY, f"{item.key!r} has {SERIES_BOUND} {series}, the bound"
            )
        if edit.key in entries:
            raise Refused(
                ErrorCode.DUPLICATE, f"{item.key!r} has {edit.key!r} among its {series}", "key"
            )
        check_citations(state, edit.citations)
        return event(**{name: getattr(edit, name) for name in edit.__struct_fields__})

    return rule


_series_of_forecasts = _series_add(Section.SCENARIOS, "scenario", "forecasts", events.ForecastMade)


def _make_forecast(state: Brief, edit: e.MakeForecast, known: Known) -> events.Event | None:
    low, high = edit.probability.low, edit.probability.high
    if high is not None and Decimal(high) <= Decimal(low):
        raise Refused(
            ErrorCode.INVALID_NUMBER,
            f"high is {high}, not above low, which is {low}; leave it out for one number",
            *("probability", "high"),
        )
    return _series_of_forecasts(state, edit, known)


def _series_void(
    section: Section, owner: str, series: str, field: str, event: type[events.Event]
) -> _Rule:
    row = BY_SECTION[section]

    def rule(state: Brief, edit: Any, _: Known) -> events.Event:
        item = _item(state, row, getattr(edit, owner), owner)
        entry = getattr(item, series).get(edit.key)
        if entry is None:
            raise Refused(
                ErrorCode.UNKNOWN_ITEM, f"{item.key!r} has no {edit.key!r} in its {series}", "key"
            )
        if getattr(entry, field) is not None:
            raise Refused(ErrorCode.WRONG_STATE, f"{edit.key!r} was taken back already", "key")
        return event(**msgspec.structs.asdict(edit))

    return rule


_RULES: dict[type[e.Edit], _Rule] = {
    e.ReviseHeadline: _set_field("headline", events.HeadlineRevised),
    e.ReviseStandfirst: _set_field("standfirst", events.StandfirstRevised),
    e.ChangeSlug: _set_field("slug", events.SlugChanged),
    e.SetLanguage: _set_field("language", events.LanguageSet),
    e.SetSubjects: _set_field("subjects", events.SubjectsSet),
    e.AddParagraph: _add(Section.OVERVIEW),
    e.ReviseParagraph: _revise(Section.OVERVIEW),
    e.MoveParagraph: _move(Section.OVERVIEW),
    e.RemoveParagraph: _remove(Section.OVERVIEW),
    e.AddIndicator: _add(Section.INDICATORS),
    e.ReviseIndicator: _revise(Section.INDICATORS),
    e.MoveIndicator: _move(Section.INDICATORS),
    e.RemoveIndicator: _remove(Section.INDICATORS),
    e.RecordObservation: _series_add(
        Section.INDICATORS, "indicator", "observations", events.ObservationRecorded
    ),
    e.RetractObservation: _series_void(
        Section.INDICATORS,
        "indicator",
        "observations",
        "retraction",
        events.ObservationRetracted,
    ),
    e.InvolveEntity: _add(Section.INVOLVEMENTS),
    e.ReviseInvolvement: _revise(Section.INVOLVEMENTS),
    e.MoveInvolvement: _move(Section.INVOLVEMENTS),
    e.RemoveInvolvement: _remove(Section.INVOLVEMENTS),
    e.AddDevelopment: _add(Section.TIMELINE),
    e.ReviseDevelopment: _revise(Section.TIMELINE),
    e.PinDevelopment: _pin(pinned=True, event=events.DevelopmentPinned),
    e.UnpinDevelopment: _pin(pinned=False, event=events.DevelopmentUnpinned),
    e.RetractDevelopment: _retract_development,
    e.AddScenario: _add(Section.SCENARIOS),
    e.ReviseScenario: _revise(Section.SCENARIOS),
    e.MoveScenario: _move(Section.SCENARIOS),
    e.RemoveScenario: _remove(Section.SCENARIOS),
    e.MakeForecast: _make_forecast,
    e.WithdrawForecast: _series_void(
        Section.SCENARIOS, "scenario", "forecasts", "withdrawn", events.ForecastWithdrawn
    ),
    e.ResolveScenario: _resolve_scenario,
    e.ReopenScenario: _reopen_scenario,
    e.AddPrecedent: _add(Section.PRECEDENTS),
    e.RevisePrecedent: _revise(Section.PRECEDENTS),
    e.MovePrecedent: _move(Section.PRECEDENTS),
    e.RemovePrecedent: _remove(Section.PRECEDENTS),
    e.AddSource: _add(Section.SOURCES),
    e.ReviseSource: _revise(Section.SOURCES),
    e.RemoveSource: _remove(Section.SOURCES),
    e.PublishCorrection: _add(Section.CORRECTIONS),
}
