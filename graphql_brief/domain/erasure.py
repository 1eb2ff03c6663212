"""What an event still does when its body is gone.

Erasing takes words off the page and never puts any on it: no text comes back that a later event
had removed, retracted, withheld or written anew, and no other text takes its place unseen.

| erased event                            | what it still does                                     |
|-----------------------------------------|--------------------------------------------------------|
| BriefDrafted                            | begins the brief under its slug, its texts `[erased]`  |
| HeadlineRevised, StandfirstRevised      | sets the text to `[erased]`                            |
| SlugChanged                             | all of it: addresses are claimed for ever              |
| LanguageSet                             | nothing: the language is the one before                |
| SubjectsSet                             | takes all subjects away                                |
| BriefPublished, Withheld, Closed,       | all of it; a reason is `[erased]`                      |
| Reopened                                |                                                        |
| ...Added, EntityInvolved,               | nothing: the item is not there, and what later events  |
| CorrectionPublished                     | say of it does nothing                                 |
| ObservationRecorded, ForecastMade       | nothing: the entry is not in its series                |
| ...Revised, of an item or an entity     | sets the texts that it set to `[erased]`, its lists to |
|                                         | none, what may be missing to null; others (a date, a   |
|                                         | mark) are as before                                    |
| ...Moved, ...Removed                    | all of it; a reason is gone                            |
| DevelopmentPinned, Unpinned             | all of it                                              |
| DevelopmentRetracted,                   | retracts, for the reason `[erased]`                    |
| ObservationRetracted, ForecastWithdrawn |                                                        |
| ScenarioResolved                        | nothing: how it ended is not told                      |
| ScenarioReopened                        | all of it                                              |
| EntityRegistered                        | begins the entity, of its kind, its name `[erased]`    |
| EditionPublished, EditionRevised        | sets the title to `[erased]`, the entries to none      |
| PageRevised                             | sets title and body to `[erased]`                      |

So that it can, `BodyErased` keeps the names that this takes: keys, the item before which another
was placed, the fields that were set, a slug, an entity's kind. A name of an item that was not
there any more when the body was erased is not kept: to be rid of a key as well, erase the event
that added the item first.

A key or slug that leads nowhere, because what it names came with an erased event, leads nowhere:
`evolve` passes over what concerns it, and citations and supersessions are shown without it.
"""

from collections.abc import Callable
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain import rules
from graphql_brief.domain.decision import Decision, accept, reject
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.sections import BY_EVENT
from graphql_brief.domain.states import Brief, State
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode

ERASED = "[erased]"
"""Stands where a text was erased."""
_SHORT = "?"
"""The same, where there is no room for it."""
_NO_LANGUAGE = "und"  # BCP 47: undetermined

_SERIES: dict[type[ev.Event], tuple[str, str, str]] = {
    ev.ObservationRetracted: ("indicators", "indicator", "observations"),
    ev.ForecastWithdrawn: ("scenarios", "scenario", "forecasts"),
}
"""Events of an entry in an item: where the items are, the member that names one, the series."""
_MARKING: dict[type[ev.Event], str] = {
    ev.DevelopmentPinned: "timeline",
    ev.DevelopmentUnpinned: "timeline",
    ev.DevelopmentRetracted: "timeline",
    ev.ScenarioReopened: "scenarios",
}
"""Events of an item that say nothing of it beside a reason, and where the items are."""


def erase(
    state: State, command: c.EraseBody, event: ev.Event | None, before: State | None
) -> Decision:
    """The event that erases another one of the stream: `event`, which met the state `before`.

    `event` is None if there is no such version.
    """
    faults = rules.check(command)
    if faults:
        return reject(faults)
    if event is None:
        return _refused(ErrorCode.NOT_FOUND, f"it has no version {command.version}")
    if command.version in state.erased:
        return _refused(ErrorCode.WRONG_STATE, f"version {command.version} was erased already")
    if isinstance(event, ev.BodyErased):
        return _refused(ErrorCode.WRONG_STATE, "what says that a body was erased is not erased")
    return accept(
        ev.BodyErased(
            version=command.version,
            basis=command.basis,
            case_reference=command.case_reference,
            kept=_kept(event, before),
        )
    )


def _refused(code: ErrorCode, message: str) -> Decision:
    return reject([Refusal(code, message, ("version",))])


def _kept(event: ev.Event, before: State | None) -> ev.Kept | None:
    """What stays known of an event that met a state; None if nothing does."""
    kind = type(event)
    kept = ev.Kept(
        slug=getattr(event, "slug", None) if kind in (ev.BriefDrafted, ev.SlugChanged) else None,
        kind=event.kind if isinstance(event, ev.EntityRegistered) else None,
        fields=_set_fields(event) if kind in _BLANKED else (),
    )
    named = _items(kind, event, before)
    if named is not None:
        key: str = getattr(event, "key")  # noqa: B009 - every event of items has one
        owner, items = named
        if key in items:
            place = getattr(event, "before", None)
            kept = msgspec.structs.replace(
                kept, key=key, owner=owner, before=place if place in items else None
            )
        else:
            kept = ev.Kept()
    return None if kept == ev.Kept() else kept


def _items(
    kind: type[ev.Event], event: Any, before: State | None
) -> tuple[str | None, dict[str, Any]] | None:
    """The list or series that holds the item of an event, with its owner; None if it names none."""
    if not isinstance(before, Brief) or not _named(kind):
        return None
    if kind in _SERIES:
        attribute, member, series = _SERIES[kind]
        owner: str = getattr(event, member)
        return owner, getattr(getattr(before, attribute).get(owner), series, {})
    attribute = _MARKING[kind] if kind in _MARKING else BY_EVENT[kind].attribute
    return None, getattr(before, attribute)


def _named(kind: type[ev.Event]) -> bool:
    """Whether erased events of this type go on naming an item."""
    row = BY_EVENT.get(kind)
    return kind in _SERIES or kind in _MARKING or (row is not None and kind is not row.added)


def _set_fields(event: ev.Event) -> tuple[str, ...]:
    return tuple(
        field.encode_name
        for field in msgspec.structs.fields(event)
        if field.name != "key" and getattr(event, field.name) is not UNSET
    )


def effect_of(erased: ev.Erased, stream: str = "") -> ev.Event | None:
    """The event that does what an erased one in `stream` still does; None if that is nothing."""
    kind = ev.EVENT_TYPES[erased.of]
    kept = erased.by.kept or ev.Kept()
    if _named(kind):
        return None if kept.key is None else _of_item(kind, kept)
    make = _OTHERS.get(kind)
    return None if make is None else make(kept, stream)


def _of_item(kind: type[ev.Event], kept: ev.Kept) -> ev.Event:
    members: dict[str, Any] = {"key": kept.key}
    if kind in _BLANKED:
        members |= _blanks(kind, kept.fields)
    if kind in _SERIES:
        members[_SERIES[kind][1]] = kept.owner
    if issubclass(kind, ev.Moved):
        members["before"] = kept.before
    if any(field.name == "reason" and field.required for field in msgspec.structs.fields(kind)):
        members["reason"] = ERASED
    return kind(**members)


_BLANKED: dict[type[ev.Event], type[msgspec.Struct]] = {
    row.revised: row.revised for row in BY_EVENT.values() if row.revised is not None
} | {ev.EntityRevised: c.ReviseEntity}
"""Revisions, and where the rules of their fields are written."""


def _blanks(kind: type[ev.Event], fields: tuple[str, ...]) -> dict[str, Any]:
    """What an erased revision sets the fields to that it set."""
    blanks = _blanks_of(_BLANKED[kind])
    return {blanks[name][0]: blanks[name][1] for name in fields if name in blanks}


@cache
def _blanks_of(struct: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    """By a field's name in JSON: its name here, and its value when it was erased."""
    hints = get_type_hints(struct, include_extras=True)
    return {
        field.encode_name: (field.name, blank)
        for field in msgspec.structs.fields(struct)
        if field.name != "key" and (blank := _blank(hints[field.name])) is not UNSET
    }


def _blank(hint: Any) -> Any:
    found, bare = rules.split(hint)
    for rule in found:
        if isinstance(rule, rules.Line | rules.Prose):
            return ERASED if rule.bound >= len(ERASED) else _SHORT
    if get_origin(bare) is tuple:
        return ()
    return None if NoneType in get_args(hint) else UNSET


_OTHERS: dict[type[ev.Event], Callable[[ev.Kept, str], ev.Event]] = {
    ev.BriefDrafted: lambda kept, _: ev.BriefDrafted(
        slug=_known(kept.slug), headline=ERASED, standfirst=ERASED, language=_NO_LANGUAGE
    ),
    ev.HeadlineRevised: lambda _, __: ev.HeadlineRevised(headline=ERASED),
    ev.StandfirstRevised: lambda _, __: ev.StandfirstRevised(standfirst=ERASED),
    ev.SlugChanged: lambda kept, _: ev.SlugChanged(slug=_known(kept.slug)),
    ev.SubjectsSet: lambda _, __: ev.SubjectsSet(subjects=()),
    ev.BriefPublished: lambda _, __: ev.BriefPublished(),
    ev.BriefWithheld: lambda _, __: ev.BriefWithheld(reason=ERASED),
    ev.BriefClosed: lambda _, __: ev.BriefClosed(reason=ERASED),
    ev.BriefReopened: lambda _, __: ev.BriefReopened(reason=ERASED),
    ev.EntityRegistered: lambda kept, _: ev.EntityRegistered(
        kind=kept.kind or EntityKind.PERSON, name=ERASED, initials=_SHORT
    ),
    ev.EntityRevised: lambda kept, _: ev.EntityRevised(**_blanks(ev.EntityRevised, kept.fields)),
    ev.EditionPublished: lambda _, stream: ev.EditionPublished(
        date=stream.removeprefix("edition-"), title=ERASED, entries=()
    ),
    ev.EditionRevised: lambda _, __: ev.EditionRevised(title=ERASED, entries=()),
    ev.PageRevised: lambda _, stream: ev.PageRevised(
        slug=stream.removeprefix("page-"), title=ERASED, body=ERASED
    ),
}
"""Events of a stream's own fields. What is not here does nothing once it is erased."""


def _known(slug: str | None) -> str:
    assert slug is not None, "the body of an event with a slug was erased and the slug not kept"
    return slug
