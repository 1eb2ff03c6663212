"""A state while events are applied to it: the one place where what will be a state is changed.

A frozen state that is given another item is copied, and its list with it; folding a thousand events
so would copy a thousand times. A workpiece holds a state's fields, and copies a list, or an item
that a step changes in place, when it is first changed: from then on the copy is the workpiece's
own, and no state's yet. Once it is made a state, it owns nothing any more: what was handed out
never changes.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Struct

from graphql_brief.domain.events import EVENT_TYPES
from graphql_brief.domain.states import Stamp, State

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

    __slots__ = ("_removed", "_series", "fields", "kind", "lists", "since", "stamp")

    def __init__(self, state: State) -> None:
        self.kind: type[State] = type(state)
        self.fields = msgspec.structs.asdict(state)
        """By name. Lists are changed through `lists` and `put`; all else is set here, but for what
        `stamp` tells."""
        self.since = state.version
        """Version of the last state that was made of it, or that it was made of: an item which a
        later event touched is in no state yet."""
        self.stamp: Stamp | None = None
        """Of the last event that was applied; None: the state is as it was."""
        self.lists = _Lists(self.fields)
        """By attribute, to be changed in place."""
        self._series: dict[int, Items] = {}  # by id: held here, so that no other dict gets it
        self._removed: dict[str, set[str]] = {}

    @property
    def version(self) -> int:
        """Of the last event that was applied."""
        return self.since if self.stamp is None else self.stamp.version

    def put(self, attribute: str, items: Items) -> None:
        """Set a list to a dict that was made for it, and is nobody else's."""
        self.lists[attribute] = self.fields[attribute] = items

    def own_series(self, item: Struct, series: str) -> Items:
        """A series inside an item, to be changed in place and given to the item's successor."""
        entries: Items = getattr(item, series)
        if id(entries) not in self._series:
            entries = dict(entries)
            self._series[id(entries)] = entries
        return entries

    def remember_removed(self, attribute: str, key: str) -> None:
        """Note that a list lost a key for ever."""
        self._removed.setdefault(attribute, set()).add(key)

    def state(self) -> State:
        """The state as it is now. Lists are copied anew by whatever changes them afterwards."""
        fields = self.fields
        if self._removed:
            gone: dict[str, frozenset[str]] = fields["gone_keys"]
            new = {name: gone.get(name, frozenset()) | keys for name, keys in self._removed.items()}
            fields["gone_keys"] = {**gone, **new}
        if self.stamp is not None:
            fields["version"] = self.since = self.stamp.version
            fields["position"] = self.stamp.position
            fields["updated_at"] = self.stamp.at
        self.lists, self._series, self._removed = _Lists(fields), {}, {}
        return self.kind(**fields)
