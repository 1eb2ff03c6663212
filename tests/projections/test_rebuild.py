"""The read models are the log's and nothing else's: made anew, they are the same to the byte."""

import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from graphql_brief.projections import replay, tables
from graphql_brief.projections.rebuild import Progress, rebuild
from tests.projections.histories import Commit, logs, stories
from tests.projections.newsroom import Dump, Newsroom, dump, newsroom, rebuilt, record_all


async def live(room: Newsroom, commits: list[Commit]) -> Dump:
    """The rows after commits that the projector followed one by one."""
    for commit in commits:
        await record_all(room.write, [commit])
        await room.caught_up()
    return await dump(room.store.file)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(logs())
async def test_any_history_gives_the_same_rows_however_it_is_cut(commits: list[Commit]) -> None:
    """Followed live, or replayed in pages of 1, 2 or 1,000 events: no row differs."""
    with tempfile.TemporaryDirectory() as folder:
        async with newsroom(Path(folder) / "brief.db") as room:
            expected = await live(room, commits)
            for page_events in (1, 2, 1000):
                assert expected == await rebuilt(room, page_events=page_events), page_events


async def test_every_kind_of_event_has_its_rows(tmp_path: Path) -> None:
    """A history with every event there is fills every table, and is the same when replayed."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.register("entity-union", "Harbour union")
        expected = await live(room, stories())
        empty = {name for name, rows in expected.items() if not rows}
        assert empty == {"rm_snapshot"}
        assert expected == await rebuilt(room)


async def test_progress_is_told(tmp_path: Path) -> None:
    """Events done and in all, the pace, and how long it takes still."""
    told: list[Progress] = []
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        for brief in ("brief-a", "brief-b", "brief-c"):
            await room.write.draft(brief)
        await rebuild(room.store.folder, room.log, told.append, page_events=2)
    assert [(at.done, at.total) for at in told] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    assert Progress(done=50, total=200, elapsed_s=10.0).events_per_s == 5
    assert Progress(done=50, total=200, elapsed_s=10.0).left_s == 30
    assert Progress(done=0, total=200, elapsed_s=10.0).left_s is None


async def test_tables_of_other_versions_go_too(tmp_path: Path) -> None:
    """Whatever is named rm_* is dropped when they are made anew, full-text indexes among it."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        await room.projector.stop()

        def write(connection: sa.Connection) -> None:
            for made in (
                'CREATE TABLE "rm_it\'s ""old""" (x)',
                "CREATE VIRTUAL TABLE rm_old_search USING fts5(x)",
                "DROP TABLE rm_slug",
            ):
                connection.execute(sa.text(made))

        await room.store.file.write(write)
    async with newsroom(tmp_path / "brief.db") as room, room.store.reader() as connection:
        assert await connection.run_sync(tables.existing) == tables.NAMES


SHADOWS = frozenset(name for name in tables.NAMES if name.startswith("rm_search_")) - {
    "rm_search_public"
}
"""What a full-text index is made of; it goes with the index."""


@pytest.mark.parametrize(
    "damage",
    [
        [f"DROP TABLE {name}" for name in sorted(tables.NAMES - SHADOWS)],
        ["DROP TABLE rm_brief"],
        ["DROP TABLE rm_search"],
        ["DROP TABLE rm_checkpoint"],
        ["DELETE FROM rm_checkpoint"],
        ["UPDATE rm_checkpoint SET model = 'of last year'", "DELETE FROM rm_brief"],
        ["UPDATE rm_checkpoint SET origin = 'another log'", "DELETE FROM rm_brief"],
        ["UPDATE rm_checkpoint SET position = 1000", "DELETE FROM rm_brief"],
        ["UPDATE rm_checkpoint SET leaf_hash = x'00'", "DELETE FROM rm_brief"],
        ["CREATE TABLE rm_older (x)", "DELETE FROM rm_brief"],
    ],
    ids=lambda damage: damage[0] if len(damage) < 3 else "DROP all",
)
async def test_a_start_mends_what_cannot_be_gone_on_with(tmp_path: Path, damage: list[str]) -> None:
    """Tables that are missing, or of other code or another log, are made anew at the start."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        expected = await live(room, stories())
    async with newsroom(path, start=False) as room:

        def write(connection: sa.Connection) -> None:
            for statement in damage:
                connection.execute(sa.text(statement))

        await room.store.file.write(write)
        await room.projector.start()
        assert expected == await dump(room.store.file)


async def test_a_start_keeps_what_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A projector goes on at its checkpoint, and reads nothing before it again."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await live(room, stories())
    async with newsroom(path, start=False) as room:
        monkeypatch.setattr(replay.Replay, "_recreate", None)
        await room.projector.start()
        assert room.projector.position == room.tail.position
