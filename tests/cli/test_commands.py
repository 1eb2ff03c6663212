"""The commands: what they print, and one clear line for each thing that is wrong."""

import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from anyio import to_thread

from graphql_brief.api.desk import Desk
from graphql_brief.cli import commands
from graphql_brief.cli.fixtures import FixtureError, StepClock, read, replay
from graphql_brief.cli.loading import record
from graphql_brief.http.tokens import read_or_make_secret
from graphql_brief.log.migrations import VERSION_TABLE
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import OutcomeUnknown
from graphql_brief.log.tail import Tail
from graphql_brief.projections.replay import CheckpointMoved
from graphql_brief.projections.states import States
from graphql_brief.projections.stretch import RowsLost
from tests.cli.server import ROOT, Server, run_command


def refused(*arguments: str, cwd: Path | None = None) -> str:
    """The one line on stderr of a command that must fail."""
    ended = run_command(*arguments, cwd=cwd)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("graphql-brief: ")
    return line


def url(database: Path) -> str:
    """A database's address."""
    return f"sqlite:///{database}"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the fixtures' history."""
    database = tmp_path_factory.mktemp("loaded") / "brief.db"
    ended = run_command("load", str(ROOT / "fixtures"), "--database-url", url(database))
    assert ended.returncode == 0, ended.stderr
    return database


def test_missing_database(tmp_path: Path) -> None:
    """A command that needs a log says that there is none, and makes none."""
    line = refused("rebuild", "--database-url", url(tmp_path / "none.db"))
    assert "none.db" in line
    assert not (tmp_path / "none.db").exists()


def test_not_a_database(tmp_path: Path) -> None:
    """A file of another kind is left as it is."""
    file = tmp_path / "brief.db"
    file.write_text("The quick brown fox jumps over the lazy dog. " * 200)
    before = file.read_bytes()
    line = refused("serve", "--port", "0", "--database-url", url(file), "--fixtures", "none")
    assert "brief.db" in line
    assert file.read_bytes() == before


def test_newer_format(loaded: Path, tmp_path: Path) -> None:
    """A database of a newer version is refused, and says of which."""
    file = tmp_path / "brief.db"
    shutil.copy(loaded, file)
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.close()
    line = refused("rebuild", "--database-url", url(file))
    assert "9999" in line


@pytest.mark.parametrize(
    ("event_type", "schema", "what"),
    [
        ("HeadlineSung", 3, "events of type 'HeadlineSung' (schema version 3) are unknown here"),
        ("ForecastMade", 9, "ForecastMade has schema version 9, and the newest known here is 2"),
    ],
)
def test_events_of_newer_code(
    loaded: Path, tmp_path: Path, event_type: str, schema: int, what: str
) -> None:
    """No command starts on a log that it cannot read to its end; nothing of it is written."""
    file = tmp_path / "brief.db"
    shutil.copy(loaded, file)
    secret = read_or_make_secret(tmp_path / "token-secret")
    with sqlite3.connect(file) as connection:
        connection.execute(
            "INSERT INTO log_event SELECT position + 1, stream, version + 1, ?, ?, 'e', 'c',"
            " recorded_at, header, leaf_hash FROM log_event ORDER BY position DESC LIMIT 1",
            (event_type, schema),
        )
        connection.execute("UPDATE log_head SET position = position + 1")
    before = "".join(connection.iterdump())
    connection.close()
    for command in (["serve", "--port", "0"], ["rebuild"], ["load", str(ROOT / "fixtures")]):
        line = refused(*command, "--database-url", url(file), cwd=ROOT)
        assert line == f"graphql-brief: position 170: {what}; use a newer graphql-brief"
    with sqlite3.connect(file) as connection:
        assert "".join(connection.iterdump()) == before
    connection.close()
    assert sorted(found.name for found in tmp_path.iterdir()) == [
        "brief.db",
        "brief.db.lock",
        "token-secret",
    ]
    assert read_or_make_secret(tmp_path / "token-secret") == secret


@pytest.mark.parametrize("raised", [OutcomeUnknown, CheckpointMoved, RowsLost])
def test_what_goes_wrong_amid_the_work(
    raised: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told in one line, without a trace."""

    def fail() -> None:
        raise raised("what it was")

    monkeypatch.setattr(commands, "app", fail)
    monkeypatch.setattr(os, "umask", lambda _: None)  # of this process
    with pytest.raises(SystemExit, match="1"):
        commands.main()
    assert capsys.readouterr().err == "graphql-brief: what it was\n"


def test_second_writer(tmp_path: Path) -> None:
    """While a server writes, a second one is refused."""
    database = tmp_path / "brief.db"
    server = Server.start(database, "--fixtures", str(tmp_path / "none"))
    try:
        line = refused("serve", "--port", "0", "--database-url", url(database))
        assert str(server.process.pid) in line
    finally:
        server.stop()


def test_port_taken(tmp_path: Path) -> None:
    """A port that is taken is named; no database is made."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        line = refused("serve", "--port", port, "--database-url", url(tmp_path / "brief.db"))
    assert f"127.0.0.1:{port}: Address already in use; name another --host or --port" in line
    assert not (tmp_path / "brief.db").exists()


def test_unknown_kind_of_database() -> None:
    """What is no address of a SQLite file is refused with an example of one."""
    line = refused("rebuild", "--database-url", "oracle://user:password@x")
    assert "sqlite:///" in line
    assert "password" not in line


def test_load_twice(loaded: Path) -> None:
    """A history is loaded into an empty log only."""
    line = refused("load", str(ROOT / "fixtures"), "--database-url", url(loaded))
    assert "events already" in line


def test_load_cut_off_leaves_no_database(tmp_path: Path) -> None:
    """A history with a bad step names it, and leaves no half of itself."""
    folder = tmp_path / "fixtures"
    folder.mkdir()
    step = {
        "at": "2026-01-01T00:00:00Z",
        "actor": "a",
        "stream": "entity-x",
        "significance": "MINOR",
        "registerEntity": {"kind": "PERSON", "name": ""},
    }
    (folder / "x.json").write_text(json.dumps({"about": "x", "steps": [step]}))
    line = refused("load", str(folder), "--database-url", url(tmp_path / "brief.db"))
    assert "x.json, step 1" in line
    assert "name" in line
    assert not (tmp_path / "brief.db").exists()


async def test_load_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    """What a killed load recorded is not recorded again; the rest is, also by a `serve`."""
    database = tmp_path / "brief.db"
    clock = StepClock()
    steps = read(ROOT / "fixtures")
    async with open_log(url(database), clock=clock) as log:
        tail = Tail(log)
        await tail.start()
        await replay(Desk(log, States(log, tail)), steps[:20], clock)
        begun = (await log.head()).position
    assert 0 < begun < 169
    loaded = await to_thread.run_sync(
        run_command, "load", str(ROOT / "fixtures"), "--database-url", url(database)
    )
    assert loaded.returncode == 0, loaded.stderr
    async with open_log(url(database), clock=clock) as log:
        events = await log.read(after=0, limit=200)
    assert len(events) == 169
    assert {event.recorded_at for event in events} <= {
        step.at for _, step in read(ROOT / "fixtures")
    }


def test_two_servers_on_a_fresh_database(tmp_path: Path) -> None:
    """The second one is refused whenever it comes, and the first one's history is whole."""
    database = tmp_path / "brief.db"
    first = subprocess.Popen(
        [
            *(sys.executable, "-m", "graphql_brief", "load", str(ROOT / "fixtures")),
            *("--database-url", url(database)),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    again = ("load", str(ROOT / "fixtures"), "--database-url", url(database))
    second = run_command(*again)
    while first.poll() is None and second.returncode != 0:
        assert "Traceback" not in second.stderr
        second = run_command(*again)
    first.wait(60)
    assert sorted((first.returncode, second.returncode)) == [0, 1]
    rebuilt = run_command("rebuild", "--database-url", url(database))
    assert "169 events" in rebuilt.stdout


@pytest.mark.parametrize("actor", ["", "a\nb", "x" * 101])
def test_an_actor_that_cannot_be_one(tmp_path: Path, actor: str) -> None:
    """What goes into the log for ever is checked before a token is made of it."""
    read_or_make_secret(tmp_path / "token-secret")
    database = url(tmp_path / "brief.db")
    line = refused("token", "--role", "editor", "--actor", actor, "--database-url", database)
    assert "actor" in line


@pytest.mark.parametrize("text", ["{", '{"about": "x"}', '{"about": "x", "steps": [{"at": 1}]}'])
def test_unreadable_fixture(tmp_path: Path, text: str) -> None:
    """A file that is no history is named."""
    (tmp_path / "bad.json").write_text(text)
    assert "bad.json" in refused("load", str(tmp_path), "--database-url", url(tmp_path / "x.db"))


def test_token(tmp_path: Path) -> None:
    """A token says who and in which roles; the secret is its owner's only."""
    read_or_make_secret(tmp_path / "token-secret")
    arguments = ("token", "--role", "editor", "--role", "auditor", "--actor", "someone")
    ended = run_command(*arguments, "--database-url", url(tmp_path / "brief.db"))
    assert ended.returncode == 0, ended.stderr
    secret = tmp_path / "token-secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    claims = jwt.decode(ended.stdout.strip(), secret.read_text(), algorithms=["HS256"])
    assert claims["sub"] == "someone"
    assert claims["roles"] == ["auditor", "editor"]
    assert secret.read_text() not in ended.stdout + ended.stderr


def test_token_where_no_server_was(tmp_path: Path) -> None:
    """A token of a secret that no server has would open nothing."""
    database = url(tmp_path / "brief.db")
    line = refused("token", "--role", "editor", "--actor", "a", "--database-url", database)
    assert "token-secret" in line
    assert list(tmp_path.iterdir()) == []


def test_what_is_made_is_private(loaded: Path) -> None:
    """Drafts, actors and salts are nobody else's to read."""
    for file in loaded.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_secret_that_others_may_read(tmp_path: Path) -> None:
    """A secret that others may read is refused."""
    secret = tmp_path / "token-secret"
    secret.write_text("x" * 64)
    secret.chmod(0o644)
    database = url(tmp_path / "brief.db")
    line = refused("token", "--role", "editor", "--actor", "a", "--database-url", database)
    assert "chmod 600" in line


def test_schema_is_the_checked_in_one() -> None:
    """The command prints the contract."""
    ended = run_command("schema")
    assert ended.stdout == (ROOT / "schema.graphql").read_text()


READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"
exec "$2" -m graphql_brief rebuild --database-url "sqlite:///$1/brief.db"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a folder read-only")
def test_read_only_database(loaded: Path, tmp_path: Path) -> None:
    """A database on a read-only file system is refused."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    shutil.copy(loaded, folder / "brief.db")
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", READ_ONLY, "sh", folder, sys.executable],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("graphql-brief: ")
    assert "writ" in line
    assert str(folder) in line


def test_a_stop_right_after_the_start_is_a_clean_one(tmp_path: Path) -> None:
    """Whoever was told that the server is there may stop it: the node closes, and lets go."""
    server = Server.start(tmp_path / "brief.db", "--fixtures", str(tmp_path / "none"))
    assert server.stop() == ""
    assert server.process.returncode == 0
    assert (tmp_path / "brief.db.lock").read_text() == ""
    assert (tmp_path / "brief.read-models" / "lock").read_text() == ""


async def test_a_history_that_cannot_be_read_stops_no_server(tmp_path: Path) -> None:
    """Of a log that has events it is not wanted; an empty one is refused, as it must be told."""
    folder = tmp_path / "fixtures"
    folder.mkdir()
    (folder / "x.json").write_text("{")
    with pytest.raises(FixtureError, match=r"x\.json"):
        await record(url(tmp_path / "brief.db"), folder)
    async with open_log(url(tmp_path / "brief.db"), clock=StepClock()) as log:
        tail = Tail(log)
        await tail.start()
        clock = StepClock()
        await replay(Desk(log, States(log, tail)), read(ROOT / "fixtures")[:1], clock)
    assert not await record(url(tmp_path / "brief.db"), folder)
