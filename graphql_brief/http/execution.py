"""One operation, executed: within its time, and with what became of it."""

import asyncio
from typing import Any, NamedTuple

from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_brief.api.context import Context
from graphql_brief.api.document import Document
from graphql_brief.api.errors import ApiCode, ApiError, no_such_operation
from graphql_brief.api.schema import Schema
from graphql_brief.http.asked import Asked
from graphql_brief.http.negotiation import EVENT_STREAM
from graphql_brief.http.refusals import HttpCode, Refused
from graphql_brief.http.statuses import Fate, fate_of


class Executed(NamedTuple):
    """What came of one operation."""

    body: dict[str, Any]
    fate: Fate


class Executor:
    """Executes operations; each gets `timeout_s` in words when its time is over."""

    def __init__(self, schema: Schema, timeout_s: float) -> None:
        self._schema = schema
        self._timeout_s = timeout_s

    async def execute(
        self, document: Document, asked: Asked, context: Context, deadline: float, *, by_get: bool
    ) -> Executed:
        """What comes of an operation, until a time of the event loop. Raises Refused."""
        # A time limit that is over already would end it only where it first waits.
        if asyncio.get_running_loop().time() >= deadline:
            return self.given_up()
        if document.unreadable is not None:
            return _executed(ExecutionResult(data=None, errors=[document.unreadable]))
        allowed = {OperationType.QUERY} if by_get else {OperationType.QUERY, OperationType.MUTATION}
        try:
            async with asyncio.timeout_at(deadline):
                result = await self._schema.execute(
                    document,
                    variable_values=asked.variables,
                    context_value=context,
                    operation_name=asked.operation_name,
                    allowed_operation_types=allowed,
                    operation_extensions=asked.extensions,
                )
        except TimeoutError:
            return self.given_up()
        except CannotGetOperationTypeError:
            result = ExecutionResult(data=None, errors=[no_such_operation()])
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise Refused(
                    HttpCode.BAD_REQUEST,
                    "subscriptions are asked over a WebSocket, or by a request that accepts "
                    f"{EVENT_STREAM}",
                ) from error
            raise Refused(
                HttpCode.METHOD_NOT_ALLOWED, "only queries are asked by GET: send it by POST"
            ) from error
        return _executed(result)

    def given_up(self) -> Executed:
        """What comes of an operation that takes too long."""
        return _executed(ExecutionResult(data=None, errors=[too_slow(self._timeout_s)]))


def too_slow(timeout_s: float) -> ApiError:
    """What a client is told of an operation that took longer than these seconds."""
    return ApiError(
        ApiCode.EXECUTION_TIMEOUT,
        f"the answer took longer than {timeout_s:g} seconds and was "
        "given up; what a mutation asks may have been done all the same: send it again with "
        "the same idempotencyKey",
    )


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """The GraphQL response with this result."""
    return _executed(result).body


def _executed(result: ExecutionResult) -> Executed:
    fate = fate_of(result)
    body: dict[str, Any] = {"data": result.data} if fate.was_executed else {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return Executed(body, fate)
