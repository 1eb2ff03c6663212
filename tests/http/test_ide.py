"""The IDE: what is served of it, to whom, and what its page may do."""

import re
from pathlib import Path

import httpx
import pytest

from graphql_brief.http import ide
from graphql_brief.http.settings import HttpSettings
from tests.cli.server import Server
from tests.http.application import Application, Opening

TYPES = {
    "/ide": "text/html; charset=utf-8",
    "/ide/main.js": "text/javascript; charset=utf-8",
    "/ide/ide.css": "text/css; charset=utf-8",
    "/ide/icon.svg": "image/svg+xml",
    "/ide/examples.json": "application/json",
}
PATHS = [route.path for route in ide.routes()]
LOADED = re.compile(r"""(?:src|href)="([^"]+)"|from "\./([^"]+)"|fetch\("([^"]+)"\)""")


@pytest.fixture
async def client(application: Application) -> httpx.AsyncClient:
    """Asks an application with the default settings."""
    return application.client


@pytest.mark.parametrize("path", TYPES)
async def test_types(client: httpx.AsyncClient, path: str) -> None:
    """Each file is called what it is; told `nosniff`, a browser takes it for nothing else."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[path])
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PATHS)
async def test_the_policy(client: httpx.AsyncClient, path: str) -> None:
    """Nothing but what is allowed, and allowed is what comes from the same server."""
    answer = await client.get(path)
    rules = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("frame-ancestors") == "'none'"
    assert set(rules.values()) == {"'self'", "'none'"}


async def test_all_that_is_loaded_is_ours(client: httpx.AsyncClient) -> None:
    """Every file that the page names is served here, and nothing is served that none names."""
    named = {"/ide"}
    for path in PATHS:
        text = (await client.get(path)).text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), path
        if not path.endswith(".json"):
            found = (next(filter(None, groups)) for groups in LOADED.findall(text))
            named |= {f"/{name}" if name.startswith("ide/") else f"/ide/{name}" for name in found}
    assert named == set(PATHS)


async def test_no_script_stands_in_the_page(client: httpx.AsyncClient) -> None:
    """The policy would not run it."""
    page = (await client.get("/ide")).text
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", page)


async def test_a_file_that_the_browser_has(client: httpx.AsyncClient) -> None:
    """It asks each time, and is told that nothing changed."""
    first = await client.get("/ide/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get("/ide/main.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/ide/", "/ide/../app.py", "/ide/%2e%2e/app.py", "/ide/app.py"])
async def test_nothing_else_of_the_package_is_served(client: httpx.AsyncClient, path: str) -> None:
    """The files are a table; a path leads to no file system."""
    assert (await client.get(path)).status_code in (307, 404)


async def test_the_index_leads_to_it(client: httpx.AsyncClient) -> None:
    """Whoever opens the server's address finds it."""
    assert "GET  /ide " in (await client.get("/")).text


async def test_production(opening: Opening) -> None:
    """There is no IDE, nor any file of it, nor a word of it; the API is there."""
    production = await opening(HttpSettings(production=True))
    for path in PATHS:
        assert (await production.client.get(path)).status_code == 404
    assert "/ide" not in (await production.client.get("/")).text
    assert (await production.get("{ viewer { audience } }")).status_code == 200


@pytest.mark.parametrize("told_by", ["option", "environment"])
def test_serve_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told_by: str) -> None:
    """A server is told by either."""
    if told_by == "environment":
        monkeypatch.setenv("GRAPHQL_BRIEF_PRODUCTION", "1")
    options = ["--production"] if told_by == "option" else []
    server = Server.start(tmp_path / "brief.db", *options, cwd=tmp_path)
    try:
        assert httpx.get(server.url.replace("/graphql", "/ide"), timeout=20).status_code == 404
    finally:
        server.stop()
