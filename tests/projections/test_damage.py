"""Read models that are damaged or gone take nothing with them: the log has it all."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.tail import Tail
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import MADE_BY
from graphql_brief.projections.runner import ProjectionHalted
from graphql_brief.projections.snapshots import Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.store import Store, code_of, newest_of
from tests.projections.newsroom import TIMEOUT_S, dump, newsroom
from tests.projections.test_change_over import changed_over, until

NOISE = b"The quick brown fox jumps over the lazy dog. " * 400


def overwrite(path: Path) -> None:
    """What is left is no database."""
    path.write_bytes(NOISE)


def tear(path: Path) -> None:
    """The first page stays, with the list of tables; every other is noise."""
    page = path.read_bytes()[:4096]
    path.write_bytes(page + b"\xa5" * (path.stat().st_size - len(page)))


DAMAGE = {"overwritten": overwrite, "torn": tear}
damaged = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


async def stopped_newsroom(database: Path) -> Path:
    """A newsroom with a brief that has stopped; the file of its read models."""
    async with newsroom(database) as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        return room.store.path


@damaged
async def test_states_fold_from_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    """Pages and edits rest on states, and states on the log; that they cost more is told once."""
    path = await stopped_newsroom(tmp_path / "brief.db")
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        damage(path)
        states = States(room.log, Tail(room.log), Snapshots(room.store))
        expected = await Folds(room.log).newest("brief-a")
        assert expected is not None
        assert await states.get("brief-a") == expected
        assert await states.get("brief-none") is None
        assert caplog.text.count("snapshots cannot be read") == 1


@damaged
async def test_a_start_makes_them_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    """It says so, and what it makes is what was there."""
    path = await stopped_newsroom(tmp_path / "brief.db")
    async with newsroom(tmp_path / "brief.db") as room:
        expected = await dump(room.store.file)
    damage(path)
    async with newsroom(tmp_path / "brief.db") as room:
        assert room.projector.halted is None
        assert await dump(room.store.file) == expected
        await room.write.draft("brief-b")
        await asyncio.wait_for(room.caught_up(), TIMEOUT_S)
    (told,) = (found for found in caplog.records if "made anew" in found.message)
    assert told.levelno == logging.WARNING
    assert str(path) in told.message
    (left,) = path.parent.glob("*.db")
    assert left == newest_of(path.parent, code_of(MADE_BY))


async def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Whatever its name, it is refused and kept."""
    path = await stopped_newsroom(tmp_path / "brief.db")
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (x)")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="'accounts'"):
        await Store.open([path.parent], MADE_BY)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("accounts",)]
    assert len(before) == path.stat().st_size


@damaged
async def test_a_rebuild_goes_on_without_comparing(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """It says that it did not compare, and what it made is read."""
    path = await stopped_newsroom(tmp_path / "brief.db")
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        damage(path)
        done = await rebuild(room.store.folder, room.log)
        assert (done.compared_at, done.differing, done.in_place) == (None, (), True)
        assert done.why_not is not None
        assert str(path) in done.why_not
        assert done.position == 2


async def test_a_rebuild_with_nothing_wrong_compares(tmp_path: Path) -> None:
    """And has nothing to say of those before."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        done = await rebuild(room.store.folder, room.log)
        assert (done.compared_at, done.why_not) == (1, None)


async def test_damage_that_a_running_one_meets_is_a_halt(tmp_path: Path) -> None:
    """With what to do about it; that done, it goes on."""
    path = await stopped_newsroom(tmp_path / "brief.db")
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        tear(path)
        path.with_name(f"{path.name}-wal").write_bytes(b"")
        await room.write.draft("brief-b")
        with pytest.raises(ProjectionHalted, match="malformed; run graphql-brief rebuild"):
            await asyncio.wait_for(room.caught_up(), TIMEOUT_S)
        await rebuild(room.store.folder, room.log)
        await changed_over(room)
        await asyncio.wait_for(room.caught_up(), TIMEOUT_S)
        assert room.projector.halted is None


LOSSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "emptied": (lambda path: path.write_bytes(b""), "their file was emptied"),
    "deleted": (lambda path: path.unlink(), "their file was deleted"),
    "replaced": (
        lambda path: Path(shutil.copy(path, path.with_name("x"))).replace(path),
        "their file was replaced",
    ),
    "folder": (lambda path: shutil.rmtree(path.parent), "their file was deleted"),
}


@pytest.mark.parametrize(("lose", "told"), LOSSES.values(), ids=LOSSES)
async def test_a_lost_file_is_a_halt_until_a_rebuild(
    tmp_path: Path, lose: Callable[[Path], object], told: str
) -> None:
    """It is seen without an edit. States are had all the same, and a rebuild mends it."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        lose(room.store.path)
        await until(lambda: room.projector.halted is not None)
        halted = room.projector.halted
        assert halted is not None
        assert halted.why == f"{told}; run graphql-brief rebuild, or start the server anew"
        await room.write.draft("brief-b")
        states = States(room.log, Tail(room.log), Snapshots(room.store))
        for brief in ("brief-a", "brief-b"):
            assert await states.get(brief) == await Folds(room.log).newest(brief)
        done = await rebuild(room.store.folder, room.log, accept_difference=True)
        await changed_over(room)
        await asyncio.wait_for(room.caught_up(), TIMEOUT_S)
        await until(lambda: room.projector.halted is None)
        assert room.store.path == done.path
        last = await room.write.draft("brief-c")
        await asyncio.wait_for(room.projector.wait(last.last_position), TIMEOUT_S)
        found = await dump(room.store.file)
        assert len(found["rm_brief"]) == 3
