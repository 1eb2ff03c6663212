"""(state, event) → state, for every stream. Total over what `decide` allows.

An event that does not fit its state means that the log or this code is broken: `evolve` raises
`CannotEvolve` and whoever folds must stop there, never skip. The exception is a stream that has
lost the body of an event (`domain.erasure`): there, what is said of an item that is not on the
page changes nothing, and an item that was placed before one that is not there comes last.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from graphql_brief.domain import events, states
from graphql_brief.domain.erasure import effect_of
from graphql_brief.domain.evolve_items import ITEM_CHANGES, Changes, Twice, given
from graphql_brief.domain.states import Brief, Stamp, State
from graphql_brief.domain.vocabulary import BriefStatus, Significance


class CannotEvolve(Exception):  # noqa: N818 - says what could not be done; the log is at fault
    """An event met a state that it cannot follow."""

    def __init__(self, event: events.Event, stamp: Stamp, why: str) -> None:
        super().__init__(
            f"position {stamp.position}: {type(event).__name__} cannot be applied to version "
            f"{stamp.version - 1} of its stream: {why}"
        )
        self.position = stamp.position
        self.event_type = type(event).__name__


def fold(
    state: State | None, stream: str, recorded: Iterable[tuple[events.Event, Stamp]]
) -> State | None:
    """`evolve` over many events of one stream."""
    for event, stamp in recorded:
        state = evolve(state, stream, event, stamp)
    return state


_UNRECORDED = datetime(1970, 1, 1, tzinfo=UTC)


def after(state: State | None, stream: str, unrecorded: Iterable[events.Event]) -> State:
    """The state that events which the log has not stamped yet will leave, but for the stamps.

    For deciding what comes behind them; never to be shown.
    """
    for event in unrecorded:
        stamp = Stamp(
            version=state.version + 1 if state else 1,
            position=state.position + 1 if state else 1,
            at=_UNRECORDED,
            significance=Significance.MINOR,
        )
        state = evolve(state, stream, event, stamp)
    assert state is not None
    return state


def evolve(state: State | None, stream: str, event: events.Event, stamp: Stamp) -> State:
    """The state after `event`, which the log recorded at `stamp` in `stream`.

    Raises CannotEvolve if the event cannot follow the state.
    """
    if isinstance(event, events.Erased):
        return _with_gap(state, stream, event, stamp)
    first = _FIRST.get(type(event))
    if first is not None:
        if state is None:
            if stamp.version != 1:
                raise CannotEvolve(event, stamp, "the stream has no version before it")
            return first(stream, event, stamp)
        if not isinstance(event, events.PageRevised):
            raise CannotEvolve(event, stamp, "the stream has begun already")
    if state is None:
        raise CannotEvolve(event, stamp, "the stream has not begun")
    if stamp.version != state.version + 1:
        raise CannotEvolve(event, stamp, f"the state is at version {state.version}")
    if isinstance(event, events.BodyErased):
        return _stamped(state, stamp)
    if not isinstance(state, Brief):
        step = _BESIDE.get((type(state), type(event)))
        if step is None:
            raise CannotEvolve(event, stamp, f"it is no event of {stream}")
        return step(state, event, stamp)
    change = _CHANGES.get(type(event))
    if change is None:
        raise CannotEvolve(event, stamp, f"it is no event of {stream}")
    try:
        changes = change(state, event, stamp)
    except (KeyError, Twice) as error:
        if not state.erased:
            twice = isinstance(error, Twice)
            why = f"there is a {error} already" if twice else f"there is no {error}"
            raise CannotEvolve(event, stamp, why) from error
        changes = {}
    return _stamped(state, stamp, changes)


def _stamped(state: State, stamp: Stamp, changes: Changes | None = None) -> State:
    """The state with changes, at the version that an event made."""
    made: Changes = {"version": stamp.version, "position": stamp.position, "updated_at": stamp.at}
    if isinstance(state, Brief) and stamp.significance.weight >= Significance.SUBSTANTIVE.weight:
        made["last_significant_update_at"] = stamp.at
    return replace(state, **(changes or {}) | made)


def _with_gap(state: State | None, stream: str, erased: events.Erased, stamp: Stamp) -> State:
    """The state after an event whose body is gone: after what it still does."""
    effect = effect_of(erased, stream)
    if effect is not None:
        after = evolve(state, stream, effect, stamp)
    elif state is None or stamp.version != state.version + 1:
        raise CannotEvolve(erased, stamp, "it does not follow")
    else:
        after = _stamped(state, stamp)
    return replace(after, erased=(*after.erased, stamp.version))


def _drafted(stream: str, event: events.BriefDrafted, stamp: Stamp) -> Brief:
    return Brief(
        id=stream,
        slug=event.slug,
        headline=event.headline,
        standfirst=event.standfirst,
        language=event.language,
        subjects=event.subjects,
        version=stamp.version,
        position=stamp.position,
        drafted_at=stamp.at,
        updated_at=stamp.at,
    )


def _registered(stream: str, event: events.EntityRegistered, stamp: Stamp) -> states.Entity:
    return states.Entity(
        id=stream,
        kind=event.kind,
        name=event.name,
        type=event.type,
        description=event.description,
        image=event.image,
        initials=event.initials,
        version=stamp.version,
        position=stamp.position,
        updated_at=stamp.at,
    )


def _edition(stream: str, event: events.EditionPublished, stamp: Stamp) -> states.Edition:
    return states.Edition(
        id=stream,
        date=event.date,
        title=event.title,
        entries=event.entries,
        version=stamp.version,
        position=stamp.position,
        published_at=stamp.at,
        updated_at=stamp.at,
    )


def _page(stream: str, event: events.PageRevised, stamp: Stamp) -> states.Page:
    return states.Page(
        id=stream,
        slug=event.slug,
        title=event.title,
        body=event.body,
        version=stamp.version,
        position=stamp.position,
        updated_at=stamp.at,
    )


_FIRST: dict[type[events.Event], Callable[..., State]] = {
    events.BriefDrafted: _drafted,
    events.EntityRegistered: _registered,
    events.EditionPublished: _edition,
    events.PageRevised: _page,
}


def _with_fields(state: State, event: events.Event, stamp: Stamp) -> State:
    return _stamped(state, stamp, given(event))


_BESIDE: dict[tuple[type[State], type[events.Event]], Callable[..., State]] = {
    (states.Entity, events.EntityRevised): _with_fields,
    (states.Edition, events.EditionRevised): _with_fields,
    (states.Page, events.PageRevised): _with_fields,
}


# The brief's own fields and its lifecycle


def _head(_: Brief, event: events.Event, __: Stamp) -> Changes:
    return given(event)


def _slug(state: Brief, event: events.SlugChanged, _: Stamp) -> Changes:
    former = tuple(slug for slug in (*state.former_slugs, state.slug) if slug != event.slug)
    return {"slug": event.slug, "former_slugs": former}


def _published(state: Brief, _: events.BriefPublished, stamp: Stamp) -> Changes:
    changes: Changes = {"status": BriefStatus.PUBLISHED, "status_reason": None}
    if state.first_published_at is None:
        changes |= {
            "first_published_at": stamp.at,
            "first_published_version": stamp.version,
            "last_significant_update_at": stamp.at,
        }
    return changes


def _withheld(_: Brief, event: events.BriefWithheld, stamp: Stamp) -> Changes:
    return {
        "status": BriefStatus.WITHHELD,
        "status_reason": event.reason,
        "withheld_version": stamp.version,
    }


def _closed(_: Brief, event: events.BriefClosed, __: Stamp) -> Changes:
    return {"status": BriefStatus.CLOSED, "status_reason": event.reason}


def _reopened(state: Brief, event: events.BriefReopened, stamp: Stamp) -> Changes:
    changes: Changes = {"status": BriefStatus.PUBLISHED, "status_reason": event.reason}
    if state.withheld_version is not None:
        over = (state.withheld_version, stamp.version - 1)
        changes["withheld_versions"] = (*state.withheld_versions, over)
        changes["withheld_version"] = None
    return changes


_CHANGES: dict[Any, Callable[..., Changes]] = {
    events.HeadlineRevised: _head,
    events.StandfirstRevised: _head,
    events.LanguageSet: _head,
    events.SubjectsSet: _head,
    events.SlugChanged: _slug,
    events.BriefPublished: _published,
    events.BriefWithheld: _withheld,
    events.BriefClosed: _closed,
    events.BriefReopened: _reopened,
    **ITEM_CHANGES,
}
