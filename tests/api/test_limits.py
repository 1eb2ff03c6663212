"""Documents made to hurt are refused before they are executed; those just within go through."""

import pytest

from graphql_brief.api import limits
from graphql_brief.api.document import Document
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


def test_the_whole_page_is_well_within() -> None:
    """Asking for everything there is costs a tenth of the bound."""
    assert Document(schema._schema, BY_SLUG).cost() < limits.COST_BOUND / 2


async def test_the_cost_is_that_of_the_variables() -> None:
    """One document is within the bound with one length of a page, and beyond with another."""
    document = Document(
        schema._schema,
        "query($n: Int) { briefs(first: $n) { edges { node { related { related { id } } } } } }",
    )
    for length, found in ((20, []), (100, ["DOCUMENT_TOO_LARGE"]), (20, [])):
        faults = document.faults({"n": length * 5}, None)
        assert [error.extensions["code"] for error in faults if error.extensions] == found
