"""A state while events are applied to it: the one place where what will be a state is changed.

A frozen state that is given another item is copied, and its list with it; folding a thousand events
so would copy a thousand times. A workpiece holds a state's fields, and copies a list when it is
first changed: from then on the copy is the workpiece's own, and no state's yet. Once it is made a
state, it owns nothing any more: what was handed out never changes.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Struct

from graphql_brief.domain.events import EVENT_TYPES
from graphql_brief.domain.states import State

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
    fields = zip(event.__struct_fields__, msgspec.structs.astuple(event), strict=True)
    return {name: value for name, value in fields if value is not UNSET}


class Workpiece:
    """The fields of one state, to be changed."""

    __slots__ = ("_own", "_removed", "fields", "kind")

    def __init__(self, state: State) -> None:
        self.kind: type[State] = type(state)
        self.fields = msgspec.structs.asdict(state)
        """By name. Lists are changed through `own` and `put`; all else is set here."""
        self._own: dict[int, Items] = {}  # by id: held here, so that no other dict gets it
        self._removed: dict[str, set[str]] = {}

    def own(self, attribute: str) -> Items:
        """A list, to be changed in place."""
        items: Items = self.fields[attribute]
        if id(items) not in self._own:
            items = self.put(attribute, dict(items))
        return items

    def put(self, attribute: str, items: Items) -> Items:
        """Set a list to a dict that was made for it, and is nobody else's."""
        self._own.pop(id(self.fields[attribute]), None)
        self._own[id(items)] = items
        self.fields[attribute] = items
        return items

    def own_series(self, item: Struct, series: str) -> Items:
        """A series inside an item, to be changed in place and given to the item's successor."""
        entries: Items = getattr(item, series)
        if id(entries) not in self._own:
            entries = dict(entries)
            self._own[id(entries)] = entries
        return entries

    def remember_removed(self, attribute: str, key: str) -> None:
        """Note that a list lost a key for ever."""
        self._removed.setdefault(attribute, set()).add(key)

    def state(self) -> State:
        """The state as it is now. Lists are copied anew by whatever changes them afterwards."""
        if self._removed:
            gone: dict[str, frozenset[str]] = self.fields["gone_keys"]
            new = {name: gone.get(name, frozenset()) | keys for name, keys in self._removed.items()}
            self.fields["gone_keys"] = {**gone, **new}
        self._own, self._removed = {}, {}
        return self.kind(**self.fields)
