"""A rebuild beside the read models that are served: compared, then changed over to."""

import asyncio
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import pytest
import sqlalchemy as sa

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import Audience, Basis
from graphql_brief.log.lockfile import LockFile, holder_of
from graphql_brief.log.port import DatabaseError
from graphql_brief.projections import checksum, revisions
from graphql_brief.projections import rebuild as rebuilding
from graphql_brief.projections.rebuild import Progress, rebuild
from graphql_brief.projections.replay import Replay
from graphql_brief.projections.store import ReadModelFile, Store, code_of
from graphql_brief.projections.tables import NAMES, SEARCHES
from tests.projections.histories import stories
from tests.projections.newsroom import TIMEOUT_S, Newsroom, dump, newsroom, record_all


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what nothing tells of: files that come and go, and what follows from them."""
    async with asyncio.timeout(TIMEOUT_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def changed_over(room: Newsroom) -> None:
    """Wait until the room reads another file."""
    await until(lambda: room.store.changes > 0)


async def test_edits_arrive_meanwhile(tmp_path: Path) -> None:
    """The rebuild takes them in, is equal at the position where they are compared, and is read
    from then on; the file before it is gone.
    """
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await record_all(room.write, stories())
        await room.caught_up()
        loop = asyncio.get_running_loop()
        writing: list[asyncio.Task[object]] = []

        def edit(progress: Progress) -> None:
            if len(writing) < 5:
                name = f"brief-more-{len(writing)}"
                writing.append(loop.create_task(room.write.draft(name)))

        before = room.store.file.path
        done = await rebuild(room.store.folder, room.log, edit, page_events=5)
        assert len(writing) == 5
        await asyncio.gather(*writing)
        assert done.differing == ()
        assert done.compared_at is not None
        assert done.in_place
        await changed_over(room)
        last = await room.write.draft("brief-last")
        await asyncio.wait_for(room.projector.wait(last.last_position), TIMEOUT_S)
        assert room.store.file.path == done.path
        async with room.store.reader() as connection:
            count = await connection.scalar(
                sa.text("SELECT count(*) FROM rm_brief WHERE id LIKE 'brief-more-%'")
            )
        assert count == 5
        await until(lambda: not before.exists())
        expected = await dump(room.store.file)
    async with newsroom(tmp_path / "brief.db") as room:
        assert room.store.file.path == done.path
        assert expected == await dump(room.store.file)


async def test_answers_of_the_file_before_are_not_kept(tmp_path: Path) -> None:
    """Where a lie was served, the truth is as soon as its file is changed over to."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a", headline="True")
        await room.caught_up()
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("UPDATE rm_brief SET is_public = 1"))
        )
        first = await room.catalogue.briefs(audience=Audience.PUBLIC, first=10)
        assert len(first.rows) == 1
        done = await rebuild(room.store.folder, room.log, accept_difference=True)
        assert done.differing == ("rm_brief",)
        await changed_over(room)
        assert not (await room.catalogue.briefs(audience=Audience.PUBLIC, first=10)).rows


async def test_a_difference_is_told_and_not_changed_over_to(tmp_path: Path) -> None:
    """The tables that differ are named, both files stay for whoever looks into it."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a", headline="True")
        await room.caught_up()
        for damage in (
            "UPDATE rm_brief SET headline = 'False'",
            "UPDATE rm_search SET prose = 'False'",
        ):
            await room.store.file.write(methodcaller("execute", sa.text(damage)))
        done = await rebuild(room.store.folder, room.log)
        assert not done.in_place
        assert set(done.differing) >= {"rm_brief", "rm_search"}
        assert done.path.name.endswith(".differs")
        assert room.store.newer() is None
        assert room.store.file.path.exists()


async def test_a_rebuild_that_is_cut_off_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    """The next one begins anew, and takes the same name."""
    async with newsroom(tmp_path / "brief.db") as room:
        await record_all(room.write, stories())

        def cut(progress: Progress) -> None:
            if progress.done > 10:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await rebuild(room.store.folder, room.log, cut, page_events=5)
        assert room.store.newer() is None
        done = await rebuild(room.store.folder, room.log)
        assert done.in_place
        assert room.store.newer() == done.path


async def test_one_rebuild_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and says whose the first is."""
    async with newsroom(tmp_path / "brief.db") as room:
        held = LockFile(room.store.folder / "rebuild.lock")
        with pytest.raises(DatabaseError, match="is rebuilding the read models"):
            await rebuild(room.store.folder, room.log)
        held.release()


async def test_a_halt_that_the_rows_were_at_fault_for_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that somebody lost halt the projector; those of a rebuild let it go on."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("DELETE FROM rm_brief"))
        )
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        await until(lambda: room.projector.halted is not None)
        await rebuild(room.store.folder, room.log, accept_difference=True)
        await changed_over(room)
        await asyncio.wait_for(room.projector.wait(2), TIMEOUT_S)
        last = await room.write.draft("brief-b")
        await asyncio.wait_for(room.projector.wait(last.last_position), TIMEOUT_S)


async def test_a_file_that_cannot_be_read_is_not_changed_over_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and what is served stays."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        bad = room.store.folder / room.store.file.path.name.replace("-0001", "-0002")
        bad.write_text("Dear diary, " * 500)
        await until(lambda: "not changed over to" in caplog.text)
        assert room.store.changes == 0
        last = await room.write.draft("brief-b")
        await asyncio.wait_for(room.projector.wait(last.last_position), TIMEOUT_S)
        assert caplog.text.count("not changed over to") == 1


async def test_a_reader_keeps_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads when the file changes reads on; the file goes when they are done."""
    async with newsroom(tmp_path / "brief.db", look_s=0.01) as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        before = room.store.file.path
        async with room.store.reader() as connection:
            await rebuild(room.store.folder, room.log)
            await changed_over(room)
            assert before.exists()
            assert await connection.scalar(sa.text("SELECT count(*) FROM rm_brief")) == 1
        await until(lambda: not before.exists())


async def test_its_own_file_is_not_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the folder is named from where the process stands."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        store = await Store.open([Path("read-models")], "code")
        assert store.newer() is None
        await store.close()


async def test_a_folder_is_one_nodes(tmp_path: Path) -> None:
    """A second node is told whose it is."""
    store = await Store.open([tmp_path / "read-models"], "code")
    with pytest.raises(DatabaseError, match="are process"):
        await Store.open([tmp_path / "read-models"], "code")
    await store.close()
    await (await Store.open([tmp_path / "read-models"], "code")).close()


async def test_files_of_other_code_are_left_for_a_step_back(tmp_path: Path) -> None:
    """The newest of them stays; older ones go, and so do older ones of this code."""
    folder = tmp_path / "read-models"
    for code in ("first", "second", "third"):
        store = await Store.open([folder], code)
        await store.close()
    store = await Store.open([folder], "third")
    (folder / f"{code_of('third')}-0000.db").touch()
    store.forget_others()
    await store.close()
    names = sorted(path.name for path in folder.glob("*.db"))
    assert names == sorted(f"{code_of(code)}-0001.db" for code in ("second", "third"))


async def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    """It is refused, with a table of it named."""
    folder = tmp_path / "read-models"
    store = await Store.open([folder], "code")
    await store.file.write(
        lambda connection: connection.execute(sa.text("CREATE TABLE bookmark (url)"))
    )
    await store.close()
    with pytest.raises(DatabaseError, match="'bookmark'"):
        await Store.open([folder], "code")


async def test_a_bug_in_new_rows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison fails when the code that rebuilds writes other rows."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()

        def nothing(*_: object) -> None:
            """Writes no rows."""

        monkeypatch.setattr(revisions, "write", nothing)
        assert not (await rebuild(room.store.folder, room.log)).in_place


async def test_no_table_is_sorted_to_compare_it(tmp_path: Path) -> None:
    """In memory, a table would have to fit into it: each is read along an index."""
    async with newsroom(tmp_path / "brief.db") as room:
        ordinary = sorted(NAMES - checksum._PAGES - set(SEARCHES))
        assert "rm_search_content" in ordinary
        async with room.store.reader() as connection:
            for name in ordinary:
                plan = await connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {checksum._rows_of(name)}"
                )
                assert "TEMP B-TREE" not in str(plan.all()), name


async def test_an_erasure_leaves_no_other_file(tmp_path: Path) -> None:
    """Files of other code, and what rebuilds left aside, may hold what was erased: they go."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.write.record("brief-a", ev.ParagraphAdded(key="p", text="Erase me."))
        await room.caught_up()
        folder, code = room.store.folder, code_of("other code")
        left = [f"{code}-0001.db", f"{code}-0002.part", f"{code}-0002.differs"]
        for name in left:
            (folder / name).touch()
        await erase(room, 2)
        await until(lambda: not any((folder / name).exists() for name in left))


async def test_an_erasure_empties_folders_that_nobody_has(tmp_path: Path) -> None:
    """Those of stopped servers; one that a process has comes to the erasure by itself."""
    folders = [tmp_path / f"read-models-{number}" for number in range(1, 4)]
    stores = [await Store.open(folders, "code") for _ in folders]
    assert [store.folder for store in stores] == folders
    files = [store.file.path for store in stores]
    await stores[1].close()
    stores[0].forget_others()
    assert [path.exists() for path in files] == [True, True, True]
    stores[0].forget_others(all_of_them=True)
    assert [path.exists() for path in files] == [True, False, True]
    await stores[0].close()
    await stores[2].close()


async def erase(room: Newsroom, version: int) -> None:
    """Erase a version of brief-a, and have the read models come to it."""
    await room.write.record("brief-a", _erased(version))
    await room.caught_up()


def _erased(version: int) -> ev.BodyErased:
    return ev.BodyErased(version=version, basis=Basis.LEGAL_ORDER, case_reference="1")


async def test_a_rebuild_under_way_keeps_its_file(tmp_path: Path) -> None:
    """An erasure leaves it alone, also where nobody has it open: it is about to be renamed."""
    async with newsroom(tmp_path / "brief.db") as room:
        await paragraph(room)
        running = room.store.folder / f"{code_of('other code')}-0003.part"
        running.touch()
        with LockFile(room.store.folder / "rebuild.lock"):
            await erase(room, 2)
            await room.projector.stop()
            assert running.exists()


async def paragraph(room: Newsroom) -> None:
    """A brief with a paragraph, its version 2."""
    await room.write.draft("brief-a")
    await room.write.record("brief-a", ev.ParagraphAdded(key="p", text="Erase me."))
    await room.caught_up()


async def test_a_step_that_halts_behind_an_erasure(tmp_path: Path) -> None:
    """What it applied before that is committed: no other file keeps what was erased."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await paragraph(room)
    async with newsroom(path, start=False) as room:
        left = room.store.folder / f"{code_of('other code')}-0001.db"
        left.touch()
        await room.write.record("brief-a", _erased(2))
        await room.write.draft("brief-b")
        await room.write.record("brief-b", ev.ParagraphRemoved(key="never-there"))
        await room.projector.start()
        assert room.projector.halted is not None
        assert room.projector.position == 4
        assert not left.exists()


async def test_a_log_that_was_put_back(tmp_path: Path) -> None:
    """Read models ahead of it, or of another course of it, are nothing to compare with."""
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await record_all(room.write, stories())
        await room.caught_up()
    for more in range(2):
        for ending in ("", "-wal", "-shm"):
            (tmp_path / f"brief.db{ending}").unlink(missing_ok=True)
        async with newsroom(path, start=False) as room:
            for brief in range(1 + more * 50):
                await room.write.draft(f"brief-{brief}")
            async with asyncio.timeout(TIMEOUT_S):
                done = await rebuild(room.store.folder, room.log)
            assert done.compared_at is None
            assert done.why_not is not None
            assert "put back to an older state" in done.why_not
            assert done.in_place
            assert done.position == 1 + more * 50
            done.path.unlink()


async def test_an_erasure_that_the_live_ones_have_not_come_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No difference is found where there is none: compared once they have, or not at all."""
    monkeypatch.setattr(rebuilding, "WAIT_S", 0.1)
    path = tmp_path / "brief.db"
    async with newsroom(path) as room:
        await paragraph(room)
        await room.projector.stop()
        await room.write.record("brief-a", _erased(2))
        done = await rebuild(room.store.folder, room.log)
        assert (done.compared_at, done.differing, done.in_place) == (None, (), True)
        assert done.why_not is not None
        assert "was erased" in done.why_not
        done.path.unlink()
        monkeypatch.setattr(rebuilding, "WAIT_S", float(TIMEOUT_S))
        live = Replay(room.store.file, room.log, room.states)
        await live.prepare()
        looks = holder_of

        async def go_on() -> None:
            await live.step()

        going: list[asyncio.Task[None]] = []

        def look(lock: Path) -> str | None:
            if not going:
                going.append(asyncio.get_running_loop().create_task(go_on()))
            return looks(lock)

        monkeypatch.setattr(rebuilding, "holder_of", look)
        done = await rebuild(room.store.folder, room.log)
        assert (done.compared_at, done.differing) == (3, ())


async def test_what_differs_does_not_keep_what_is_erased_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased behind its last event, and before it has its name: it is deleted."""
    async with newsroom(tmp_path / "brief.db") as room:
        await paragraph(room)
        await room.store.file.write(methodcaller("execute", sa.text("DELETE FROM rm_slug")))
        close = ReadModelFile.close

        async def closed(file: ReadModelFile) -> None:
            await close(file)
            if file.path.suffix == ".part":
                await erase(room, 2)

        monkeypatch.setattr(ReadModelFile, "close", closed)
        done = await rebuild(room.store.folder, room.log)
        assert (done.in_place, done.deleted) == (False, True)
        assert not list(room.store.folder.glob("*.differs*"))
