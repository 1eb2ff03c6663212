"""A rule of validation: a variable that makes the choice of a `@oneOf` input cannot be null.

The library has it, and passes over the inputs that an argument or a field requires (`BriefBy!`).
Strawberry has it too, and breaks on a variable that is declared behind its use, or nowhere.
"""

from typing import Any

from graphql import (
    GraphQLError,
    NonNullTypeNode,
    OperationDefinitionNode,
    ValidationRule,
    is_input_object_type,
    is_non_null_type,
    print_ast,
)


class RequiredOneOf(ValidationRule):
    """Looks at the inputs that the library's rule passes over, and says what that would say."""

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Go through the variables where they are used, also in fragments."""
        declared = {found.variable.name.value: found for found in node.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(node):
            required = usage.parent_type
            kind = required.of_type if is_non_null_type(required) else None
            if not is_input_object_type(kind) or not kind.is_one_of:
                continue
            variable = declared.get(usage.node.name.value)
            if variable is not None and not isinstance(variable.type, NonNullTypeNode):
                self.report_error(
                    GraphQLError(
                        f"Variable '${usage.node.name.value}' is of type "
                        f"'{print_ast(variable.type)}' but must be non-nullable to be used for "
                        f"OneOf Input Object '{kind.name}'.",
                        [variable, usage.node],
                    )
                )
