"""The quick proof of validity: it holds wherever it is found, and is found where it matters."""

from random import Random

import pytest
from graphql import GraphQLError, build_schema, parse, specified_rules, validate
from graphql.validation import ASTValidationRule
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.documents import EDIT, HEAD, PAGE
from graphql_brief.api.schema import schema
from graphql_brief.api.validation import RULES, proves
from tests.api.conftest import READER, Newsroom
from tests.api.documents import Writer
from tests.api.pages import BY_ID, BY_SLUG

CORE = schema._schema
SMALL = build_schema(
    """
    directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean, label: String, initialCount: Int = 0) on FIELD
    type Query {
      dog(name: String, size: Size, by: By, ids: [Int!]): Dog
      pet: Pet
      count(of: Int!, within: Range): Int
    }
    type Mutation { feed: Int }
    type Subscription { barks: Int  meows: Int }
    interface Pet { name: String  friends: [Pet!]! }
    type Dog implements Pet { name: String  friends: [Pet!]!  barks(loud: Boolean): Boolean }
    type Cat implements Pet { name: String  friends: [Pet!]!  lives: Int }
    enum Size { SMALL LARGE }
    input Range { low: Int!  high: Int }
    input By @oneOf { name: String  size: Size }
    """
)


def said_of(text: str) -> list[GraphQLError]:
    """What the rules say of a document for our own schema."""
    return validate(CORE, parse(text), RULES)


@pytest.mark.parametrize("text", [PAGE, HEAD, EDIT, BY_SLUG, BY_ID])
def test_what_clients_ask_is_proven(text: str) -> None:
    """A proof that is seldom found is of no use."""
    assert proves(CORE, parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "{ pet { name ... on Dog { barks } ...on Cat { lives } } }",
        "{ pet { ...A } } fragment A on Pet { friends { ...B } } fragment B on Pet { __typename }",
        "{ dog { ...A friends { ...A } } } fragment A on Pet { name }",
        "query ($n: String!, $on: Boolean!) { dog(by: {name: $n}) @include(if: $on) { name } }",
        "query ($n: Int!) { count(of: $n) a: count(of: 1, within: {low: $n, high: 2}) }",
        "query ($n: Int!) { dog(ids: [1, $n]) { name } }",
        "query ($n: [Int!]) { dog(ids: $n, size: LARGE) { barks(loud: true) } }",
        'query ($n: String = "a") { dog(name: $n) { name } }',
        '{ dog(name: "a") { name } dog(name: "a") { friends { name } } }',
        "{ pet { ... on Dog { friends { name } } ... on Cat { friends { name } } } }",
        "mutation { feed }",
    ],
)
def test_what_is_used_in_documents_is_proven(text: str) -> None:
    """Fragments, variables, literals, and fields that are merged."""
    assert validate(SMALL, parse(text)) == []
    assert proves(SMALL, parse(text))


INVALID = {
    "ExecutableDefinitionsRule": "{ dog { name } } type A { b: Int }",
    "KnownOperationTypesRule": None,
    "UniqueOperationNamesRule": "query A { pet { name } } query A { pet { name } }",
    "LoneAnonymousOperationRule": "{ pet { name } } query A { pet { name } }",
    "SingleFieldSubscriptionsRule": "subscription { barks meows }",
    "KnownTypeNamesRule": "query ($a: Nothing) { dog(name: $a) { name } }",
    "FragmentsOnCompositeTypesRule": "{ dog { ... on Size { name } } }",
    "VariablesAreInputTypesRule": "query ($a: Dog) { dog(name: $a) { name } }",
    "ScalarLeafsRule": "{ dog }",
    "FieldsOnCorrectTypeRule": "{ pet { barks } }",
    "UniqueFragmentNamesRule": (
        "{ pet { ...A } } fragment A on Pet { name } fragment A on Pet { name }"
    ),
    "KnownFragmentNamesRule": "{ pet { ...A } }",
    "NoUnusedFragmentsRule": "{ pet { name } } fragment A on Pet { name }",
    "PossibleFragmentSpreadsRule": "{ dog { ... on Cat { name } } }",
    "NoFragmentCyclesRule": "{ pet { ...A } } fragment A on Pet { name friends { ...A } }",
    "UniqueVariableNamesRule": "query ($a: Int!, $a: Int!) { count(of: $a) }",
    "NoUndefinedVariablesRule": "{ count(of: $a) }",
    "NoUnusedVariablesRule": "query ($a: Int) { pet { name } }",
    "KnownDirectivesRule": "{ pet @nothing { name } }",
    "UniqueDirectivesPerLocationRule": "{ pet @skip(if: true) @skip(if: true) { name } }",
    "DeferStreamDirectiveOnRootField": "mutation { ... @defer { feed } }",
    "DeferStreamDirectiveOnValidOperationsRule": "subscription { ... @defer { barks } }",
    "DeferStreamDirectiveLabel": "query ($a: String) { pet { ... @defer(label: $a) { name } } }",
    "StreamDirectiveOnListField": "{ pet @stream { name } }",
    "KnownArgumentNamesRule": "{ pet(a: 1) { name } }",
    "UniqueArgumentNamesRule": "{ count(of: 1, of: 1) }",
    "ValuesOfCorrectTypeRule": '{ count(of: "a") }',
    "ProvidedRequiredArgumentsRule": "{ count }",
    "VariablesInAllowedPositionRule": "query ($a: String) { dog(by: {name: $a}) { name } }",
    "OverlappingFieldsCanBeMergedRule": "{ dog { a: name a: barks } }",
    "UniqueInputFieldNamesRule": '{ dog(by: {name: "a", name: "a"}) { name } }',
    "MaxIntrospectionDepthRule": (
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    ),
}
"""By rule, a document that breaks it."""


def test_every_rule_of_the_library_is_in_the_table() -> None:
    """One that its next release adds is found here, before a proof forgets about it."""
    assert set(INVALID) == {rule.__name__ for rule in specified_rules}


@pytest.mark.parametrize("rule", specified_rules, ids=lambda rule: rule.__name__)
def test_what_breaks_a_rule_is_not_proven(rule: type[ASTValidationRule]) -> None:
    """The library's rule finds the fault, and the proof is not found."""
    against, text = SMALL, INVALID[rule.__name__]
    if text is None:
        against, text = build_schema("type Query { a: Int }"), "mutation { a }"

    assert validate(against, parse(text), [rule])
    assert not proves(against, parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "{ pet { ...A } } fragment A on Pet { name ...B } fragment B on Pet { ...A }",
        "{ pet { ...B ...A } } fragment A on Pet { ...B } fragment B on Pet { name ...A }",
        "{ dog { name { a } } }",
        "{ pet { ... on Dog { b: barks(loud: true) } ... on Cat { b: lives } } }",
        "{ dog { barks(loud: true) barks(loud: false) } }",
        "{ dog { friends { a: name } friends { a: friends { name } } } }",
        "query ($a: Boolean) { pet @skip(if: $a) { name } }",
        "query ($a: [Int]) { dog(ids: $a) { name } }",
        "query ($a: Int) { dog(ids: [$a]) { name } }",
        "query ($a: Int = null) { count(of: $a) }",
        "{ dog(by: {}) { name } }",
        "{ count(of: 1, within: {low: 1, high: 2, high: 2}) }",
        "{ count(of: 1, within: {high: 2}) }",
        '{ dog(by: {name: "a", size: LARGE}) { name } }',
        "{ dog(by: {name: null}) { name } }",
        "{ dog(size: MEDIUM) { name } }",
        "query ($a: Int @nothing) { count(of: 1) }",
        "query @nothing { count(of: 1) }",
        "{ pet { ...A } } fragment A on Pet @nothing { name }",
        "{ pet @include(if: true, unless: true) { name } }",
        "{ pet @include { name } }",
    ],
)
def test_what_is_wrong_in_other_ways_is_not_proven(text: str) -> None:
    """Faults that the table of rules has in another form."""
    assert validate(SMALL, parse(text))
    assert not proves(SMALL, parse(text))


@settings(max_examples=400)
@given(random=st.randoms(use_true_random=True), slips=st.sampled_from([0.0, 0.01, 0.03, 0.1]))
def test_what_is_proven_breaks_no_rule(random: Random, slips: float) -> None:
    """Whatever is asked: the rules agree with every proof."""
    text = Writer(CORE, random, slips).document()

    if proves(CORE, parse(text)):
        assert said_of(text) == [], text


def test_proofs_are_found_for_many_documents_at_random() -> None:
    """And faults are in many: neither side of the property above is idle."""
    documents = [Writer(CORE, Random(seed), 0.02).document() for seed in range(300)]
    proven = sum(proves(CORE, parse(text)) for text in documents)
    valid = sum(not said_of(text) for text in documents)

    assert 30 < proven <= valid < 270, (proven, valid)


def test_a_proof_ends_where_fragments_open_without_end() -> None:
    """Fragments that spread each other twice open into 2^n fields: the proof gives up early."""
    count = 25
    parts = ["{ pet { ...F0 } }"]
    parts += [
        f"fragment F{n} on Pet {{ a: friends {{ ...F{n + 1} }} b: friends {{ ...F{n + 1} }} }}"
        for n in range(count)
    ]
    parts.append(f"fragment F{count} on Pet {{ name }}")

    assert not proves(SMALL, parse(" ".join(parts)))


async def test_errors_are_those_of_the_rules(story: Newsroom) -> None:
    """A document without a proof is answered as if none had been tried."""
    text = "{ viewer { nothing } }"
    answer = await schema.execute(text, context_value=story.context(READER))

    assert [error.message for error in answer.errors or ()] == [
        error.message for error in said_of(text)
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fragment A on Query { brief(by: {slug: $s}) { id } } query ($s: String!) { ...A }", None),
        ("{ brief(by: {slug: $s}) { id } }", "Variable '$s' is not defined."),
        (
            "query ($s: String) { brief(by: {slug: $s}) { id } }",
            (
                "Variable '$s' is of type 'String' but must be non-nullable to be used for OneOf "
                "Input Object 'BriefBy'."
            ),
        ),
    ],
)
async def test_a_variable_may_choose_which_brief(
    story: Newsroom, text: str, told: str | None
) -> None:
    """Wherever it is declared; and what is wrong with it is said."""
    answer = await schema.execute(
        text, variable_values={"s": "none"}, context_value=story.context(READER)
    )

    assert [error.message for error in answer.errors or ()] == ([told] if told else [])
