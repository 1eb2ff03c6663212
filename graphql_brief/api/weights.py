"""What a field counts for in the cost of a document, said where the field is declared.

A field's cost is its own, and that of what is asked of each of its entries. A page has as many
entries as `first` or `last` say, and only its edges are counted that often; other lists are taken
to have so many. What is not 1, or follows from the type, is told in the field's description, so
that a client can reckon the cost of a document from the schema alone.
"""

from typing import NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

READS = 10
"""The cost of a field that may have to read the database."""
WRITES = 50
"""The cost of a field that writes to the log."""
LIST_ASSUMED = 10
"""Entries that a list without pages is taken to have."""

DECLARED = "weight"
"""Under this name a field's declaration keeps its Weight."""
EDGES = "edges"
_PAGE_ARGUMENTS = ("first", "last")


class Weight(NamedTuple):
    """What a field declares of itself."""

    cost: int = 1
    entries: int | None = None
    """How many it is taken to have where no argument says; None: as its type has it."""
    as_many_as: str | None = None
    """The argument, a list, to which each entry answers."""


class Counted(NamedTuple):
    """What a field of the schema counts for."""

    cost: int = 1
    assumed: int | None = None
    """Entries where no argument says; None for a field without entries, or with one."""
    by: tuple[str, ...] = ()
    """The arguments that say how many entries there are."""
    is_page: bool = False
    """Whether its edges are its entries."""
    is_always_told: bool = False
    """Whether no use of the field leaves out what says how many entries there are."""

    def text(self) -> str:
        """What the description says of it; nothing where all is as nobody would doubt."""
        told = [] if self.cost == 1 else [f"Cost: {self.cost}."]
        by = " or ".join(f"`{name}`" for name in self.by)
        if self.is_always_told:
            told.append(f"Counts as many entries as {by}.")
        elif self.assumed is not None:
            told.append(f"Counts as {f'{by}, else ' if by else ''}{self.assumed} entries.")
        return " ".join(told)


PLAIN = Counted()


def counted(field: GraphQLField) -> Counted:
    """What a field counts for, once `declare` has gone over its schema."""
    found: Counted = field.extensions.get(DECLARED, PLAIN)
    return found


def declare(schema: GraphQLSchema, *, page: int) -> None:
    """Count each field of a schema, and write what it counts for into its description.

    `page` is how many entries a page has if neither the client nor the field says.
    """
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                if not kind.name.startswith("__"):
                    _declare(name, field, page)


def _declare(name: str, field: GraphQLField, page: int) -> None:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    weight = (definition.metadata if definition else {}).get(DECLARED, Weight())
    found = _counted(name, field, weight, page)
    field.extensions = {**field.extensions, DECLARED: found}
    text = found.text()
    if text:
        field.description = f"{field.description}\n\n{text}"


def _counted(name: str, field: GraphQLField, weight: Weight, page: int) -> Counted:
    if weight.as_many_as is not None:
        return Counted(weight.cost, LIST_ASSUMED, (weight.as_many_as,), is_always_told=True)
    is_list = is_list_type(get_nullable_type(field.type))
    if "first" in field.args:
        by = tuple(argument for argument in _PAGE_ARGUMENTS if argument in field.args)
        return Counted(weight.cost, weight.entries or page, by, is_page=not is_list)
    if is_list and name != EDGES and not is_leaf_type(get_named_type(field.type)):
        return Counted(weight.cost, weight.entries or LIST_ASSUMED)
    return Counted(weight.cost)
