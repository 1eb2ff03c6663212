"""Node: everything that has a global id, and how an object is told to be one or the other.

The objects behind the types are the domain's and their views. The name of such an object's class
is the name of its GraphQL type; for an item it is the class of the item.
"""

from datetime import datetime
from typing import Any

import strawberry

from graphql_brief.api.located import Located
from graphql_brief.api.manual import interface


def type_name(value: Any) -> str:
    """The name of the object type that `value` is shown as.

    It follows from the value's class alone: the executor asks once for each class.
    """
    if isinstance(value, Located):
        return value.shown_as
    name = type(value).__name__
    return _OTHER_NAMES.get(name, name)


_OTHER_NAMES = {"BriefView": "Brief", "Revised": "Revision"}
"""Classes of views, which have the names of the types' classes for themselves."""


@interface
class Node:
    """Anything that can be asked for again by its id: `node(id:)`."""

    id: strawberry.ID = strawberry.field(
        description="Global id; the same for as long as the site lasts."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether `value` is shown as this type."""
        return type_name(value) == cls.__name__

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _abstract: Any) -> str:
        """The name of the object type that `value` is shown as."""
        return type_name(value)


@interface
class Item(Node):
    """An item of one of a brief's lists."""

    key: str = strawberry.field(description="Its key, unique in its list for ever.")
    added_at: datetime = strawberry.field(description="When the log recorded it.")
    changed_at: datetime = strawberry.field(
        description="When the log last recorded a change of it."
    )
    changed_version: int = strawberry.field(
        description="The version of the brief that last touched it."
    )
