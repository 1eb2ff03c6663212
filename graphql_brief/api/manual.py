"""The API's manual: how a class here becomes a GraphQL type with a description on everything.

What a type or a resolved field is for is said once, in its docstring. The fields that the domain
has under the same name take their text from the domain's annotations. A test walks the schema
and fails on whatever is left without one.
"""

import inspect
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from graphql_brief.api.weights import DECLARED, Weight
from graphql_brief.domain import rules

T = TypeVar("T")


def output(described_by: type[msgspec.Struct] | None = None) -> Callable[[type[T]], type[T]]:
    """Make a class an object type; fields without a text take that of `described_by`."""

    def make(cls: type[T]) -> type[T]:
        return _finish(strawberry.type(cls, description=said(cls)), described_by)

    return make


def interface(cls: type[T]) -> type[T]:
    """Make a class an interface."""
    return _finish(strawberry.interface(cls, description=said(cls)), None)


def resolved(
    graphql_type: Any, *, cost: int = 1, entries: int | None = None, as_many_as: str | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """Make a method a field of this GraphQL type, described by its docstring.

    The method's own annotations say what Python objects it gives; the rest is its Weight.
    """

    def make(method: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(
            method,
            graphql_type=graphql_type,
            description=said(method),
            metadata={DECLARED: Weight(cost, entries, as_many_as)},
        )

    return make


def subscribed(graphql_type: Any, *, cost: int = 1) -> Callable[[Callable[..., Any]], Any]:
    """As `resolved`, for a subscription: the method gives an async iterator."""

    def make(method: Callable[..., Any]) -> Any:
        return strawberry.subscription(
            method,
            graphql_type=graphql_type,
            description=said(method),
            metadata={DECLARED: Weight(cost)},
        )

    return make


def said(thing: Any) -> str:
    """The docstring of a class or function, each paragraph on one line.

    Raises ValueError if it has none of its own.
    """
    if not thing.__doc__:
        raise ValueError(f"{thing.__qualname__} has no docstring to be described by")
    paragraphs = inspect.cleandoc(thing.__doc__).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _finish(cls: type[T], described_by: type[msgspec.Struct] | None) -> type[T]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.type
    for field in definition.fields:
        if field.description is None and described_by is not None:
            field.description = field_text(described_by, field.python_name)
        for argument in field.arguments:
            # An argument that may be left out has no default, rather than null as its default.
            if argument.default is None:
                argument.default = strawberry.UNSET
    return cls


def field_text(struct: type[msgspec.Struct], name: str) -> str | None:
    """What the domain says about a field, without its rules; None if it says nothing."""
    return _text_of(_hints(struct).get(name))


def _text_of(hint: Any) -> str | None:
    """The description nearest to the field, whether the hint or an arm of its union has it."""
    if typing.get_origin(hint) is Annotated:
        texts = [
            found.description for found in hint.__metadata__ if isinstance(found, msgspec.Meta)
        ]
        return texts[-1] if texts else _text_of(hint.__origin__)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(filter(None, map(_text_of, typing.get_args(hint))), None)
    return None


def field_rules(struct: type[msgspec.Struct], name: str) -> str:
    """The rules of a field in words, with those of its entries if it is a list; may be empty."""
    found, bare = rules.split(_hints(struct)[name])
    words = [rule.words() for rule in found]
    if typing.get_origin(bare) is tuple:
        words += [f"Each: {rule.words()}" for rule in rules.split(typing.get_args(bare)[0])[0]]
    return " ".join(words)


@cache
def _hints(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(struct, include_extras=True)
