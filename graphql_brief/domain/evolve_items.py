"""What events change of a brief's items, as part of `evolve`: of its keyed lists, and of the
series inside them.

A step raises KeyError for an item that is not there, and Twice for one that is there already.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from graphql_brief.domain import events, states
from graphql_brief.domain.sections import LISTS, KeyedList
from graphql_brief.domain.states import Brief, Mark, Stamp

Changes = dict[str, Any]
"""New values of a state's fields, by name."""


class Twice(Exception):  # noqa: N818 - names the key that its list has already
    """An item is added under a key that stands already."""


@cache
def _field_names(kind: type[msgspec.Struct], *left_out: str) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in left_out)


def given(event: events.Event, *left_out: str) -> Changes:
    """The fields of an event that it sets, without those left out."""
    given = ((name, getattr(event, name)) for name in _field_names(type(event), *left_out))
    return {name: value for name, value in given if value is not msgspec.UNSET}


def _mark(stamp: Stamp) -> Mark:
    return Mark(added_at=stamp.at, changed_at=stamp.at, changed_version=stamp.version)


def _touched(item: Any, stamp: Stamp, **changes: Any) -> Any:
    """The item with changes, marked as touched by this event."""
    mark = Mark(added_at=item.mark.added_at, changed_at=stamp.at, changed_version=stamp.version)
    return replace(item, mark=mark, **changes)


def _placed(items: Changes, key: str, item: Any, before: str | None) -> Changes:
    """`items` with `item` before another one, or at the end."""
    if key in items:
        raise Twice(repr(key))
    if before is None:
        return {**items, key: item}
    if before not in items:
        raise KeyError(before)
    placed: Changes = {}
    for other_key, other in items.items():
        if other_key == before:
            placed[key] = item
        placed[other_key] = other
    return placed


def _without(items: Changes, key: str) -> Changes:
    left = dict(items)
    del left[key]
    return left


def _before(state: Brief, items: Changes, event: Any) -> str | None:
    """The key of the item that an event places another one before; None: at the end."""
    before: str | None = getattr(event, "before", None)
    return None if state.erased and before not in items else before


def _add(row: KeyedList) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        item = row.item(**given(event, "before"), mark=_mark(stamp))
        items = getattr(state, row.attribute)
        return {row.attribute: _placed(items, event.key, item, _before(state, items, event))}

    return change


def _revise(row: KeyedList) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        items = getattr(state, row.attribute)
        item = _touched(items[event.key], stamp, **given(event, "key"))
        return {row.attribute: {**items, event.key: item}}

    return change


def _move(row: KeyedList) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        items = getattr(state, row.attribute)
        item = _touched(items[event.key], stamp)
        left = _without(items, event.key)
        return {row.attribute: _placed(left, event.key, item, _before(state, left, event))}

    return change


def _remove(row: KeyedList) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, _: Stamp) -> Changes:
        left = _without(getattr(state, row.attribute), event.key)
        gone = state.gone_keys.get(row.attribute, frozenset()) | {event.key}
        return {row.attribute: left, "gone_keys": {**state.gone_keys, row.attribute: gone}}

    return change


def _mark_item(
    attribute: str, changes_of: Callable[[Any, Stamp], Changes]
) -> Callable[[Brief, Any, Stamp], Changes]:
    """A change of one item that is neither a revision of its fields nor of its place."""

    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        items = getattr(state, attribute)
        item = _touched(items[event.key], stamp, **changes_of(event, stamp))
        return {attribute: {**items, event.key: item}}

    return change


def _retracted(event: Any, stamp: Stamp) -> states.Retraction:
    return states.Retraction(at=stamp.at, reason=event.reason)


def _resolved(event: events.ScenarioResolved, stamp: Stamp) -> Changes:
    return {"resolution": states.Resolution(**given(event, "key"), at=stamp.at)}


# Series inside an item: an indicator's observations, a scenario's forecasts


def _series_add(
    attribute: str, owner: str, series: str, kind: type[Any]
) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        items = getattr(state, attribute)
        item = items[getattr(event, owner)]
        if event.key in getattr(item, series):
            raise Twice(repr(event.key))
        entry = kind(**given(event, owner), mark=_mark(stamp))
        longer = {**getattr(item, series), event.key: entry}
        return {attribute: {**items, item.key: _touched(item, stamp, **{series: longer})}}

    return change


def _series_void(
    attribute: str, owner: str, series: str, field: str
) -> Callable[[Brief, Any, Stamp], Changes]:
    def change(state: Brief, event: Any, stamp: Stamp) -> Changes:
        items = getattr(state, attribute)
        item = items[getattr(event, owner)]
        entries = getattr(item, series)
        entry = _touched(entries[event.key], stamp, **{field: _retracted(event, stamp)})
        same = {**entries, event.key: entry}
        return {attribute: {**items, item.key: _touched(item, stamp, **{series: same})}}

    return change


_MAKERS = (("added", _add), ("revised", _revise), ("moved", _move), ("removed", _remove))

ITEM_CHANGES: dict[Any, Callable[..., Changes]] = {
    events.DevelopmentPinned: _mark_item("timeline", lambda _, __: {"pinned": True}),
    events.DevelopmentUnpinned: _mark_item("timeline", lambda _, __: {"pinned": False}),
    events.DevelopmentRetracted: _mark_item(
        "timeline", lambda event, stamp: {"retraction": _retracted(event, stamp)}
    ),
    events.ScenarioResolved: _mark_item("scenarios", _resolved),
    events.ScenarioReopened: _mark_item("scenarios", lambda _, __: {"resolution": None}),
    events.ObservationRecorded: _series_add(
        "indicators", "indicator", "observations", states.Observation
    ),
    events.ObservationRetracted: _series_void(
        "indicators", "indicator", "observations", "retraction"
    ),
    events.ForecastMade: _series_add("scenarios", "scenario", "forecasts", states.Forecast),
    events.ForecastWithdrawn: _series_void("scenarios", "scenario", "forecasts", "withdrawn"),
} | {
    event: make(row)
    for row in LISTS
    for role, make in _MAKERS
    if (event := getattr(row, role)) is not None
}
