"""Batches: several operations in one body, each answered by itself and in its place."""

from typing import Any

import httpx
import pytest

from graphql_brief.http.negotiation import JSON
from graphql_brief.http.settings import HttpSettings
from tests.http.application import Application, Opening, code

HELLO = {"query": "{ __typename }"}
WRITE = """mutation($body: String!) {
  revisePage(input: {slug: "why", title: "Why", body: $body}) { page { body } }
}"""
READ = {"query": '{ page(slug: "why") { body } }'}


async def test_answers_in_order(application: Application) -> None:
    """What is asked later sees what was written before, and the answers stand in order."""
    write = [{"query": WRITE, "variables": {"body": text}} for text in ("one", "two")]
    batch = [write[0], READ, write[1], READ]
    response = await application.post(batch, authorization=application.editor)
    assert response.status_code == 200
    assert "errors" not in response.text
    shown = [found["data"] for found in response.json()]
    assert [found["page"]["body"] for found in shown[1::2]] == ["one", "two"]
    assert [found["revisePage"]["page"]["body"] for found in shown[::2]] == ["one", "two"]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($x: Int!) { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ __typename }", "operationName": "A"}, "BAD_USER_INPUT"),
        ({"query": "{ log { origin } }"}, "FORBIDDEN"),
        ({}, "BAD_REQUEST"),
        ({"query": 1}, "BAD_REQUEST"),
        ({"query": "{ __typename }", "variables": []}, "BAD_REQUEST"),
        ({"query": "subscription { breaking { __typename } }"}, "BAD_REQUEST"),
    ],
)
async def test_one_fails_alone(
    application: Application, bad: dict[str, Any], expected: str
) -> None:
    """An operation of a batch that fails, or is none, leaves the others as they are."""
    for accept in (JSON, "application/graphql-response+json"):
        response = await application.post([HELLO, bad, HELLO], accept=accept)
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        first, middle, last = response.json()
        assert first == last == {"data": {"__typename": "Query"}}
        assert [error["extensions"]["code"] for error in middle["errors"]] == [expected]


async def test_the_bound(application: Application) -> None:
    """A batch over the bound is refused whole, and executes nothing."""
    bound = HttpSettings().batch_bound
    assert len((await application.post([HELLO] * bound)).json()) == bound
    position = application.node.tail.position
    write = {"query": WRITE, "variables": {"body": "never"}}
    response = await application.post([write] * (bound + 1), authorization=application.editor)
    assert response.status_code == 400
    assert code(response) == "BATCH_TOO_LARGE"
    assert application.node.tail.position == position


async def test_switched_off(opening: Opening) -> None:
    """Without batches even one of one is refused, and what is no batch is taken."""
    application = await opening(HttpSettings(batch_bound=0))
    assert code(await application.post([HELLO])) == "BATCH_TOO_LARGE"
    assert (await application.post(HELLO)).status_code == 200


@pytest.mark.parametrize("body", [[], [1], [HELLO, None], [[HELLO]], [HELLO, "{ __typename }"]])
async def test_no_batch(application: Application, body: list[Any]) -> None:
    """A list of something else is no batch, and nothing of it is executed."""
    response = await application.post(body)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"


async def test_a_batch_has_one_time_limit(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not begun when the time is over is not begun."""

    async def begun(*_: Any) -> None:
        raise AssertionError("it was begun")

    application = await opening(HttpSettings(execution_timeout_s=0.05))
    monkeypatch.setattr(application.node.desk, "revise_page", begun)
    wait = {"query": "{ briefs(minPosition: 100000) { totalCount } }"}
    write = {"query": WRITE, "variables": {"body": "late"}}
    response: httpx.Response = await application.post(
        [HELLO, wait, write], authorization=application.editor
    )
    first, *rest = response.json()
    assert first == {"data": {"__typename": "Query"}}
    assert [found["errors"][0]["extensions"]["code"] for found in rest] == ["EXECUTION_TIMEOUT"] * 2
