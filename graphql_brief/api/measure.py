"""How large a document is, and what its answers cost: measured once, against a schema.

How deep, wide and aliased a document is stands in its text. What an answer costs hangs on the
lengths of its pages too, and those may come in variables. So the cost is kept as a sum in which
pages are factors, and is worked out for given variables without another look at the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from graphql_brief.api.connections import FIRST

LIST_ASSUMED = 10
"""Entries that a list without pages is taken to have."""


class Page(NamedTuple):
    """The entries of a connection: as many as asked for, or as a page has by itself."""

    numbers: tuple[int, ...]
    """What `first` and `last` are in the document's text."""
    variables: tuple[str, ...]
    """The variables that they are given by."""

    def entries(self, given: Mapping[str, Any]) -> int:
        """How many they are taken to be."""
        asked = [*self.numbers, *_whole(given.get(name) for name in self.variables)]
        # A page of less than none is refused when it is executed; here it must not pay for others.
        return max(0, *asked) if asked else FIRST


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Fields of an answer: so many, and those of each part as often as it says."""

    fields: int = 0
    parts: "tuple[tuple[int | Page, Cost], ...]" = ()

    def times(self, often: int | Page) -> "Cost":
        """The cost of so many of these."""
        if isinstance(often, Page) and not often.variables:
            often = often.entries({})
        if isinstance(often, int) and not self.parts:
            return Cost(often * self.fields)
        return Cost(0, ((often, self),))

    def of(self, given: Mapping[str, Any]) -> int:
        """The cost with these variables. Each part is worked out once, however often it is used."""
        return self._of(given, {})

    def _of(self, given: Mapping[str, Any], known: dict[int, int]) -> int:
        found = known.get(id(self))
        if found is None:
            found = self.fields
            for often, part in self.parts:
                if isinstance(often, Page):
                    often = often.entries(given)  # noqa: PLW2901 - the same, known by now
                found += often * part._of(given, known)
            known[id(self)] = found
        return found


class Size(NamedTuple):
    """What a selection opens into."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: Cost = Cost()
    """Fields of the answer, if every list is as long as is assumed."""


class Measured(NamedTuple):
    """An operation's size."""

    size: Size
    defaults: Mapping[str, Any]
    """What variables are if they are not given."""

    def cost(self, given: Mapping[str, Any]) -> int:
        """What the answer costs with these variables."""
        return self.size.cost.of({**self.defaults, **given})


def measure(schema: GraphQLSchema, document: DocumentNode) -> tuple[Measured, ...]:
    """The size of each operation.

    A fragment is measured once, because fragments that spread each other twice open into 2^n
    fields. Measuring descends from fragment to fragment: whoever asks has counted them.
    """
    measuring = _Measuring(schema, document)
    return tuple(
        Measured(
            measuring.selections(found.selection_set, schema.get_root_type(found.operation)),
            {
                variable.variable.name.value: value_from_ast_untyped(variable.default_value)
                for variable in found.variable_definitions or ()
                if variable.default_value is not None
            },
        )
        for found in document.definitions
        if isinstance(found, OperationDefinitionNode)
    )


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            found.name.value: found
            for found in document.definitions
            if isinstance(found, FragmentDefinitionNode)
        }
        self._measured: dict[str, Size] = {}

    def selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Size:
        found = [self._selection(node, parent) for node in selections.selections]
        return Size(
            max((size.depth for size in found), default=0),
            sum(size.fields for size in found),
            sum(size.aliases for size in found),
            _sum([size.cost for size in found]),
        )

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Size:
        match node:
            case FieldNode():
                return self._field(node, parent)
            case InlineFragmentNode():
                on = node.type_condition
                kind = self._schema.get_type(on.name.value) if on else parent
                return self.selections(node.selection_set, kind)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                return Size()

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Size:
        inner = Size()
        often: int | Page = 1
        if node.selection_set is not None:
            field = getattr(parent, "fields", {}).get(node.name.value)
            kind = get_named_type(field.type) if field else None
            inner = self.selections(node.selection_set, kind)
            if field is not None:
                often = _length(node, field)
        return Size(
            inner.depth + 1,
            inner.fields + 1,
            inner.aliases + (node.alias is not None),
            _sum([Cost(1), inner.cost.times(often)]),
        )

    def _fragment(self, name: str) -> Size:
        if name not in self._measured:
            # Zero while it is being measured: a cycle ends here, and validation refuses it.
            self._measured[name] = Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                kind = self._schema.get_type(fragment.type_condition.name.value)
                self._measured[name] = self.selections(fragment.selection_set, kind)
        return self._measured[name]


def _length(node: FieldNode, field: GraphQLField) -> int | Page:
    """How many entries the field is taken to have: as many as asked for, or as assumed."""
    if "first" in field.args:
        asked = [
            argument.value
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
        ]
        return Page(
            tuple(
                _whole(value_from_ast_untyped(x) for x in asked if not isinstance(x, VariableNode))
            ),
            tuple(value.name.value for value in asked if isinstance(value, VariableNode)),
        )
    # The edges of a connection are as many as the connection was taken to have.
    if is_list_type(get_nullable_type(field.type)) and node.name.value != "edges":
        return LIST_ASSUMED
    return 1


def _sum(costs: list[Cost]) -> Cost:
    """The sum, as large as the list: a part of many parts is not opened, but used."""
    return Cost(
        sum(cost.fields for cost in costs if not cost.parts),
        tuple((1, cost) for cost in costs if cost.parts),
    )


def _whole(values: Any) -> list[int]:
    """Those that are whole numbers; JSON and GraphQL know no difference between 5 and 5.0."""
    return [
        int(value)
        for value in values
        if isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    ]
