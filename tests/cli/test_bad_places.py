"""Places where nothing can be: one line each, that names them, and nothing is made."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graphql_brief.log import sqlite_engines
from graphql_brief.log.copying import copy
from graphql_brief.log.port import DatabaseError
from graphql_brief.projections.rebuild import rebuild
from tests.cli.server import ROOT, run_command
from tests.cli.test_commands import refused, url
from tests.projections.newsroom import newsroom


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log, its backup, and a file where a folder would have to be."""
    folder = tmp_path_factory.mktemp("site")
    place = ("--database-url", url(folder / "brief.db"))
    for command in (("load", str(ROOT / "fixtures")), ("backup", str(folder / "b"))):
        ended = run_command(*command, *place)
        assert ended.returncode == 0, ended.stderr
    (folder / "file").write_text("mine")
    return folder


def names(folder: Path) -> list[str]:
    """All that is below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("command", [["serve"], ["rebuild"], ["backup", "b"], ["doctor"]])
def test_a_url_without_a_file(command: list[str], tmp_path: Path) -> None:
    """The root of all folders is no database."""
    line = refused(*command, "--database-url", "sqlite:////", cwd=tmp_path)
    assert "/ is a directory; name a file in it" in line
    assert names(tmp_path) == []


@pytest.mark.parametrize("folder", ["file", "file/x"])
def test_read_models_below_a_file(site: Path, folder: str) -> None:
    """They are told of by a rebuild as by a server."""
    place = ("--database-url", url(site / "brief.db"), "--read-models", str(site / folder))
    before = names(site)
    assert f"{site / folder} cannot be written" in refused("rebuild", *place)
    assert names(site) == before
    assert (site / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["file/r.db", "file/x/r.db", "x" * 300])
def test_where_no_log_can_be_restored(site: Path, name: str) -> None:
    """Below a file, or under a name that no file can have."""
    before = names(site)
    line = refused(
        *("restore", str(site / "b"), "--no-erasures", "--database-url", url(site / name))
    )
    assert "cannot be made" in line
    assert str(site) in line
    assert names(site) == before


@pytest.mark.parametrize("name", ["file/b", "x" * 300])
def test_where_no_backup_can_be(site: Path, name: str) -> None:
    """Below a file, or under a name that no file can have."""
    before = names(site)
    line = refused("backup", str(site / name), "--database-url", url(site / "brief.db"))
    assert "cannot be made" in line
    assert len(line) < 250
    assert names(site) == before


async def test_a_rebuild_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is full, and what is read stays what it was."""
    async with newsroom(tmp_path / "brief.db") as room:
        for number in range(100):
            await room.write.draft(f"brief-{number}", standfirst="Still. " * 200)
        await room.caught_up()
        bounded = (*sqlite_engines._WRITER_PRAGMAS, "max_page_count = 60")
        monkeypatch.setattr(sqlite_engines, "_WRITER_PRAGMAS", bounded)
        with pytest.raises(DatabaseError, match=r"\.part cannot grow; make room"):
            await rebuild(room.store.folder, room.log)
        assert room.store.newer() is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no log"),
        (b"The quick brown fox. " * 400, "is not an SQLite database"),
        ("CREATE TABLE accounts (x)", "is the database of something else (it has a table 'acc"),
    ],
    ids=["empty", "noise", "other"],
)
def test_a_backup_that_is_none(tmp_path: Path, content: bytes | str, told: str) -> None:
    """It is named as it was on the command line; not the copy, which is gone by then."""
    backup = tmp_path / "monday.backup"
    if isinstance(content, bytes):
        backup.write_bytes(content)
    else:
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute(content)
    line = refused(
        *("restore", str(backup), "--no-erasures", "--database-url", url(tmp_path / "r.db"))
    )
    assert f"{backup} {told}" in line
    assert ".part" not in line
    assert names(tmp_path) == ["monday.backup"]


async def test_a_copy_without_room(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the copy is full, and not that of the log."""
    connect = sqlite3.connect

    def bounded(path: object, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(str(path), **options)
        connection.execute("PRAGMA max_page_count = 3")
        return connection

    monkeypatch.setattr(sqlite3, "connect", bounded)
    part = tmp_path / "b.part"
    part.touch()
    with pytest.raises(DatabaseError, match="make room") as caught:
        await copy(site / "brief.db", part)
    assert str(caught.value).startswith(f"{part} cannot grow")
