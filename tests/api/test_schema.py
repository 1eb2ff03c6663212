"""The schema as a contract and a manual."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    validate_schema,
)

from graphql_brief.api.schema import export, schema
from tests.api.conftest import Newsroom

CONTRACT = Path(__file__).parents[2] / "schema.graphql"
TYPES = {
    name: found for name, found in schema._schema.type_map.items() if not name.startswith("__")
}
NOT_OURS = {"String", "Int", "Float", "Boolean", "ID"}


def parts(name: str) -> Iterator[tuple[str, str | None]]:
    """A type and everything in it, each with its description."""
    found = TYPES[name]
    yield name, found.description
    if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in found.fields.items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{name}.{field_name}({argument_name})", argument.description
    if isinstance(found, GraphQLInputObjectType):
        for field_name, given in found.fields.items():
            yield f"{name}.{field_name}", given.description
    if isinstance(found, GraphQLEnumType):
        for value_name, value in found.values.items():
            yield f"{name}.{value_name}", value.description


@pytest.mark.parametrize("name", sorted(set(TYPES) - NOT_OURS))
def test_everything_is_described(name: str) -> None:
    """Types, fields, arguments, inputs and values: each says what it is, as a sentence."""
    for part, text in parts(name):
        assert text, f"{part} has no description"
        assert text.rstrip("`")[-1] in ".)", f"{part}: {text!r} is no sentence"


def test_export_is_the_contract() -> None:
    """`schema.graphql` is what the code gives: after a change, `make schema` and read its diff."""
    assert CONTRACT.read_text() == export()


def test_export_is_a_valid_schema_for_others() -> None:
    """Tools that read the exported text find nothing wrong with it."""
    assert validate_schema(build_schema(export())) == []


def test_lists_are_never_null() -> None:
    """A list is there, if empty; only the path of a user error may be missing."""
    nullable = [
        f"{name}.{field_name}"
        for name, found in TYPES.items()
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
        for field_name, field in found.fields.items()
        if str(field.type).startswith("[") and not str(field.type).endswith("!")
    ]
    assert nullable == ["Refusal.path", "UserError.path", "VersionConflict.path"]


def test_mutations_take_one_input_and_give_one_payload() -> None:
    """`xY(input: XYInput!): XYPayload!`, with user errors, for every mutation."""
    mutation = TYPES["Mutation"]
    assert isinstance(mutation, GraphQLObjectType)
    for name, field in mutation.fields.items():
        kind = name[0].upper() + name[1:]
        assert {at: str(given.type) for at, given in field.args.items()} == {
            "input": f"{kind}Input!"
        }
        assert str(field.type) == f"{kind}Payload!"
        payload = TYPES[f"{kind}Payload"]
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
        assert str(payload.fields["revision"].type) == "Revision"


def test_connections_are_relays() -> None:
    """Edges with node and cursor, and a page info; forward arguments come with `after`."""
    for name, found in TYPES.items():
        if name.endswith("Connection"):
            assert isinstance(found, GraphQLObjectType)
            edge = name.replace("Connection", "Edge")
            assert str(found.fields["edges"].type) == f"[{edge}!]!"
            assert str(found.fields["pageInfo"].type) == "PageInfo!"
            edge_type = TYPES[edge]
            assert isinstance(edge_type, GraphQLObjectType)
            assert str(edge_type.fields["cursor"].type) == "String!"
            assert str(edge_type.fields["node"].type).endswith("!")


def test_every_item_is_a_node() -> None:
    """What has a key in a brief has a global id and its times."""
    item = TYPES["Item"]
    assert isinstance(item, GraphQLInterfaceType)
    assert {found.name for found in schema._schema.get_possible_types(item)} == {
        "Correction",
        "Development",
        "Forecast",
        "Indicator",
        "Involvement",
        "Observation",
        "Paragraph",
        "Precedent",
        "Scenario",
        "Source",
    }


def test_an_optional_argument_has_no_default_null() -> None:
    """An argument that may be left out is shown as such, and not with null as its default."""
    assert "= null" not in export()


def test_live_events_are_unions_with_resync() -> None:
    """Whatever is followed can say that it cannot go on without a gap."""
    subscription = TYPES["Subscription"]
    assert isinstance(subscription, GraphQLObjectType)
    for field in subscription.fields.values():
        union = TYPES[str(field.type).rstrip("!")]
        assert isinstance(union, GraphQLUnionType)
        assert "ResyncRequired" in {found.name for found in union.types}


async def test_answers_come_whole(newsroom: Newsroom) -> None:
    """What would part an answer is no directive of this schema."""
    for document in (
        "{ viewer { ... @defer { audience } } }",
        "{ viewer { roles @stream(initialCount: 0) } }",
    ):
        assert await newsroom.code(document) == "GRAPHQL_VALIDATION_FAILED"
    assert "@defer" not in export()
