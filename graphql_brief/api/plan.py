"""What executions of an operation share: which fields it asks of which type, and how each is read.

A plan is made when an object of a type is first met where it is asked for. It holds in every
execution of the operation, unless directives decide about its fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    does_fragment_condition_match,
)

from graphql_brief.api.fields import FieldStep, Known, step, steps_of

FIELDS_KEPT = 5_000
"""Most fields in the plans of an operation, over all types that it asks them of; each takes some
300 to 400 bytes."""

Nodes: TypeAlias = list[FieldNode]
"""Those that ask for one field of the answer."""
Asking: TypeAlias = Sequence[FieldNode | OperationDefinitionNode]
"""Those that ask for fields of one object."""
Fields: TypeAlias = dict[str, Nodes]
"""What is asked of an object, by the names in the answer."""
Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]


class Planned:
    """A field, as it is asked of all objects of a type."""

    __slots__ = ("is_kept", "known", "name", "nodes", "plans")

    def __init__(self, name: str, nodes: Nodes, known: Known, *, is_kept: bool) -> None:
        self.name = name
        """In the answer."""
        self.nodes = nodes
        self.known = known
        self.is_kept = is_kept
        """Whether it outlives the execution."""
        self.plans: dict[type, Plan] = {}
        """What is asked of the objects that are its value, by their classes."""

    @property
    def details(self) -> FieldDetailsList:
        """The nodes, as graphql-core has them."""
        return [FieldDetails(node, None) for node in self.nodes]


class Plan:
    """The fields that are asked of all objects of a type, in their order."""

    __slots__ = ("_fields", "asked", "is_kept", "of", "steps")

    def __init__(
        self, schema: GraphQLSchema, of: GraphQLObjectType, fields: Fields, *, is_kept: bool
    ) -> None:
        self.of = of.name
        self.is_kept = is_kept
        """Whether it outlives the execution."""
        self.steps: list[FieldStep] = []
        self.asked: dict[str, Planned] = {}
        """The fields that took more than to be read, by their names in the answer."""
        self._fields = fields
        known_steps = steps_of(of)
        for name, nodes in fields.items():
            own_name = nodes[0].name.value
            found = known_steps.get(own_name) or step(schema, of, own_name)
            if found is not None:
                self.steps.append(found if found[0] == name else (name, *found[1:]))

    def ask(self, name: str, known: Known) -> Planned:
        """A field that takes more than to be read."""
        asked = self.asked.get(name)
        if asked is None:
            asked = Planned(name, self._fields[name], known, is_kept=self.is_kept)
            self.asked[name] = asked
        return asked


Key: TypeAlias = tuple[object, ...]
"""A type, and by their ids the nodes that ask for an object of it. They are the document's, which
lives as long as what is planned for it."""


def key_of(of: GraphQLObjectType, asking: Asking) -> Key:
    """The key of what nodes ask of objects of a type."""
    return (of.name, *map(id, asking))


class Shape:
    """The plans of one operation: as many as there is room for, as a fragment's types multiply."""

    def __init__(self, operation: OperationDefinitionNode) -> None:
        self.operation = operation
        self.plans: dict[Key, Plan] = {}
        self._fields_kept = 0

    def has_room(self, fields: int) -> bool:
        """Whether a plan of so many more fields may be kept; if so, it counts."""
        has_room = self._fields_kept + fields <= FIELDS_KEPT
        if has_room:
            self._fields_kept += fields
        return has_room


Shapes: TypeAlias = dict[str | None, Shape]
"""Those of a document, by the names of its operations."""


def planned_of(
    schema: GraphQLSchema,
    of: GraphQLObjectType,
    asking: Asking,
    fragments: Fragments,
) -> Fields | None:
    """The fields that nodes ask of an object of a type; None if directives decide about them."""
    fields: Fields = {}
    seen: set[str] = set()
    for node in asking:
        selections = node.selection_set.selections if node.selection_set else ()
        if not _collect(schema, of, selections, fragments, fields, seen):
            return None
    return fields


def _collect(
    schema: GraphQLSchema,
    of: GraphQLObjectType,
    selections: Iterable[SelectionNode],
    fragments: Fragments,
    fields: Fields,
    seen: set[str],
) -> bool:
    for node in selections:
        if node.directives:
            return False
        if isinstance(node, FieldNode):
            fields.setdefault((node.alias or node.name).value, []).append(node)
            continue
        assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
        fragment = _fragment(node, fragments, seen)
        if (
            fragment is not None
            and does_fragment_condition_match(schema, fragment, of)
            and not _collect(schema, of, fragment.selection_set.selections, fragments, fields, seen)
        ):
            return False
    return True


def _fragment(
    node: InlineFragmentNode | FragmentSpreadNode, fragments: Fragments, seen: set[str]
) -> InlineFragmentNode | FragmentDefinitionNode | None:
    """What is spread there; None if that was already."""
    if isinstance(node, InlineFragmentNode):
        return node
    name = node.name.value
    if name in seen:
        return None
    seen.add(name)
    return fragments.get(name)
