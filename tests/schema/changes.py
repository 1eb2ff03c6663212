"""What changed between two schemas, and what of it is a broken promise.

| kind      | is                                                              | then           |
|-----------|-----------------------------------------------------------------|----------------|
| breaking  | a document that was valid is no longer, or its answer has       | refused        |
|           | another shape                                                   |                |
| dangerous | a valid document can meet what it did not know of, such as a    | told           |
|           | new value of an enum                                            |                |
| safe      | no document notices                                             | counted        |
| due       | a removal that the last release had announced, with its version | told           |

A field, an argument, an input field or a value of an enum is *due* if the released schema has it
deprecated, with a reason that ends in `Goes after 1.2.0.`, and 1.2.0 is out. A type is due with the
last thing that leads to it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Node,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    build_ast_schema,
    get_named_type,
    parse,
    visit,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes

Version = tuple[int, int, int]

_GOES = re.compile(r"Goes after (\d+)\.(\d+)\.(\d+)\.\Z")
_MEMBERS = ("fields", "arguments", "values")


class Changes(NamedTuple):
    """What changed, each as a line for people."""

    breaking: list[str]
    dangerous: list[str]
    safe: list[str]
    due: list[str]


def compare(released: str, current: str, version: Version) -> Changes:
    """The changes from the schema that was released in `version` to the current one."""
    promised, due = _without_what_was_due(parse(released), _built(parse(current)), version)
    changes = Changes([], [], [], due)
    for change in find_schema_changes(_built(promised), _built(parse(current))):
        match change.type:
            case BreakingChangeType():
                changes.breaking.append(change.description)
            case DangerousChangeType():
                changes.dangerous.append(change.description)
            case _:
                changes.safe.append(change.description)
    return changes


def badly_deprecated(current: str) -> list[str]:
    """What is deprecated without a reason that ends by naming the version after which it goes."""
    return [
        place
        for definition in parse(current).definitions
        for place, node in _members(definition)
        if (reason := _reason(node)) is not None and not _GOES.search(reason)
    ]


def _built(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid=True)


def _without_what_was_due(
    released: DocumentNode, current: GraphQLSchema, version: Version
) -> tuple[DocumentNode, list[str]]:
    """The released schema without what may be gone and is, and the places of that."""
    due = {
        place: node
        for definition in released.definitions
        for place, node in _members(definition)
        if _is_due(node, version) and _is_gone_by_itself(current, place)
    }
    without_members: DocumentNode = visit(released, _Without(due.values()))
    reachable = _reachable(_built(without_members))
    types = {
        found.name.value: found
        for found in without_members.definitions
        if isinstance(found, TypeDefinitionNode)
        and found.name.value not in reachable
        and found.name.value not in current.type_map
    }
    return visit(without_members, _Without(types.values())), [*due, *types]


def _members(node: Any, place: str = "") -> Iterator[tuple[str, Node]]:
    """What is defined within a definition, with its place: `Query.brief.at` for an argument."""
    for members in _MEMBERS:
        for member in getattr(node, members, None) or ():
            within = f"{place or node.name.value}.{member.name.value}"
            yield within, member
            yield from _members(member, within)


class _Without(Visitor):
    """Takes these very nodes out of a document."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        super().__init__()
        self._ids = {id(node) for node in nodes}

    def enter(self, node: Node, *_: object) -> VisitorAction:
        return REMOVE if id(node) in self._ids else None


def _is_due(node: Node, version: Version) -> bool:
    found = _GOES.search(_reason(node) or "")
    return found is not None and tuple(map(int, found.groups())) <= version


def _reason(node: Node) -> str | None:
    """Why it is deprecated; empty if nothing is said, None if it is not."""
    directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
    for directive in directives:
        if directive.name.value == "deprecated":
            given = [found.value for found in directive.arguments or ()]
            return "".join(found.value for found in given if isinstance(found, StringValueNode))
    return None


def _is_gone_by_itself(current: GraphQLSchema, place: str) -> bool:
    """Whether the type is still there that had it, and it is not; what went with its type is not
    looked at by itself."""
    type_name, member, *argument = place.split(".")
    found = current.type_map.get(type_name)
    if isinstance(found, GraphQLEnumType):
        return member not in found.values
    if isinstance(found, GraphQLInputObjectType):
        return member not in found.fields
    if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        if argument and member in found.fields:
            return argument[0] not in found.fields[member].args
        return not argument and member not in found.fields
    return False


def _reachable(schema: GraphQLSchema) -> set[str]:
    """The names of the types that some document can lead to."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    ahead: list[GraphQLNamedType] = [found for found in roots if found is not None]
    seen: set[str] = set()
    while ahead:
        found = ahead.pop()
        if found.name not in seen:
            seen.add(found.name)
            ahead += _next_to(schema, found)
    return seen


def _next_to(schema: GraphQLSchema, found: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    if isinstance(found, GraphQLUnionType | GraphQLInterfaceType):
        yield from schema.get_possible_types(found)
    if isinstance(found, GraphQLInputObjectType):
        yield from (get_named_type(field.type) for field in found.fields.values())
    if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        yield from found.interfaces
        for field in found.fields.values():
            yield get_named_type(field.type)
            yield from (get_named_type(argument.type) for argument in field.args.values())
