"""What is known of the fields of a schema before any document, found out once.

Every document that a process has not seen yet is held against it, field by field, twice: to prove
it valid and to measure it.
"""

from functools import cache
from typing import NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from graphql.type import GraphQLCompositeType

from graphql_brief.api.weights import Counted, counted

_TYPENAME = "__typename"


class Fact(NamedTuple):
    """What is known of a field."""

    kind: GraphQLOutputType
    within: GraphQLCompositeType | None
    """What its selections are of; None for a leaf."""
    arguments: dict[str, GraphQLArgument]
    required: frozenset[str]
    """The names of the arguments that it cannot be without."""
    counts: Counted


class SchemaFacts:
    """Those of one schema: as many at most as it has fields."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._by_type: dict[str, dict[str, Fact]] = {}

    def of(self, parent: GraphQLNamedType | None) -> dict[str, Fact]:
        """Those of a type, by the names of its fields; what asks for the schema is not among them.

        There are none of an unknown type, and of one that is never asked for fields.
        """
        if parent is None:
            return {}
        found = self._by_type.get(parent.name)
        if found is None:
            found = self._by_type[parent.name] = self._find(parent)
        return found

    def _find(self, parent: GraphQLNamedType) -> dict[str, Fact]:
        if not is_composite_type(parent):
            return {}
        found = {}
        for name in (_TYPENAME, *getattr(parent, "fields", ())):
            field = self.schema.get_field(parent, name)
            assert field is not None
            within = get_named_type(field.type)
            found[name] = Fact(
                kind=field.type,
                within=within if is_composite_type(within) else None,
                arguments=field.args,
                required=frozenset(
                    name for name, argument in field.args.items() if is_required_argument(argument)
                ),
                counts=counted(field),
            )
        return found


@cache
def facts_of(schema: GraphQLSchema) -> SchemaFacts:
    """Those of this schema, of which a process has few."""
    return SchemaFacts(schema)
