"""A state while events are applied to it: the one place where what will be a state is changed.

A frozen state that is given another item is copied, and its list with it; folding a thousand events
so would copy a thousand times. A workpiece holds a state's fields, and copies a list or an item
when it is first changed: from then on the copy is the workpiece's own, and no state's yet. Once it
is made a state, it owns nothing any more: what was handed out never changes.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import force_setattr, replace

from graphql_brief.domain.events import EVENT_TYPES
from graphql_brief.domain.states import Mark, Stamp, State

Items = dict[str, Any]
"""A keyed list, or a series inside an item."""
Changes = dict[str, Any]
"""New values of fields, by name."""

_WHOLE = frozenset(
    kind
    for kind in EVENT_TYPES.values()
    if all(field.default is not UNSET for field in msgspec.structs.fields(kind))
)
"""Events that set all of their fields."""


def given(event: Struct) -> Changes:
    """The fields of an event that it sets."""
    if type(event) in _WHOLE:
        return msgspec.structs.asdict(event)
    changes = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if value is not UNSET:
            changes[name] = value
    return changes


def marked(item: Any, stamp: Stamp) -> Mark:
    """The mark of an item that this event touched."""
    return Mark(added_at=item.mark.added_at, changed_at=stamp.at, changed_version=stamp.version)


class _Lists(dict[str, Items]):
    """The lists that a workpiece owns; one that it does not is copied when it is asked for."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Changes) -> None:
        self._fields = fields

    def __missing__(self, attribute: str) -> Items:
        self[attribute] = self._fields[attribute] = dict(self._fields[attribute])
        return self[attribute]


class Workpiece:
    """The fields of one state, to be changed."""

    __slots__ = ("_removed", "_series", "fields", "kind", "lists", "stamp", "state_version")

    def __init__(self, state: State) -> None:
        self.kind: type[State] = type(state)
        self.fields = msgspec.structs.asdict(state)
        """By name. Lists are changed through `lists` and `put`; all else is set here, but for what
        `stamp` tells."""
        self.state_version = state.version
        """Of the state that it was made of, or that was made of it last."""
        self.stamp: Stamp | None = None
        """Of the last event that was applied; None: the state is as it was."""
        self.lists = _Lists(self.fields)
        """By attribute, to be changed in place."""
        self._series: dict[int, Items] = {}  # by id: held here, so that no other dict gets it
        self._removed: dict[str, set[str]] = {}

    @property
    def version(self) -> int:
        """Of the last event that was applied."""
        return self.state_version if self.stamp is None else self.stamp.version

    def put(self, attribute: str, items: Items) -> None:
        """Set a list to a dict that was made for it, and is nobody else's."""
        self.lists[attribute] = self.fields[attribute] = items

    def own_item(self, attribute: str, key: str, stamp: Stamp) -> Any:
        """An item of a list, to be changed in place, and marked as touched by this event.

        Raises KeyError.
        """
        items = self.lists[attribute]
        item = items[key]
        mark = marked(item, stamp)
        # Whatever touches an item marks it. So one that was touched since the last state was made
        # is in none, though it is frozen; any other may be in one, and is left as it is.
        if item.mark.changed_version > self.state_version:
            force_setattr(item, "mark", mark)
        else:
            item = items[key] = replace(item, mark=mark)
        return item

    def own_series(self, item: Struct, series: str) -> Items:
        """A series inside an own item, to be changed in place."""
        entries: Items = getattr(item, series)
        if id(entries) not in self._series:
            entries = dict(entries)
            self._series[id(entries)] = entries
            force_setattr(item, series, entries)
        return entries

    def remember_removed(self, attribute: str, key: str) -> None:
        """Note that a list lost a key for ever."""
        self._removed.setdefault(attribute, set()).add(key)

    def state(self) -> State:
        """The state as it is now. Whatever changes a list or an item afterwards copies it anew."""
        fields = self.fields
        if self._removed:
            gone: dict[str, frozenset[str]] = fields["gone_keys"]
            new = {name: gone.get(name, frozenset()) | keys for name, keys in self._removed.items()}
            fields["gone_keys"] = {**gone, **new}
        if self.stamp is not None:
            fields["version"] = self.state_version = self.stamp.version
            fields["position"] = self.stamp.position
            fields["updated_at"] = self.stamp.at
        self.lists, self._series, self._removed = _Lists(fields), {}, {}
        return self.kind(**fields)
