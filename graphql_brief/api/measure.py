"""How large a document is, and what its answers cost: measured once, against a schema.

How deep, wide and aliased a document is stands in its text. What an answer costs follows from what
each field counts for (`weights`), and hangs on the lengths of its pages too, which may come in
variables. So the cost is kept as a sum in which pages are factors (`costs`), and is worked out for
given variables without another look at the document.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from graphql_brief.api.costs import Cost, Page, whole
from graphql_brief.api.schema_facts import SchemaFacts, facts_of
from graphql_brief.api.weights import EDGES, PLAIN, Counted

NESTING_BOUND = 150
"""Most selections within selections, of fields and of fragments, however these are reached.

What walks a document calls itself for each, and Python's stack ends at a thousand calls.
"""
_INTROSPECTION = ("__schema", "__type")


class NestedTooDeeplyError(Exception):
    """The document nests its selections beyond the bound."""


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


_EMPTY = Size()


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
    measuring = _Measuring(facts_of(schema), document)
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
    def __init__(self, facts: SchemaFacts, document: DocumentNode) -> None:
        self._facts = facts
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
        depth = fields = aliases = beside = 0
        introspects = False
        cost, edges = Cost(), Cost()
        facts = self._facts.of(parent)
        for node in selections.selections:
            if isinstance(node, FieldNode):
                name = node.name.value
                fact = facts.get(name)
                counts = PLAIN if fact is None else fact.counts
                # Only the page that these are the edges of knows how many they are.
                to = edges if name == EDGES else cost
                to.fields += counts.cost
                fields += 1
                beside += 1
                aliases += node.alias is not None
                introspects = introspects or name in _INTROSPECTION
                if node.selection_set is None:
                    depth = depth or 1
                    continue
                found = self.selections(node.selection_set, None if fact is None else fact.within)
                _add_entries(to, node, counts, found)
                depth = max(depth, found.depth + 1)
            else:
                found = self._fragment(node, parent)
                cost.add(found.cost)
                edges.add(found.edges)
                depth = max(depth, found.depth)
                beside += found.beside
            fields += found.fields
            aliases += found.aliases
            introspects = introspects or found.introspects
        self._nesting -= 1
        return Size(depth, fields, aliases, beside, introspects, cost, edges)

    def _fragment(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Size:
        match node:
            case InlineFragmentNode():
                on = node.type_condition
                kind = self._facts.schema.get_type(on.name.value) if on else parent
                return self.selections(node.selection_set, kind)
            case FragmentSpreadNode():
                return self._spread(node.name.value)
            case _:
                return _EMPTY

    def _spread(self, name: str) -> Size:
        if name not in self._measured:
            # Zero while it is being measured: a cycle ends here, and validation refuses it.
            self._measured[name] = _EMPTY
            fragment = self._fragments.get(name)
            if fragment is not None:
                kind = self._facts.schema.get_type(fragment.type_condition.name.value)
                self._measured[name] = self.selections(fragment.selection_set, kind)
        return self._measured[name]


def _add_entries(to: Cost, node: FieldNode, field: Counted, inner: Size) -> None:
    """Add what is asked within a field: what is beside its entries, and each entry."""
    if field.assumed is None:
        to.add(inner.cost)
        to.add(inner.edges)
        return
    page = _page(node, field, field.assumed)
    if field.is_page:
        to.add(inner.cost)
        to.add(inner.edges.times(page))
        return
    each = Cost()
    each.add(inner.cost)
    each.add(inner.edges)
    to.add(each.times(page))


def _page(node: FieldNode, field: Counted, assumed: int) -> Page:
    """How many entries this use of a field is taken to have."""
    asked = [found.value for found in node.arguments or () if found.name.value in field.by]
    return Page(
        tuple(whole(_value(found) for found in asked if not isinstance(found, VariableNode))),
        tuple(found.name.value for found in asked if isinstance(found, VariableNode)),
        assumed,
    )


def _value(node: ValueNode) -> Any:
    """A value of the document's text; of a list, which may have variables in it, its length."""
    return len(node.values) if isinstance(node, ListValueNode) else value_from_ast_untyped(node)
