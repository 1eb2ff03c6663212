"""What a request asks: one operation, or several in a batch, read from a body or from a URL."""

from typing import Any, Literal

import msgspec
from starlette.datastructures import QueryParams

from graphql_brief.http.refusals import HttpCode, Refused

_TEXTS = ("query", "documentId", "operationName")
_OBJECTS = ("variables", "extensions")


class _PersistedQuery(msgspec.Struct, rename="camel"):
    version: Literal[1]
    sha256_hash: str


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """One GraphQL request, well-formed; other names in it are for the specification's future."""

    query: str | None = None
    document_id: str | None = None
    """What names a document of the manifest, in place of its text."""
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None

    @property
    def names_document(self) -> bool:
        """Whether there is any way to tell what is asked."""
        persisted = (self.extensions or {}).get("persistedQuery")
        return any(name is not None for name in (self.query, self.document_id, persisted))

    @property
    def has_more_extensions(self) -> bool:
        """Whether there are extensions that do more than to name the document."""
        return any(name != "persistedQuery" for name in self.extensions or ())

    def persisted_hash(self) -> str | None:
        """The hash of a document by Apollo's protocol, if there is one. Raises Refused."""
        found = (self.extensions or {}).get("persistedQuery")
        if found is None:
            return None
        try:
            return msgspec.convert(found, _PersistedQuery).sha256_hash
        except msgspec.ValidationError as error:
            raise Refused(
                HttpCode.BAD_REQUEST, f"extensions.persistedQuery is not understood: {error}"
            ) from error


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
