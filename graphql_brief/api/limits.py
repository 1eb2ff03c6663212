"""Bounds on a document, checked before it is executed, most of them before it is validated.

| what                                        | bound | checked      |
|---------------------------------------------|-------|--------------|
| tokens                                      | 5,000 | in the lexer |
| fragments                                   |   100 | on the tree  |
| fields within fields                        |    20 | on the tree  |
| fields, with every use of a fragment opened | 2,000 | on the tree  |
| aliases, counted the same way               |   200 | on the tree  |

What is nested too deeply for the parser's own recursion is refused by graphql-core. A fragment is
measured once, because fragments that spread each other twice open into 2^n fields.
"""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from strawberry.extensions import SchemaExtension

from graphql_brief.api.errors import ApiCode, ApiError

TOKENS_BOUND = 5_000
FRAGMENTS_BOUND = 100
DEPTH_BOUND = 20
FIELDS_BOUND = 2_000
ALIASES_BOUND = 200


class Limits(SchemaExtension):
    """Refuses documents beyond the bounds."""

    def on_operation(self) -> Iterator[None]:
        """Bound the lexer."""
        self.execution_context.parse_options["max_tokens"] = TOKENS_BOUND
        yield

    def on_validate(self) -> Iterator[None]:
        """Measure the tree before the rules of validation walk it."""
        document = self.execution_context.graphql_document
        refusal = None if document is None else _refusal(document)
        if refusal is not None:
            # Set and not raised: what is raised here ends a subscription without an answer.
            self.execution_context.pre_execution_errors = [refusal]
        yield


def _refusal(document: DocumentNode) -> ApiError | None:
    # Measuring descends from fragment to fragment, so they are counted first.
    fragments = sum(isinstance(found, FragmentDefinitionNode) for found in document.definitions)
    if fragments > FRAGMENTS_BOUND:
        return _too_much("fragments", fragments, FRAGMENTS_BOUND)
    size = size_of(document)
    for what, found, bound in (
        ("fields within fields", size.depth, DEPTH_BOUND),
        ("fields", size.fields, FIELDS_BOUND),
        ("aliases", size.aliases, ALIASES_BOUND),
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


def size_of(document: DocumentNode) -> Size:
    """The size of the largest operation in each respect."""
    fragments = {
        found.name.value: found
        for found in document.definitions
        if isinstance(found, FragmentDefinitionNode)
    }
    measured: dict[str, Size] = {}
    sizes = [
        _size(found.selection_set, fragments, measured)
        for found in document.definitions
        if isinstance(found, OperationDefinitionNode)
    ]
    return Size(*(max(column) for column in zip(*sizes, strict=True))) if sizes else Size()


def _size(
    selections: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    measured: dict[str, Size],
) -> Size:
    depth = fields = aliases = 0
    for node in selections.selections:
        inner = Size()
        own = 0
        if isinstance(node, FieldNode):
            own = 1
            fields += 1
            aliases += node.alias is not None
            if node.selection_set is not None:
                inner = _size(node.selection_set, fragments, measured)
        elif isinstance(node, InlineFragmentNode):
            inner = _size(node.selection_set, fragments, measured)
        elif isinstance(node, FragmentSpreadNode):
            inner = _fragment_size(node.name.value, fragments, measured)
        depth = max(depth, own + inner.depth)
        fields += inner.fields
        aliases += inner.aliases
    return Size(depth, fields, aliases)


def _fragment_size(
    name: str, fragments: dict[str, FragmentDefinitionNode], measured: dict[str, Size]
) -> Size:
    if name not in measured:
        # Zero while it is being measured: a cycle ends here, and validation refuses it.
        measured[name] = Size()
        if name in fragments:
            measured[name] = _size(fragments[name].selection_set, fragments, measured)
    return measured[name]
