"""A quick proof that a document is valid, for most of those that are.

graphql-core walks a document for some thirty rules, each of which is asked at every node: that
takes as long as the execution. Here it is walked once, down the merged selections as the executor
goes, with all rules in mind. What is proven breaks none of them. What is not proven may be valid
or not: the rules decide on that, as if nothing had been tried, and so their errors are the only
ones that anybody sees.

A step is free to give up where a rule is intricate: at several operations, at subscriptions, at
introspection, at directives beyond `@skip` and `@include`, and where fields that share a response
key are not the same field with the same arguments; for values, see `proven_values`.
"""

from collections.abc import Sequence

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    is_composite_type,
    print_ast,
    specified_rules,
    validate,
)
from graphql.type import GraphQLCompositeType
from graphql.utilities import do_types_overlap

from graphql_brief.api.one_of import RequiredOneOf
from graphql_brief.api.proven_values import UnprovenError, Values
from graphql_brief.api.schema_facts import Fact, SchemaFacts, facts_of

DEPTH_BOUND = 30
"""Fields within fields that are looked into: a fragment that spreads itself ends here."""
SELECTIONS_BOUND = 5_000
"""Selections that are looked at, each as often as fragments bring it."""

RULES = (*specified_rules, RequiredOneOf)
"""What a valid document keeps to."""

_CONDITION = GraphQLNonNull(GraphQLBoolean)


def errors_of(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What the rules say against a document; empty for a valid one."""
    return [] if proves(schema, document) else validate(schema, document, RULES)


def proves(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether a document is sure to be valid."""
    try:
        _Proof(facts_of(schema), document).find()
    except UnprovenError:
        return False
    return True


_Scope = tuple[GraphQLCompositeType, SelectionSetNode]
_Found = tuple[FieldNode, Fact]


class _Proof:
    """The proof of one document. Every method raises UnprovenError where it cannot go on."""

    def __init__(self, facts: SchemaFacts, document: DocumentNode) -> None:
        self._facts = facts
        self._schema = facts.schema
        self._document = document
        self._values = Values(facts.schema)
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._conditions: dict[str, GraphQLCompositeType] = {}
        """What each fragment that was spread is on."""
        self._left = SELECTIONS_BOUND

    def find(self) -> None:
        """Go through all of it."""
        operation = self._operation()
        root = self._schema.get_root_type(operation.operation)
        if root is None or operation.operation is OperationType.SUBSCRIPTION:
            raise UnprovenError
        self._values.declare(operation)
        self._merge([(root, operation.selection_set)], DEPTH_BOUND)
        self._values.check_all_used()
        if len(self._conditions) < len(self._fragments):
            raise UnprovenError

    def _operation(self) -> OperationDefinitionNode:
        """The only operation; the fragments are noted."""
        operations = []
        for found in self._document.definitions:
            match found:
                case OperationDefinitionNode() if not found.directives:
                    operations.append(found)
                case FragmentDefinitionNode() if not (
                    found.directives or found.variable_definitions
                ):
                    if found.name.value in self._fragments:
                        raise UnprovenError
                    self._fragments[found.name.value] = found
                case _:
                    raise UnprovenError
        if len(operations) != 1:
            raise UnprovenError
        return operations[0]

    def _merge(self, scopes: Sequence[_Scope], depth: int) -> None:
        """Selections that are answered by one object.

        Fields with one response key must be the same field, so that they can be merged whatever
        the object is; and what is selected within them is answered by one object again.
        """
        if depth == 0:
            raise UnprovenError
        by_key: dict[str, list[_Found]] = {}
        spread: set[str] = set()
        for parent, selections in scopes:
            self._collect(parent, selections, by_key, spread, ())
        for same in by_key.values():
            if len(same) > 1:
                _check_same(same)
            if same[0][1].within is not None:
                inner = [
                    (field.within, node.selection_set)
                    for node, field in same
                    if field.within is not None and node.selection_set is not None
                ]
                self._merge(inner, depth - 1)

    def _collect(
        self,
        parent: GraphQLCompositeType,
        selections: SelectionSetNode,
        by_key: dict[str, list[_Found]],
        spread: set[str],
        inside: tuple[str, ...],
    ) -> None:
        """The fields of a selection, by response key; `inside` are the fragments around it."""
        self._left -= len(selections.selections)
        if self._left < 0:
            raise UnprovenError
        facts = self._facts.of(parent)
        for node in selections.selections:
            if node.directives:
                self._directives(node.directives)
            if isinstance(node, FieldNode):
                fact = facts.get(node.name.value)
                if fact is None:
                    raise UnprovenError
                self._field(node, fact)
                key = (node.alias or node.name).value
                if key in by_key:
                    by_key[key].append((node, fact))
                else:
                    by_key[key] = [(node, fact)]
            else:
                self._fragment(node, parent, by_key, spread, inside)

    def _fragment(
        self,
        node: SelectionNode,
        parent: GraphQLCompositeType,
        by_key: dict[str, list[_Found]],
        spread: set[str],
        inside: tuple[str, ...],
    ) -> None:
        """The fields that a fragment adds to a selection."""
        match node:
            case InlineFragmentNode():
                on = parent
                if node.type_condition is not None:
                    on = self._condition(node.type_condition.name.value, parent)
                self._collect(on, node.selection_set, by_key, spread, inside)
            case FragmentSpreadNode():
                name = node.name.value
                fragment = self._fragments.get(name)
                if fragment is None or name in inside:
                    raise UnprovenError
                on = self._condition(fragment.type_condition.name.value, parent)
                self._conditions[name] = on
                if name not in spread:
                    spread.add(name)
                    self._collect(on, fragment.selection_set, by_key, spread, (*inside, name))
            case _:
                raise UnprovenError

    def _condition(self, name: str, parent: GraphQLCompositeType) -> GraphQLCompositeType:
        """The type with this name, of which an object of the other may be."""
        found = self._schema.get_type(name)
        if found is parent:
            return parent
        if not is_composite_type(found) or not do_types_overlap(self._schema, parent, found):
            raise UnprovenError
        return found

    def _field(self, node: FieldNode, fact: Fact) -> None:
        if (node.selection_set is None) is not (fact.within is None):
            raise UnprovenError
        if node.arguments or fact.required:
            self._arguments(node.arguments or (), fact)

    def _arguments(self, nodes: Sequence[ArgumentNode], fact: Fact) -> None:
        given = {node.name.value for node in nodes}
        if len(given) < len(nodes) or not fact.required <= given <= fact.arguments.keys():
            raise UnprovenError
        for node in nodes:
            self._values.check(node.value, fact.arguments[node.name.value].type)

    def _directives(self, nodes: Sequence[DirectiveNode]) -> None:
        if len({node.name.value for node in nodes}) < len(nodes):
            raise UnprovenError
        for node in nodes:
            names = [argument.name.value for argument in node.arguments or ()]
            if node.name.value not in ("skip", "include") or names != ["if"]:
                raise UnprovenError
            self._values.check((node.arguments or ())[0].value, _CONDITION)


def _check_same(found: Sequence[_Found]) -> None:
    (first, field), *others = found
    for node, other in others:
        if (
            node.name.value != first.name.value
            or (other.kind is not field.kind and str(other.kind) != str(field.kind))
            or _written(node.arguments) != _written(first.arguments)
        ):
            raise UnprovenError


def _written(nodes: Sequence[ArgumentNode] | None) -> list[str]:
    return [print_ast(node) for node in nodes or ()]
