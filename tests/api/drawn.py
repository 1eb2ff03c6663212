"""A schema of every kind of type, and objects of it at random that are not always what it says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from enum import Enum
from random import Random
from typing import Annotated, Any, Union

import strawberry
from graphql import DocumentNode, GraphQLError, parse, validate

from tests.api.documents import Writer, variables_of


class Colour(Enum):
    """What an enum's value is."""

    RED = "red"
    BLUE = "blue"


class Drawn:
    """An object whose attributes are drawn when they are read, each time the same.

    `unsound` is how often one is not what it should be.
    """

    def __init__(self, seed: str, unsound: float) -> None:
        self._seed = seed
        self._unsound = unsound

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._seed}>"

    def __getattr__(self, name: str) -> Any:
        draw = DRAWN.get(name)
        if draw is None:
            raise AttributeError(name)
        return self.value(name, draw)

    def value(self, name: str, draw: "Draw") -> Any:
        """What an attribute or an entry of it holds; raises what it raises."""
        seed = f"{self._seed}.{name}"
        random = Random(seed)
        if random.random() < self._unsound:
            return random.choice(UNSOUND)(lambda: draw(self, seed, random))
        return draw(self, seed, random)

    def entries(self, seed: str, random: Random, draw: "Draw") -> Any:
        """A list, or what can be gone through like one, or not."""
        made = (self.value(f"{seed}{place}", draw) for place in range(random.randint(0, 3)))
        if random.random() < self._unsound:
            return random.choice(UNSOUND_LISTS)(made)
        return list(made)

    def another(self, kind: "type[Drawn]", seed: str) -> "Drawn":
        """An object that is the value of an attribute."""
        return kind(seed, self._unsound)


class Thing(Drawn):
    """Is shown as a type."""


class Place(Drawn):
    """Is shown as another type."""


class Stray(Drawn):
    """Is shown as no type."""


Draw = Callable[[Drawn, str, Random], Any]


def _one_of(*values: Any) -> Draw:
    return lambda _, __, random: random.choice(values)


def _object(*kinds: type[Drawn]) -> Draw:
    return lambda of, seed, random: of.another(random.choice(kinds), seed)


def _or_none(draw: Draw) -> Draw:
    return lambda of, seed, random: None if random.random() < 0.3 else draw(of, seed, random)


def _list(draw: Draw) -> Draw:
    return lambda of, seed, random: of.entries(seed, random, draw)


_word, _number = _one_of("", "w", "wörd"), _one_of(0, 7, -3)
_thing, _any = _object(Thing), _object(Thing, Place)
DRAWN: dict[str, Draw] = {
    "name": _word,
    "word": _or_none(_word),
    "number": _number,
    "maybe_number": _or_none(_number),
    "share": _or_none(_one_of(0.5, 1)),
    "is_so": _one_of(True, False),
    "colour": _one_of(*Colour),
    "maybe_colour": _or_none(_one_of(*Colour)),
    "words": _list(_word),
    "maybe_words": _or_none(_list(_or_none(_word))),
    "grid": _list(_or_none(_list(_number))),
    "thing": _or_none(_thing),
    "maybe": _or_none(_thing),
    "sure": _thing,
    "bare": _or_none(_any),
    "bares": _list(_or_none(_any)),
    "things": _list(_thing),
    "maybe_things": _or_none(_list(_or_none(_thing))),
    "named": _or_none(_any),
    "all_named": _list(_any),
    "either": _or_none(_any),
    "eithers": _list(_or_none(_any)),
}
"""What each attribute holds if nothing is wrong."""


def _raise(error: Exception) -> Any:
    raise error


async def _later(made: Callable[[], Any]) -> Any:
    await asyncio.sleep(0)
    return made()


async def _awaiting_each(entries: Iterator[Any]) -> AsyncIterator[Any]:
    for entry in entries:
        yield entry


def _keys(_: Iterator[Any]) -> Any:
    return dict.fromkeys("ab").keys()


UNSOUND: list[Callable[[Callable[[], Any]], Any]] = [
    lambda _: None,
    lambda _: 2**40,
    lambda _: "text",
    lambda _: True,
    lambda _: [],
    lambda _: {"name": "N"},
    lambda _: Stray("stray", 0),
    lambda _: ValueError("given"),
    lambda _: _raise(ValueError("raised")),
    lambda _: _raise(GraphQLError("told", extensions={"code": "TOLD"})),
    _later,
    lambda _: _later(lambda: None),
    lambda _: _later(lambda: _raise(KeyError("late"))),
]
"""What they may hold instead."""
UNSOUND_LISTS: list[Callable[[Iterator[Any]], Any]] = [tuple, iter, _awaiting_each, _keys]
"""What they may hold instead of a list."""


@strawberry.interface
class Named:
    """What has a name."""

    name: str

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _abstract: Any) -> Any:
        """The name of the class, which is no type's for a Stray."""
        return type(value).__name__ if isinstance(value, Drawn) else None


class _Shown:
    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return type(value).__name__.removesuffix("Type") == cls.__name__.removesuffix("Type")


_Thing = Annotated["ThingType", strawberry.lazy("tests.api.drawn")]
_Place = Annotated["PlaceType", strawberry.lazy("tests.api.drawn")]
_Either = Annotated[Union[_Thing, _Place], strawberry.union("Either")]  # noqa: UP007 - of strings


@strawberry.type(name="Place")
class PlaceType(_Shown, Named):
    """The type of a Place."""

    thing: _Thing | None
    words: list[str]


@strawberry.type(name="Bare")
class Bare:
    """A type that any object is shown as."""

    name: str
    number: int | None


@strawberry.type(name="Thing")
class ThingType(_Shown, Named):
    """The type of a Thing."""

    word: str | None
    number: int
    maybe_number: int | None
    share: float | None
    is_so: bool
    colour: Colour
    maybe_colour: Colour | None
    words: list[str]
    maybe_words: list[str | None] | None
    grid: list[list[int] | None]
    thing: _Thing | None
    sure: _Thing
    bare: Bare | None
    bares: list[Bare | None]
    things: list[_Thing]
    maybe_things: list[_Thing | None] | None
    named: Named | None
    all_named: list[Named]
    either: _Either | None
    eithers: list[_Either | None]

    @strawberry.field
    def told(self, root: strawberry.Parent[Any], times: int = 2) -> str:
        """By a resolver with an argument; fails for some."""
        if times > 5:
            raise GraphQLError("too often", extensions={"code": "OFTEN"})
        name: Any = root.name
        return name * times  # type: ignore[no-any-return]  # it is a text, or nothing to multiply

    @strawberry.field
    def maybe_told(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """By a resolver that is given an info."""
        value: str | None = root.word
        return value if info.context is not None else None

    @strawberry.field
    async def later(self, root: strawberry.Parent[Any]) -> _Thing:
        """By a resolver that is awaited."""
        await asyncio.sleep(0)
        thing: Any = root.sure
        return thing  # type: ignore[no-any-return]  # it is shown as one

    @strawberry.field
    async def maybe_later(self, root: strawberry.Parent[Any], n: int = 1) -> list[_Thing] | None:
        """The same, of a list."""
        if n > 5:
            raise ValueError("too many")
        things: Any = root.things
        return things  # type: ignore[no-any-return]  # they are shown as that


@strawberry.type
class Query:
    """The root."""

    thing: ThingType
    maybe: ThingType | None
    things: list[ThingType]


SCHEMA = strawberry.Schema(Query, types=[PlaceType])


def drawn(random: Random, unsound: float) -> tuple[DocumentNode, Drawn, dict[str, Any]] | None:
    """A valid document, what it is asked of, and its variables; None: it was not valid."""
    document = parse(Writer(SCHEMA._schema, random, 0).document())
    if validate(SCHEMA._schema, document):
        return None
    return document, Thing(str(random.random()), unsound), variables_of(document, random)
