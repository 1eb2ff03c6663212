"""What is known of the fields of the schema, whoever asks for them; found out once, and kept there.

Most fields are plain attributes of our objects, and most of the rest are our resolvers. What is
neither is left to graphql-core.
"""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    get_nullable_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
"""Under which Strawberry keeps its own definitions in the schema."""

Info: TypeAlias = GraphQLResolveInfo[Any]
Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Read: TypeAlias = Callable[[Any], Any]
"""The value of a field, from the object that has it."""

_STEPS = "graphql_brief.steps"
_SHOWN = "graphql_brief.shown"
_HELD_AS: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""The types of which every value is answered as it is, and what that is."""


class Kind(NamedTuple):
    """How the values of an output type are answered."""

    of: GraphQLOutputType
    """The type."""
    is_nullable: bool
    items: "Kind | None" = None
    """How the entries are answered, if it is a list."""
    held_as: type | None = None
    """Of a leaf: what a value is that is answered as it is."""
    coerce: Read | None = None
    """Of a leaf: what is answered for any other value."""
    shown_as: Composite | None = None
    """What the objects are shown as, if it is neither."""


class Resolver(NamedTuple):
    """A resolver of ours, and what it takes beside the object."""

    function: Callable[..., Any]
    takes_object: int
    """How many times, as its first arguments."""
    takes_info: str | None
    """As the argument of this name."""
    field: StrawberryField

    def given(self, arguments: dict[str, Any]) -> Read:
        """The value of the field with these arguments."""
        called = partial(self.function, **arguments) if arguments else self.function
        match self.takes_object:
            case 0:
                return lambda _: called()
            case 1:
                return called
            case _:
                return lambda source: called(source, source)


class Known(NamedTuple):
    """What is known of a field; if it tells no way to read it, it is left to graphql-core."""

    of: GraphQLObjectType
    field: GraphQLField
    kind: Kind
    read: Read | None = None
    """What gives the value, whatever was asked."""
    resolver: Resolver | None = None
    """What gives the value otherwise."""


FieldStep: TypeAlias = tuple[str, Read | None, type | None, bool, Known]
"""A field as it is read object by object: its name in the answer, what reads it, what is answered
as it is and whether null is, and everything else that is known of it."""


def steps_of(of: GraphQLObjectType) -> dict[str, FieldStep]:
    """Those of a type's fields that were asked for, by their own names; see `step`."""
    steps: dict[str, FieldStep] = of.extensions.setdefault(_STEPS, {})
    return steps


def step(schema: GraphQLSchema, of: GraphQLObjectType, name: str) -> FieldStep | None:
    """How a field of a type is read that is asked for by its own name; None: there is none."""
    found = steps_of(of).get(name)
    if found is None:
        field = schema.get_field(of, name)
        if field is not None:
            known = _known(of, name, field)
            kind = known.kind
            found = steps_of(of)[name] = (name, known.read, kind.held_as, kind.is_nullable, known)
    return found


def object_type(
    schema: GraphQLSchema, shown_as: Composite, value: Any, info: Callable[[], Info]
) -> GraphQLObjectType | None:
    """The type that an object of our own is shown as, which follows from its class.

    None where graphql-core is to say what is wrong with it, or to wait for an answer.
    """
    found: dict[type, GraphQLObjectType] = shown_as.extensions.setdefault(_SHOWN, {})
    shown = found.get(type(value))
    if shown is None:
        shown = _tested(schema, shown_as, value, info())
        if shown is not None:
            found[type(value)] = shown
    return shown


def _tested(
    schema: GraphQLSchema, shown_as: Composite, value: Any, info: Info
) -> GraphQLObjectType | None:
    shown: Any = shown_as
    if not isinstance(shown_as, GraphQLObjectType):
        named = shown_as.resolve_type(value, info, shown_as) if shown_as.resolve_type else None
        shown = schema.get_type(named) if isinstance(named, str) else None
        if not isinstance(shown, GraphQLObjectType) or not schema.is_sub_type(shown_as, shown):
            return None
    return shown if shown.is_type_of is None or shown.is_type_of(value, info) is True else None


def _known(of: GraphQLObjectType, name: str, field: GraphQLField) -> Known:
    kind, ours = _kind(field.type), field.extensions.get(BACKREF)
    if name == "__typename":
        return Known(of, field, kind, read=lambda _: of.name)
    if not isinstance(ours, StrawberryField) or ours.is_subscription:
        return Known(of, field, kind)
    if ours.is_basic_field:
        return Known(of, field, kind, read=attrgetter(ours.python_name))
    resolver = _resolver(ours)
    if resolver is None or resolver.takes_info is not None or field.args:
        return Known(of, field, kind, resolver=resolver)
    return Known(of, field, kind, read=resolver.given({}))


def _kind(of: GraphQLOutputType) -> Kind:
    bare = get_nullable_type(of)
    is_nullable = bare is of
    if isinstance(bare, GraphQLList):
        return Kind(of, is_nullable, items=_kind(bare.of_type))
    if isinstance(bare, GraphQLEnumType):
        return Kind(of, is_nullable, coerce=_name_of(bare))
    if isinstance(bare, GraphQLScalarType):
        return Kind(of, is_nullable, held_as=_HELD_AS.get(bare), coerce=bare.coerce_output_value)
    assert isinstance(bare, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return Kind(of, is_nullable, shown_as=bare)


def _name_of(enum: GraphQLEnumType) -> Read:
    """What gives the names of an enum's values, which Strawberry looks for one by one."""
    coerce: Read = enum.coerce_output_value
    ours = enum.extensions.get(BACKREF)
    if not isinstance(ours, StrawberryEnumDefinition):
        return coerce
    members: type[Any] = ours.wrapped_cls
    names = {member: coerce(member) for member in members}
    return lambda value: names[value] if type(value) is members else coerce(value)


def _resolver(ours: StrawberryField) -> Resolver | None:
    """The resolver of a field; None if it takes more to call it."""
    found = ours.base_resolver
    if found is None or ours.extensions:
        return None
    taken = (found.self_parameter, found.parent_parameter, found.root_parameter)
    objects = {parameter.name for parameter in taken if parameter is not None}
    if len(objects) > 2 or objects != {*[*found.signature.parameters][: len(objects)]}:
        return None
    info = found.info_parameter
    function: Any = found.wrapped_func
    return Resolver(function, len(objects), info.name if info else None, ours)
