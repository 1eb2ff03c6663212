"""What events change of a brief's items, as part of `evolve`: of its keyed lists, and of the
series inside them.

A step raises KeyError for an item that is not there, and Twice for one that is there already.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec.structs import replace

from graphql_brief.domain import events, states
from graphql_brief.domain.sections import LISTS, KeyedList
from graphql_brief.domain.states import Mark, Stamp
from graphql_brief.domain.workpiece import Changes, Items, Workpiece, given, marked
from graphql_brief.domain.written_out import maker, reviser

Step = Callable[[Workpiece, Any, Stamp], None]
"""What an event does to a state. A step that raises has changed nothing."""


class Twice(Exception):  # noqa: N818 - names the key that its list has already
    """An item is added under a key that stands already."""


def _mark(stamp: Stamp) -> Mark:
    return Mark(added_at=stamp.at, changed_at=stamp.at, changed_version=stamp.version)


def _touched(item: Any, stamp: Stamp, changes: Changes) -> Any:
    """The item with changes, marked as touched by this event."""
    return replace(item, **changes, mark=marked(item, stamp))


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
    assert row.revised is not None
    revise = reviser(row.item, row.revised)

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        revise(piece.own_item(row.attribute, event.key, stamp), event)

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


class _Series(NamedTuple):
    attribute: str
    """Of the list whose items have the series."""
    owner: str
    """The field of the events that names the item."""
    series: str
    entry: type[Any]
    added: type[events.Event]
    voided: type[events.Event]
    void: str
    """The field of an entry that says that it does not hold any more."""


def _series_add(row: _Series) -> Step:
    make = maker(row.entry, row.added, without=row.owner)

    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        owner = getattr(event, row.owner)
        # First: from `own_item` on something is changed, and nothing may raise.
        if event.key in getattr(piece.lists[row.attribute][owner], row.series):
            raise Twice(repr(event.key))
        item = piece.own_item(row.attribute, owner, stamp)
        piece.own_series(item, row.series)[event.key] = make(event, _mark(stamp))

    return change


def _series_void(row: _Series) -> Step:
    def change(piece: Workpiece, event: Any, stamp: Stamp) -> None:
        owner = getattr(event, row.owner)
        entry = getattr(piece.lists[row.attribute][owner], row.series)[event.key]  # first: as above
        item = piece.own_item(row.attribute, owner, stamp)
        void = {row.void: _retracted(event, stamp)}
        piece.own_series(item, row.series)[event.key] = _touched(entry, stamp, void)

    return change


_SERIES = (
    _Series(
        "indicators",
        "indicator",
        "observations",
        states.Observation,
        events.ObservationRecorded,
        events.ObservationRetracted,
        "retraction",
    ),
    _Series(
        "scenarios",
        "scenario",
        "forecasts",
        states.Forecast,
        events.ForecastMade,
        events.ForecastWithdrawn,
        "withdrawn",
    ),
)
_MAKERS = (("added", _add), ("revised", _revise), ("moved", _move), ("removed", _remove))

ITEM_STEPS: dict[Any, Step] = (
    {
        events.DevelopmentPinned: _mark_item("timeline", lambda _, __: {"pinned": True}),
        events.DevelopmentUnpinned: _mark_item("timeline", lambda _, __: {"pinned": False}),
        events.DevelopmentRetracted: _mark_item(
            "timeline", lambda event, stamp: {"retraction": _retracted(event, stamp)}
        ),
        events.ScenarioResolved: _mark_item("scenarios", _resolved),
        events.ScenarioReopened: _mark_item("scenarios", lambda _, __: {"resolution": None}),
    }
    | {
        event: make(row)
        for row in _SERIES
        for event, make in ((row.added, _series_add), (row.voided, _series_void))
    }
    | {
        event: make(row)
        for row in LISTS
        for role, make in _MAKERS
        if (event := getattr(row, role)) is not None
    }
)
