"""The quick parser makes what the library makes, and leaves to it what it cannot make."""

import gc
import time
from random import Random
from typing import Any

import graphql
import pytest
from graphql import DocumentNode, GraphQLError, validate
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.documents import EDIT, HEAD, PAGE
from graphql_brief.api import parsing
from graphql_brief.api.lexing import NESTING_BOUND, Place
from graphql_brief.api.limits import LENGTH_BOUND, TOKENS_BOUND
from graphql_brief.api.parsing import parse
from graphql_brief.api.schema import schema
from tests.api.documents import Writer
from tests.api.pages import BY_ID, BY_SLUG
from tests.fuzz.documents import documents

CORE = schema._schema

USUAL = [
    PAGE,
    HEAD,
    EDIT,
    BY_SLUG,
    BY_ID,
    "{a}",
    "\ufeff { a, b\r\n\tc\r}\n",
    "{ }",
    "{ a { } }",
    "{ query mutation subscription fragment on true false null type: query }",
    "query { a } mutation M { b } subscription @on(a: true) { c }",
    "query fragment($query: on) @a @b(c: 1) { d }",
    "query ($a: [[Int!]!]!, $b: A = {c: [1 -2 -0 0.5 1e9 -1.5E10], d: e}, $f: G! = null) { h }",
    'query ($a: [A] = [], $b: B = {}, $c: C = true $d: D = "") { a }',
    '{ a(b: "c" d: "#" e: "é😀" f: "", g: $h, i: [$j, {k: $l}], m: n) }',
    "{ a: b(c: {}) @d { e } }",
    "{ ...A ...B @c ... @d { e } ... { f } ... on G { h } ... on on @i { j } ...fragment }",
    "fragment A on B @c { d } fragment fragment on on { e }",
    '{ a # b { c } "\n d } # e',
    "#\n#\r#\r\n{ a }#",
    "{ a(b: [1-2]) }",
    "{a" * (NESTING_BOUND - 1) + "{a}" + "}" * (NESTING_BOUND - 1),
]
"""Texts that are no work for the library."""

LEFT = [
    "type A { b: C }",
    'query ($a: String = "\\n") { a }',
    '{ a(b: """c""") }',
    '{ a(b: ["""c"""]) }',
    '"told" query A { a }',
    "query ($a: Int @b) { a }",
    "{ a(b: 1.5e+7) }",
    "{a" * NESTING_BOUND + "{a}" + "}" * NESTING_BOUND,
]
"""Texts of GraphQL that are the library's to parse."""

BAD = [
    "",
    "#",
    "{",
    "}",
    "{ a",
    "{ a { b }",
    "{ a }}",
    "{ a( }",
    "{ a(",
    "{ a(b",
    "{ a(b:",
    "{ a(b: [",
    "{ a(b: {",
    "{ a(b: {c",
    "{ a() }",
    "{ a(b: $) }",
    "{ a(b: c: d) }",
    "{ a: }",
    "{ a: : b }",
    "{ a @ }",
    "{ a @b() }",
    "{ ... }",
    "{ ...on }",
    "{ ... on { a } }",
    "{ ... a { b } }",
    "{ .. }",
    "{ . }",
    "query",
    "query A",
    "query () { a }",
    "query (a: B) { a }",
    "query ($a) { a }",
    "query ($a: ) { a }",
    "query ($a: [B) { a }",
    "query ($a: B!!) { a }",
    "query ($a: B = $c) { a }",
    "query ($a: B = [$c]) { a }",
    "query ($a: B = {c: $d}) { a }",
    "query A B { a }",
    "fragment",
    "fragment on on A { a }",
    "fragment A { a }",
    "fragment A on { a }",
    "fragment A on B",
    "subscribe { a }",
    "a",
    "1",
    "{ a(b: 01) }",
    "{ a(b: 1.) }",
    "{ a(b: .5) }",
    "{ a(b: 1a) }",
    "{ a(b: 1e) }",
    "{ a(b: 1.5.5) }",
    "{ a(b: -) }",
    "{ a(b: -a) }",
    "{ a(b: 1...) }",
    '{ a(b: ") }',
    '{ a(b: "\n") }',
    '{ a(b: "\\x") }',
    '{ a(b: """) }',
    "{ a(b: 'c') }",
    "{ é }",
    "{ a\u00a0b }",
    "{ a # \ud800\n }",
    '{ a(b: "\udc00") }',
    "{ a | b & c }",
    "{ a(b: \u0663) }",
]
"""Texts that are no GraphQL."""


def came_of(parser: Any, text: str, max_tokens: int = TOKENS_BOUND) -> Any:
    """All that parsing gives: the tree with its places, or the error with its own."""
    try:
        tree: DocumentNode = parser(text, max_tokens=max_tokens)
    except GraphQLError as error:
        return type(error), error.formatted, error.positions, error.source, error.__context__
    assert tree.loc is not None
    places = tree.to_dict(locations=True)
    return tree, tree.token_count, places, tree.loc.source, graphql.print_ast(tree)


def is_ours(tree: DocumentNode) -> bool:
    """Whether the library had no part in a tree."""
    return isinstance(tree.loc, Place)


@pytest.mark.parametrize("text", USUAL)
def test_what_clients_send_is_parsed_here(text: str) -> None:
    """All of the grammar that there is in a query, but for what nobody writes."""
    assert came_of(parse, text) == came_of(graphql.parse, text)
    assert is_ours(parse(text, max_tokens=TOKENS_BOUND))


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left_to_the_library(text: str) -> None:
    """It is parsed as if nothing had been tried."""
    assert came_of(parse, text) == came_of(graphql.parse, text)
    assert not is_ours(parse(text, max_tokens=TOKENS_BOUND))


@pytest.mark.parametrize("text", BAD)
def test_errors_are_those_of_the_library(text: str) -> None:
    """The message and the place."""
    error, *_ = came_of(parse, text)
    assert issubclass(error, GraphQLError)
    assert came_of(parse, text) == came_of(graphql.parse, text)


PIECES = [
    *"!$&():=@[]{}|.,\"\\#-'0159eE_ab \n\r\t\ufeffé\u0663\ud83d\udc00",
    "...",
    '"""',
    '""',
    "on",
    "query",
    "fragment",
    "true",
    "null",
    "{a}",
    "{ a(b: $c) { d } }",
    "$a: A",
    "1.5",
    "-0",
]
TOKENS = st.integers(0, 40) | st.just(TOKENS_BOUND)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), TOKENS)
@example("{ a }", 3)
@example("{ a }", 2)
@example("#\n{ a }#", 5)
@example("#\n{ a }#", 4)
def test_whatever_the_text_is(text: str, max_tokens: int) -> None:
    """Tokens in any order, cut short anywhere."""
    assert came_of(parse, text, max_tokens) == came_of(graphql.parse, text, max_tokens)


@settings(max_examples=300, deadline=None)
@given(
    random=st.randoms(use_true_random=True),
    slips=st.sampled_from([0.0, 0.03]),
    piece=st.sampled_from(PIECES),
)
def test_documents_at_random_and_what_nearly_is_one(
    random: Random, slips: float, piece: str
) -> None:
    """A document as clients write it; then one with something left out, or put in."""
    text = Writer(CORE, random, slips).document()
    first, last = sorted(random.choices(range(len(text)), k=2))
    last = min(last, first + 3)

    for one in (text, text[:first] + piece + text[last:], text[:first] + text[last:]):
        assert came_of(parse, one) == came_of(graphql.parse, one)
    assert is_ours(parse(text, max_tokens=TOKENS_BOUND))


def test_documents_of_another_hand() -> None:
    """What hypothesis-graphql draws from our schema; some have strings with escapes."""
    drawn = documents(60, 1)
    for text in drawn:
        assert came_of(parse, text) == came_of(graphql.parse, text)
    assert sum(is_ours(parse(text, max_tokens=TOKENS_BOUND)) for text in drawn) > 15


def test_errors_of_a_document_are_at_the_same_places() -> None:
    """The rules speak of its nodes, whoever made them."""
    found = 0
    for seed in range(40):
        text = Writer(CORE, Random(seed), 0.1).document()
        said, expected = (
            [error.formatted for error in validate(CORE, tree)]
            for tree in (parse(text, max_tokens=TOKENS_BOUND), graphql.parse(text))
        )
        assert said == expected
        found += len(said)
    assert found > 40


HOSTILE = ["1", "-1", '"', '" ', '"a', "1.", ".", "-", "a1", "#", "1a.", "é", " ", "{", "1e", "#\n"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_text_takes_time_by_its_length(piece: str) -> None:
    """Nothing that it is made of has to be looked at again and again: that would take minutes."""
    text = (piece * LENGTH_BOUND)[:LENGTH_BOUND]
    begin = time.process_time()
    came_of(parse, text)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("text", [PAGE, LEFT[2]])
def test_what_is_let_go_of_is_gone(text: str) -> None:
    """No part of a tree holds itself: none waits for the collector."""
    gc.collect()
    gc.disable()
    try:
        parse(text, max_tokens=TOKENS_BOUND)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_a_tree_holds_is_by_who_made_it() -> None:
    """The library's is larger."""
    ours = parse("{ a }", max_tokens=3)
    theirs = parse('{ a(b: """c""") }', max_tokens=8)
    assert parsing.held_bytes(ours) == 3 * parsing.TOKEN_BYTES
    assert parsing.held_bytes(theirs) == 8 * parsing.LIBRARY_TOKEN_BYTES
