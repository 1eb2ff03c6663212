"""Requests that are refused as HTTP, before there is anything to execute.

| extensions.code               | status | what is at fault                                      |
|-------------------------------|--------|-------------------------------------------------------|
| PERSISTED_QUERY_NOT_FOUND     | 200    | a hash whose document is not known here, or no longer |
| PERSISTED_QUERY_NOT_SUPPORTED | 200    | a hash, where documents are not learnt from clients   |
| BAD_REQUEST                   | 400    | not HTTP, not JSON, no request, or a subscription     |
| BATCH_TOO_LARGE               | 400    | more operations than one request may have             |
| UNAUTHENTICATED               | 401    | a bad or outdated token                               |
| CROSS_SITE                    | 403    | a page of a site that is not allowed                  |
| UNTRUSTED_DOCUMENT            | 403    | a document that is not of the operator's manifest     |
| DOCUMENT_NOT_FOUND            | 404    | a `documentId` that the manifest does not have        |
| METHOD_NOT_ALLOWED            | 405    | another method than GET and POST; a mutation by GET   |
| NOT_ACCEPTABLE                | 406    | an `Accept` that takes no media type of an answer     |
| BODY_TIMEOUT                  | 408    | a body that did not arrive in time                    |
| BODY_TOO_LARGE                | 413    | a body beyond the bound                               |
| UNSUPPORTED_MEDIA_TYPE        | 415    | a body that is not called JSON                        |
| HEAD_TOO_LARGE                | 431    | an address and headers beyond the bound               |
"""

from collections.abc import Iterable
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec
from graphql import GraphQLFormattedError
from starlette.responses import Response

from graphql_brief.http.negotiation import JSON, answered_in


class HttpCode(StrEnum):
    """The values of `extensions.code` in a refusal; see the table above."""

    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    BAD_REQUEST = "BAD_REQUEST"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    CROSS_SITE = "CROSS_SITE"
    UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT"
    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    BODY_TIMEOUT = "BODY_TIMEOUT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE"


STATUSES = {
    # The client is to send the text, and some clients look into no answer with another status.
    HttpCode.PERSISTED_QUERY_NOT_FOUND: HTTPStatus.OK,
    HttpCode.PERSISTED_QUERY_NOT_SUPPORTED: HTTPStatus.OK,
    HttpCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    HttpCode.BATCH_TOO_LARGE: HTTPStatus.BAD_REQUEST,
    HttpCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    HttpCode.CROSS_SITE: HTTPStatus.FORBIDDEN,
    HttpCode.UNTRUSTED_DOCUMENT: HTTPStatus.FORBIDDEN,
    HttpCode.DOCUMENT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    HttpCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    HttpCode.NOT_ACCEPTABLE: HTTPStatus.NOT_ACCEPTABLE,
    HttpCode.BODY_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    HttpCode.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HttpCode.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HttpCode.HEAD_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}

_HEADERS = {
    HttpCode.UNAUTHENTICATED: {"www-authenticate": 'Bearer error="invalid_token"'},
    HttpCode.METHOD_NOT_ALLOWED: {"allow": "GET, POST"},
    # What is left of the body is not read, so that nothing can follow on the connection.
    HttpCode.BODY_TIMEOUT: {"connection": "close"},
    HttpCode.BODY_TOO_LARGE: {"connection": "close"},
}


class Refused(Exception):  # noqa: N818 - the client is at fault
    """A request that is not taken; the message is written for the client."""

    def __init__(self, code: HttpCode, message: str) -> None:
        super().__init__(message)
        self.code = code

    def formatted(self) -> GraphQLFormattedError:
        """The refusal as an error of a GraphQL response."""
        return {"message": str(self), "extensions": {"code": self.code.value}}

    def body(self) -> dict[str, Any]:
        """The refusal as a GraphQL response."""
        return {"errors": [self.formatted()]}


def refusal(refused: Refused, accept: Iterable[str]) -> Response:
    """The answer to a refused request, in what its `Accept` headers take, if there is such."""
    return Response(
        msgspec.json.encode(refused.body()),
        status_code=STATUSES[refused.code],
        media_type=f"{answered_in(accept) or JSON}; charset=utf-8",
        headers={"cache-control": "no-store"} | _HEADERS.get(refused.code, {}),
    )


def raw_refusal(refused: Refused) -> bytes:
    """The same as the bytes of HTTP/1.1, for what is refused before there is a request."""
    answer = refusal(refused, ())
    status = STATUSES[refused.code]
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += (b"%s: %s" % header for header in answer.raw_headers)
    # The bytes that follow are no request, or none that is read.
    lines.append(b"connection: close")
    return b"\r\n".join((*lines, b"", bytes(answer.body)))
