"""Documents made to hurt are refused before they are executed; those just within go through."""

from typing import Any

import pytest

from graphql_brief.api import limits
from graphql_brief.api.brief import RELATED_BOUND, TIMELINE_FIRST
from graphql_brief.api.connections import FIRST
from graphql_brief.api.context import Context
from graphql_brief.api.document import Document
from graphql_brief.api.log import EVENTS
from graphql_brief.api.measure import NESTING_BOUND
from graphql_brief.api.schema import schema
from graphql_brief.api.weights import LIST_ASSUMED, READS
from tests.api.conftest import Newsroom
from tests.api.pages import BY_SLUG


def fragments(number: int, spreads: str = "...f{} ...f{}") -> str:
    """Fragments that each spread the next twice, and an operation that spreads the first."""
    chain = (
        f"fragment f{n} on Query {{ {spreads.format(n + 1, n + 1)} }}" for n in range(number - 1)
    )
    return "{ ...f0 } " + " ".join((*chain, f"fragment f{number - 1} on Query {{ __typename }}"))


def wide(parent: str, number: int) -> str:
    """Aliases beside each other."""
    return f"{{ {parent} {{ " + " ".join(f"a{n}: __typename" for n in range(number)) + " } }"


def nested(depth: int) -> str:
    """Fields within fields."""
    return "{" + "a{" * (depth - 1) + "b" + "}" * depth


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (nested(limits.DEPTH_BOUND + 1), "fields within fields"),
        (" ".join(["{", *["__typename"] * (limits.FIELDS_BOUND + 1), "}"]), "fields"),
        (fragments(40), "fields"),
        ("{" + "__typename " * (limits.ROOT_FIELDS_BOUND + 1) + "}", "root fields"),
        (fragments(limits.FRAGMENTS_BOUND + 1, "...f{}"), "fragments"),
        (wide("viewer", limits.ALIASES_BOUND + 1), "aliases"),
    ],
)
async def test_beyond_a_bound(document: str, what: str) -> None:
    """The error names the bound, and has a code."""
    result = await schema.execute(document)
    (error,) = result.errors or []
    assert result.data is None
    assert what in error.message
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}


async def test_too_long_to_be_parsed() -> None:
    """A comment is no token, and a name is one, however long."""
    result = await schema.execute("{ __typename } #" + "x" * limits.LENGTH_BOUND)
    (error,) = result.errors or []
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}
    assert "characters" in error.message


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
        wide("__schema", limits.ALIASES_BOUND),
        "{" + "__typename " * limits.ROOT_FIELDS_BOUND + "}",
        fragments(limits.FRAGMENTS_BOUND, "...f{}"),
        fragments(6),
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
    assert "the document's cost is" in error.message
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}


def cost(text: str, name: str | None = None, **variables: Any) -> int:
    """The cost of an operation of a document."""
    return Document(schema._schema, text).cost(variables, name)


def test_the_whole_page_is_well_within() -> None:
    """Asking for everything there is, with the timeline's 100, costs a third of the bound."""
    assert 25_000 < cost(BY_SLUG) < limits.COST_BOUND / 2


async def test_the_cost_is_that_of_the_variables() -> None:
    """One document is within the bound with one length of a page, and beyond with another."""
    document = Document(
        schema._schema,
        "query($n: Int) { briefs(first: $n) { edges { node { related { related { id } } } } } }",
    )
    for length, found in ((20, []), (1000, ["DOCUMENT_TOO_LARGE"]), (20, [])):
        faults = document.faults({"n": length}, None)
        assert [error.extensions["code"] for error in faults if error.extensions] == found


def test_the_operation_that_is_asked_for() -> None:
    """Its name and its cost; of several without a name, the dearest."""
    document = Document(schema._schema, "query A { a { b } } query B { c } fragment F on T { a }")
    assert [document.cost({}, name) for name in ("A", "B", "C", None)] == [2, 1, 0, 2]
    assert [document.called(name) for name in ("A", "B", "C", None)] == ["A", "B", None, None]
    assert Document(schema._schema, "query A { a }").called(None) == "A"
    assert Document(schema._schema, "{").called(None) is None


BRIEFS = READS
"""What `Query.briefs` costs by itself; `Query.brief` costs the same."""


def test_cost_of_pages() -> None:
    """Edges are as many as asked for, or as the field says; what is beside them is not."""
    page = "query($n: Int) {{ briefs({}) {{ pageInfo {{ hasNextPage }} {} }} }}"
    edges = "edges { node { id slug } }"
    for asked, length in (
        *(("first: 3", 3), ("last: 5", 5), ("first: $n", 7), ("", FIRST), ("first: null", FIRST)),
        *(("first: 0", 0), ("first: -9", 0), ("first: 3, last: 4", 4)),
    ):
        text = page.format(asked, edges).replace("()", "")
        assert cost(text, n=7) == BRIEFS + 2 + length * (1 + 1 + 2), asked
    fragment = page.format("first: 3", "...E") + f"fragment E on BriefConnection {{ {edges} }}"
    assert cost(fragment) == BRIEFS + 2 + 3 * 4
    inline = page.format("first: $n", f"... {{ {edges} }}")
    assert cost(inline, n=3) == BRIEFS + 2 + 3 * 4


def test_cost_of_variables() -> None:
    """Defaults of variables count, and values as GraphQL takes them; products of pages too."""
    text = """query($n: Int = 7, $m: Int) {
      briefs(first: $n) { edges { node { timeline(first: $m) { edges { cursor } } } } }
    }"""
    for variables, number, inner in (
        *(({}, 7, TIMELINE_FIRST), ({"n": 3, "m": 2}, 3, 2), ({"n": None, "m": 2}, FIRST, 2)),
        *(({"n": 2.0, "m": 0}, 2, 0), ({"n": "x", "m": -1}, FIRST, 0)),
    ):
        assert cost(text, **variables) == BRIEFS + number * (1 + 1 + 1 + inner * 2), variables


def test_cost_of_lists() -> None:
    """Lists without pages have as many entries as assumed, or as their argument has."""
    brief = '{ brief(by: {id: "a"}) { %s } }'
    assert cost(brief % "sources { id key }") == READS + 1 + LIST_ASSUMED * 2
    assert cost(brief % "subjects") == READS + 1
    assert cost("{ log { events { position } } }") == 1 + READS + EVENTS
    assert cost("{ log { events(first: 9) { position type } } }") == 1 + READS + 9 * 2
    assert cost(brief % "related { id }") == READS + READS + RELATED_BOUND
    assert cost('{ nodes(ids: ["a", "b", "c"]) { id } }') == READS + 3
    many = (
        "query($ids: [ID!]!, $id: ID!) { a: nodes(ids: $ids) { id } b: nodes(ids: [$id]) { id } }"
    )
    assert cost(many, ids=["a"] * 40, id="a") == 2 * READS + 40 + 1


def test_cost_of_the_timeline_by_default() -> None:
    """A page of a hundred counts as a hundred."""
    text = '{ brief(by: {id: "a"}) { timeline { edges { cursor } } } }'
    assert cost(text) == READS + 1 + 100 * 2


async def test_selections_within_selections() -> None:
    """Inline fragments, and chains of fragments with some in each, end in a refusal as well."""
    inner = "... { " * 14 + "%s" + " }" * 14
    chain = [f"fragment f{n} on Query {{ {inner % f'...f{n + 1}'} }}" for n in range(60)]
    last = "fragment f60 on Query { __typename }"
    result = await schema.execute(" ".join(("{ ...f0 }", *chain, last)))
    (error,) = result.errors or []
    assert "selections within selections" in error.message
    assert error.extensions == {"code": "DOCUMENT_TOO_LARGE"}


async def test_the_deepest_that_is_taken(newsroom: Newsroom) -> None:
    """At the bound, everything still has room on Python's stack, also where the cost is open."""
    levels = NESTING_BOUND - 3
    page = "briefs(first: $n) { edges { cursor } }"
    document = "query($n: Int) { " + "... { " * levels + page + " }" * (levels + 1)
    assert await newsroom.ask(document, n=1) == {"briefs": {"edges": []}}
    assert await newsroom.code(f"query($n: Int) {{ ... {document[15:]} }}") == "DOCUMENT_TOO_LARGE"


async def asked_for_cost(document: str, **more: Any) -> Any:
    """The answer's extensions."""
    result = await schema.execute(document, operation_extensions=more)
    return result.extensions


async def test_the_answer_tells_the_cost_on_request() -> None:
    """Also where it is the reason for the refusal; and not to who does not ask."""
    told = {"cost": {"requested": 1, "bound": limits.COST_BOUND}}
    assert await asked_for_cost("{ __typename }", cost=True) == told
    assert not await asked_for_cost("{ __typename }")
    assert not await asked_for_cost("{ __typename }", cost=False)
    assert not await asked_for_cost("{ __typename }", cost="yes")
    assert not await asked_for_cost("{", cost=True)
    refused = await asked_for_cost(within(A_BRIEF, *["related"] * 5), cost=True)
    assert refused["cost"]["requested"] > limits.COST_BOUND


async def test_introspection_that_is_switched_off(newsroom: Newsroom) -> None:
    """No word of the schema, not even a guess at what was meant; `__typename` stays."""
    context = Context(newsroom.node, introspection=False)

    async def told(document: str, **variables: Any) -> Any:
        result = await schema.execute(document, variables, context_value=context)
        return result.errors[0] if result.errors else result.data

    assert await told("{ __typename }") == {"__typename": "Query"}
    for document in (
        *("{ __schema { description } }", '{ __type(name: "Brief") { name } }'),
        "{ ...F } fragment F on Query { ... { a: __schema { description } } }",
    ):
        error = await told(document)
        assert error.extensions == {"code": "INTROSPECTION_DISABLED"}
    misspelt = await told("{ brieff { id } }")
    assert misspelt.message == "Cannot query field 'brieff' on type 'Query'."
    assert misspelt.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert misspelt.formatted["locations"] == [{"line": 1, "column": 3}]
    guessed = await newsroom.result("{ brieff { id } }")
    assert "Did you mean" in str(guessed.errors)
    assert (await newsroom.ask("{ __schema { queryType { name } } }"))["__schema"]
