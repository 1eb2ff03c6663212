"""The values and variables of a document, as far as they can be proven to be valid quickly.

The library's own check of literals is asked; what it leaves to other rules is looked at here. No
proof is found for `null`, nor for a variable that fits only because there is a default value.
"""

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    is_input_type,
    is_list_type,
    is_type_sub_type_of,
    type_from_ast,
)
from graphql.utilities.validate_input_value import validate_input_literal


class UnprovenError(Exception):
    """The document may be valid, and may be not."""


class Values:
    """The variables of one operation, and the values in its document.

    Every method raises UnprovenError where there is no quick proof.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._declared: dict[str, GraphQLInputType] = {}
        self._used: set[str] = set()

    def declare(self, operation: OperationDefinitionNode) -> None:
        """Note the operation's variables."""
        for declared in operation.variable_definitions or ():
            name, kind = declared.variable.name.value, type_from_ast(self._schema, declared.type)
            if declared.directives or name in self._declared or not is_input_type(kind):
                raise UnprovenError
            if declared.default_value is not None:
                self.check(declared.default_value, kind)
            self._declared[name] = kind

    def check_all_used(self) -> None:
        """Every variable that is declared was met in a value."""
        if len(self._used) < len(self._declared):
            raise UnprovenError

    def check(self, node: ValueNode, kind: GraphQLInputType) -> None:
        """A value where one of this type belongs."""
        if isinstance(node, VariableNode):
            self._variable(node, kind)
            return
        errors: list[GraphQLError] = []
        validate_input_literal(node, kind, lambda error, _: errors.append(error), None, None, True)
        if errors:
            raise UnprovenError
        self._within(node, kind)

    def _within(self, node: ValueNode, kind: GraphQLInputType) -> None:
        """Variables, nulls and names that come twice, anywhere in a value."""
        if isinstance(node, VariableNode):
            self._variable(node, kind)
        elif isinstance(node, NullValueNode):
            raise UnprovenError
        elif isinstance(node, ListValueNode):
            of = get_nullable_type(kind)
            if not is_list_type(of):
                raise UnprovenError
            for value in node.values:
                self._within(value, of.of_type)
        elif isinstance(node, ObjectValueNode):
            self._within_object(node, kind)

    def _within_object(self, node: ObjectValueNode, kind: GraphQLInputType) -> None:
        of = get_nullable_type(kind)
        while is_list_type(of):  # one object stands for a list of one
            of = get_nullable_type(of.of_type)
        names = {field.name.value for field in node.fields}
        if not is_input_object_type(of) or len(names) < len(node.fields):
            raise UnprovenError
        if of.is_one_of and len(names) != 1:
            raise UnprovenError
        for field in node.fields:
            within = of.fields[field.name.value].type
            # A variable that may be null cannot be what is chosen.
            self._within(field.value, GraphQLNonNull(within) if of.is_one_of else within)

    def _variable(self, node: VariableNode, kind: GraphQLInputType) -> None:
        name = node.name.value
        declared = self._declared.get(name)
        if declared is None or not is_type_sub_type_of(self._schema, declared, kind):
            raise UnprovenError
        self._used.add(name)
