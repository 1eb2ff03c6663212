"""The status of an answer, by what became of the operation.

For `application/graphql-response+json`, whose clients trust the status:

| what became of it                                          | suite | draft |
|------------------------------------------------------------|-------|-------|
| executed, without errors                                   | 200   | 200   |
| executed, with errors; data may be null                    | 200   | 294   |
| the document is not GraphQL                                | 400   | 400   |
| not executed: it does not fit the schema, has no such      |       |       |
| operation, a bad variable, or is beyond a bound            | 400   | 422   |
| it failed by the server's fault before it was executed     | 500   | 500   |
| it was given up because it took too long                   | 503   | 503   |

*Suite* is what the audits of `graphql-http` take, and the default; *draft* is what the
specification's working draft recommends, by the setting `spec_statuses`. For `application/json`
the status is 200 always: its clients take another one for the word of some proxy.
"""

from enum import Enum

from strawberry.types import ExecutionResult

from graphql_brief.api.errors import ApiCode

PARTIAL_SUCCESS = 294


class Fate(Enum):
    """What became of an operation, with its status by the suite and by the draft."""

    COMPLETE = (200, 200)
    PARTIAL = (200, PARTIAL_SUCCESS)
    UNREADABLE = (400, 400)
    INVALID = (400, 422)
    FAILED = (500, 500)
    GIVEN_UP = (503, 503)

    def status(self, *, spec_statuses: bool) -> int:
        """The status for `application/graphql-response+json`."""
        suite, draft = self.value
        return draft if spec_statuses else suite

    @property
    def was_executed(self) -> bool:
        """Whether the answer has data, be it null (specification of GraphQL, §7.1.2)."""
        return self in (Fate.COMPLETE, Fate.PARTIAL)


_FATES = {
    ApiCode.GRAPHQL_PARSE_FAILED: Fate.UNREADABLE,
    ApiCode.INTERNAL: Fate.FAILED,
    ApiCode.EXECUTION_TIMEOUT: Fate.GIVEN_UP,
}


def fate_of(result: ExecutionResult) -> Fate:
    """What became of the operation that has this result."""
    if not result.errors:
        return Fate.COMPLETE
    # Errors of execution have a path.
    if result.data is not None or any(error.path is not None for error in result.errors):
        return Fate.PARTIAL
    code = (result.errors[0].extensions or {}).get("code")
    return next((fate for found, fate in _FATES.items() if found.value == code), Fate.INVALID)
