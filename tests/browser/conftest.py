"""A real browser, and a real server with the fixtures' story for it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.cli.server import ROOT, Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS = 20_000
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests may write to."""
    folder = tmp_path_factory.mktemp("browser")
    running = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    yield running
    assert running.stop() == ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium; none is downloaded.

    Closed with its module: while it is open, no test can run a loop of its own in this thread.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"there is no browser here: install one of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """An empty page. All that it loads is of the server, and nothing goes wrong on it unheard."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(TIMEOUT_MS)
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    yield opened
    context.close()
    assert wrong == []
    origin = server.url.removesuffix("/graphql")
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []
