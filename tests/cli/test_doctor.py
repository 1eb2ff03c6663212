"""`doctor`: what it finds, on a site in order and on sites where one thing is wrong."""

import json
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.cli.doctor import of_sqlite
from graphql_brief.cli.doctor.examination import examine
from graphql_brief.cli.doctor.finding import Finding, Site, Status
from graphql_brief.cli.doctor.table import CHECKS
from graphql_brief.cli.options import place_of
from graphql_brief.http.node import open_node
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import Append
from graphql_brief.log.sqlite_file import SqliteFile
from tests.cli.server import ROOT, Server, run_command
from tests.cli.test_commands import url
from tests.log.support import TurnedClock, fill, request

AFTER = datetime(2026, 2, 1, tzinfo=UTC)
"""Behind the fixtures' last step."""
SQLITE_CHECKS = [
    "database",
    "format",
    *(check.name for check in CHECKS if check.only in (None, "sqlite")),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site that a server has run on; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    server = Server.start(folder / "brief.db", "--fixtures", str(ROOT / "fixtures"))
    server.stop()
    return folder


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Path:
    """The database of a site in order; a copy to change."""
    shutil.copytree(made, tmp_path / "site")
    return tmp_path / "site" / "brief.db"


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room on the disks, whatever this machine has."""
    usage = namedtuple("usage", ["total", "used", "free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 0, 2**39))


async def found(
    database: Path, at: datetime = AFTER, newest: int | None = None
) -> dict[str, Finding]:
    """What the checks find, by their names."""
    place = place_of(url(database))
    site = Site(place, lambda: at, place.folder / "token-secret", newest)
    return dict(await examine(site))


def bad(findings: dict[str, Finding]) -> dict[str, Status]:
    """What is not in order."""
    return {
        name: finding.status
        for name, finding in findings.items()
        if finding.status is not Status.OK
    }


def change(path: Path, *statements: str) -> None:
    """Change a database past its triggers."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
        connection.commit()


def set_mode(path: Path, mode: int) -> None:
    """Let others in, or not."""
    path.chmod(mode)


def read_models(database: Path) -> Path:
    """The file of the read models."""
    (path,) = database.with_suffix(".read-models").glob("*.db")
    return path


async def test_in_order(database: Path) -> None:
    """Every check runs, and finds nothing."""
    findings = await found(database)
    assert bad(findings) == {}
    assert list(findings) == SQLITE_CHECKS
    assert findings["durability"].facts == {"journalMode": "wal", "synchronous": "FULL"}
    assert findings["head"].facts["position"] == 169
    assert findings["chain"].facts["events"] == 169
    assert findings["read models"].facts["lag"] == 0
    assert findings["replay"].facts == {"halted": None, "applied": 0}
    assert findings["sqlite"].facts["walResetBug"] == (
        (3, 7, 0) <= sqlite3.sqlite_version_info <= (3, 51, 2)
    )


async def test_it_changes_nothing(database: Path) -> None:
    """Not a byte of any file."""

    def content() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in database.parent.rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
        }

    before = content()
    await found(database)
    assert content() == before


def test_the_document(database: Path) -> None:
    """`--json`: the same members for every check; while a server runs, and when it does not."""
    asked = ("doctor", "--json", "--database-url", url(database))
    server = Server.start(database)
    try:
        beside = run_command(*asked)
    finally:
        server.stop()
    alone = run_command(*asked)
    for ended in (beside, alone):
        assert ended.returncode == 0, ended.stdout
        report: dict[str, Any] = json.loads(ended.stdout)
        assert report.keys() == {"format", "log", "at", "status", "checks"}
        assert report["format"] == 1
        assert report["log"] == str(database)
        assert [check["name"] for check in report["checks"]] == SQLITE_CHECKS
        for check in report["checks"]:
            assert check.keys() == {"name", "status", "found", "advice", "facts"}
            assert check["status"] in ("ok", "warn")
            assert (check["advice"] is None) == (check["status"] == "ok")
    checks = {check["name"]: check for check in json.loads(beside.stdout)["checks"]}
    assert checks["durability"]["facts"]["writer"] == str(server.process.pid)
    assert f"of process {server.process.pid}" in checks["read models"]["found"]


def test_the_table_and_the_exit_status(database: Path) -> None:
    """A warning fails only if it is asked to be strict; a failure always does."""
    asked = ("doctor", "--database-url", url(database))
    (database.with_suffix(".read-models") / "x.part").touch()
    warned = run_command(*asked)
    assert warned.returncode == 0, warned.stdout
    assert "→ rebuild again, or delete it" in warned.stdout
    assert run_command(*asked, "--strict").returncode == 1
    change(database, "DELETE FROM log_body WHERE position = 7")
    failed = run_command(*asked)
    assert failed.returncode == 1
    assert "position 7: it has lost its body" in " ".join(failed.stdout.split())
    assert failed.stderr == ""


async def test_no_database(tmp_path: Path) -> None:
    """That fails; what needs the log is not looked at, and the rest is."""
    findings = await found(tmp_path / "none.db")
    assert findings["database"].status is Status.FAIL
    assert findings["chain"].status is Status.SKIP
    assert findings["disk"].status is Status.OK
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(("version", "what"), [("0001", "older format"), ("9999", "unknown")])
async def test_another_format(database: Path, version: str, what: str) -> None:
    """It is told, and nothing is read that may lie otherwise in it."""
    change(database, f"UPDATE log_format SET version_num = '{version}'")
    findings = await found(database)
    assert what in findings["format"].found
    assert findings["format"].status is Status.FAIL
    assert findings["chain"].status is Status.SKIP


async def test_no_log(tmp_path: Path) -> None:
    """A database of something else."""
    database = tmp_path / "brief.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert (await found(database))["format"].status is Status.FAIL


async def test_a_broken_chain(database: Path) -> None:
    """The fault is told with its position, also to programs; `--quick` does not look so far."""
    change(database, "UPDATE log_body SET salt = zeroblob(16) WHERE position = 100")
    chain = (await found(database))["chain"]
    assert chain.status is Status.FAIL
    assert "position 100" in chain.found
    assert chain.facts["faults"] == [
        {"position": 100, "what": "the body is not what the header commits to"}
    ]
    quick = (await found(database, newest=50))["chain"]
    assert (quick.status, quick.facts["first"], quick.facts["events"]) == (Status.OK, 120, 50)


async def test_a_damaged_file(database: Path) -> None:
    """SQLite's own check finds an index that is not as its table."""
    with closing(sqlite3.connect(database)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'log_claim'"
        ).fetchone()
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(bytes(size))
    assert (await found(database))["pages"].status is Status.FAIL


async def test_events_of_newer_code(database: Path) -> None:
    """A type, or a version of one, that this code does not know."""
    change(database, "INSERT INTO log_event_type VALUES ('BriefSung', 1, 12)")
    events = (await found(database))["events"]
    assert events.status is Status.FAIL
    assert events.facts["unknown"] == [{"type": "BriefSung", "schema": 1, "position": 12}]


async def test_a_clock_that_is_behind(database: Path) -> None:
    """By more than clocks differ."""
    assert bad(await found(database, datetime(2026, 1, 19, tzinfo=UTC))) == {"clock": Status.WARN}


async def test_read_models_that_cannot_be(database: Path) -> None:
    """Where a file is in the way of their folder, one check says so, and no other stumbles."""
    folder = database.with_suffix(".read-models")
    shutil.rmtree(folder)
    folder.write_text("mine")
    findings = await found(database)
    assert bad(findings) == {"read models": Status.FAIL}
    assert f"{folder} is no folder" in findings["read models"].found


async def test_damaged_read_models(database: Path) -> None:
    """They are made anew, and no backup is needed."""
    read_models(database).write_bytes(b"The quick brown fox. " * 400)
    findings = await found(database)
    assert bad(findings) == {"read models": Status.WARN}
    assert findings["read models"].advice == "nothing: the next start makes them anew from the log"


async def test_read_models_that_are_gone(database: Path) -> None:
    """They are disposable: no harm, and the first events can be applied."""
    shutil.rmtree(database.with_suffix(".read-models"))
    findings = await found(database)
    assert bad(findings) == {}
    assert findings["read models"].facts == {"checkpoint": None, "lag": 169}
    assert findings["replay"].facts["applied"] == 169


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE rm_checkpoint SET origin = 'another'", "of the log another"),
        ("UPDATE rm_checkpoint SET model = 'older'", "other code made"),
        ("UPDATE rm_checkpoint SET position = 1000", "ahead of the log"),
        ("UPDATE rm_checkpoint SET leaf_hash = zeroblob(32)", "has another event at 169 than"),
        ("DELETE FROM rm_checkpoint", "has no checkpoint"),
    ],
)
async def test_read_models_of_something_else(database: Path, statement: str, what: str) -> None:
    """They are made anew, and that is told."""
    change(read_models(database), statement)
    findings = await found(database)
    assert bad(findings) == {"read models": Status.WARN}
    assert what in findings["read models"].found
    assert findings["replay"].facts["applied"] == 169, "from the beginning"


async def test_a_halt(database: Path) -> None:
    """An event that cannot be applied is found before a server meets it, and nothing is written."""
    async with open_log(url(database), clock=TurnedClock(AFTER)) as log:
        await fill(log, 2, stream="brief-never-drafted")
    findings = await found(database)
    assert bad(findings) == {"replay": Status.FAIL}
    assert findings["replay"].facts["halted"]["position"] == 170
    assert findings["replay"].facts["halted"]["type"] == "ParagraphAdded"
    assert findings["read models"].facts["lag"] == 2
    async with open_node(url(database), [database.with_suffix(".read-models")]) as node:
        assert node.projector.halted is not None
        assert node.projector.halted.position == 170
    assert findings["replay"].found.startswith("the read models halt before position 170")


async def test_a_halt_at_what_cannot_be_read(database: Path) -> None:
    """A body that is none, behind events that can be applied."""
    async with open_log(url(database), clock=TurnedClock(AFTER)) as log:
        (told,) = await log.read(after=168, limit=1)
        await log.append(
            Append(
                stream=told.stream,
                expected_version=told.version,
                events=request().events,
                actor="a",
                significance=told.significance,
                command_id="c",
                correlation_id="c",
            )
        )
    change(database, "UPDATE log_body SET body = x'00' WHERE position = 170")
    findings = await found(database)
    assert findings["replay"].facts["halted"]["position"] == 170
    assert findings["replay"].facts["halted"]["type"] is None


@pytest.mark.parametrize("name", ["x.part", "x.differs"])
async def test_leftovers(database: Path, name: str) -> None:
    """What a rebuild left."""
    path = database.with_suffix(".read-models") / name
    path.touch()
    findings = await found(database)
    assert bad(findings) == {"leftovers": Status.WARN}
    assert str(path) in findings["leftovers"].found


async def test_little_room(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a tenth, or than a gibibyte."""
    usage = namedtuple("usage", ["total", "used", "free"])
    for total, free, status in (
        (2**40, 2**40 // 11, Status.WARN),
        (2**32, 2**30 - 1, Status.WARN),
        (2**32, 2**30, Status.OK),
    ):
        room = usage(total, total - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, room=room: room)
        assert (await found(database))["disk"].status is status


async def test_who_may_read(database: Path) -> None:
    """A secret that others can read fails; a log that they can read is a warning."""
    folder, secret = database.parent, database.with_name("token-secret")
    set_mode(folder, 0o755)
    assert bad(await found(database)) == {}
    set_mode(database, 0o644)
    assert bad(await found(database)) == {"modes": Status.WARN}
    set_mode(secret, 0o640)
    assert bad(await found(database)) == {"modes": Status.FAIL}
    set_mode(folder, 0o700)  # nobody gets in: it does not matter
    assert bad(await found(database)) == {}


async def test_a_long_write_ahead_log(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than what it is cut down to."""
    monkeypatch.setattr(of_sqlite, "WAL_BOUND_BYTES", 100)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.commit()
        assert (await found(database))["wal"].status is Status.WARN


async def test_a_writer_that_does_not_sync(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and fails."""
    monkeypatch.setattr(SqliteFile, "synchronous", "OFF")
    findings = await found(database)
    assert findings["durability"].facts["synchronous"] == "OFF"
    assert findings["durability"].status is Status.FAIL


async def test_postgresql(log_postgres: str) -> None:
    """The same checks of a log in PostgreSQL, and its settings; the tests' server does not sync."""
    async with open_log(log_postgres, clock=TurnedClock()) as log:
        await fill(log, 3)
        origin = log.origin
    place = place_of(log_postgres)
    site = Site(place, lambda: AFTER, Path("none"))
    findings = dict(await examine(site))
    durability = findings["durability"]
    assert durability.facts["synchronousCommit"] == "on"
    assert (durability.status is Status.FAIL) == (not durability.facts["fsync"])
    assert findings["head"].facts["origin"] == origin
    assert (findings["chain"].status, findings["chain"].facts["events"]) == (Status.OK, 3)
    assert findings["replay"].facts["halted"]["position"] == 1  # no brief was drafted
    assert {"sqlite", "wal", "pages"}.isdisjoint(findings)
