"""The application in the test's own process, asked without a socket."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from graphql_brief.api.context import Node
from graphql_brief.api.viewer import Role
from graphql_brief.http.app import App
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens

PATH = "/graphql"
HOST = "briefs.example"
TIMEOUT_S = 20


class Application:
    """An application over an open node; a client while it is entered."""

    def __init__(self, app: App, node: Node, tokens: Tokens) -> None:
        self.app = app
        self.node = node
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"https://{HOST}", timeout=TIMEOUT_S
        )
        self.editor = f"Bearer {tokens.make('editor-1', [Role.EDITOR])}"

    async def __aenter__(self) -> "Application":
        await self.client.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.client.__aexit__(*error)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        """The answer to a POST, which takes the GraphQL media type unless it says otherwise."""
        return await self.client.post(
            PATH, json=body, headers={"accept": GRAPHQL_JSON} | _named(headers)
        )

    async def get(self, query: str, **headers: str) -> httpx.Response:
        """The answer to a GET of a query."""
        return await self.client.get(
            PATH, params={"query": query}, headers={"accept": JSON} | _named(headers)
        )

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of an editor's request; an error fails the test."""
        response = await self.post(
            {"query": query, "variables": variables}, authorization=self.editor
        )
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]


Opening = Callable[[HttpSettings], Awaitable[Application]]
"""Opens an application with these settings."""


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def code(response: httpx.Response) -> str:
    """The code of the one error of an answer."""
    (error,) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found
