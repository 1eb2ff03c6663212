"""What is known of a schema's fields is what the schema says, and is found out once."""

import pytest
from graphql import get_named_type

from graphql_brief.api.schema import schema
from graphql_brief.api.schema_facts import SchemaFacts
from graphql_brief.api.weights import counted

CORE = schema._schema
KINDS = sorted(CORE.type_map)


@pytest.mark.parametrize("name", KINDS)
def test_every_type(name: str) -> None:
    """Its fields, and those that all types of objects have; no type of values has any."""
    kind = CORE.type_map[name]
    found = SchemaFacts(CORE).of(kind)
    if not hasattr(kind, "fields") or hasattr(kind, "is_one_of"):
        assert set(found) == ({"__typename"} if hasattr(kind, "types") else set())
        return
    assert list(found) == ["__typename", *kind.fields]
    for name, field in kind.fields.items():
        fact = found[name]
        assert fact.kind is field.type
        assert fact.arguments is field.args
        assert fact.counts == counted(field)
        within = get_named_type(field.type)
        is_asked_for_fields = hasattr(within, "fields") or hasattr(within, "types")
        assert fact.within is (within if is_asked_for_fields else None)


def test_what_is_required() -> None:
    """Arguments that are neither nullable nor have a default value."""
    query = SchemaFacts(CORE).of(CORE.query_type)
    assert query["brief"].required == {"by"}
    assert query["briefs"].required == frozenset()


def test_what_asks_for_the_schema_is_not_known() -> None:
    """`__schema` and `__type` are left to the library's rules; `__typename` is a text."""
    query = SchemaFacts(CORE).of(CORE.query_type)
    assert {name for name in query if name.startswith("__")} == {"__typename"}
    assert str(query["__typename"].kind) == "String!"


def test_found_out_once() -> None:
    """And nothing is kept of what is no type."""
    facts = SchemaFacts(CORE)
    assert facts.of(CORE.query_type) is facts.of(CORE.query_type)
    assert facts.of(None) == {}
