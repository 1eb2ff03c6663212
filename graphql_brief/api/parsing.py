"""A quick parser for what clients send, with the library's own behind it.

graphql-core reads a document character by character, and keeps every token. Here the tree is made
in one pass over tokens that a regular expression cuts: the same nodes, of the same classes, at the
same places. Whatever is unusual is left to the library, the whole text of it: what is neither
operation nor fragment, strings with escapes, block strings, descriptions, directives of variables,
deep nesting, too many tokens, and all that is not GraphQL. So the library alone decides what is
wrong, and says so; properties compare the two on random texts.
"""

from collections.abc import Callable
from typing import TypeVar

import graphql
from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
)

from graphql_brief.api.lexing import Place, UnusualError, blank, made, put
from graphql_brief.api.parsed_values import Values

TOKEN_BYTES = 500
"""What a token of a document takes in memory, with the part of the tree that is made of it."""
LIBRARY_TOKEN_BYTES = 700
"""The same where the library parsed: it keeps the token too."""

_N = TypeVar("_N")

_OPERATIONS = {kind.value: kind for kind in OperationType}
_BEHIND_NAMES = frozenset("(@{")


def parse(text: str, *, max_tokens: int) -> DocumentNode:
    """The tree of a document. Raises GraphQLError, as the library does."""
    try:
        return _Parser(text, max_tokens).document()
    except UnusualError:
        pass  # an error that is raised here would keep this one
    tree = graphql.parse(text, max_tokens=max_tokens)
    _part_tokens(tree)
    return tree


def held_bytes(tree: DocumentNode) -> int:
    """About what a tree takes in memory."""
    each = TOKEN_BYTES if isinstance(tree.loc, Place) else LIBRARY_TOKEN_BYTES
    return each * tree.token_count


def _part_tokens(tree: DocumentNode) -> None:
    """Tokens hold each other both ways: of a document let go of, all would wait for the collector,
    which looks by the number of objects and not by their size."""
    token = tree.loc.start_token if tree.loc else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


class _Parser(Values):
    """Reads what documents are made of. Raises UnusualError where it cannot go on."""

    def document(self) -> DocumentNode:
        """All of it."""
        found = [self._definition()]
        while not self.is_at_end:
            found.append(self._definition())
        tree = made(DocumentNode, self.whole(), definitions=tuple(found))
        put(tree, "token_count", self.count)
        return tree

    def _definition(self) -> OperationDefinitionNode | FragmentDefinitionNode:
        first = self.at
        word = self.tokens[first]
        if word == "fragment":
            return self._fragment()
        parts: dict[str, object] = {"operation": OperationType.QUERY}
        if word != "{":
            parts = self._head()
        selections = self._selections()
        return made(OperationDefinitionNode, self.since(first), selection_set=selections, **parts)

    def _head(self) -> dict[str, object]:
        """An operation up to its selections."""
        operation = _OPERATIONS.get(self.tokens[self.at])
        if operation is None:
            raise UnusualError
        self.at += 1
        parts: dict[str, object] = {"operation": operation}
        if self.tokens[self.at].isidentifier():
            parts["name"] = self.name()
        if self.tokens[self.at] == "(":
            parts["variable_definitions"] = self._variable_definitions()
        if self.tokens[self.at] == "@":
            parts["directives"] = self._directives()
        return parts

    def _fragment(self) -> FragmentDefinitionNode:
        first = self.at
        self.expect("fragment")
        if self.tokens[self.at] == "on":
            raise UnusualError
        parts: dict[str, object] = {"name": self.name(), "variable_definitions": ()}
        self.expect("on")
        parts["type_condition"] = self.named_type()
        if self.tokens[self.at] == "@":
            parts["directives"] = self._directives()
        parts["selection_set"] = self._selections()
        return made(FragmentDefinitionNode, self.since(first), **parts)

    def _variable_definitions(self) -> tuple[VariableDefinitionNode, ...]:
        return self._bracketed(self._variable_definition)

    def _variable_definition(self) -> VariableDefinitionNode:
        first = self.at
        parts: dict[str, object] = {"variable": self.variable()}
        self.expect(":")
        parts["type"] = self.type_reference()
        if self.may_be("="):
            parts["default_value"] = self.value(is_constant=True)
        return made(VariableDefinitionNode, self.since(first), **parts)

    def _selections(self) -> SelectionSetNode:
        first, tokens = self.at, self.tokens
        self.open("{")
        found: list[SelectionNode] = []
        while tokens[self.at] != "}":
            found.append(self._spread() if tokens[self.at] == "..." else self._field())
        self.close()
        return made(SelectionSetNode, self.since(first), selections=tuple(found))

    def _field(self) -> FieldNode:
        first, tokens = self.at, self.tokens
        name = self.name()
        alias = arguments = directives = selections = None
        if tokens[self.at] == ":":
            alias = name
            self.at += 1
            name = self.name()
        if tokens[self.at] in _BEHIND_NAMES:
            if tokens[self.at] == "(":
                arguments = self._arguments()
            if tokens[self.at] == "@":
                directives = self._directives()
            if tokens[self.at] == "{":
                selections = self._selections()
        node = blank(FieldNode)
        put(node, "loc", self.since(first) if self.at > first + 1 else name.loc)
        put(node, "directives", directives)
        put(node, "name", name)
        put(node, "alias", alias)
        put(node, "arguments", arguments)
        put(node, "selection_set", selections)
        return node

    def _spread(self) -> FragmentSpreadNode | InlineFragmentNode:
        first = self.at
        self.expect("...")
        parts: dict[str, object] = {}
        is_inline = not self.tokens[self.at].isidentifier()
        if self.may_be("on"):
            is_inline = True
            parts["type_condition"] = self.named_type()
        elif not is_inline:
            parts["name"] = self.name()
        if self.tokens[self.at] == "@":
            parts["directives"] = self._directives()
        if not is_inline:
            return made(FragmentSpreadNode, self.since(first), **parts)
        parts["selection_set"] = self._selections()
        return made(InlineFragmentNode, self.since(first), **parts)

    def _arguments(self) -> tuple[ArgumentNode, ...]:
        return self._bracketed(self._argument)

    def _argument(self) -> ArgumentNode:
        first = self.at
        name = self.name()
        self.expect(":")
        value = self.value()
        return made(ArgumentNode, self.since(first), name=name, value=value)

    def _bracketed(self, read: Callable[[], _N]) -> tuple[_N, ...]:
        """One or more in round brackets."""
        self.open("(")
        found = [read()]
        while self.tokens[self.at] != ")":
            found.append(read())
        self.close()
        return tuple(found)

    def _directives(self) -> tuple[DirectiveNode, ...]:
        found = []
        while self.tokens[first := self.at] == "@":
            self.at += 1
            parts: dict[str, object] = {"name": self.name()}
            if self.tokens[self.at] == "(":
                parts["arguments"] = self._arguments()
            found.append(made(DirectiveNode, self.since(first), **parts))
        return tuple(found)
