"""A document: the text of a request, with all that can be made of it once and kept.

It goes through Strawberry as the text that it is, from whoever knows it (`http.documents`) to the
extension here, which has it executed as it was made: not parsed, measured or validated again.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from graphql_brief.api import limits
from graphql_brief.api.errors import ApiCode, ApiError, presentable
from graphql_brief.api.executor import Shapes
from graphql_brief.api.validation import errors_of

TOKEN_BYTES = 700
"""What a token of a document takes in memory, with the part of the tree that is made of it."""
TEXT_COPIES = 4
"""How often a text is there at most: for the parser and in a token beside the document itself."""
EMPTY_BYTES = 5_000
"""What a document takes beside its text and its tokens."""


class Operation(NamedTuple):
    """An operation of a document; at most one has no name, if the document is valid."""

    name: str | None
    type: OperationType


class Document(str):
    """A text, parsed; what else is made of it is made when it is first needed."""

    digest: str
    """SHA-256 of the text in UTF-8, in lower hexadecimal."""
    tree: DocumentNode | None
    unreadable: GraphQLError | None
    """Why there is no tree, as the client may see it."""
    operations: tuple[Operation, ...]
    shapes: Shapes
    _schema: GraphQLSchema

    def __new__(cls, schema: GraphQLSchema, text: str) -> "Document":
        """Parse the text. Nothing is raised: what is no GraphQL is known as that."""
        made = super().__new__(cls, text)
        made.digest = digest_of(text)
        made.tree, made.unreadable = _parsed(text)
        made.operations = _operations(made.tree)
        made.shapes = {}
        made._schema = schema
        return made

    def operation_type(self, name: str | None) -> OperationType | None:
        """The type of the operation of this name, or without one of the first; None: no such."""
        return next((found.type for found in self.operations if name in (None, found.name)), None)

    def faults(self, given: Mapping[str, Any] | None, name: str | None) -> list[GraphQLError]:
        """Why the operation of this name is not executed with these variables; empty: it is."""
        if self.unreadable is not None:
            return [self.unreadable]
        refusal = self.refusal(given)
        if refusal is None and name is None and len(self.operations) > 1:
            refusal = _unnamed(len(self.operations))
        return [refusal] if refusal else [*self.invalid]  # what is beyond a bound is not validated

    def refusal(self, given: Mapping[str, Any] | None) -> ApiError | None:
        """The bound that the document is beyond with these variables, if there is one."""
        checked = self._checked
        return checked.refusal or limits.check_cost(checked.operations, given or {})

    @cached_property
    def invalid(self) -> list[GraphQLError]:
        """Where the document does not fit the schema."""
        assert self.tree is not None
        return errors_of(self._schema, self.tree)

    def cost(self, given: Mapping[str, Any] | None = None) -> int:
        """Fields that the largest answer has with these variables, with lists as assumed."""
        operations = self._checked.operations
        return max((found.cost(given or {}) for found in operations), default=0)

    @property
    def held_bytes(self) -> int:
        """About what the document takes in memory, whatever is made of it."""
        tokens = self.tree.token_count or 0 if self.tree else 0
        return EMPTY_BYTES + TEXT_COPIES * sys.getsizeof(self) + TOKEN_BYTES * tokens

    @cached_property
    def _checked(self) -> limits.Checked:
        if self.tree is None:
            return limits.Checked(None, ())
        return limits.check(self._schema, self, self.tree)


class Prepared(SchemaExtension):
    """Executes documents as they were made; of a mere text, one is made for this time."""

    def on_operation(self) -> Iterator[None]:
        """Bound the lexer, should it be Strawberry that parses."""
        self.execution_context.parse_options["max_tokens"] = limits.TOKENS_BOUND
        yield

    def on_parse(self) -> Iterator[None]:
        """Give the tree. Where there is none, Strawberry tries to parse, and says why."""
        asked = self.execution_context
        text = asked.query or ""
        self._document = (
            text if isinstance(text, Document) else Document(asked.schema._schema, text)
        )
        asked.graphql_document = self._document.tree
        yield

    def on_validate(self) -> Iterator[None]:
        """Give what is wrong, or an empty list, with which nobody validates again.

        Given and not raised: what is raised here ends a subscription without an answer.
        """
        asked = self.execution_context
        asked.pre_execution_errors = self._document.faults(
            asked.variables, asked._provided_operation_name
        )
        yield

    def on_execute(self) -> Iterator[None]:
        """Give what executions share; of what is no query, say that it is nobody else's."""
        asked = self.execution_context
        if asked.context is not None:
            asked.context.shapes = self._document.shapes
        if asked.operation_type is not OperationType.QUERY:
            asked.context.footprint.personal()
        yield


def digest_of(text: str) -> str:
    """The name that a document of this text is known by."""
    return sha256(text.encode()).hexdigest()


def _parsed(text: str) -> tuple[DocumentNode | None, GraphQLError | None]:
    try:
        return parse(text, max_tokens=limits.TOKENS_BOUND), None
    except GraphQLError as error:
        # It is kept, and would keep the parser with all that this holds.
        return None, presentable(error.with_traceback(None))


def _operations(tree: DocumentNode | None) -> tuple[Operation, ...]:
    return tuple(
        Operation(found.name.value if found.name else None, OperationType(found.operation.value))
        for found in (tree.definitions if tree else ())
        if isinstance(found, OperationDefinitionNode)
    )


def _unnamed(number: int) -> ApiError:
    """Strawberry takes the first operation; the specification (§6.1) leaves no choice."""
    message = f"the document has {number} operations: name one in `operationName`"
    return ApiError(ApiCode.BAD_USER_INPUT, message)
