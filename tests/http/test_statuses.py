"""Statuses, by the audits' table and by the specification's draft."""

from typing import Any

import pytest

from graphql_brief.api import limits
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.settings import HttpSettings
from tests.http.application import Application, Opening

PARTIAL = "{ viewer { audience } log { origin } }"
NULL = 'mutation { revisePage(input: {slug: "x", title: "t", body: "b"}) { page { slug } } }'


@pytest.mark.parametrize("spec_statuses", [False, True], ids=["suite", "draft"])
@pytest.mark.parametrize(
    ("body", "suite", "draft", "has_data"),
    [
        ({"query": "{ __typename }"}, 200, 200, True),
        ({"query": "{"}, 400, 400, False),
        ({"query": "{ nothing }"}, 400, 422, False),
        ({"query": "query($id: ID!) { node(id: $id) { id } }"}, 400, 422, False),
        ({"query": "{ __typename }", "operationName": "A"}, 400, 422, False),
        ({"query": "query A { __typename } query B { __typename }"}, 400, 422, False),
        ({"query": '{ edition(date: "x") { id } }'}, 400, 422, False),
        ({"query": "{ " + "a: __typename " * 300 + "}"}, 400, 422, False),
        ({"query": PARTIAL}, 200, 294, True),
        ({}, 400, 400, False),
    ],
    ids=str,
)
async def test_a_status(
    opening: Opening,
    body: dict[str, Any],
    suite: int,
    draft: int,
    has_data: bool,
    spec_statuses: bool,
) -> None:
    """The newer media type tells by its status; the older one is 200 for whatever was asked."""
    application = await opening(HttpSettings(spec_statuses=spec_statuses))
    modern = await application.post(body)
    assert modern.status_code == (draft if spec_statuses else suite)
    assert modern.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert ("data" in modern.json()) == has_data
    older = await application.post(body, accept=JSON)
    assert older.status_code == (200 if body else 400)
    assert older.json() == modern.json()


@pytest.mark.parametrize(("spec_statuses", "status"), [(False, 200), (True, 294)])
async def test_data_that_is_null(
    opening: Opening, monkeypatch: pytest.MonkeyPatch, spec_statuses: bool, status: int
) -> None:
    """An error that reaches the root leaves data null; it was executed all the same."""
    application = await opening(HttpSettings(spec_statuses=spec_statuses))

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(application.node.desk, "revise_page", broken)
    response = await application.post({"query": NULL}, authorization=application.editor)
    assert response.status_code == status
    assert response.json()["data"] is None


async def test_a_fault_of_the_server_before_execution(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the client's: 500, masked."""

    def broken(*_: Any) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(limits, "check", broken)
    response = await application.post({"query": "{ __typename }"})
    assert response.status_code == 500
    assert "swordfish" not in response.text
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
