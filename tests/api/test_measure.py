"""Sizes of documents, and what answers cost with given variables."""

from typing import Any

import pytest
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from graphql_brief.api.connections import FIRST
from graphql_brief.api.costs import Cost, Page
from graphql_brief.api.measure import Size, measure
from graphql_brief.api.schema import schema
from graphql_brief.api.weights import READS

PAGE = "query({}) {{ briefs({}) {{ edges {{ node {{ id slug }} }} }} }}"


def size(text: str) -> Size:
    """The size of a document's one operation."""
    (found,) = measure(schema._schema, parse(text))
    return found.size


def cost(text: str, **variables: Any) -> int:
    """The cost of a document's one operation."""
    (found,) = measure(schema._schema, parse(text))
    return found.cost(variables)


def test_size() -> None:
    """Every use of a fragment counts; each operation has a size of its own."""
    first, second = measure(
        schema._schema,
        parse(
            "query A { a { x: b ...F } ... on Query { c } } query B { a b c d e f g }"
            "fragment F on T { y: d { e } ...F }"
        ),
    )
    assert first.size[:4] == (3, 5, 2, 2)
    assert second.size[:4] == (1, 7, 0, 7)
    assert (first.name, second.name) == ("A", "B")
    assert (first.cost({}), second.cost({})) == (5, 7)
    assert measure(schema._schema, parse("fragment F on T { a }")) == ()


@pytest.mark.parametrize(
    ("declared", "asked", "variables", "length"),
    [
        ("", "first: 3", {}, 3),
        ("", "last: 5", {}, 5),
        ("", "first: 3, last: 5", {}, 5),
        ("", "first: null", {}, FIRST),
        ("", "first: -3", {}, 0),
        ("$n: Int", "first: $n", {"n": 7}, 7),
        ("$n: Int", "first: $n", {"n": 7.0}, 7),
        ("$n: Int", "first: $n", {"n": -7}, 0),
        ("$n: Int", "first: $n", {"n": None}, FIRST),
        ("$n: Int", "first: $n", {"n": "7"}, FIRST),
        ("$n: Int", "first: $n", {}, FIRST),
        ("$n: Int = 9", "first: $n", {}, 9),
        ("$n: Int = 9", "first: $n", {"n": 7}, 7),
        ("$n: Int, $m: Int", "first: $n, last: $m", {"n": 7, "m": 8}, 8),
        ("$n: Int", 'first: $n, after: "x"', {"n": 7}, 7),
        ("$n: Int", "first: 3, last: $n", {"n": 2}, 3),
    ],
)
def test_the_length_of_a_page(
    declared: str, asked: str, variables: dict[str, Any], length: int
) -> None:
    """It is the larger that is asked for, by number or variable, or what a page has by itself."""
    text = PAGE.format(declared or "$x: Int", asked)
    assert cost(text, **variables) == READS + length * (1 + (1 + 2))


def test_lists_multiply() -> None:
    """By what is asked for, or by what is assumed."""
    assert cost("{ briefs { edges { node { id slug } } } }") == READS + FIRST * (1 + (1 + 2))
    assert cost('{ brief(by: {id: "a"}) { sources { id key } } }') == READS + 1 + 10 * 2


def test_a_page_of_less_than_none_pays_for_nothing() -> None:
    """What is beside it costs what it costs by itself."""
    beside = "b: briefs(first: 50) { edges { node { id } } }"
    asked = f"query($n: Int) {{ briefs(first: $n) {{ edges {{ node {{ id }} }} }} {beside} }}"
    assert cost(asked, n=-1_000_000) == READS + cost(f"{{ {beside} }}")


def test_fragments_that_double() -> None:
    """Their cost is beyond all bounds, and is known at once."""
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(90))
    last = "fragment f90 on Query { briefs(first: $n) { edges { cursor } } }"
    assert cost(f"query($n: Int) {{ ...f0 }} {chain} {last}", n=3) == 2**90 * (READS + 3 * 2)


OFTEN = st.integers(0, 50) | st.builds(
    Page,
    st.lists(st.integers(0, 50), max_size=2).map(tuple),
    st.lists(st.sampled_from("nm"), max_size=2).map(tuple),
)
PARTS = st.recursive(
    st.integers(0, 9),
    lambda parts: st.lists(st.tuples(OFTEN, parts), max_size=3),
    max_leaves=10,
)


@given(PARTS, st.dictionaries(st.sampled_from("nm"), st.integers(0, 50)))
def test_a_cost_is_its_sum(parts: Any, variables: dict[str, int]) -> None:
    """Kept as a sum or worked out at once: it is the same number."""

    def built(of: Any) -> Cost:
        if isinstance(of, int):
            return Cost(of)
        return Cost(0, [(1, built(inner).times(often)) for often, inner in of])

    def worked_out(of: Any) -> int:
        if isinstance(of, int):
            return of
        return sum(
            worked_out(inner) * (often if isinstance(often, int) else often.entries(variables))
            for often, inner in of
        )

    assert built(parts).of(variables) == worked_out(parts)
