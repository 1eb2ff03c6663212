"""Bounds on a document, checked before it is executed, most of them before it is validated.

| what                                        | bound | checked      |
|---------------------------------------------|-------|--------------|
| tokens                                      | 5,000 | in the lexer |
| digits in a row                             | 1,000 | on the text  |
| fragments                                   |   100 | on the tree  |
| fields within fields                        |    20 | on the tree  |
| fields, with every use of a fragment opened | 2,000 | on the tree  |
| aliases, counted the same way               |   200 | on the tree  |
| fields to answer, with lists as assumed     | 50,000 | on the tree |

What is nested too deeply for the parser's own recursion is refused by graphql-core. A fragment is
measured once, because fragments that spread each other twice open into 2^n fields.
"""

import re
from collections.abc import Iterator, Mapping
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
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from graphql_brief.api.connections import FIRST
from graphql_brief.api.errors import ApiCode, ApiError

TOKENS_BOUND = 5_000
FRAGMENTS_BOUND = 100
DEPTH_BOUND = 20
DIGITS_BOUND = 1_000
FIELDS_BOUND = 2_000
ALIASES_BOUND = 200
COST_BOUND = 50_000
LIST_ASSUMED = 10
"""Entries that a list without pages is taken to have."""


# Python refuses to read a longer number, with an error that is nobody's to see.
_LONG_NUMBER = re.compile(rf"[0-9]{{{DIGITS_BOUND + 1}}}")


class Limits(SchemaExtension):
    """Refuses documents beyond the bounds."""

    def on_operation(self) -> Iterator[None]:
        """Bound the lexer."""
        self.execution_context.parse_options["max_tokens"] = TOKENS_BOUND
        yield

    def on_execute(self) -> Iterator[None]:
        """Say of what is no query that its answer is nobody else's."""
        if self.execution_context.operation_type is not OperationType.QUERY:
            self.execution_context.context.footprint.personal()
        yield

    def on_validate(self) -> Iterator[None]:
        """Measure the tree before the rules of validation walk it."""
        asked = self.execution_context
        document = asked.graphql_document
        refusal = None
        if document is not None:
            refusal = _refusal(asked.schema._schema, document, asked.variables or {})
        if _LONG_NUMBER.search(asked.query or ""):
            refusal = _too_much("digits in a number", DIGITS_BOUND + 1, DIGITS_BOUND)
        elif document is not None and asked._provided_operation_name is None:
            refusal = refusal or _unnamed(document)
        if refusal is not None:
            # Set and not raised: what is raised here ends a subscription without an answer.
            self.execution_context.pre_execution_errors = [refusal]
        yield


def _unnamed(document: DocumentNode) -> ApiError | None:
    """Strawberry takes the first operation; the specification (§6.1) leaves no choice."""
    found = sum(isinstance(found, OperationDefinitionNode) for found in document.definitions)
    if found < 2:
        return None
    message = f"the document has {found} operations: name one in `operationName`"
    return ApiError(ApiCode.BAD_USER_INPUT, message)


def _refusal(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
) -> ApiError | None:
    # Measuring descends from fragment to fragment, so they are counted first.
    fragments = sum(isinstance(found, FragmentDefinitionNode) for found in document.definitions)
    if fragments > FRAGMENTS_BOUND:
        return _too_much("fragments", fragments, FRAGMENTS_BOUND)
    size = Measure(schema, document, variables).largest()
    for what, found, bound in (
        ("fields within fields", size.depth, DEPTH_BOUND),
        ("fields", size.fields, FIELDS_BOUND),
        ("aliases", size.aliases, ALIASES_BOUND),
        ("fields to answer", size.cost, COST_BOUND),
    ):
        if found > bound:
            return _too_much(what, found, bound)
    return None


def _too_much(what: str, found: int, bound: int) -> ApiError:
    shown = found if found < 1_000_000 else "far more than a million"
    return ApiError(
        ApiCode.DOCUMENT_TOO_LARGE, f"the document has {shown} {what}, the bound is {bound}"
    )


class Size(NamedTuple):
    """What a selection opens into."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0
    """Fields of the answer, if every list is as long as is assumed."""


class Measure:
    """Measures the operations of one document against a schema; each fragment once."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._variables = dict(variables)
        self._fragments = {
            found.name.value: found
            for found in document.definitions
            if isinstance(found, FragmentDefinitionNode)
        }
        self._operations = [
            found for found in document.definitions if isinstance(found, OperationDefinitionNode)
        ]
        self._measured: dict[str, Size] = {}

    def largest(self) -> Size:
        """The size of the largest operation in each respect."""
        sizes = [
            self._selections(found.selection_set, self._schema.get_root_type(found.operation))
            for found in self._operations
        ]
        return Size(*(max(column) for column in zip(*sizes, strict=True))) if sizes else Size()

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Size:
        found = [self._selection(node, parent) for node in selections.selections]
        return Size(
            max((size.depth for size in found), default=0),
            sum(size.fields for size in found),
            sum(size.aliases for size in found),
            sum(size.cost for size in found),
        )

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Size:
        match node:
            case FieldNode():
                return self._field(node, parent)
            case InlineFragmentNode():
                on = node.type_condition
                kind = self._schema.get_type(on.name.value) if on else parent
                return self._selections(node.selection_set, kind)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                return Size()

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Size:
        inner = Size()
        length = 1
        if node.selection_set is not None:
            field = getattr(parent, "fields", {}).get(node.name.value)
            kind = get_named_type(field.type) if field else None
            inner = self._selections(node.selection_set, kind)
            if field is not None:
                length = self._length(node, field)
        return Size(
            inner.depth + 1,
            inner.fields + 1,
            inner.aliases + (node.alias is not None),
            1 + length * inner.cost,
        )

    def _length(self, node: FieldNode, field: GraphQLField) -> int:
        """How many entries the field is taken to have: as many as asked for, or as assumed."""
        if "first" in field.args:
            asked = [
                value_from_ast_untyped(argument.value, self._variables)
                for argument in node.arguments or ()
                if argument.name.value in ("first", "last")
            ]
            return max((size for size in asked if isinstance(size, int)), default=FIRST)
        # The edges of a connection are as many as the connection was taken to have.
        if is_list_type(get_nullable_type(field.type)) and node.name.value != "edges":
            return LIST_ASSUMED
        return 1

    def _fragment(self, name: str) -> Size:
        if name not in self._measured:
            # Zero while it is being measured: a cycle ends here, and validation refuses it.
            self._measured[name] = Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                kind = self._schema.get_type(fragment.type_condition.name.value)
                self._measured[name] = self._selections(fragment.selection_set, kind)
        return self._measured[name]
