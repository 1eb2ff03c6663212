"""Read models are disposable: thrown away and rebuilt, the site answers the same."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx

from tests.api.pages import BY_SLUG
from tests.cli.server import ROOT, Server, run_command

HISTORY = """{ brief(by: {slug: "americas-second-exit-from-iraq"}) {
  related { id }
  history(first: 100) {
    edges { cursor node { version recordedAt actor changeNote changes { action section key } } }
    pageInfo { hasNextPage }
  }
} }"""
LISTS = """{
  briefs(first: 3) { totalCount edges { cursor node { id version } } pageInfo { endCursor } }
  published: briefs(last: 2, orderBy: PUBLISHED) { edges { cursor node { id } } }
  named: briefs(orderBy: HEADLINE) { edges { node { headline } } }
  closed: briefs(filter: {status: CLOSED}) { edges { node { id } } }
  of: briefs(filter: {entity: "entity-centcom"}) { edges { node { id } } }
  edition { id title entries { summary brief { id } } }
  page(slug: "why") { id version body }
  old: brief(by: {slug: "iraq-withdrawal-2025"}) { slug }
}"""
SEARCHES = [
    f'{{ search(text: "{text}") {{ edges {{ cursor snippet node {{ id }} }} }} }}'
    for text in ("withdrawal", "Subic Bay", "sovi", "troops in Iraq", '\\"air base\\"', "nothing")
]
LOG = "{ log { origin events(first: 100) { position leafHash } } }"


def answers(database: Path) -> list[bytes]:
    """What a server on this database answers, to the byte."""
    server = Server.start(database)
    try:
        editor, auditor = (
            {"authorization": f"Bearer {t}"} for t in (server.editor, server.auditor)
        )
        slug = {"slug": "americas-second-exit-from-iraq"}
        page = {"query": BY_SLUG, "variables": slug}
        past = {"query": BY_SLUG, "variables": {**slug, "at": {"version": 60}}}
        asked = [
            *((request, {}) for request in (page, past)),
            (page, editor),
            *(
                ({"query": query}, headers)
                for query in (HISTORY, LISTS, *SEARCHES)
                for headers in ({}, editor)
            ),
            ({"query": LOG}, auditor),
        ]
        found = [
            httpx.post(server.url, json=request, headers=headers, timeout=30)
            for request, headers in asked
        ]
    finally:
        server.stop()
    for answer in found:
        assert "errors" not in answer.json(), answer.text
    return [answer.content for answer in found]


def test_rebuild(tmp_path: Path) -> None:
    """The folder of the read models deleted, `rebuild`: the same answers, byte for byte."""
    database = tmp_path / "brief.db"
    url = ("--database-url", f"sqlite:///{database}")
    loaded = run_command("load", str(ROOT / "fixtures"), *url)
    assert loaded.returncode == 0, loaded.stderr
    before = answers(database)
    shutil.rmtree(tmp_path / "brief.read-models")
    rebuilt = run_command("rebuild", *url)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "169 events" in rebuilt.stdout
    assert "none of this code to compare" in rebuilt.stdout
    assert answers(database) == before


def test_beside_a_server(tmp_path: Path) -> None:
    """A rebuild while the server runs is compared, and changed over to; a lie is found."""
    database = tmp_path / "brief.db"
    url = ("--database-url", f"sqlite:///{database}")
    server = Server.start(database)
    folder = tmp_path / "brief.read-models"
    try:
        (served,) = folder.glob("*-0001.db")
        rebuilt = run_command("rebuild", *url)
        assert rebuilt.returncode == 0, rebuilt.stderr
        assert "equal to those before, compared at position 169" in rebuilt.stdout
        deadline = time.monotonic() + 20
        while served.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        query = {"query": "{ briefs(first: 50) { totalCount } }"}
        assert httpx.post(server.url, json=query).json()["data"]["briefs"]["totalCount"] > 0
    finally:
        server.stop()
    (served,) = folder.glob("*-0002.db")
    with closing(sqlite3.connect(served)) as connection:
        connection.execute("UPDATE rm_brief SET headline = 'False'")
        connection.commit()
    refused = run_command("rebuild", *url)
    assert refused.returncode == 1
    assert "differ from those before at position 169, in rm_brief" in refused.stderr
    accepted = run_command("rebuild", "--accept", *url)
    assert accepted.returncode == 0, accepted.stderr
