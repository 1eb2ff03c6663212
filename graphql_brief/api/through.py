"""Seeing through one object to another: fields that are read from what it holds, not copied."""

from operator import attrgetter

from msgspec import Struct


def see_through(cls: type, attribute: str, of: type[Struct]) -> None:
    """Give a class the fields of the struct that its objects have as `attribute`.

    What the class says itself stays as it is. Of all ways to read one object through another this
    costs least: no call in Python, as `__getattr__` has, and no error to be caught before it.
    """
    for name in of.__struct_fields__:
        if not hasattr(cls, name):
            setattr(cls, name, property(attrgetter(f"{attribute}.{name}")))
