"""A browser's own client of event streams, with the code that docs/clients.md shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.cli.server import ROOT, Server

TIMEOUT_MS = 20_000
CODE = (ROOT / "tests" / "conformance" / "sse" / "browser.js").read_text()
BRIEF = '{ brief(by: {slug: "americas-second-exit-from-iraq"}) { id liveCursor } }'
EDIT = """mutation($text: String!) {
  editBrief(input: {
    id: "brief-iraqexit", changeNote: "n", significance: MINOR
    edits: [{reviseHeadline: {headline: $text}}]
  }) { brief { version } userErrors { message } }
}"""
FOLLOW = (
    CODE.replace("export ", "")
    + """
({ id, after }) => {
  window.seen = [];
  window.anew = 0;
  const show = ({ version, brief }) => window.seen.push([version, brief.headline]);
  window.source = follow({ id, after, show, readAnew: () => window.anew += 1 });
}"""
)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


def edit(server: Server, text: str) -> list[Any]:
    """What a page is to show of an edit."""
    answer = server.ask(EDIT, {"text": text}, server.editor)["editBrief"]
    assert answer["userErrors"] == []
    return [answer["brief"]["version"], text]


def open_page(page: Page, server: Server, **given: Any) -> None:
    """Follow the brief on a page of the server's own."""
    page.goto(server.url.removesuffix("graphql"))
    page.evaluate(FOLLOW, given)


def wait_for(page: Page, condition: str) -> None:
    """Until something holds on the page."""
    page.wait_for_function(f"() => {condition}")


def test_it_goes_on_by_itself(page: Page, tmp_path: Path) -> None:
    """Over a crash of the server: the browser comes back, and misses nothing."""
    database = tmp_path / "brief.db"
    server = Server.start(database, "--fixtures", str(ROOT / "fixtures"))
    brief = server.ask(BRIEF)["brief"]
    edits = [edit(server, "Before the page was opened")]
    open_page(page, server, id=brief["id"], after=brief["liveCursor"])
    wait_for(page, "seen.length === 1")
    edits.append(edit(server, "While it was open"))
    wait_for(page, "seen.length === 2")
    server.kill()
    other = Server.start(database, "--port", "0")
    try:
        edits += [edit(other, f"While nobody listened, {number}") for number in range(3)]
    finally:
        assert other.stop() == ""
    server = Server.start(database, "--port", str(server.port))
    try:
        wait_for(page, "seen.length === 5")
        edits.append(edit(server, "After it came back"))
        wait_for(page, "seen.length === 6")
        assert page.evaluate("seen") == edits
        assert page.evaluate("[anew, source.readyState]") == [0, 1]
    finally:
        page.evaluate("source.close()")
        assert server.stop() == ""


def test_it_ends(page: Page, server: Server) -> None:
    """At `complete`: after what cannot go on, and after what was never begun."""
    for given in ({"id": "brief-iraqexit", "after": "b3RoZXIAMQ"}, {"id": "none", "after": None}):
        open_page(page, server, **given)
        wait_for(page, "source.readyState === 2")
        assert page.evaluate("[anew, seen.length]") == [1, 0]
