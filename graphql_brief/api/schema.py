"""The schema: built once, and exported as the contract that `schema.graphql` is."""

import strawberry
from graphql import GraphQLError, GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext

from graphql_brief.api import items
from graphql_brief.api.connections import FIRST
from graphql_brief.api.context import Context
from graphql_brief.api.document import Prepared
from graphql_brief.api.errors import Refusal, presentable, without_suggestion
from graphql_brief.api.executor import OurExecutor
from graphql_brief.api.mutations import Mutation, VersionConflict
from graphql_brief.api.queries import Query
from graphql_brief.api.scalars import SCALARS
from graphql_brief.api.steps import Steps
from graphql_brief.api.subscriptions import Subscription
from graphql_brief.api.weights import declare


class Schema(strawberry.Schema):
    """Strawberry's schema, with every error made fit to be seen."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give each error its code, and mask those that nobody expected; in place."""
        errors[:] = [presentable(error) for error in errors]
        context = execution_context.context if execution_context else None
        if isinstance(context, Context) and not context.introspection:
            errors[:] = [without_suggestion(error) for error in errors]


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Refusal, VersionConflict, items.Forecast],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[Steps, Prepared],
    execution_context_class=OurExecutor,
)

declare(schema._schema, page=FIRST)

for _type in schema._schema.type_map.values():
    if isinstance(_type, GraphQLInputObjectType):
        # Strawberry checks @oneOf by itself, and says of a variable that it is wrong but not where
        # in it; graphql-core, which reads the same of the exported schema, says `.edits[3]`.
        _type.is_one_of = _type.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of


def export() -> str:
    """The schema in GraphQL's own language, as `schema.graphql` has it."""
    # Strawberry prints this one definition without a description.
    text = schema.as_str().replace(_ONE_OF, f'"""Exactly one of the fields is given."""\n{_ONE_OF}')
    return f"{text}\n"


_ONE_OF = "directive @oneOf on INPUT_OBJECT"
