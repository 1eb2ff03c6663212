"""Read models are disposable: thrown away and rebuilt, the site answers the same."""

import sqlite3
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


def read_models(connection: sqlite3.Connection) -> list[str]:
    """The names of the tables of read models that can be dropped."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'rm\\_%' ESCAPE '\\'"
    )
    names = sorted(name for (name,) in rows)
    virtual = "rm_search"  # the tables that it keeps for itself go with it
    return [name for name in names if name == virtual or not name.startswith(f"{virtual}_")]


def test_rebuild(tmp_path: Path) -> None:
    """Every table of read models deleted, `rebuild`: the same answers, byte for byte."""
    database = tmp_path / "brief.db"
    url = ("--database-url", f"sqlite:///{database}")
    loaded = run_command("load", str(ROOT / "fixtures"), *url)
    assert loaded.returncode == 0, loaded.stderr
    before = answers(database)
    with closing(sqlite3.connect(database)) as connection:
        names = read_models(connection)
        assert len(names) > 8
        for name in names:
            connection.execute(f"DROP TABLE {name}")
        connection.commit()
        assert read_models(connection) == []
    rebuilt = run_command("rebuild", *url)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "169 events" in rebuilt.stdout
    assert answers(database) == before
