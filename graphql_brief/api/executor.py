"""graphql-core's executor, quicker over our own objects, with the same answers and errors.

What an operation asks is planned once (`plan`), by what is known of the fields of the schema
(`fields`). Over objects of known classes, lists and leaves, the plan is followed in a few steps.
What is anything else is left to the library, be it a field or a value; so nothing that goes wrong
is told in words of our own.

The library gives each call of a resolver an `info` with the path to it. Ours use its context
alone; here they are given one for all calls of a field in an execution.
"""

from collections.abc import Awaitable, Sequence
from functools import lru_cache
from types import CoroutineType, GeneratorType, NoneType
from typing import Any, TypeAlias

from graphql import GraphQLError, GraphQLObjectType, Undefined
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails, FieldDetailsList, GroupedFieldSet
from graphql.execution.values import get_argument_values
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel
from strawberry.types.arguments import convert_arguments

from graphql_brief.api.fields import BACKREF, Info, Kind, Read, Resolver, object_type
from graphql_brief.api.plan import (
    Asking,
    Key,
    Nodes,
    Plan,
    Planned,
    Shape,
    Shapes,
    key_of,
    planned_of,
)

Trail: TypeAlias = tuple[Any, str | int, str | None] | None
"""A `Path` that is still to be made: few are ever looked at."""


class OurExecutor(Executor[None]):
    """See the module; given to Strawberry for every execution."""

    def __init__(self, *given: Any, operation_extensions: object = None, **named: Any) -> None:
        super().__init__(*given, **named)
        shapes: Shapes = getattr(self.context_value, "shapes", {})
        name = self.operation.name.value if self.operation.name else None
        shape = shapes.get(name)
        if shape is None or shape.operation is not self.operation:
            shape = shapes[name] = Shape(self.operation)
        self._shape = shape
        self._plans: dict[Key, Plan] = {}  # those that are not the shape's
        self._infos: dict[Planned, Info] = {}
        self._reads: dict[Planned, Read | None] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of the root, where they are not executed one after the other."""
        asking = [self.operation]
        plan = self._shared(parent_type, asking) or self._own(
            parent_type, asking, grouped_field_set
        )
        return self._fields(plan, source_value, path)

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: Any,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of an object, where the library comes to one."""
        nodes = [details.node for details in field_details_list]
        return self._fields(self._plan(return_type, nodes), result, path)

    def _fields(self, plan: Plan, source: Any, path: Trail) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of one object, in their order."""
        results: dict[str, Any] = {}
        awaited: list[str] = []
        try:
            for name, read, held_as, is_nullable, known in plan.steps:
                if read is None:
                    asked = plan.ask(name, known)
                    done = self._resolved(asked, source, (path, name, plan.of))
                else:
                    try:
                        value = read(source)
                        if type(value) is held_as or (value is None and is_nullable):
                            results[name] = value
                            continue
                    except Exception as error:  # noqa: BLE001 - as in the library: whatever it is
                        asked = plan.ask(name, known)
                        done = self._failed(asked, known.kind, error, (path, name, plan.of))
                    else:
                        asked = plan.asked.get(name) or plan.ask(name, known)
                        done = self._answered(asked, known.kind, value, (path, name, plan.of))
                results[name] = done
                if type(done) is CoroutineType:
                    awaited.append(name)
        except Exception:
            if awaited:
                self.settle_in_background([results[name] for name in awaited])
            raise
        return self._all_of(results, awaited) if awaited else results

    def _resolved(self, asked: Planned, source: Any, here: Trail) -> Any:
        """A field that is read by what was asked."""
        known = asked.known
        read = self._read(asked)
        if read is None:
            return self.execute_field(known.of, source, asked.details, _path(here), None)
        try:
            value = read(source)
        except Exception as error:  # noqa: BLE001 - as in the library: whatever a resolver raises
            return self._failed(asked, known.kind, error, here)
        return self._answered(asked, known.kind, value, here)

    def _answered(self, asked: Planned, kind: Kind, value: Any, here: Trail) -> Any:
        """What is answered for the value of a field, or of an entry of it, be it awaited."""
        try:
            plan = asked.plans.get(type(value)) if kind.items is None else None
            if plan is not None:
                done = self._fields(plan, value, here)
            elif self.is_awaitable(value):
                return self._later(asked, kind, value, here)
            else:
                done = self._completed(asked, kind, value, here)
        except Exception as error:  # noqa: BLE001 - see above
            return self._failed(asked, kind, error, here)
        return self._whole(asked, kind, done, here) if type(done) is CoroutineType else done

    def _completed(self, asked: Planned, kind: Kind, value: Any, here: Trail) -> Any:
        """What is answered for a value that is at hand."""
        if value is None and kind.is_nullable:
            return None
        cls: Any = type(value)
        if _is_plain(cls):
            if kind.items is not None:
                if cls in (list, tuple):
                    return self._entries(asked, kind.items, value, here)
            elif kind.coerce is None:
                plan = self._plan_for(asked, kind, value)
                if plan is not None:
                    return self._fields(plan, value, here)
            else:
                try:
                    done = kind.coerce(value)
                except Exception:  # noqa: BLE001 - the library meets it too, and says where
                    done = None
                if done is not None and done is not Undefined:
                    return done
        return self.complete_value(
            kind.of, asked.details, self._info(asked), _path(here), value, None
        )

    def _entries(self, asked: Planned, kind: Kind, values: Sequence[Any], here: Trail) -> Any:
        """What is answered for a list."""
        results: list[Any] = []
        awaited: list[int] = []
        held_as = kind.held_as
        try:
            for place, value in enumerate(values):
                if type(value) is held_as:
                    results.append(value)
                    continue
                done = self._answered(asked, kind, value, (here, place, None))
                results.append(done)
                if type(done) is CoroutineType:
                    awaited.append(place)
        except Exception:
            left = [results[place] for place in awaited]
            left += filter(self.is_awaitable, values[len(results) + 1 :])
            if left:
                self.settle_in_background(left)
            raise
        return self._all_of(results, awaited) if awaited else results

    def _failed(self, asked: Planned, kind: Kind, error: Exception, here: Trail) -> Any:
        """Null in the place of what failed. Raises the error if no null may be there."""
        self.handle_field_error(error, kind.of, asked.details, _path(here))
        return None

    async def _later(
        self, asked: Planned, kind: Kind, awaitable: Awaitable[Any], here: Trail
    ) -> Any:
        try:
            signal = self.abort_signal
            value = await (awaitable if signal is None else self.with_abort_signal(awaitable))
            done = self._completed(asked, kind, value, here)
            return await done if type(done) is CoroutineType else done
        except Exception as error:  # noqa: BLE001 - see above
            return self._failed(asked, kind, error, here)

    async def _whole(self, asked: Planned, kind: Kind, done: Awaitable[Any], here: Trail) -> Any:
        try:
            return await done
        except Exception as error:  # noqa: BLE001 - see above
            return self._failed(asked, kind, error, here)

    async def _all_of(self, results: Any, awaited: list[Any]) -> Any:
        """The results, when those are there that are awaited."""
        if len(awaited) == 1:
            results[awaited[0]] = await results[awaited[0]]
        else:
            found = await gather_with_cancel(*(results[place] for place in awaited))
            for place, done in zip(awaited, found, strict=True):
                results[place] = done
        return results

    def _plan_for(self, asked: Planned, kind: Kind, value: Any) -> Plan | None:
        """What is asked of an object that is the value of a field; None: the library finds out."""
        plan = asked.plans.get(type(value))
        if plan is None and kind.shown_as is not None:
            shown = object_type(self.schema, kind.shown_as, value, lambda: self._info(asked))
            if shown is not None:
                plan = self._plan(shown, asked.nodes)
                if plan.is_kept or not asked.is_kept:
                    asked.plans[type(value)] = plan
        return plan

    def _plan(self, of: GraphQLObjectType, nodes: Nodes) -> Plan:
        """What fields ask of objects of a type."""
        plan = self._shared(of, nodes)
        if plan is None:
            details = [FieldDetails(node, None) for node in nodes]
            plan = self._own(of, nodes, super().collect_subfields(of, details).grouped_field_set)
        return plan

    def _shared(self, of: GraphQLObjectType, asking: Asking) -> Plan | None:
        """What nodes ask of objects of a type, if that does not depend on variables."""
        key = key_of(of, asking)
        plan = self._shape.plans.get(key) or self._plans.get(key)
        if plan is None:
            fields = planned_of(self.schema, of, asking, self.fragment_definitions)
            if fields is not None:
                is_kept = self._shape.has_room(len(fields))
                plan = Plan(self.schema, of, fields, is_kept=is_kept)
                (self._shape.plans if is_kept else self._plans)[key] = plan
        return plan

    def _own(self, of: GraphQLObjectType, asking: Asking, grouped: GroupedFieldSet) -> Plan:
        """What the library found that nodes ask, for this execution alone."""
        fields = {name: [found.node for found in details] for name, details in grouped.items()}
        plan = self._plans[key_of(of, asking)] = Plan(self.schema, of, fields, is_kept=False)
        return plan

    def _info(self, asked: Planned) -> Info:
        info = self._infos.get(asked)
        if info is None:
            known = asked.known
            path = Path(None, asked.name, known.of.name)
            info = self.build_resolve_info(known.field, asked.nodes, known.of, path)
            self._infos[asked] = info
        return info

    def _read(self, asked: Planned) -> Read | None:
        """What calls our resolver of a field; None if it is left to the library."""
        if asked not in self._reads:
            resolver = asked.known.resolver
            self._reads[asked] = self._called(asked, resolver) if resolver else None
        return self._reads[asked]

    def _called(self, asked: Planned, resolver: Resolver) -> Read | None:
        schema, field = self.schema.extensions[BACKREF], asked.known.field
        info = schema.config.info_class(_raw_info=self._info(asked), _field=resolver.field)
        arguments: dict[str, Any] = {}
        if field.args:
            try:
                arguments = convert_arguments(
                    get_argument_values(
                        field,
                        asked.nodes[0],
                        self.variable_values,
                        hide_suggestions=self.hide_suggestions,
                    ),
                    resolver.field.arguments,
                    scalar_registry=schema.schema_converter.scalar_registry,
                    config=schema.config,
                    info=info,
                )
            except (GraphQLError, ValueError, TypeError):
                return None  # the library finds the same, and says where
        if resolver.takes_info is not None:
            arguments[resolver.takes_info] = info
        return resolver.given(arguments)


@lru_cache(maxsize=1_000)
def _is_plain(kind: type) -> bool:
    """Whether what is of this class is a value: no error, and nothing to be awaited."""
    others = (Exception, CoroutineType, GeneratorType, NoneType, type(Undefined))
    return not issubclass(kind, others) and not hasattr(kind, "__await__")


def _path(trail: Trail) -> Any:
    if trail is None or type(trail) is Path:
        return trail
    before, key, of = trail
    return Path(_path(before), key, of)
