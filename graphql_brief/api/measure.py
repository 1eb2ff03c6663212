"""How large a document is, and what its answers cost: measured once, against a schema.

How deep, wide and aliased a document is stands in its text. What an answer costs follows from what
each field counts for (`weights`), and hangs on the lengths of its pages too, which may come in
variables. So the cost is kept as a sum in which pages are factors, and is worked out for given
variables without another look at the document.
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
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from graphql_brief.api.connections import FIRST
from graphql_brief.api.weights import EDGES, PLAIN, Counted, counted

NESTING_BOUND = 150
"""Most selections within selections, of fields and of fragments, however these are reached.

What walks a document calls itself for each, and Python's stack ends at a thousand calls.
"""
_INTROSPECTION = ("__schema", "__type")


class NestedTooDeeplyError(Exception):
    """The document nests its selections beyond the bound."""


class Page(NamedTuple):
    """The entries of a list: as many as asked for, or as it is taken to have."""

    numbers: tuple[int, ...]
    """What the arguments that tell, such as `first`, are in the document's text."""
    variables: tuple[str, ...]
    """The variables that they are given by."""
    assumed: int = FIRST

    def entries(self, given: Mapping[str, Any]) -> int:
        """How many they are taken to be."""
        asked = [*self.numbers, *_whole(given.get(name) for name in self.variables)]
        # A page of less than none is refused when it is executed; here it must not pay for others.
        return max(0, *asked) if asked else self.assumed


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Fields of an answer by their weight: so many, and those of each part as often as it says."""

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
    beside: int = 0
    """Fields that stand beside each other at its top."""
    introspects: bool = False
    """Whether it asks for the schema."""
    cost: Cost = Cost()
    edges: Cost = Cost()
    """The cost of its edges, if it is of a page: each entry of the page costs that."""


class Measured(NamedTuple):
    """An operation's size."""

    name: str | None
    size: Size
    defaults: Mapping[str, Any]
    """What variables are if they are not given."""

    def cost(self, given: Mapping[str, Any]) -> int:
        """What the answer costs with these variables."""
        return self.size.cost.of({**self.defaults, **given})


def measure(schema: GraphQLSchema, document: DocumentNode) -> tuple[Measured, ...]:
    """The size of each operation.

    A fragment is measured once, because fragments that spread each other twice open into 2^n
    fields. Raises NestedTooDeeplyError.
    """
    measuring = _Measuring(schema, document)
    return tuple(
        Measured(
            found.name.value if found.name else None,
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
        self._nesting = 0

    def selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Size:
        self._nesting += 1
        if self._nesting > NESTING_BOUND:
            raise NestedTooDeeplyError
        found = [self._selection(node, parent) for node in selections.selections]
        self._nesting -= 1
        return Size(
            max((size.depth for size in found), default=0),
            sum(size.fields for size in found),
            sum(size.aliases for size in found),
            sum(size.beside for size in found),
            any(size.introspects for size in found),
            _sum([size.cost for size in found]),
            _sum([size.edges for size in found]),
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
        name = node.name.value
        field: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        inner = Size()
        if node.selection_set is not None:
            kind = get_named_type(field.type) if field else None
            inner = self.selections(node.selection_set, kind)
        own = _cost(node, counted(field) if field else PLAIN, inner)
        # Only the page that these are the edges of knows how many they are.
        is_edges = name == EDGES
        return Size(
            inner.depth + 1,
            inner.fields + 1,
            inner.aliases + (node.alias is not None),
            1,
            inner.introspects or name in _INTROSPECTION,
            Cost() if is_edges else own,
            own if is_edges else Cost(),
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


def _cost(node: FieldNode, field: Counted, inner: Size) -> Cost:
    """The cost of a field: its own, what is beside its entries, and that of each entry."""
    own = Cost(field.cost)
    if field.assumed is None:
        return _sum([own, inner.cost, inner.edges])
    page = _page(node, field, field.assumed)
    if field.is_page:
        return _sum([own, inner.cost, inner.edges.times(page)])
    return _sum([own, _sum([inner.cost, inner.edges]).times(page)])


def _page(node: FieldNode, field: Counted, assumed: int) -> Page:
    """How many entries this use of a field is taken to have."""
    asked = [found.value for found in node.arguments or () if found.name.value in field.by]
    return Page(
        tuple(_whole(_value(found) for found in asked if not isinstance(found, VariableNode))),
        tuple(found.name.value for found in asked if isinstance(found, VariableNode)),
        assumed,
    )


def _value(node: ValueNode) -> Any:
    """A value of the document's text; of a list, which may have variables in it, its length."""
    return len(node.values) if isinstance(node, ListValueNode) else value_from_ast_untyped(node)


def _sum(costs: list[Cost]) -> Cost:
    """The sum, as large as the list: a part of many parts is not opened, but used."""
    return Cost(
        sum(cost.fields for cost in costs if not cost.parts),
        tuple((1, cost) for cost in costs if cost.parts),
    )


def _whole(values: Any) -> list[int]:
    """Those that are whole numbers, and the lengths of lists.

    JSON and GraphQL know no difference between 5 and 5.0.
    """
    return [
        len(value) if isinstance(value, list) else int(value)
        for value in values
        if isinstance(value, int | list) or (isinstance(value, float) and value.is_integer())
    ]
