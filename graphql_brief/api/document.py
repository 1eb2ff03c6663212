"""A document: the text of a request, with all that can be made of it once and kept.

It goes through Strawberry as the text that it is, from whoever knows it (`http.documents`) to the
extension here, which has it executed as it was made: not parsed, measured or validated again.
"""

import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from graphql_brief.api import limits
from graphql_brief.api.errors import ApiCode, ApiError, presentable
from graphql_brief.api.parsing import held_bytes, parse
from graphql_brief.api.plan import Shapes
from graphql_brief.api.validation import errors_of

TEXT_COPIES = 4
"""How often a text is there at most: for the parser and in a token beside the document itself."""
NAME_BOUND = 100
"""Most characters of an operation's name that are kept for the accounts."""
EMPTY_BYTES = 5_000
"""What a document takes beside its text and its tree."""


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

    def is_subscription(self, name: str | None) -> bool:
        """Whether the operation of this name, or without one the first, is a subscription."""
        return self.operation_type(name) is OperationType.SUBSCRIPTION

    def faults(self, given: Mapping[str, Any] | None, name: str | None) -> list[GraphQLError]:
        """Why the operation of this name is not executed with these variables; empty: it is."""
        if self.unreadable is not None:
            return [self.unreadable]
        refusal = self.refusal(given, name)
        if refusal is None and name is None and len(self.operations) > 1:
            refusal = _unnamed(len(self.operations))
        return [refusal] if refusal else [*self.invalid]  # what is beyond a bound is not validated

    def refusal(self, given: Mapping[str, Any] | None, name: str | None = None) -> ApiError | None:
        """The bound that the document is beyond with these variables, if there is one."""
        return self._checked.refusal or limits.check_cost(self.cost(given, name))

    @cached_property
    def invalid(self) -> list[GraphQLError]:
        """Where the document does not fit the schema."""
        assert self.tree is not None
        return errors_of(self._schema, self.tree)

    def cost(self, given: Mapping[str, Any] | None = None, name: str | None = None) -> int:
        """What the operation of this name costs with these variables; without one, the dearest."""
        operations = self._checked.operations
        return max(
            (found.cost(given or {}) for found in operations if name in (None, found.name)),
            default=0,
        )

    @property
    def introspects(self) -> bool:
        """Whether an operation asks for the schema."""
        return any(found.size.introspects for found in self._checked.operations)

    def called(self, name: str | None) -> str | None:
        """The name of the operation that is asked for, be it by its being the only one."""
        named = [found.name for found in self.operations if name in (None, found.name)]
        return named[0] if len(named) == 1 else None

    @property
    def held_bytes(self) -> int:
        """About what the document takes in memory, whatever is made of it."""
        tree = held_bytes(self.tree) if self.tree else 0
        return EMPTY_BYTES + TEXT_COPIES * sys.getsizeof(self) + tree

    @cached_property
    def _checked(self) -> limits.Checked:
        if self.tree is None:
            return limits.Checked(None, ())
        return limits.check(self._schema, self, self.tree)


class Accounted(NamedTuple):
    """What is known of an operation before it is executed, for those who keep accounts."""

    name: str | None
    """As its document has it, cut at NAME_BOUND; None if it has none, or is not in it."""
    cost: int


ACCOUNTED: ContextVar[Accounted | None] = ContextVar("accounted", default=None)
"""The operation that was looked at last in this task."""


class Prepared(SchemaExtension):
    """Executes documents as they were made; of a mere text, one is made for this time.

    It tells the cost to who asks for it.
    """

    _accounted: Accounted | None = None

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
        asked, document = self.execution_context, self._document
        name, context = asked._provided_operation_name, asked.context
        if document.tree is not None:
            called = document.called(name)
            self._accounted = Accounted(
                called[:NAME_BOUND] if called is not None else None,
                document.cost(asked.variables, name),
            )
            ACCOUNTED.set(self._accounted)
        if document.introspects and context is not None and not context.introspection:
            asked.pre_execution_errors = [limits.no_introspection()]
        else:
            asked.pre_execution_errors = document.faults(asked.variables, name)
        yield

    def get_results(self) -> dict[str, Any]:
        """`extensions.cost` of the answer, if the request's `extensions` ask for it."""
        asked = self.execution_context.operation_extensions or {}
        if asked.get("cost") is not True or self._accounted is None:
            return {}
        return {"cost": {"requested": self._accounted.cost, "bound": limits.COST_BOUND}}

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
        limits.check_length(text)
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
