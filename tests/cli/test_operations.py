"""The commands of `docs/operations.md`, as written, on a site of its own."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from graphql_brief.api.desk import Desk
from graphql_brief.api.request import Done, Request
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.http.node import utc_now
from graphql_brief.log.opening import open_log
from graphql_brief.log.tail import Tail
from graphql_brief.projections.states import States
from tests.cli.server import ROOT, Server, run_command
from tests.cli.test_backup import drafted, edit, erase, holding
from tests.postgres import PostgresServer, renamed

TIMEOUT_S = 120
BLOCK = re.compile(r"^```sh (?P<when>\w+)\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(*when: str) -> list[tuple[str, str]]:
    """The scripts that are for one of these, each with what it is for."""
    found = BLOCK.finditer((ROOT / "docs" / "operations.md").read_text())
    return [(b["when"], b["script"]) for b in found if b["when"] in when]


def execute(script: str, folder: Path, *path: Path, **environment: str) -> str:
    """Run a script in a shell in `folder`; what it prints."""
    script = script.replace(".venv/bin/graphql-brief", f"{sys.executable} -m graphql_brief")
    programs = os.pathsep.join([*map(str, path), os.environ["PATH"]])
    ended = subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": programs, **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_on_sqlite(tmp_path: Path) -> None:
    """Beside a server, and while it is stopped; what was erased between is erased again."""
    database = tmp_path / "var" / "brief.db"
    ended = run_command("doctor", cwd=tmp_path)
    assert ended.returncode == 1  # there is nothing yet
    server = Server.start(database, "--fixtures", str(tmp_path / "none"))
    brief = drafted(server)
    version = edit(server, brief, "A word too many.")
    printed = []
    for when, script in blocks("running", "stopped"):
        if when == "stopped":
            erase(server, database, brief, version)
            edit(server, brief, "What only the write-ahead log has.")
            server.kill()
            assert database.with_name("brief.db-wal").stat().st_size > 0
        printed.append(execute(script, tmp_path))
        if when == "stopped":
            server = Server.start(database)
    server.stop()
    assert json.loads((tmp_path / "doctor.json").read_text())["status"] in ("ok", "warn")
    checked, backed_up, restored, rebuilt = printed
    assert "2 events from 1 on are whole" in " ".join(checked.split())
    assert "sha256" in backed_up
    assert "erased again: 1" in restored
    assert "equal to those before" in rebuilt
    assert holding(tmp_path / "var", "A word too many.") == []


async def erase_one(url: str) -> None:
    """Erase the body of the log's second event."""
    async with open_log(url, clock=utc_now) as log:
        tail = Tail(log)
        await tail.start()
        (second,) = await log.read(after=1, limit=1)
        outcome = await Desk(log, States(log, tail)).erase_body(
            Request(viewer=Viewer(actor="admin-7", roles=frozenset({Role.ADMIN}))),
            second.stream,
            {"version": second.version, "basis": "SAFETY", "caseReference": "case 1"},
        )
        assert isinstance(outcome, Done)
        tail.close()


def test_on_postgresql(tmp_path: Path) -> None:
    """A dump from before an erasure, restored into another database."""
    dump, restore = (script for _, script in blocks("postgresql"))
    with PostgresServer() as server:
        url = server.url()
        places = {"DATABASE_URL": url, "RESTORED_URL": renamed(url, "restored")}
        loaded = run_command("load", str(ROOT / "fixtures"), "--database-url", url)
        assert loaded.returncode == 0, loaded.stderr
        execute(dump, tmp_path, server.programs, **places)
        asyncio.run(erase_one(url))
        printed = execute(restore, tmp_path, server.programs, **places)
    assert "erased again: 1" in printed
    assert "170 events from 1 on are whole, 1 of them erased" in " ".join(printed.split())
