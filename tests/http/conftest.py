"""Servers to ask: one real process with the fixtures' story, and applications in this one."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from graphql_brief.api.context import Node
from graphql_brief.http.app import make_app
from graphql_brief.http.node import open_node
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from tests.cli.server import ROOT, Server
from tests.http.application import Application, Opening


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server; tests only read from it."""
    folder = tmp_path_factory.mktemp("http")
    running = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert "Traceback" not in running.stop()


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node on a log that was empty, for all tests of a module."""
    folder = tmp_path_factory.mktemp("node")
    async with open_node(f"sqlite:///{folder / 'brief.db'}", [folder / "read-models"]) as opened:
        yield opened


@pytest.fixture
async def opening(node: Node) -> AsyncIterator[Opening]:
    """Opens an application over the module's node, with settings of the test's own."""
    tokens = Tokens("s" * 64)
    async with AsyncExitStack() as stack:

        async def opened(settings: HttpSettings) -> Application:
            made = Application(make_app(node, tokens, settings), node, tokens)
            return await stack.enter_async_context(made)

        yield opened


@pytest.fixture
async def application(opening: Opening) -> Application:
    """An application over the module's node, with the default settings."""
    return await opening(HttpSettings())
