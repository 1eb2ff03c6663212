"""What can go wrong, in two kinds.

What an editor did is answered in the payload: `userErrors`, typed, with the path to the input.
What a request did, or the server, is an error of GraphQL with one of these codes:

| extensions.code           | what is at fault                                                  |
|---------------------------|-------------------------------------------------------------------|
| GRAPHQL_PARSE_FAILED      | the document is not GraphQL                                       |
| GRAPHQL_VALIDATION_FAILED | the document does not fit the schema                              |
| DOCUMENT_TOO_LARGE        | the document is beyond a bound of `limits`                        |
| INTROSPECTION_DISABLED    | the schema is asked for, and this server does not tell it         |
| BAD_USER_INPUT            | a variable or an argument has a value that its type does not take |
| BAD_PAGE                  | first, last, after or before of a connection                      |
| BAD_CURSOR                | a live cursor that this API never gave                            |
| NOT_FOUND                 | a subscription to what is not there, or not for this viewer       |
| FORBIDDEN                 | a field for another audience                                      |
| POSITION_NOT_REACHED      | `minPosition` is not reached in time; ask again                   |
| EXECUTION_TIMEOUT         | the answer took too long and was given up                         |
| TOO_MANY_OPERATIONS       | one more operation than a WebSocket may have under way            |
| OUTCOME_UNKNOWN           | the edit may be in the log; ask under the same idempotency key    |
| UNAVAILABLE               | the database cannot be used; nothing was written; try again       |
| INTERNAL                  | the server; its log has the id that the message names             |
"""

import logging
import secrets
from enum import StrEnum
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError, Node
from strawberry.schema.exceptions import CannotGetOperationTypeError

from graphql_brief.api.enums import ErrorCode
from graphql_brief.api.manual import interface, output
from graphql_brief.domain.refusal import Refusal as DomainRefusal
from graphql_brief.log.port import DatabaseError, OutcomeUnknown

_log = logging.getLogger(__name__)


class ApiCode(StrEnum):
    """The values of `extensions.code`; see the table above."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_PAGE = "BAD_PAGE"
    BAD_CURSOR = "BAD_CURSOR"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    POSITION_NOT_REACHED = "POSITION_NOT_REACHED"
    EXECUTION_TIMEOUT = "EXECUTION_TIMEOUT"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(GraphQLError):
    """An expected error of a request: its message is written for the client."""

    def __init__(self, code: ApiCode, message: str, **more: str) -> None:
        super().__init__(message, extensions={"code": code.value, **more})

    def at(self, node: Node) -> GraphQLError:
        """The same error with its place in the document."""
        return GraphQLError(self.message, nodes=node, extensions=self.extensions)


def no_such_operation() -> ApiError:
    """The error of a request that names an operation which its document does not have."""
    return ApiError(ApiCode.BAD_USER_INPUT, "the document has no operation of that name")


def presentable(error: GraphQLError) -> GraphQLError:
    """The error as the client may see it: with a code; what nobody expected is masked.

    What is masked is logged in full, under an id that the client is told: what the database says
    of itself may name a host or a file. So it is everywhere; who develops has the log at hand.
    """
    if "code" in (error.extensions or {}):
        return error
    if isinstance(error, GraphQLSyntaxError):
        return _coded(error, ApiCode.GRAPHQL_PARSE_FAILED)
    if isinstance(error.original_error, CannotGetOperationTypeError):
        return no_such_operation()
    if isinstance(error.original_error, GraphQLError):  # what coercion says of a value
        return _coded(error, ApiCode.BAD_USER_INPUT)
    if error.original_error is None and error.path is None:
        return _coded(error, ApiCode.GRAPHQL_VALIDATION_FAILED)
    identity = secrets.token_hex(8)
    _log.error(
        "internal error %s at %s: %s",
        *(identity, error.path, error),
        exc_info=error.original_error,
        extra={"error_id": identity},
    )
    code, message = _masked(error.original_error)
    masked = ApiError(code, f"{message}, id {identity}", errorId=identity)
    return GraphQLError(
        masked.message, nodes=error.nodes, path=error.path, extensions=masked.extensions
    )


def without_suggestion(error: GraphQLError) -> GraphQLError:
    """The error without the names of the schema that graphql-core guesses were meant."""
    told, found, _ = error.message.partition(" Did you mean ")
    if not found:
        return error
    return GraphQLError(
        told,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=error.extensions,
    )


def _masked(error: Exception | None) -> tuple[ApiCode, str]:
    if isinstance(error, OutcomeUnknown):
        return ApiCode.OUTCOME_UNKNOWN, (
            "it cannot be told whether the edit is in the log; ask again under the same "
            "idempotency key"
        )
    if isinstance(error, DatabaseError):
        return ApiCode.UNAVAILABLE, (
            "the database cannot be used just now; nothing was written; try again"
        )
    return ApiCode.INTERNAL, "internal error"


def _coded(error: GraphQLError, code: ApiCode) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code.value}
    return error


@interface
class UserError:
    """Why nothing was written, for the one whose input it is about."""

    code: ErrorCode = strawberry.field(description="What is wrong, for programs.")
    message: str = strawberry.field(description="What is wrong, for people.")
    path: list[str] | None = strawberry.field(
        description=(
            "Names and list places from the mutation's arguments to the input at fault: "
            '`["input", "edits", "3", "addDevelopment", "date"]`.'
        )
    )

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _abstract: Any) -> str:
        """The name of the object type that `value` is shown as."""
        return "Refusal" if isinstance(value, DomainRefusal) else "VersionConflict"


@output()
class Refusal(UserError):  # noqa: N818 - a type of the schema, no exception
    """The input is not allowed: ill-formed, in conflict with what is there, or not yours to do."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether `value` is shown as this type."""
        return isinstance(value, DomainRefusal)
