"""The values, variables and types of a document, made of its tokens as the library makes them."""

import re

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    TypeNode,
    ValueNode,
    VariableNode,
)

from graphql_brief.api.lexing import Lexed, Place, UnusualError, made

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][0-9]+)?)")
_BOOLEANS = {"true": True, "false": False}


class Values(Lexed):
    """Reads them. Raises UnusualError where it cannot go on."""

    def variable(self) -> VariableNode:
        """A variable where it is declared or used."""
        first = self.at
        self.expect("$")
        name = self.name()
        return made(VariableNode, self.since(first), name=name)

    def type_reference(self) -> TypeNode:
        """The type of a variable."""
        first = self.at
        found: NamedTypeNode | ListTypeNode
        if self.tokens[first] == "[":
            self.open("[")
            of = self.type_reference()
            if self.tokens[self.at] != "]":
                raise UnusualError
            self.close()
            found = made(ListTypeNode, self.since(first), type=of)
        else:
            found = self.named_type()
        return made(NonNullTypeNode, self.since(first), type=found) if self.may_be("!") else found

    def named_type(self) -> NamedTypeNode:
        """A type by its name."""
        name = self.name()
        return made(NamedTypeNode, name.loc, name=name)

    def value(self, *, is_constant: bool = False) -> ValueNode:
        """Any value; one that is constant has no variables in it."""
        begin = self.tokens[self.at][:1]
        if begin == "$" and not is_constant:
            return self.variable()
        if begin == "[":
            return self._list(is_constant)
        if begin == "{":
            return self._object(is_constant)
        return self._scalar()

    def _scalar(self) -> ValueNode:
        if self.is_at_end:
            raise UnusualError
        word = self.tokens[self.at]
        self.at += 1
        place = self.since(self.at - 1)
        if word.isidentifier():
            return _named(word, place)
        if word.startswith('"'):
            return made(StringValueNode, place, value=word[1:-1], block=False)
        number = _NUMBER.fullmatch(word)
        if number is None:
            raise UnusualError
        return made(FloatValueNode if number[1] else IntValueNode, place, value=word)

    def _list(self, is_constant: bool) -> ListValueNode:
        first = self.at
        self.open("[")
        found = []
        while self.tokens[self.at] != "]":
            found.append(self.value(is_constant=is_constant))
        self.close()
        return made(ListValueNode, self.since(first), values=tuple(found))

    def _object(self, is_constant: bool) -> ObjectValueNode:
        first = self.at
        self.open("{")
        found = []
        while self.tokens[field := self.at] != "}":
            name = self.name()
            self.expect(":")
            value = self.value(is_constant=is_constant)
            found.append(made(ObjectFieldNode, self.since(field), name=name, value=value))
        self.close()
        return made(ObjectValueNode, self.since(first), fields=tuple(found))


def _named(word: str, place: Place) -> ValueNode:
    if word in _BOOLEANS:
        return made(BooleanValueNode, place, value=_BOOLEANS[word])
    if word == "null":
        return made(NullValueNode, place)
    return made(EnumValueNode, place, value=word)
