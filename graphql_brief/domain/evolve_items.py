"""What events change of a brief's items, as part of `evolve`: of its keyed lists, and of the
series inside them.

A step raises KeyError for an item that is not there, and Twice for one that is there already.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import force_setattr, replace

from graphql_brief.domain import events, states
from graphql_brief.domain.sections import LISTS, KeyedList
from graphql_brief.domain.states import Mark, Stamp
from graphql_brief.domain.workpiece import Changes, Items, Workpiece, given
from graphql_brief.domain.written_out import maker, reviser

Step = Callable[[Workpiece, Any, Stamp], None]
"""What an event does to a state. A step that raises has changed nothing."""


class Twice(Exception):  # noqa: N818 - names the key that its list has already
    """An item is added under a key that stands already."""


def _mark(stamp: Stamp) -> Mark:
    return Mark(stamp.at, stamp.at, stamp.version)


def _touched(item: Any, stamp: Stamp, changes: Changes) -> Any:
    """The item with changes, marked as touched by this event."""
    return replace(item, **changes, mark=Mark(item.mark.added_at, stamp.at, stamp.version))


def _own(piece: Workpiece, items: Items, key: str, stamp: Stamp) -> Any:
    """An item to be changed in place, as no state has it, marked as touched by this event.

    One that was touched since the last state is the piece's own: whatever touches an item marks it,
    and makes another one if a state has it.
    """
    item = items[key]
    mark = item.mark
    touched = Mark(mark.added_at, stamp.at, stamp.version)
    if mark.changed_version > piece.since:
        force_setattr(item, "mark", touched)
    else:
        item = items[key] = replace(item, mark=touched)
    return item


def _placed(items: Items, key: str, item: Any, before: str | None) -> Items:
    """`items`, which nobody else has, with `item` before another one, or at the end."""
    if before is None:
        items[key] = item
        return items
    if before not in items:
        raise KeyError(before)
    placed: Items = {}
    for other_key, other in items.items():
        if other_key == before:
            placed[key] = item
        placed[other_key] = other
    return placed


def _before(piece: Workpiece, items: Items, key: str | None) -> str | None:
    """The item that an event places another one before; None: at the end."""
    return None if piece.fields["erased"] and key not in items else key


def _add(row: KeyedList) -> Step:
    make = maker(row.item, row.added, without="before")

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        items = piece.lists[row.attribute]
        if event.key in items:
            raise Twice(repr(event.key))
        before = _before(piece, items, getattr(event, "before", None))
        item = make(event, _mark(stamp))
        piece.put(row.attribute, _placed(items, event.key, item, before))

    return change


def _revise(row: KeyedList) -> Step:
    attribute = row.attribute
    assert row.revised is not None
    revise = reviser(row.revised)

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        items = piece.lists[attribute]
        revise(_own(piece, items, event.key, stamp), event)

    return change


def _move(row: KeyedList) -> Step:
    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        left = dict(piece.fields[row.attribute])
        item = _touched(left.pop(event.key), stamp, {})
        before = _before(piece, left, event.before)
        piece.put(row.attribute, _placed(left, event.key, item, before))

    return change


def _remove(row: KeyedList) -> Step:
    def change(piece: Workpiece, event: Any, _: Stamp) -> None:
        del piece.lists[row.attribute][event.key]
        piece.remember_removed(row.attribute, event.key)

    return change


def _mark_item(attribute: str, changes_of: Callable[[Any, Stamp], Changes]) -> Step:
    """A change of one item in its place."""

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        items = piece.lists[attribute]
        items[event.key] = _touched(items[event.key], stamp, changes_of(event, stamp))

    return change


def _retracted(event: Any, stamp: Stamp) -> states.Retraction:
    return states.Retraction(at=stamp.at, reason=event.reason)


def _resolved(event: events.ScenarioResolved, stamp: Stamp) -> Changes:
    fields = given(event)
    del fields["key"]
    return {"resolution": states.Resolution(**fields, at=stamp.at)}


# Series inside an item: an indicator's observations, a scenario's forecasts


def _series_add(
    attribute: str, owner: str, series: str, kind: type[Any], added: type[events.Event]
) -> Step:
    make = maker(kind, added, without=owner)

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        items = piece.lists[attribute]
        key = getattr(event, owner)
        if event.key in getattr(items[key], series):
            raise Twice(repr(event.key))
        item = _own(piece, items, key, stamp)
        entries = piece.own_series(item, series)
        entries[event.key] = make(event, _mark(stamp))
        force_setattr(item, series, entries)

    return change


def _series_void(attribute: str, owner: str, series: str, field: str) -> Step:
    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        items = piece.lists[attribute]
        item = items[getattr(event, owner)]
        entries = piece.own_series(item, series)
        void = {field: _retracted(event, stamp)}
        entries[event.key] = _touched(entries[event.key], stamp, void)
        items[item.key] = _touched(item, stamp, {series: entries})

    return change


_MAKERS = (("added", _add), ("revised", _revise), ("moved", _move), ("removed", _remove))

ITEM_STEPS: dict[Any, Step] = {
    events.DevelopmentPinned: _mark_item("timeline", lambda _, __: {"pinned": True}),
    events.DevelopmentUnpinned: _mark_item("timeline", lambda _, __: {"pinned": False}),
    events.DevelopmentRetracted: _mark_item(
        "timeline", lambda event, stamp: {"retraction": _retracted(event, stamp)}
    ),
    events.ScenarioResolved: _mark_item("scenarios", _resolved),
    events.ScenarioReopened: _mark_item("scenarios", lambda _, __: {"resolution": None}),
    events.ObservationRecorded: _series_add(
        "indicators",
        "indicator",
        "observations",
        states.Observation,
        events.ObservationRecorded,
    ),
    events.ObservationRetracted: _series_void(
        "indicators", "indicator", "observations", "retraction"
    ),
    events.ForecastMade: _series_add(
        "scenarios", "scenario", "forecasts", states.Forecast, events.ForecastMade
    ),
    events.ForecastWithdrawn: _series_void("scenarios", "scenario", "forecasts", "withdrawn"),
} | {
    event: make(row)
    for row in LISTS
    for role, make in _MAKERS
    if (event := getattr(row, role)) is not None
}
