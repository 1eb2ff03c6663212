"""Documents made to hurt are refused before they are executed; those just within go through."""

import pytest
from graphql import parse

from graphql_brief.api import limits
from graphql_brief.api.limits import Size, size_of
from graphql_brief.api.schema import schema


def fragments(number: int, spreads: str = "...f{} ...f{}") -> str:
    """Fragments that each spread the next twice, and an operation that spreads the first."""
    chain = (
        f"fragment f{n} on Query {{ {spreads.format(n + 1, n + 1)} }}" for n in range(number - 1)
    )
    return "{ ...f0 } " + " ".join((*chain, f"fragment f{number - 1} on Query {{ __typename }}"))


def nested(depth: int) -> str:
    """Fields within fields."""
    return "{" + "a{" * (depth - 1) + "b" + "}" * depth


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (nested(limits.DEPTH_BOUND + 1), "fields within fields"),
        (" ".join(["{", *["__typename"] * (limits.FIELDS_BOUND + 1), "}"]), "fields"),
        (fragments(40), "fields"),
        (fragments(limits.FRAGMENTS_BOUND + 1, "...f{}"), "fragments"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(201)) + "}", "aliases"),
    ],
)
async def test_beyond_a_bound(document: str, what: str) -> None:
    """The error names the bound, and has a code."""
    result = await schema.execute(document)
    (error,) = result.errors or []
    assert result.data is None
    assert what in error.message
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("{" + "a " * limits.TOKENS_BOUND + "}", "tokens"),
        (nested(1500), "nested too deeply"),
        ("{ a(x: " + "[" * 2000 + "]" * 2000 + ") }", "nested too deeply"),
    ],
)
async def test_too_much_for_the_parser(document: str, what: str) -> None:
    """The lexer stops at its bound, and the parser before Python's stack ends."""
    result = await schema.execute(document)
    (error,) = result.errors or []
    assert what in error.message
    assert error.extensions == {"code": "GRAPHQL_PARSE_FAILED"}


@pytest.mark.parametrize(
    "document",
    [
        "{" + " ".join(f"a{n}: __typename" for n in range(limits.ALIASES_BOUND)) + "}",
        fragments(limits.FRAGMENTS_BOUND, "...f{}"),
        fragments(10),
    ],
)
async def test_within_the_bounds(document: str) -> None:
    """What reaches a bound, and no further, is executed."""
    result = await schema.execute(document)
    assert result.errors is None


async def test_a_subscription_is_measured_too() -> None:
    """Subscriptions come the same way."""
    results = [found async for found in await schema.subscribe(f"subscription {nested(30)}")]
    assert "fields within fields" in str(results)


def test_size() -> None:
    """Every use of a fragment counts; the operation that is largest in each respect does."""
    document = parse(
        "query A { a { x: b ...F } ... on Query { c } } query B { a b c d e f g }"
        "fragment F on T { y: d { e } ...F }"
    )
    assert size_of(document) == Size(depth=3, fields=7, aliases=2)
    assert size_of(parse("fragment F on T { a }")) == Size()
