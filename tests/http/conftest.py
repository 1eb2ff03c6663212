"""Servers to ask: one real process with the fixtures' story, and applications in this one."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

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


@asynccontextmanager
async def _opened(folder: Path, settings: HttpSettings) -> AsyncIterator[Application]:
    async with open_node(f"sqlite:///{folder / 'brief.db'}", [folder / "read-models"]) as node:
        tokens = Tokens("s" * 64)
        async with Application(make_app(node, tokens, settings), node, tokens) as application:
            yield application


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    """An application with the default settings, on an empty log."""
    async with _opened(tmp_path, HttpSettings()) as opened:
        yield opened


@pytest.fixture
async def opening(tmp_path: Path) -> AsyncIterator[Opening]:
    """Opens an application with settings of the test's own, on an empty log."""
    async with AsyncExitStack() as stack:

        async def opened(settings: HttpSettings) -> Application:
            return await stack.enter_async_context(_opened(tmp_path, settings))

        yield opened
