"""What a request asks: one operation, or several in a batch, read from a body or from a URL."""

from typing import Any

import msgspec
from starlette.datastructures import QueryParams

from graphql_brief.http.refusals import HttpCode, Refused

_TEXTS = ("query", "operationName")
_OBJECTS = ("variables", "extensions")


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """One GraphQL request, well-formed; other names in it are for the specification's future."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


Batch = list[Asked | Refused]
"""What a batch asks, in its order; what is ill-formed in it is refused by itself."""


def read_body(body: bytes, *, batch_bound: int) -> Asked | Batch:
    """What a POST asks. Raises Refused if it is not JSON, or no request, or too many."""
    found = _json(body, "the body")
    if not isinstance(found, list):
        return _asked(found)
    if not found or not all(isinstance(item, dict) for item in found):
        raise Refused(HttpCode.BAD_REQUEST, "a batch is a list of one or more GraphQL requests")
    if len(found) > batch_bound:
        raise Refused(
            HttpCode.BATCH_TOO_LARGE,
            f"the batch has {len(found)} operations, the bound is {batch_bound}"
            + ("" if batch_bound else ": send each by itself"),
        )
    return [_asked_or_refused(item) for item in found]


def read_parameters(parameters: QueryParams) -> Asked:
    """What a GET asks. Raises Refused. An empty parameter is one that is not there."""
    found: dict[str, Any] = {}
    for name in (*_TEXTS, *_OBJECTS):
        values = [value for value in parameters.getlist(name) if value]
        if len(values) > 1:
            raise Refused(HttpCode.BAD_REQUEST, f"{name} is given {len(values)} times")
        for value in values:
            found[name] = value if name in _TEXTS else _json(value, name)
    return _asked(found)


def _json(text: str | bytes, what: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(HttpCode.BAD_REQUEST, f"{what} cannot be read as JSON: {error}") from error


def _asked(found: Any) -> Asked:
    try:
        return msgspec.convert(found, Asked)
    except msgspec.ValidationError as error:
        raise Refused(HttpCode.BAD_REQUEST, f"this is not a GraphQL request: {error}") from error


def _asked_or_refused(found: Any) -> Asked | Refused:
    try:
        return _asked(found)
    except Refused as refused:
        return refused
