"""Documents are made once, and executed as if they had been made for the request."""

import gc
import tracemalloc
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type, is_required_argument
from strawberry.schema import schema as of_strawberry
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_brief.api import document as module
from graphql_brief.api import limits
from graphql_brief.api.document import Document, Operation, digest_of
from graphql_brief.api.schema import schema
from tests.api.conftest import AUDITOR, Newsroom
from tests.api.pages import BY_SLUG

DOCUMENTS = 100
VISIT_BYTES = 25_000
"""What the last validation leaves behind until the next, whatever the document."""


def made(text: str) -> Document:
    """The document of a text."""
    return Document(schema._schema, text)


def shown(result: ExecutionResult) -> Any:
    """All that a client sees of a result."""
    return result.data, [error.formatted for error in result.errors or ()], result.extensions


def selections(random: Random, kind: GraphQLOutputType, depth: int) -> str:
    """Some fields of a type, and some of theirs."""
    found = get_named_type(kind)
    if not isinstance(found, GraphQLObjectType):
        return "{ __typename }"
    fields = [
        name
        for name, field in found.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
    ]
    lines = ["__typename"]
    for name in random.sample(fields, min(len(fields), random.randint(1, 4))):
        field = found.fields[name].type
        is_leaf = not hasattr(get_named_type(field), "fields") and not hasattr(
            get_named_type(field), "types"
        )
        if is_leaf:
            lines.append(name)
        elif depth:
            lines.append(f"{name} {selections(random, field, depth - 1)}")
    return "{ " + " ".join(lines) + " }"


def some_document(random: Random) -> tuple[str, dict[str, Any]]:
    """A document and variables, of which some fit the schema, and some are no GraphQL."""
    brief = schema._schema.type_map["Brief"]
    assert isinstance(brief, GraphQLObjectType)
    briefs = schema._schema.type_map["BriefConnection"]
    assert isinstance(briefs, GraphQLObjectType)
    text = (
        "query A($by: BriefBy!) { brief(by: $by) "
        + selections(random, brief, 4)
        + " } query B($first: Int) { briefs(first: $first) "
        + selections(random, briefs, 4)
        + " }"
    )
    if random.random() < 0.3:
        at = random.randrange(len(text))
        text = text[:at] + random.choice(["", "x", "$", "{"]) + text[at + 1 :]
    first = random.choice([None, 1, 100, 101, "x", 1_000_000])
    return text, {"by": {"slug": "americas-second-exit-from-iraq"}, "first": first}


async def test_executed_as_without_being_kept(story: Newsroom) -> None:
    """A document gives what its text gives, however often, whatever was asked in between."""
    kinds: set[str] = set()
    kept = []
    for seed in range(DOCUMENTS):
        random = Random(seed)
        text, variables = some_document(random)
        kept.append((made(text), variables, random.choice(["A", "B", "B", None])))
    for times in range(2):
        for document, variables, name in kept:
            fresh, again = [
                shown(
                    await schema.execute(
                        asked,
                        variable_values=variables,
                        operation_name=name,
                        context_value=story.context(AUDITOR),
                    )
                )
                for asked in (str(document), document)
            ]
            assert again == fresh, (times, document)
            kinds.update(error["extensions"]["code"] for error in fresh[1])
            kinds.update({"data"} if fresh[0] else ())
    assert kinds >= {
        "data",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_USER_INPUT",
        "DOCUMENT_TOO_LARGE",
    }


@pytest.mark.parametrize(
    "text",
    [
        BY_SLUG,
        "{",
        "{ nothing }",
        "{" + "a: __typename " * 300 + "}",
        "query A { a } query B { b }",
    ],
)
async def test_made_once(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A document is parsed, measured and validated at most once, good or bad."""
    counted: list[str] = []

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counted.append(name)
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    count(module, "parse")
    count(module, "errors_of")
    count(limits, "measure")
    count(of_strawberry, "parse")
    count(of_strawberry, "validate_document")
    document = made(text)
    assert counted == ["parse"]
    first = document.faults({}, None)
    assert len(counted) == len(set(counted))
    counted.clear()
    assert document.faults({}, None) == first
    if document.unreadable is None:
        await schema.execute(document, variable_values={})
    assert counted == []


async def test_a_mere_text_is_made_for_its_time() -> None:
    """Whoever has no document may ask with its text."""
    assert (await schema.execute("{ __typename }")).data == {"__typename": "Query"}


def test_what_is_known_of_a_document() -> None:
    """Its digest, and its operations with their types."""
    document = made("query A { __typename } mutation B { __typename } fragment C on Query { a }")
    assert document.digest == digest_of(str(document))
    assert document.operations == (
        Operation("A", OperationType.QUERY),
        Operation("B", OperationType.MUTATION),
    )
    assert document.operation_type("B") is OperationType.MUTATION
    assert document.operation_type(None) is OperationType.QUERY
    assert document.operation_type("C") is None
    # The example of the specification's appendix.
    assert digest_of("query($id:ID!){user(id:$id){name}}").startswith("71f7dc5758652baac68e4a10c5")


def test_an_unreadable_document() -> None:
    """It has its error, which keeps nothing of the parser, and no operation."""
    document = made("{ a(")
    assert document.tree is None
    assert document.operations == ()
    assert document.operation_type(None) is None
    assert document.cost() == 0
    assert document.unreadable is not None
    assert document.unreadable.__traceback__ is None
    assert document.faults({}, None) == [document.unreadable]


@pytest.mark.parametrize(
    "text",
    [
        BY_SLUG,
        "{ __typename }",
        "{" + "a " * 4_900 + "}",
        "{" + " ".join(f"a{n}: b" for n in range(190)) + "}",
        "{ a(x: [" + "1 " * 4_900 + "]) }",
        '{ a(x: """b""") ' + "a " * 4_800 + "}",
        "query(" + "$a: A " * 900 + ") { a }",
        '{ a(x: "' + "é" * 90_000 + '") }',
        '{ a(x: "' + "😀" * 90_000 + '") }',
        "{" * 100,
        "#" * 90_000,
    ],
    ids=range(11),
)
def test_what_it_holds(text: str) -> None:
    """It takes no more memory than it says, also when all is made of it, and a fourth at least."""

    def whole() -> Document:
        document = made("".join([*text]))
        document.faults({}, None)
        return document

    gc.collect()
    tracemalloc.start()
    document = whole()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held <= document.held_bytes + VISIT_BYTES
    assert document.held_bytes <= 4 * held
