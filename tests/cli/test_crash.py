"""A crash loses nothing that was acknowledged."""

import threading
from pathlib import Path

import httpx

from tests.cli.server import Server

EDITORS = 8
EDITS_BEFORE_THE_CRASH = 40

DRAFT = """mutation($input: DraftBriefInput!) {
  draftBrief(input: $input) { brief { id } userErrors { message } }
}"""
EDIT = """mutation($input: EditBriefInput!) {
  editBrief(input: $input) { revision { version } userErrors { message } }
}"""
PAGE = """query($id: ID!) {
  brief(by: {id: $id}) { version timeline(first: 100) { edges { node { key } } } }
}"""


def test_sigkill_amid_edits_loses_no_acknowledged_edit(tmp_path: Path) -> None:
    """SIGKILL while many editors write; after a restart every acknowledged edit is there once."""
    database = tmp_path / "brief.db"
    server = Server.start(database, "--fixtures", str(tmp_path / "none"))
    drafted = server.ask(
        DRAFT,
        {"input": {"slug": "s", "headline": "h", "standfirst": "s", "changeNote": "n"}},
        server.editor,
    )
    brief = drafted["draftBrief"]["brief"]["id"]
    acknowledged: set[str] = set()
    enough = threading.Event()

    def write(editor: int) -> None:
        for n in range(1000):
            key = f"e{editor}-{n}"
            edit = {"key": key, "date": "2026", "headline": "h", "category": "c", "body": "b"}
            given = {
                "id": brief,
                "changeNote": "n",
                "significance": "MINOR",
                "edits": [{"addDevelopment": edit}],
            }
            try:
                answer = server.ask(EDIT, {"input": given}, server.editor)
            except httpx.TransportError:
                return
            assert answer["editBrief"]["userErrors"] == []
            acknowledged.add(key)
            if len(acknowledged) >= EDITS_BEFORE_THE_CRASH:
                enough.set()

    editors = [threading.Thread(target=write, args=(editor,)) for editor in range(EDITORS)]
    for editor in editors:
        editor.start()
    assert enough.wait(60)
    server.kill()
    for editor in editors:
        editor.join(30)
    restarted = Server.start(database, "--fixtures", str(tmp_path / "none"))
    try:
        page = restarted.ask(PAGE, {"id": brief}, restarted.editor)["brief"]
        kept = [edge["node"]["key"] for edge in page["timeline"]["edges"]]
        assert len(kept) == len(set(kept))
        assert acknowledged <= set(kept)
        assert page["version"] == 1 + len(kept)
    finally:
        restarted.stop()
