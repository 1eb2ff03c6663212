"""The database file: every way in which it cannot be opened, and who may write."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
import sqlalchemy as sa

from graphql_brief.log import migrations, sqlite_engines
from graphql_brief.log.database import Database
from graphql_brief.log.migrations import NEWEST, VERSION_TABLE
from graphql_brief.log.port import DatabaseError
from tests.log.support import close_at_once

NOBODY = 65534


async def refusal(path: Path, *, create: bool = False, read_only: bool = False) -> str:
    """Why a database cannot be opened: one line that names the file."""
    with pytest.raises(DatabaseError) as caught:
        await close_at_once(path, create=create, read_only=read_only)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(file.name for file in folder.iterdir())


def execute(path: Path, *statements: str) -> None:
    """Change a database behind our back."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


# What cannot be opened


async def test_a_missing_file(tmp_path: Path) -> None:
    """Made only if asked to, and never for reading."""
    path = tmp_path / "brief.db"
    assert "there is no database" in await refusal(path)
    assert "there is no database" in await refusal(path, create=True, read_only=True)
    assert names(tmp_path) == []


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """A first start needs no preparation."""
    path = tmp_path / "var" / "data" / "brief.db"
    await close_at_once(path)
    assert path.is_file()


async def test_a_directory(tmp_path: Path) -> None:
    """Named by mistake."""
    assert "is a directory" in await refusal(tmp_path, create=True)


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_file_that_is_no_database(tmp_path: Path, read_only: bool) -> None:
    """Garbage is not touched."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 500)
    assert "is not an SQLite database" in await refusal(path, read_only=read_only)
    assert path.read_text() == "Dear diary, " * 500


@pytest.mark.parametrize("read_only", [False, True])
async def test_an_empty_file(tmp_path: Path, read_only: bool) -> None:
    """It holds no log; one is made only if asked to."""
    path = tmp_path / "brief.db"
    path.touch()
    assert "holds no log" in await refusal(path, read_only=read_only)
    await close_at_once(path, create=True)


async def test_a_database_of_something_else(tmp_path: Path) -> None:
    """Its tables stay as they are, even if a log is to be made."""
    path = tmp_path / "bookmarks.db"
    execute(path, "CREATE TABLE bookmark (url)")
    assert "'bookmark'" in await refusal(path, create=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmark",)]
    connection.close()


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_newer_format(path: Path, read_only: bool) -> None:
    """The error names its format and the one that is known here."""
    execute(path, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    message = await refusal(path, create=True, read_only=read_only)
    assert "9999" in message
    assert NEWEST in message


async def test_an_older_format(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is brought to the newest one by who may write, and refused to who only reads."""
    monkeypatch.setattr(migrations, "NEWEST", "7777")
    monkeypatch.setattr(migrations, "known_versions", lambda: ["7777", NEWEST])
    message = await refusal(path, read_only=True)
    assert f"older format {NEWEST}" in message
    assert "7777" in message
    upgraded: list[sa.Connection] = []
    monkeypatch.setattr(migrations, "upgrade", upgraded.append)
    await close_at_once(path, create=False)
    assert len(upgraded) == 1


def damage(path: Path) -> None:
    """Overwrite the first page but for its first 100 bytes, by which a database is known."""
    raw = bytearray(path.read_bytes())
    raw[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(raw)


async def test_a_damaged_database(path: Path) -> None:
    """Torn pages are seen at the first look."""
    damage(path)
    assert "damaged" in await refusal(path)


async def test_a_database_that_another_program_locks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell with an open transaction, say."""
    monkeypatch.setattr(sqlite_engines, "LOCK_TIMEOUT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "locked by another program" in await refusal(path)
    other.close()
    await close_at_once(path)


@pytest.fixture
async def unprivileged() -> AsyncIterator[Path]:
    """A folder with a database, of a user whom file modes bind; root, whom none binds, becomes
    that user for the test, and all that must be loaded is loaded before."""
    folder = Path(tempfile.mkdtemp())  # pytest's own folders cannot be entered by others
    await close_at_once(folder / "brief.db")
    is_root = os.geteuid() == 0
    if is_root:
        for path in (folder, *(folder / name for name in names(folder))):
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield folder
    if is_root:
        os.seteuid(0)
    allow(folder, stat.S_IRWXU)
    shutil.rmtree(folder)


def allow(path: Path, mode: int) -> None:
    """Set what the owner may do, and nobody else anything."""
    path.chmod(mode)


async def test_a_file_without_permission(unprivileged: Path) -> None:
    """One that cannot be written may still be read; one that cannot be read is said to be so."""
    path = unprivileged / "brief.db"
    allow(path, stat.S_IRUSR)
    assert "cannot be written" in await refusal(path)
    await close_at_once(path, create=False, read_only=True)
    allow(path, 0)
    assert "cannot be opened" in await refusal(path)
    assert "cannot be opened" in await refusal(path, read_only=True)


async def test_a_folder_without_permission(unprivileged: Path) -> None:
    """SQLite needs to make files in it, and so do we."""
    path = unprivileged / "brief.db"
    allow(unprivileged, stat.S_IRUSR | stat.S_IXUSR)
    assert "cannot be written" in await refusal(path)
    for new in (unprivileged / "new.db", unprivileged / "new" / "new.db"):
        assert "make its directory writable" in await refusal(new, create=True)


async def test_a_name_with_signs(tmp_path: Path) -> None:
    """Signs that mean something in an address mean nothing in a file's name."""
    path = tmp_path / "100% brief? #1 ü.db"
    await close_at_once(path)
    assert path.is_file()
    await close_at_once(path, create=False, read_only=True)
    assert [name for name in names(tmp_path) if name.endswith(".db")] == [path.name]


async def test_a_failed_upgrade_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of an upgrade are one transaction."""
    upgrade = migrations.upgrade

    def fail(connection: sa.Connection) -> None:
        upgrade(connection)
        raise ZeroDivisionError

    path = tmp_path / "brief.db"
    monkeypatch.setattr(migrations, "upgrade", fail)
    with pytest.raises(ZeroDivisionError):
        await close_at_once(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    connection.close()
    monkeypatch.undo()
    await close_at_once(path)


# One writing process, and what a process prints that may not write

OPEN = """
import asyncio, pathlib, sys
from graphql_brief.log.database import Database
from graphql_brief.log.port import DatabaseError
async def main():
    database = await Database.open(pathlib.Path(sys.argv[1]), create=False)
    print("open", flush=True)
    sys.stdin.read()
try:
    asyncio.run(main())
except DatabaseError as error:
    print(error)
"""


def in_another_process(path: Path) -> subprocess.Popen[str]:
    """A process that opens the database, says "open", and ends with its input."""
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def outcome(arguments: list[str]) -> tuple[str, str]:
    """What a process prints, and what it complains of."""
    process = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    return process.stdout, process.stderr


async def test_a_second_process_is_refused(database: Database) -> None:
    """It is told who writes; the first one goes on."""
    out, _ = in_another_process(database.path).communicate(timeout=60)
    assert out == (
        f"{database.path} is open for writing by process {os.getpid()}; stop that process first\n"
    )
    await database.write(lambda connection: connection.exec_driver_sql("CREATE TABLE rm_test (a)"))


async def test_a_process_that_cannot_open_prints_one_line(tmp_path: Path) -> None:
    """No thread of the driver is left to add a traceback, not even after failing at once."""
    unopenable = tmp_path / "socket.db"
    os.mknod(unopenable, stat.S_IFSOCK)
    for path in (unopenable, tmp_path / "missing.db", tmp_path):
        out, err = outcome([sys.executable, "-c", OPEN, str(path)])
        assert (out.count("\n"), err) == (1, "")
        assert str(path) in out


async def test_a_file_that_cannot_be_opened_never_reaches_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failure the driver's thread lives on for a while, past the end of the event loop."""
    unopenable = tmp_path / "socket.db"
    os.mknod(unopenable, stat.S_IFSOCK)
    monkeypatch.delattr(aiosqlite, "connect")
    for read_only in (False, True):
        assert "cannot be opened" in await refusal(unopenable, read_only=read_only)


async def test_a_process_that_is_killed_leaves_no_lock(path: Path) -> None:
    """While it lives it is refused to others, by its number; after SIGKILL it is not."""
    other = in_another_process(path)
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    assert f"by process {other.pid};" in await refusal(path)
    other.kill()
    other.communicate(timeout=60)
    await close_at_once(path)


async def test_a_second_opener_in_this_process(database: Database) -> None:
    """Two connections would write, whoever opened them; reading is allowed."""
    assert f"by process {os.getpid()};" in await refusal(database.path)
    link = database.path.with_name("link.db")
    link.symlink_to(database.path)
    with pytest.raises(DatabaseError, match=f"by process {os.getpid()};"):
        await close_at_once(link)
    await close_at_once(database.path, create=False, read_only=True)
    await database.write(lambda connection: connection.exec_driver_sql("CREATE TABLE rm_test (a)"))
