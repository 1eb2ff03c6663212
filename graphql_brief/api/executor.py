"""graphql-core's executor, quicker over our own objects, with the same answers and errors.

Most fields of a page are plain attributes of frozen objects that hold texts and numbers, and most
of the rest are our resolvers. Both are read here in a few steps; what is anything else, and every
attribute that does not simply hold what its type says, is left to the library. So nothing that
goes wrong is told in words of our own.

The library gives each call of a resolver an `info` with the path to it. Ours use its context
alone; here they are given one for all calls of a field in an execution.
"""

from collections.abc import Awaitable, Callable
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, GroupedFieldSet
from graphql.execution.values import get_argument_values
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.field import StrawberryField

Info: TypeAlias = GraphQLResolveInfo[Any]
Fragments: TypeAlias = dict[str, FragmentDefinitionNode]

FIELDS_KEPT = 10_000
"""Most fields in the shape of an operation, over all types that it asks them of."""

_BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF
_HELD_AS: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""The types of which every value is answered as it is, and what that is."""


class _How(NamedTuple):
    """How a field of the schema is read, whoever asks for it."""

    attribute: str | None = None
    """Of the object, if it holds the value."""
    held_as: type | None = None
    """What an attribute is that is answered as it is."""
    coerce: Callable[[Any], Any] | None = None
    """What is done with any other, if it is a leaf."""
    is_nullable: bool = False
    ours: StrawberryField | None = None
    """What resolves it, if it is no attribute; None: it is left to the library, whole."""
    field: GraphQLField | None = None


class _Planned(NamedTuple):
    """A field, as it is asked of all objects of a type."""

    name: str
    """In the answer."""
    details: FieldDetailsList
    how: _How
    constant: str | None = None
    """The value, if it is the same for all."""


_LEFT = _How()
_READ = "graphql_brief.read"


class _Call(NamedTuple):
    """How a field that is no leaf is read in one execution."""

    read: Callable[[Any], Any] | None
    """From the object; None: it is left to the library."""
    info: Info


_Plan: TypeAlias = tuple[GroupedFieldSet, list[_Planned]]


class Shape:
    """What executions of an operation share: which fields it asks of which type, and how.

    Of an operation that may ask other fields with other variables, they share nothing.
    """

    def __init__(self, operation: OperationDefinitionNode, fragments: Fragments) -> None:
        self.operation = operation
        self.is_shared = not any(
            _has_directives(found.selection_set) for found in (operation, *fragments.values())
        )
        # By the ids of nodes of the operation's document, which lives as long as the shape.
        self.fields: dict[tuple[object, ...], CollectedFields] = {}
        self.plans: dict[int, _Plan] = {}
        self.root: GroupedFieldSet | None = None
        """What is asked of the root."""
        self._fields_planned = 0

    def has_room(self, fields: int) -> bool:
        """Whether plans of so many more fields may be kept: the types of a fragment multiply."""
        self._fields_planned += fields
        return self._fields_planned <= FIELDS_KEPT


Shapes: TypeAlias = dict[str | None, Shape]
"""Those of a document, by the names of its operations."""


class OurExecutor(Executor[None]):
    """See the module; given to Strawberry for every execution."""

    def __init__(self, *given: Any, operation_extensions: object = None, **named: Any) -> None:
        super().__init__(*given, **named)
        shapes: Shapes = getattr(self.context_value, "shapes", {})
        name = self.operation.name.value if self.operation.name else None
        shape = shapes.get(name)
        if shape is None or shape.operation is not self.operation:
            shape = Shape(self.operation, self.fragment_definitions)
            if shape.is_shared:
                shapes[name] = shape
        self._shape = shape
        self._plans: dict[int, _Plan] = {}  # for which the shape has no room
        self._calls: dict[int, _Call] = {}  # by the plan of the field

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        """What is asked of a type by fields that have it, once for all executions."""
        key = (return_type.name, *[id(details.node) for details in field_details_list])
        found = self._shape.fields.get(key)
        if found is None:
            found = super().collect_subfields(return_type, field_details_list)
            if self._shape.has_room(len(found[0])):
                self._shape.fields[key] = found
        return found

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of the root, which the library collects anew each time."""
        if self._shape.root is None:
            self._shape.root = grouped_field_set
        return super().execute_root_grouped_field_set(
            root_type, root_value, self._shape.root, serially, position_context
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of one object, in their order."""
        results: dict[str, Any] = {}
        awaited: list[str] = []
        try:
            for planned in self._plan(parent_type, grouped_field_set):
                value = _quick(planned, source_value)
                if value is Undefined:
                    field_path = Path(path, planned.name, parent_type.name)
                    value = self._field(parent_type, source_value, planned, field_path)
                    if value is Undefined:
                        continue
                    if self.is_awaitable(value):
                        awaited.append(planned.name)
                results[planned.name] = value
        except Exception:
            if awaited:
                self.settle_in_background([results[name] for name in awaited])
            raise
        return self._awaiting(results, awaited) if awaited else results

    async def _awaiting(self, results: dict[str, Any], awaited: list[str]) -> dict[str, Any]:
        if len(awaited) == 1:
            results[awaited[0]] = await results[awaited[0]]
        else:
            values = await gather_with_cancel(*(results[name] for name in awaited))
            results.update(zip(awaited, values, strict=True))
        return results

    def _field(
        self, parent_type: GraphQLObjectType, source: Any, planned: _Planned, path: Path
    ) -> Any:
        """A field that is no quick one; Undefined if there is none."""
        field, details = planned.how.field, planned.details
        call = None if field is None else self._call(parent_type, planned)
        if field is None or call is None or call.read is None:
            return self.execute_field(parent_type, source, details, path, None)
        try:
            value = call.read(source)
            if self.is_awaitable(value):
                return self.complete_awaitable_value(
                    field.type, details, call.info, path, value, None
                )
            completed = self.complete_value(field.type, details, call.info, path, value, None)
        except Exception as error:  # noqa: BLE001 - as in the library: whatever a resolver raises
            self.handle_field_error(error, field.type, details, path)
            return None
        if self.is_awaitable(completed):
            return self._completed(field.type, details, path, completed)
        return completed

    async def _completed(
        self,
        field_type: GraphQLOutputType,
        details: FieldDetailsList,
        path: Path,
        completed: Awaitable[Any],
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - see above
            self.handle_field_error(error, field_type, details, path)
            return None

    def _plan(
        self, parent_type: GraphQLObjectType, grouped_field_set: GroupedFieldSet
    ) -> list[_Planned]:
        """The plan of a set of fields, from the shape or made."""
        key = id(grouped_field_set)
        found = self._shape.plans.get(key) or self._plans.get(key)
        if found is not None:
            return found[1]
        plan = [
            self._planned(parent_type, name, details) for name, details in grouped_field_set.items()
        ]
        kept = self._shape.plans if self._shape.has_room(len(plan)) else self._plans
        kept[key] = (grouped_field_set, plan)  # and so nothing else has the id of either
        return plan

    def _planned(
        self, parent_type: GraphQLObjectType, name: str, details: FieldDetailsList
    ) -> _Planned:
        asked = details[0].node.name.value
        if asked == "__typename":
            return _Planned(name, details, _LEFT, parent_type.name)
        field = self.schema.get_field(parent_type, asked)
        return _Planned(name, details, _LEFT if field is None else _how(field))

    def _call(self, parent_type: GraphQLObjectType, planned: _Planned) -> _Call:
        call = self._calls.get(id(planned))
        if call is None:
            assert planned.how.field is not None
            nodes = [details.node for details in planned.details]
            path = Path(None, planned.name, parent_type.name)
            info = self.build_resolve_info(planned.how.field, nodes, parent_type, path)
            call = self._calls[id(planned)] = _Call(self._read(planned, info), info)
        return call

    def _read(self, planned: _Planned, info: Info) -> Callable[[Any], Any] | None:
        """What reads a field, or calls our resolver of it; None if that takes more."""
        field, ours = planned.how.field, planned.how.ours
        if planned.how.attribute is not None:
            return attrgetter(planned.how.attribute)
        if field is None or ours is None or ours.base_resolver is None or ours.extensions:
            return None
        resolver = ours.base_resolver
        schema = self.schema.extensions[_BACKREF]
        first = planned.details[0]
        named_info = schema.config.info_class(_raw_info=info, _field=ours)
        try:
            if not field.args:
                parameter = resolver.info_parameter
                arguments = {parameter.name: named_info} if parameter is not None else {}
            else:
                given = get_argument_values(
                    field,
                    first.node,
                    self.variable_values,
                    first.fragment_variable_values,
                    self.hide_suggestions,
                )
                _, arguments = get_arguments(
                    field=ours,
                    source=None,
                    info=named_info,
                    kwargs=given,
                    config=schema.config,
                    scalar_registry=schema.schema_converter.scalar_registry,
                )
        except (GraphQLError, ValueError, TypeError):
            return None  # the library finds the same, and says where
        roots = [
            parameter.name
            for parameter in (resolver.parent_parameter, resolver.root_parameter)
            if parameter is not None
        ]
        function: Any = resolver.wrapped_func
        takes_self = resolver.self_parameter is not None

        def read(source: Any) -> Any:
            named = {**arguments, **dict.fromkeys(roots, source)}
            return function(source, **named) if takes_self else function(**named)

        return read


def _how(field: GraphQLField) -> _How:
    """How a field is read; found out once, and kept with the field."""
    found: _How | None = field.extensions.get(_READ)
    if found is None:
        found = field.extensions[_READ] = _found_out(field)
    return found


def _found_out(field: GraphQLField) -> _How:
    ours = field.extensions.get(_BACKREF)
    if not isinstance(ours, StrawberryField) or ours.is_subscription:
        return _LEFT
    if not ours.is_basic_field:
        return _How(ours=ours, field=field)
    bare = get_nullable_type(field.type)
    if not is_leaf_type(bare):
        return _How(attribute=ours.python_name, field=field)
    return _How(
        attribute=ours.python_name,
        held_as=_HELD_AS.get(bare),
        coerce=bare.coerce_output_value,
        is_nullable=bare is field.type,
    )


def _quick(planned: _Planned, source: Any) -> Any:
    """The value of a field that is there to be read; Undefined if it takes more."""
    if planned.constant is not None:
        return planned.constant
    attribute, held_as, coerce, is_nullable, _, _ = planned.how
    if attribute is None or coerce is None:
        return Undefined
    try:
        value = getattr(source, attribute)
        if type(value) is held_as:
            return value
        if value is None:
            return None if is_nullable else Undefined
        coerced = coerce(value)
    except Exception:  # noqa: BLE001 - whatever it is, the library meets it too, and says where
        return Undefined
    return Undefined if coerced is None else coerced


def _has_directives(selections: SelectionSetNode) -> bool:
    """Whether what is asked may depend on variables."""
    for node in selections.selections:
        inner = getattr(node, "selection_set", None)
        if node.directives or (inner is not None and _has_directives(inner)):
            return True
    return False
