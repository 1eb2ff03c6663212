"""Functions that do one thing for each field of an event, written out from the fields' names.

As `dataclasses` write an `__init__`. To go over the names at each event, and to gather values in
dicts on the way, took a fifth of the time of a fold.
"""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import fields, force_setattr

from graphql_brief.domain.states import Mark


def maker(item: type[Struct], event: type[Struct], *, without: str) -> Callable[[Any, Mark], Any]:
    """Makes an item of the fields of an event that adds one, but for a field of the event's own.

    For Paragraph:

        def make(event, mark):
            return item(key=event.key, text=event.text, citations=event.citations, mark=mark)

    The event sets each of its fields.
    """
    assert all(field.default is not UNSET for field in fields(event))
    names = _names(item, event, without)
    values = "".join(f"{name}=event.{name}, " for name in names)
    lines = ["def make(event, mark):", f"    return item({values}mark=mark)"]
    return _function("make", lines, {"item": item})


def reviser(item: type[Struct], event: type[Struct]) -> Callable[[Any, Any], None]:
    """Sets the fields of an item, which no state has yet, that an event revises.

    For Paragraph:

        def revise(item, event):
            if (value := event.text) is not UNSET:
                force_setattr(item, "text", value)
            if (value := event.citations) is not UNSET:
                force_setattr(item, "citations", value)
    """
    lines = ["def revise(item, event):"]
    for name in _names(item, event, "key"):
        lines.append(f"    if (value := event.{name}) is not UNSET:")
        lines.append(f"        force_setattr(item, {name!r}, value)")
    return _function("revise", lines, {"UNSET": UNSET, "force_setattr": force_setattr})


def _names(item: type[Struct], event: type[Struct], without: str) -> list[str]:
    names = [name for name in event.__struct_fields__ if name != without]
    assert set(names) <= set(item.__struct_fields__)
    return names


def _function(name: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    exec("\n".join(lines), names)  # noqa: S102 - of nothing but names in this code
    function: Callable[..., Any] = names[name]
    return function
