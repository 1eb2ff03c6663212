"""Backups: made beside a server, refused if damaged, restored without what was erased."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graphql_brief.log import copying
from graphql_brief.log.copying import sha256_of
from graphql_brief.log.port import DatabaseError
from tests.cli.server import ROOT, Server, run_command
from tests.cli.test_commands import refused, url
from tests.cli.test_rebuild import answers

SLUG = "americas-second-exit-from-iraq"
DRAFT = """mutation($input: DraftBriefInput!) {
  draftBrief(input: $input) { brief { id } userErrors { message } }
}"""
EDIT = """mutation($input: EditBriefInput!) {
  editBrief(input: $input) { brief { version } userErrors { message } }
}"""
ERASE = """mutation($input: EraseBodyInput!) {
  eraseBody(input: $input) { userErrors { message } }
}"""
EVENTS = "query($first: Int!) { log { events(first: $first) { position type actor } } }"
PAGE = '{ brief(by: {slug: "s"}) { version timeline(first: 50) { edges { node { body } } } } }'
SECRET = "The witness is called Zaphod Halvorsen."
MORE_SECRET = "He lives in Elm Street, behind the mill."


@contextmanager
def served(database: Path, *arguments: str) -> Iterator[Server]:
    """A server on this database, stopped at the end."""
    server = Server.start(database, *arguments)
    try:
        yield server
    finally:
        server.stop()


def backed_up(database: Path, target: Path) -> str:
    """Make a backup that must succeed; what the command prints."""
    ended = run_command("backup", str(target), "--database-url", url(database))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def restored(source: Path, database: Path, *arguments: str) -> str:
    """Restore what must not be refused; what the command prints."""
    ended = run_command("restore", str(source), "--database-url", url(database), *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def edit(server: Server, brief: str, text: str) -> int:
    """Add a development; the version that it makes."""
    added = {"date": "2026", "headline": "h", "category": "c", "body": text}
    given = {
        "id": brief,
        "changeNote": "n",
        "significance": "MINOR",
        "edits": [{"addDevelopment": added}],
    }
    done = server.ask(EDIT, {"input": given}, server.editor)["editBrief"]
    assert done["userErrors"] == []
    version: int = done["brief"]["version"]
    return version


def erase(server: Server, database: Path, brief: str, version: int) -> None:
    """Erase the body of an event, as an admin."""
    made = run_command(
        "token", "--role", "admin", "--actor", "admin-7", "--database-url", url(database)
    )
    given = {
        "id": brief,
        "version": version,
        "basis": "DATA_PROTECTION",
        "caseReference": "DP-42",
        "significance": "MINOR",
    }
    done = server.ask(ERASE, {"input": given}, made.stdout.strip())["eraseBody"]
    assert done["userErrors"] == []


def drafted(server: Server) -> str:
    """The id of a brief of its own."""
    given = {"slug": "s", "headline": "h", "standfirst": "s", "changeNote": "n"}
    done = server.ask(DRAFT, {"input": given}, server.editor)
    brief: str = done["draftBrief"]["brief"]["id"]
    return brief


def names(folder: Path) -> set[str]:
    """The files in a folder."""
    return {path.name for path in folder.iterdir()}


def holding(folder: Path, text: str) -> list[str]:
    """The files below a folder in which the bytes of a text are."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the fixtures' history."""
    database = tmp_path_factory.mktemp("loaded") / "brief.db"
    ended = run_command("load", str(ROOT / "fixtures"), "--database-url", url(database))
    assert ended.returncode == 0, ended.stderr
    return database


def test_restored_and_served(loaded: Path, tmp_path: Path) -> None:
    """A backup tells what it is; a server on what is made of it answers the same."""
    target = tmp_path / "monday.backup"
    told = dict(line.split(maxsplit=1) for line in backed_up(loaded, target).splitlines())
    assert told["head"].startswith("169, 2026-01-")
    assert told["size"] == f"{target.stat().st_size} bytes"
    assert told["sha256"] == sha256_of(target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == {"monday.backup"}
    other = tmp_path / "site" / "brief.db"
    printed = restored(target, other, "--no-erasures")
    assert "up to 169" in printed
    assert names(other.parent) == {"brief.db", "brief.db.lock", "brief.erasures.jsonl"}
    # The tokens are others', and no answer holds one.
    assert answers(other) == answers(loaded)


def test_while_edits_arrive(tmp_path: Path) -> None:
    """Editors go on during a backup; what is in it is a whole beginning of the log."""
    database = tmp_path / "brief.db"
    with served(database, "--fixtures", str(tmp_path / "none")) as server:
        brief = drafted(server)
        stop = threading.Event()
        versions = []

        def write() -> None:
            while not stop.is_set():
                versions.append(edit(server, brief, "b"))

        editor = threading.Thread(target=write)
        editor.start()
        try:
            while len(versions) < 5:
                assert editor.is_alive()
                stop.wait(0.01)
            before = len(versions)
            backed_up(database, tmp_path / "b")
            after = len(versions)
        finally:
            stop.set()
            editor.join(30)
    assert after > before
    restored(tmp_path / "b", tmp_path / "other.db", "--no-erasures")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM log_event").fetchall()
    assert before + 1 <= count <= after + 2


def test_an_existing_target(loaded: Path, tmp_path: Path) -> None:
    """It is left as it is; so is one that is being made."""
    target = tmp_path / "b"
    target.write_text("mine")
    assert "is there already" in refused("backup", str(target), "--database-url", url(loaded))
    assert target.read_text() == "mine"
    (tmp_path / "c.part").write_text("theirs")
    line = refused("backup", str(tmp_path / "c"), "--database-url", url(loaded))
    assert "was cut off" in line
    assert (tmp_path / "c.part").read_text() == "theirs"
    line = refused("restore", str(target), "--database-url", url(loaded), "--no-erasures")
    assert f"{loaded} is there already" in line


def test_a_target_in_no_folder(loaded: Path, tmp_path: Path) -> None:
    """The folder is named, not a file that nobody asked for."""
    line = refused("backup", str(tmp_path / "x" / "b"), "--database-url", url(loaded))
    assert f"there is no folder {tmp_path / 'x'}; make it first" in line


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_beside_what_another_database_left(loaded: Path, tmp_path: Path, ending: str) -> None:
    """SQLite would apply it to what is restored: it is refused, and left for who has that."""
    stale = tmp_path / f"brief.db{ending}"
    stale.write_text("theirs")
    line = refused(
        *("restore", str(loaded), "--no-erasures", "--database-url", url(tmp_path / "brief.db"))
    )
    assert f"{stale} is there" in line
    assert "move it with that database" in line
    assert names(tmp_path) == {stale.name}
    assert stale.read_text() == "theirs"


def test_what_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also right behind the last look."""
    target, part = tmp_path / "b", tmp_path / "b.part"
    part.write_text("ours")
    target.write_text("theirs")
    monkeypatch.setattr(copying, "_check_free", lambda _: None)
    with pytest.raises(DatabaseError, match="appeared meanwhile"):
        copying.put_in_place(part, target)
    assert target.read_text() == "theirs"


def test_a_missing_source(tmp_path: Path) -> None:
    """One line, and nothing is made."""
    missing = url(tmp_path / "none.db")
    assert "there is no database" in refused(
        "backup", str(tmp_path / "b"), "--database-url", missing
    )
    assert "there is no database" in refused(
        "restore", str(tmp_path / "b"), "--no-erasures", "--database-url", missing
    )
    assert names(tmp_path) == set()


def test_on_postgresql(tmp_path: Path) -> None:
    """The command says what to do instead."""
    place = ("--database-url", "postgresql://u:secret@127.0.0.1/brief")
    for line in (
        refused("backup", str(tmp_path / "b"), *place),
        refused("restore", str(tmp_path / "b"), "--no-erasures", *place),
    ):
        assert "pg_dump" in line
        assert "docs/operations.md" in line
        assert "secret" not in line


def test_cut_off(loaded: Path, tmp_path: Path) -> None:
    """A backup that is interrupted leaves nothing; one that is killed, nothing under its name."""
    database = tmp_path / "brief.db"
    shutil.copy(loaded, database)
    target = tmp_path / "to" / "b"
    target.parent.mkdir()
    for how, left in ((signal.SIGINT, set()), (signal.SIGKILL, {"b.part"})):
        with closing(sqlite3.connect(database)) as connection:
            # Nobody reads while this is open: the backup waits for it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "graphql_brief", "backup", str(target)),
                    *("--database-url", url(database)),
                ],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stderr=subprocess.PIPE,
            )
            try:
                while names(target.parent) != {"b.part"}:
                    assert process.poll() is None
                process.send_signal(how)
                process.communicate(timeout=30)
            finally:
                process.kill()
                process.wait()
        assert process.returncode != 0
        assert names(target.parent) == left


def flip(path: Path, needle: bytes) -> None:
    """Flip one bit of the first place where these bytes are."""
    content = bytearray(path.read_bytes())
    content[content.index(needle)] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit(loaded: Path, tmp_path: Path) -> None:
    """A backup in which one bit is another one is refused, with the position; nothing is left."""
    target = tmp_path / "b"
    backed_up(loaded, target)
    with closing(sqlite3.connect(loaded)) as connection:
        ((body,),) = connection.execute("SELECT body FROM log_body WHERE position = 100")
    flip(target, body)
    other = tmp_path / "site" / "brief.db"
    line = refused("restore", str(target), "--no-erasures", "--database-url", url(other))
    assert "position 100: the body is not what the header commits to" in line
    assert names(other.parent) == set()


def test_a_damaged_log_is_not_backed_up(loaded: Path, tmp_path: Path) -> None:
    """Who would find out only when it is needed, finds out when it is made."""
    database = tmp_path / "brief.db"
    backed_up(loaded, database)
    with closing(sqlite3.connect(database)) as connection:
        ((body,),) = connection.execute("SELECT body FROM log_body WHERE position = 100")
    flip(database, body)
    line = refused("backup", str(tmp_path / "b"), "--database-url", url(database))
    assert "position 100" in line
    assert names(tmp_path) == {"brief.db"}


class Erased(NamedTuple):
    """A site where bodies were erased after the backup was made."""

    database: Path
    backup: Path
    first: int
    """Version and position of an event that was erased, and is in the backup;"""
    second: int
    """of one that is not."""

    @property
    def list(self) -> Path:
        """What the server noted."""
        return self.database.with_name("brief.erasures.jsonl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Erased:
    """See `Erased`; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    database = folder / "site" / "brief.db"
    backup = folder / "b"
    with served(database, "--fixtures", str(folder / "none")) as server:
        brief = drafted(server)
        first = edit(server, brief, SECRET)
        for _ in range(20):
            edit(server, brief, "Nothing to hide.")
        backed_up(database, backup)
        second = edit(server, brief, MORE_SECRET)
        erase(server, database, brief, second)
        erase(server, database, brief, first)
    return Erased(database, backup, first, second)


@pytest.fixture
def erased(made: Erased, tmp_path: Path) -> Erased:
    """See `Erased`; a copy to change."""
    shutil.copytree(made.database.parent, tmp_path / "site")
    return made._replace(database=tmp_path / "site" / "brief.db")


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a list."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_list(erased: Erased) -> None:
    """The server notes what is erased, and not what it said."""
    kept, second, first = lines(erased.list)
    assert kept["line"] == "kept"
    assert [second["position"], first["position"]] == [erased.second, erased.first]
    for entry in (first, second):
        assert entry["origin"] == kept["origin"]
        assert (entry["basis"], entry["caseReference"]) == ("DATA_PROTECTION", "DP-42")
        assert (entry["actor"], entry["significance"]) == ("admin-7", "MINOR")
    assert erased.list.stat().st_mode & 0o777 == 0o600
    assert SECRET in erased.backup.read_bytes().decode(errors="ignore")
    assert holding(erased.database.parent, SECRET) == []


@pytest.mark.parametrize("source", ["list", "log", "both"])
def test_erased_again(erased: Erased, tmp_path: Path, source: str) -> None:
    """What was erased since the backup is in no byte of what is restored, and the log says so."""
    known = {
        "list": [str(erased.list)],
        "log": [url(erased.database)],
        "both": [str(erased.database), str(erased.list)],
    }[source]
    folder = tmp_path / "new"
    database = folder / "brief.db"
    printed = restored(
        erased.backup, database, *(part for each in known for part in ("--erasures-from", each))
    )
    assert "erased again: 1" in printed
    assert holding(folder, SECRET) == []
    # The list goes on, with what this log never had: another backup may have it.
    assert lines(folder / "brief.erasures.jsonl")[0]["line"] == "kept"
    assert {line.get("position") for line in lines(folder / "brief.erasures.jsonl")} == {
        None,
        erased.first,
        erased.second,
    }
    # Again: what stands where another event was erased, at the same position, is left alone.
    again = ("erase-again", "--erasures-from", known[-1], "--database-url", url(database))
    assert run_command(*again).stdout == "erased again: 0\n"
    doctor = run_command("doctor", "--json", "--database-url", url(database))
    found = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert found["chain"]["status"] == "ok"
    assert found["chain"]["facts"]["erased"] == 1
    with served(database) as server:
        events = server.ask(EVENTS, {"first": 100}, server.auditor)["log"]["events"]
        assert events[-1]["type"] == "BodyErased"
        assert events[-1]["actor"] == "admin-7"
    assert holding(folder, SECRET) == []


def test_in_the_place_of_the_one_before(erased: Erased) -> None:
    """The list beside the database is found by itself, and old read models are not shown."""
    with served(erased.database) as server:
        before = server.ask("{ briefs(first: 5) { totalCount } }", token=server.editor)
    aside = erased.database.with_name("aside.db")
    erased.database.rename(aside)
    restored(erased.backup, erased.database)
    aside.unlink()
    assert holding(erased.database.parent, SECRET) == []
    with served(erased.database) as server:
        assert server.ask("{ briefs(first: 5) { totalCount } }", token=server.editor) == before
        page = server.ask(PAGE, token=server.editor)
    told = json.dumps(page)
    assert SECRET not in told
    assert "Nothing to hide." in told
    assert page["brief"]["version"] == erased.second  # the erasure is in the place of the edit


def test_without_a_source(erased: Erased, tmp_path: Path) -> None:
    """It is refused, unless it is said that nothing was erased."""
    database = tmp_path / "new" / "brief.db"
    line = refused("restore", str(erased.backup), "--database-url", url(database))
    assert "--erasures-from" in line
    assert not database.parent.exists()
    both = ("--no-erasures", "--erasures-from", str(erased.list))
    assert "give one" in refused(
        "restore", str(erased.backup), *both, "--database-url", url(database)
    )
    assert "erased again: 0" in restored(erased.backup, database, "--no-erasures")


def test_a_list_that_is_not_of_this_log(erased: Erased, tmp_path: Path) -> None:
    """A list of another log, or a damaged one, says nothing of what was erased in this one."""
    database = tmp_path / "new" / "brief.db"
    other = tmp_path / "other.jsonl"
    asked = (
        *("restore", str(erased.backup), "--database-url", url(database)),
        *("--erasures-from", str(other)),
    )
    other.write_text('{"line":"kept","origin":"another"}\n')
    assert "known of another" in refused(*asked)
    other.write_text("")
    assert "known of none" in refused(*asked)
    other.write_text(erased.list.read_text()[:-9])
    assert "line 3, is damaged" in refused(*asked)
    other.unlink()
    assert "cannot be read" in refused(*asked)
    assert names(database.parent) == set()


def test_a_lost_list_comes_back(erased: Erased, tmp_path: Path) -> None:
    """A start makes it whole from the log; so does a backup; a torn last line is no harm."""
    before = lines(erased.list)
    erased.list.write_bytes(erased.list.read_bytes()[:-9])
    with served(erased.database):
        pass
    assert lines(erased.list) == before
    erased.list.unlink()
    doctor = run_command("doctor", "--json", "--database-url", url(erased.database))
    found = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert found["erasures"]["status"] == "warn"
    backed_up(erased.database, tmp_path / "c")
    assert lines(erased.list)[0] == before[0]
    assert {line.get("leafHash") for line in lines(erased.list)} == {
        line.get("leafHash") for line in before
    }
