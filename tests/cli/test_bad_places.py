"""Places where nothing can be: one line each, that names them, and nothing is made."""

from pathlib import Path

import pytest

from graphql_brief.log import sqlite_file
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
        bounded = (*sqlite_file._WRITER_PRAGMAS, "max_page_count = 60")
        monkeypatch.setattr(sqlite_file, "_WRITER_PRAGMAS", bounded)
        with pytest.raises(DatabaseError, match=r"\.part cannot be written: there is no room"):
            await rebuild(room.store.folder, room.log)
        assert room.store.newer() is None
