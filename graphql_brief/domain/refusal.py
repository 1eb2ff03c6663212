"""Why an edit is not allowed."""

from typing import NamedTuple

from graphql_brief.domain.vocabulary import ErrorCode


class Refusal(NamedTuple):
    """One reason why an edit was refused: what, in words for the editor, and where."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()
    """Names and list places from the input's root to the offending field."""


class Refused(Exception):  # noqa: N818 - no error of the program: the input is at fault
    """Raised inside `decide` to leave a rule; its callers return the `Refusal` as a value."""

    def __init__(self, code: ErrorCode, message: str, *path: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message, path)
