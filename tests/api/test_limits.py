"""Documents made to hurt are refused before they are executed; those just within go through."""

from typing import Any

import pytest
from graphql import parse

from graphql_brief.api import limits
from graphql_brief.api.limits import Measure, Size
from graphql_brief.api.schema import schema
from tests.api.pages import BY_SLUG


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


def within(*path: str) -> str:
    """Fields within fields, with an id innermost."""
    return "{ " + " { ".join((*path, "id")) + " }" * (len(path) + 1)


A_BRIEF = 'brief(by: {id: "brief-a"})'
PART = ("people", "entity", "briefs", "edges", "node")


@pytest.mark.parametrize(
    "document",
    [
        within(A_BRIEF, *["related"] * 5),
        within(A_BRIEF, *PART * 3),
        within("briefs(first: 100)", "edges", "node", *["related"] * 3),
    ],
)
async def test_answers_that_grow(document: str) -> None:
    """A short document whose answer multiplies at each level is refused by its cost."""
    result = await schema.execute(document)
    (error,) = result.errors or []
    assert "to answer" in error.message


def measured(text: str, **variables: Any) -> Size:
    """The size of a document."""
    return Measure(schema._schema, parse(text), variables).largest()


def test_the_whole_page_is_well_within() -> None:
    """Asking for everything there is costs a tenth of the bound."""
    assert measured(BY_SLUG).cost < limits.COST_BOUND / 2


def test_size() -> None:
    """Every use of a fragment counts; the operation that is largest in each respect does."""
    size = measured(
        "query A { a { x: b ...F } ... on Query { c } } query B { a b c d e f g }"
        "fragment F on T { y: d { e } ...F }"
    )
    assert size == Size(depth=3, fields=7, aliases=2, cost=7)
    assert measured("fragment F on T { a }") == Size()


def test_cost() -> None:
    """Lists multiply: by what is asked for, or by what is assumed."""
    page = "query($n: Int) {{ briefs({}) {{ edges {{ node {{ id slug }} }} }} }}"
    for asked, length in (("first: 3", 3), ("last: 5", 5), ("first: $n", 7), ("", 20)):
        text = page.format(asked).replace("()", "")
        assert measured(text, n=7).cost == 1 + length * (1 + (1 + 2))
    assert measured('{ brief(by: {id: "a"}) { sources { id key } } }').cost == 1 + 1 + 10 * 2
