"""Every `extensions.code` in docs/errors.md, produced with its status; and no other exists."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from http.client import HTTPResponse
from pathlib import Path
from socket import create_connection
from typing import Any

import httpx
import pytest

from graphql_brief.api import limits
from graphql_brief.api.errors import ApiCode
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.protocol import HEAD_BOUND_BYTES
from graphql_brief.http.refusals import STATUSES, HttpCode
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.sockets import SUBSCRIPTIONS_BOUND
from graphql_brief.log.port import DatabaseError, OutcomeUnknown
from tests.cli.server import Server
from tests.http.application import PATH, Application, Opening, code
from tests.http.error_table import ERRORS, REFUSALS, statuses, table
from tests.http.test_websocket import hear, initialise, socket, subscribe

HELLO = {"query": "{ __typename }"}
HASH = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
NODE = 'query { node(id: "page-why") { id } viewer { audience } }'
SETTINGS = HttpSettings(execution_timeout_s=0.5, request_timeout_s=0.05, body_bound_bytes=200_000)

# Errors of a document or a field

DOCUMENTS: dict[ApiCode, list[str]] = {
    ApiCode.GRAPHQL_PARSE_FAILED: ["{"],
    ApiCode.GRAPHQL_VALIDATION_FAILED: ["{ nothing }"],
    ApiCode.DOCUMENT_TOO_LARGE: ["{" + "a: __typename " * 300 + "}"],
    ApiCode.INTROSPECTION_DISABLED: ["{ __schema { description } }"],
    ApiCode.BAD_USER_INPUT: [
        "query($id: ID!) { node(id: $id) { id } }",
        '{ edition(date: "x") { id } }',
        "query A { __typename } query B { __typename }",
        f'{{ search(text: "{"x" * 5000}") {{ edges {{ cursor }} }} viewer {{ audience }} }}',
    ],
    ApiCode.BAD_PAGE: ["{ briefs(first: 101) { totalCount } }"],
    ApiCode.FORBIDDEN: ["{ log { origin } }"],
    ApiCode.POSITION_NOT_REACHED: ["{ briefs(minPosition: 1000) { totalCount } }"],
    ApiCode.EXECUTION_TIMEOUT: [NODE],
    ApiCode.OUTCOME_UNKNOWN: [NODE],
    ApiCode.UNAVAILABLE: [NODE],
    ApiCode.INTERNAL: [NODE, "{ __typename }"],
}
"""Documents with the error of a code, in a server that is in the state that BROKEN says."""

OVER_WEBSOCKET = {
    ApiCode.BAD_CURSOR: 'subscription { breaking(after: "x") { __typename } }',
    ApiCode.NOT_FOUND: 'subscription { briefUpdates(by: {slug: "none"}) { __typename } }',
    ApiCode.TOO_MANY_OPERATIONS: "subscription { breaking { __typename } }",
}
"""Documents with an error that comes of subscriptions only; here, over a WebSocket."""


async def _crowded(application: Application, patched: pytest.MonkeyPatch) -> None:
    """Nobody else may wait for a position, so that it is told at once."""
    patched.setattr(application.node.waiting, "locked", lambda: True)


async def _stuck(application: Application, patched: pytest.MonkeyPatch) -> None:
    """Reading a state does not end."""

    async def get(_: str) -> None:
        await asyncio.Event().wait()

    patched.setattr(application.node.states, "get", get)


async def _faulty(application: Application, patched: pytest.MonkeyPatch) -> None:
    """Reading a state fails, and so does measuring a document without names."""

    async def get(_: str) -> None:
        raise RuntimeError

    check = limits.check

    def checked(schema: Any, text: str, document: Any) -> Any:
        if text == HELLO["query"]:
            raise RuntimeError
        return check(schema, text, document)

    patched.setattr(application.node.states, "get", get)
    patched.setattr(limits, "check", checked)


def _raising(error: Exception) -> Callable[[Application, pytest.MonkeyPatch], Awaitable[None]]:
    """Reading a state fails with this."""

    async def get(_: str) -> None:
        raise error

    async def break_it(application: Application, patched: pytest.MonkeyPatch) -> None:
        patched.setattr(application.node.states, "get", get)

    return break_it


BROKEN = {
    ApiCode.OUTCOME_UNKNOWN: _raising(OutcomeUnknown("lost while committing")),
    ApiCode.UNAVAILABLE: _raising(DatabaseError("cannot be reached")),
    ApiCode.POSITION_NOT_REACHED: _crowded,
    ApiCode.EXECUTION_TIMEOUT: _stuck,
    ApiCode.INTERNAL: _faulty,
}


def test_the_table_of_errors() -> None:
    """The document, the code and this module list the same codes."""
    documented = table(ERRORS)
    assert set(documented) == {found.value for found in ApiCode}
    assert DOCUMENTS.keys() | OVER_WEBSOCKET.keys() == set(ApiCode)
    assert all(len(cells) == 4 and all(cells) for cells in documented.values())
    for found in OVER_WEBSOCKET:
        assert documented[found][:2] == ["–", "–"]


@pytest.mark.parametrize("spec_statuses", [False, True], ids=["suite", "draft"])
@pytest.mark.parametrize("expected", DOCUMENTS)
async def test_an_error(
    opening: Opening, monkeypatch: pytest.MonkeyPatch, expected: ApiCode, spec_statuses: bool
) -> None:
    """Its documents have its code, and among them exactly the statuses of the table."""
    application = await opening(
        HttpSettings(execution_timeout_s=0.5, spec_statuses=spec_statuses, introspection=False)
    )
    if expected in BROKEN:
        await BROKEN[expected](application, monkeypatch)
    seen = set()
    for document in DOCUMENTS[expected]:
        response = await application.post({"query": document})
        assert code(response) == expected
        seen.add(response.status_code)
    assert seen == statuses(table(ERRORS)[expected][1 if spec_statuses else 0])


@pytest.mark.parametrize("expected", OVER_WEBSOCKET)
async def test_an_error_over_a_websocket(server: Server, expected: ApiCode) -> None:
    """It ends its own operation and leaves the connection."""
    async with socket(server) as connection:
        await initialise(connection)
        if expected is ApiCode.TOO_MANY_OPERATIONS:
            for number in range(SUBSCRIPTIONS_BOUND):
                await subscribe(connection, OVER_WEBSOCKET[expected], id=str(number))
        await subscribe(connection, OVER_WEBSOCKET[expected], id="last")
        heard = await hear(connection)
        assert (heard["type"], heard["id"]) == ("error", "last")
        (error,) = heard["payload"]
        assert error["message"]
        assert error["extensions"] == {"code": expected.value}


# Refusals of a request


async def _stream(*parts: bytes, then_wait: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if then_wait:
        await asyncio.Event().wait()


async def _late(application: Application) -> httpx.Response:
    return await application.client.post(
        PATH, content=_stream(b"{", then_wait=True), headers={"content-type": JSON}
    )


async def _long(application: Application) -> httpx.Response:
    return await application.client.post(
        PATH, content=_stream(b" " * 200_000, b" "), headers={"content-type": JSON}
    )


async def _text(application: Application) -> httpx.Response:
    return await application.client.post(PATH, content=b"{}", headers={"content-type": "a/b"})


REQUESTS: dict[HttpCode, Callable[[Application], Awaitable[httpx.Response]]] = {
    HttpCode.PERSISTED_QUERY_NOT_FOUND: lambda at: at.post(HASH),
    HttpCode.BAD_REQUEST: lambda at: at.post({}),
    HttpCode.BATCH_TOO_LARGE: lambda at: at.post([HELLO] * 11),
    HttpCode.UNAUTHENTICATED: lambda at: at.post(HELLO, authorization="Bearer x"),
    HttpCode.CROSS_SITE: lambda at: at.get("{ __typename }", sec_fetch_site="cross-site"),
    HttpCode.DOCUMENT_NOT_FOUND: lambda at: at.post({"documentId": "none"}),
    HttpCode.METHOD_NOT_ALLOWED: lambda at: at.get("mutation { __typename }"),
    HttpCode.NOT_ACCEPTABLE: lambda at: at.post(HELLO, accept="text/html"),
    HttpCode.BODY_TIMEOUT: _late,
    HttpCode.BODY_TOO_LARGE: _long,
    HttpCode.UNSUPPORTED_MEDIA_TYPE: _text,
}

WITH_TRUSTED_ONLY: dict[HttpCode, dict[str, Any]] = {
    HttpCode.PERSISTED_QUERY_NOT_SUPPORTED: HASH,
    HttpCode.UNTRUSTED_DOCUMENT: HELLO,
}
"""What a server refuses that executes the documents of its manifest only."""

BY_THE_SERVER = {HttpCode.HEAD_TOO_LARGE}
"""What is refused before the application hears of it."""


def test_the_table_of_refusals() -> None:
    """The document, the code and this module list the same codes."""
    documented = table(REFUSALS)
    assert set(documented) == {found.value for found in HttpCode}
    produced = REQUESTS.keys() | WITH_TRUSTED_ONLY.keys() | BY_THE_SERVER
    assert produced == STATUSES.keys() == set(HttpCode)
    assert all(len(cells) == 3 and all(cells) for cells in documented.values())


@pytest.mark.parametrize("expected", REQUESTS)
async def test_a_refusal(opening: Opening, expected: HttpCode) -> None:
    """It has its code and the table's status, words, no data, and is kept by no cache."""
    check_refusal(await REQUESTS[expected](await opening(SETTINGS)), expected)


@pytest.mark.parametrize("expected", WITH_TRUSTED_ONLY)
async def test_a_refusal_of_what_is_not_trusted(
    opening: Opening, tmp_path: Path, expected: HttpCode
) -> None:
    """The same, where documents of the manifest only are executed."""
    manifest = tmp_path / "documents.json"
    manifest.write_text("{}")
    application = await opening(HttpSettings(documents=manifest, trusted_only=True))
    check_refusal(await application.post(WITH_TRUSTED_ONLY[expected]), expected)


def test_a_head_that_is_too_large(server: Server) -> None:
    """Also where the parser keeps what it was sent to itself; and just under the bound is taken."""
    base = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX: ".encode()
    fitting = base + b"x" * (HEAD_BOUND_BYTES - len(base) - 4) + b"\r\n\r\n"
    for sent, status in ((base.ljust(HEAD_BOUND_BYTES + 1, b"x"), 431), (fitting, 415)):
        with create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            # In two, so that no piece has the whole head.
            for piece in (sent[:1000], sent[1000:]):
                connection.sendall(piece)
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == status
            if status == 431:
                headers = dict(answer.getheaders())
                told = httpx.Response(status, headers=headers, content=answer.read())
                check_refusal(told, HttpCode.HEAD_TOO_LARGE)


def check_refusal(response: httpx.Response, expected: HttpCode) -> None:
    """That a refusal is what the table says."""
    assert code(response) == expected
    assert {response.status_code} == statuses(table(REFUSALS)[expected][0])
    assert response.json().keys() == {"errors"}
    assert response.json()["errors"][0]["message"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"].partition(";")[0] in (GRAPHQL_JSON, JSON)
