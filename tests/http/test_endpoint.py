"""GraphQL over HTTP: methods, media types and status codes, good and bad."""

import json
from typing import Any

import httpx
import pytest

from graphql_brief.http.settings import BODY_BOUND_BYTES
from tests.cli.server import Server

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
HELLO = "{ __typename }"
BAD_FIELD = "{ nothing }"


def post(server: Server, body: Any = None, **headers: str) -> httpx.Response:
    """A POST of a GraphQL request, as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        server.url, content=content, headers={"content-type": JSON} | named, timeout=30
    )


def code(response: httpx.Response) -> str:
    """The code of the one error of an answer."""
    (error,) = response.json()["errors"]
    assert error["message"]
    found: str = error["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, {JSON}", GRAPHQL_JSON),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("Application/JSON", JSON),
        (f"{GRAPHQL_JSON};q=0, {JSON}", JSON),
        (f"{GRAPHQL_JSON};q=0.5, {JSON};q=0.9", JSON),
        ("", JSON),
    ],
)
def test_a_query(server: Server, accept: str, kind: str) -> None:
    """POST and GET give data, in the media type that was asked for, not to be stored."""
    for response in (
        post(server, {"query": HELLO}, accept=accept),
        httpx.get(server.url, params={"query": HELLO}, headers={"accept": accept}),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{kind}; charset=utf-8"
        assert response.json() == {"data": {"__typename": "Query"}}
        assert "authorization" in response.headers["vary"]


def test_a_query_with_variables_by_get(server: Server) -> None:
    """Variables and the operation's name come as parameters."""
    query = "query A($s: String!) { page(slug: $s) { slug } } query B { __typename }"
    given = {"query": query, "variables": '{"s": "why"}', "operationName": "A"}
    response = httpx.get(server.url, params=given, headers={"accept": JSON})
    assert response.json() == {"data": {"page": {"slug": "why"}}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"query": [HELLO, HELLO]}, "query is given 2 times"),
        ({"query": HELLO, "variables": "{"}, "variables cannot be read as JSON"),
        ({"query": HELLO, "variables": "[]"}, "variables"),
        ({"query": HELLO, "extensions": "1"}, "extensions"),
        ({"query": ""}, "no query"),
        ({}, "no query"),
    ],
)
def test_parameters_that_are_none(server: Server, given: Any, message: str) -> None:
    """What cannot be read, or is told twice, is 400 and says which."""
    response = httpx.get(server.url, params=given, headers={"accept": JSON})
    assert response.status_code == 400
    assert message in response.json()["errors"][0]["message"]


def test_empty_parameters(server: Server) -> None:
    """They are as good as none: some clients always send all four."""
    given = {"query": HELLO, "variables": "", "operationName": "", "extensions": ""}
    response = httpx.get(server.url, params=given, headers={"accept": JSON})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("query", [BAD_FIELD, "{", "query($x: Int!) { __typename }"])
def test_what_never_reaches_execution(server: Server, query: str) -> None:
    """It is 400 for those who take the GraphQL media type, 200 for the older one; never data."""
    modern = post(server, {"query": query}, accept=GRAPHQL_JSON)
    older = post(server, {"query": query}, accept=JSON)
    assert (modern.status_code, older.status_code) == (400, 200)
    for response in (modern, older):
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["code"] != "INTERNAL"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"not json", b"\xff\xfe", b'"text"', b"1", b"null", b"NaN", b"[" * 100_000),
        *(b"{}", b'{"query": 1}', b'{"query": null}', b'{"qeury": "{ __typename }"}', b"[]"),
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "extensions": 1}',
    ],
)
def test_not_a_graphql_request(server: Server, body: bytes) -> None:
    """What is not JSON, or not a GraphQL request, is 400, as JSON."""
    response = post(server, body)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


@pytest.mark.parametrize("content_type", ["text/plain", "application/graphql", "", "json"])
def test_other_media_types(server: Server, content_type: str) -> None:
    """A form or text, which a page of another site may send unasked, is 415."""
    response = post(server, {"query": HELLO}, content_type=content_type)
    assert response.status_code == 415
    assert code(response) == "UNSUPPORTED_MEDIA_TYPE"


def test_nothing_acceptable(server: Server) -> None:
    """Who accepts neither media type gets 406."""
    for accept in ("text/html", f"{JSON};q=0", f"{GRAPHQL_JSON};q=0, text/*"):
        assert post(server, {"query": HELLO}, accept=accept).status_code == 406


def test_get_without_a_query(server: Server) -> None:
    """It is a request that lacks one, whatever it accepts."""
    for accept in ("*/*", "text/html, */*", JSON):
        response = httpx.get(server.url, headers={"accept": accept})
        assert response.status_code == 400
        assert "query" in response.json()["errors"][0]["message"]


def test_subscription_by_http(server: Server) -> None:
    """Subscriptions go over a WebSocket, and the answer says so."""
    query = "subscription { breaking { __typename } }"
    for response in (
        post(server, {"query": query}),
        httpx.get(server.url, params={"query": query}),
    ):
        assert response.status_code == 400
        assert "WebSocket" in response.json()["errors"][0]["message"]


def test_which_operation(server: Server) -> None:
    """Of several operations one must be named, and it must be there."""
    query = "query A { __typename } query B { __typename }"
    assert code(post(server, {"query": query})) == "BAD_USER_INPUT"
    assert "data" in post(server, {"query": query, "operationName": "B"}).json()
    assert code(post(server, {"query": query, "operationName": "C"})) == "BAD_USER_INPUT"


def test_a_very_long_number(server: Server) -> None:
    """A number that Python will not read is refused in our own words."""
    query = f"{{ briefs(first: {'9' * 5000}) {{ totalCount }} }}"
    assert code(post(server, {"query": query})) == "DOCUMENT_TOO_LARGE"


def test_other_methods(server: Server) -> None:
    """Other methods are 405 and name the two that are not."""
    response = httpx.put(server.url, json={"query": HELLO})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


def test_mutation_by_get(server: Server) -> None:
    """A link must not write."""
    mutation = 'mutation { revisePage(input: {slug: "x", title: "t", body: "b"}) { __typename } }'
    headers = {"authorization": f"Bearer {server.editor}"}
    response = httpx.get(server.url, params={"query": mutation}, headers=headers)
    assert response.status_code == 405
    assert code(response) == "METHOD_NOT_ALLOWED"


def test_body_too_large(server: Server) -> None:
    """A body over the bound is 413, whether it says its length or not."""
    body = json.dumps({"query": HELLO, "padding": "x" * BODY_BOUND_BYTES}).encode()

    def chunks() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for content in (body, chunks()):
        response = httpx.post(server.url, content=content, headers={"content-type": JSON})
        assert response.status_code == 413
        assert code(response) == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    "query",
    [
        "{" + "a{" * 5000 + "b" + "}" * 5001,
        "{ __typename " + "a " * 50_000 + "}",
        "{ a(x: " + "[" * 5000 + "]" * 5000 + ") }",
        "{ " + " ".join(f"a{n}: __typename" for n in range(5000)) + " }",
    ],
    ids=["nested", "many-tokens", "nested-value", "many-aliases"],
)
def test_queries_made_to_hurt(server: Server, query: str) -> None:
    """A query beyond the bounds is refused before it is executed, and the server goes on."""
    response = post(server, {"query": query}, accept=GRAPHQL_JSON)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]
    assert post(server, {"query": HELLO}).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer x", "Bearer", "Basic YTpi", "x"])
def test_bad_token(server: Server, authorization: str) -> None:
    """A token that is not ours is 401, never taken for the public."""
    response = post(server, {"query": HELLO}, authorization=authorization)
    assert response.status_code == 401
    assert code(response) == "UNAUTHENTICATED"
    assert "Bearer" in response.headers["www-authenticate"]


def test_roles_give_audiences(server: Server) -> None:
    """The printed tokens act in their roles."""
    viewer = "{ viewer { audience actor } }"
    assert server.ask(viewer)["viewer"] == {"audience": "PUBLIC", "actor": None}
    editor = server.ask(viewer, token=server.editor)["viewer"]
    assert editor == {"audience": "NEWSROOM", "actor": "editor-local"}
    auditor = server.ask(viewer, token=server.auditor)["viewer"]
    assert auditor == {"audience": "AUDIT", "actor": "auditor-local"}


def test_health(server: Server) -> None:
    """Live and ready, with the place that the read models have reached."""
    base = server.url.removesuffix("/graphql")
    assert httpx.get(f"{base}/health/live").json() == {"status": "live"}
    ready = httpx.get(f"{base}/health/ready").json()
    assert ready["status"] == "ready"
    assert ready["position"] == ready["projected"] > 0
    assert "/graphql" in httpx.get(base).text
