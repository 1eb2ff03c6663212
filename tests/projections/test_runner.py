"""The projector keeps up, stops cleanly, and halts at what it cannot apply: it never skips."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.domain import events as ev
from graphql_brief.domain.states import State
from graphql_brief.log import codec
from graphql_brief.log.port import DatabaseError, Recorded
from graphql_brief.log.sqlite_file import SqliteFile
from graphql_brief.projections import briefs, replay, revisions, runner
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.replay import CheckpointMoved, Replay
from graphql_brief.projections.runner import Halt, ProjectionHalted, Projector
from graphql_brief.projections.store import Store
from tests.projections.newsroom import TIMEOUT_S, Newsroom, newsroom, rebuilt

MISFIT = ev.ParagraphRemoved(key="never-there")


async def rows(store: Store) -> list[tuple[str, int]]:
    """The briefs that the read models hold, with their versions."""
    async with store.reader() as connection:
        found = await connection.execute(sa.text("SELECT id, version FROM rm_brief ORDER BY id"))
        return [(brief, version) for brief, version in found]


async def checkpoint(store: Store) -> int:
    """The checkpoint in the database."""
    async with store.reader() as connection:
        return int(
            (await connection.execute(sa.text("SELECT position FROM rm_checkpoint"))).scalar_one()
        )


async def test_it_catches_up_at_the_start_and_follows_then(tmp_path: Path) -> None:
    """What was recorded before `start` and after it are both in the rows, once waited for."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.draft("brief-a")
        await room.projector.start()
        assert room.projector.position == 1
        last = await room.write.draft("brief-b")
        await asyncio.wait_for(room.projector.wait(last.last_position), TIMEOUT_S)
        assert await rows(room.store) == [("brief-a", 1), ("brief-b", 1)]
        assert room.projector.position == await checkpoint(room.store) == 2


async def test_an_idle_projector_asks_nothing(tmp_path: Path) -> None:
    """It waits for news of the log, and does not go and look."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        reads = room.store.reads
        for _ in range(20):
            await checkpoint(room.store)
        assert room.store.reads == reads + 20


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """After a restart it applies what came since, on states that it has no more in memory."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        await room.projector.start()
        assert await rows(room.store) == [("brief-a", 2)]


async def test_many_streams_at_once_outgrow_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States that it let go of are folded again from the log."""
    monkeypatch.setattr(replay, "EVENTS_KEPT", 1)
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        for brief in ("brief-a", "brief-b", "brief-c"):
            await room.write.draft(brief)
        for brief in ("brief-a", "brief-b", "brief-c"):
            await room.write.record(brief, ev.HeadlineRevised(headline="New"))
        found = await rebuilt(room, page_events=2)
        assert [(row[0], row[-2]) for row in found["rm_brief"]] == [
            ("brief-a", 2),
            ("brief-b", 2),
            ("brief-c", 2),
        ]


async def test_a_batch_of_edits_is_never_shown_in_halves(tmp_path: Path) -> None:
    """A page that ends inside a commit leaves it to the next; unless it holds nothing else."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.draft("brief-a")
        await room.write.record(
            "brief-a", *(ev.HeadlineRevised(headline=headline) for headline in "abcde")
        )
        applied = []
        replayed = Replay(room.store.file, room.log, Folds(room.log), page_events=3)
        await replayed.prepare()
        while count := await replayed.step():
            applied.append(count)
        assert applied == [1, 3, 2]


async def test_waiting_for_what_is_there_returns_at_once(tmp_path: Path) -> None:
    """Also when the projector has stopped: what it holds, it holds."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        await room.projector.stop()
        await room.projector.wait(1)


async def test_stopping_ends_those_who_wait(tmp_path: Path) -> None:
    """They are told that it was stopped, and that nothing is wrong. Twice stopped is stopped."""
    async with newsroom(tmp_path / "brief.db") as room:
        waiting = asyncio.create_task(room.projector.wait(1))
        await asyncio.sleep(0)
        await room.projector.stop()
        await room.projector.stop()
        with pytest.raises(ProjectionHalted, match="stopped") as raised:
            await asyncio.wait_for(waiting, TIMEOUT_S)
        assert raised.value.halt is None
        await room.write.draft("brief-a")
        assert await checkpoint(room.store) == 0


async def record_misfit(room: Newsroom) -> None:
    """Two sound commits, one that ends with an event which does not fit, and a sound one."""
    await room.write.draft("brief-a")
    await room.write.draft("brief-b")
    await room.write.record("brief-a", ev.HeadlineRevised(headline="New"), MISFIT)
    await room.write.record("brief-b", ev.HeadlineRevised(headline="New"))


def check_misfit(halted: Halt | None) -> None:
    """That it halts at the misfit, and says so."""
    assert halted is not None
    assert (halted.position, halted.event_type) == (4, "ParagraphRemoved")
    assert "there is no 'never-there'" in halted.why


async def test_it_halts_at_an_event_that_does_not_fit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All before it is in the rows, nothing from it on; who waits for more is told, as is the log
    of the server.
    """
    async with newsroom(tmp_path / "brief.db") as room:
        await record_misfit(room)
        with pytest.raises(ProjectionHalted, match=r"before position 4 \(ParagraphRemoved\)"):
            await asyncio.wait_for(room.projector.wait(5), TIMEOUT_S)
        check_misfit(room.projector.halted)
        assert await rows(room.store) == [("brief-a", 2), ("brief-b", 1)]
        assert room.projector.position == await checkpoint(room.store) == 3
        (told,) = (record for record in caplog.records if record.name.endswith("runner"))
        assert told.levelno == logging.CRITICAL
        assert "ParagraphRemoved" in caplog.text


@pytest.mark.parametrize("page_events", [1, 2, 1000])
async def test_it_halts_at_the_start_too(tmp_path: Path, page_events: int) -> None:
    """A start with a misfit in the log does not raise and does not skip, whatever the pages."""
    async with newsroom(tmp_path / "brief.db", start=False, page_events=page_events) as room:
        await record_misfit(room)
        await room.projector.start()
        check_misfit(room.projector.halted)
        assert await rows(room.store) == [("brief-a", 2), ("brief-b", 1)]
        with pytest.raises(ProjectionHalted):
            await room.projector.wait(4)


@pytest.mark.parametrize("page_events", [1, 2, 5, 1000])
async def test_it_halts_before_an_event_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_events: int
) -> None:
    """One of newer code, say: what comes before it, even in the same page, is applied."""
    async with newsroom(tmp_path / "brief.db", start=False, page_events=page_events) as room:
        for brief in ("brief-a", "brief-b", "brief-c", "brief-d", "brief-e"):
            await room.write.draft(brief)
        await room.write.record("page-why", ev.PageRevised(slug="why", title="Why", body="So."))
        await room.write.draft("brief-f")
        monkeypatch.delitem(codec.SCHEMA_VERSIONS, "PageRevised")
        await room.projector.start()
        assert room.projector.position == 5
        why = (
            "position 6: events of type 'PageRevised' (schema version 1) are unknown here; "
            "use a newer graphql-brief"
        )
        assert room.projector.halted == Halt(6, "PageRevised", why)
        assert len(await rows(room.store)) == 5


async def test_it_halts_before_what_newer_code_writes_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As a newer node on the same database may: position, type and version are told."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        encode = codec.encode

        def encode_newer(event: ev.Event, change_note: str | None = None) -> codec.Encoded:
            written = encode(event, change_note)
            return codec.Encoded(written.type, 9, written.body)

        monkeypatch.setattr(codec, "encode", encode_newer)
        await room.write.record("page-why", ev.PageRevised(slug="why", title="Why", body="So."))
        why = r"before position 2 \(PageRevised\): .* version 9, and the newest known here is 1"
        with pytest.raises(ProjectionHalted, match=why):
            await asyncio.wait_for(room.caught_up(), TIMEOUT_S)
        assert room.projector.position == 1
        halted = room.projector.halted
        assert halted is not None
        assert (halted.position, halted.event_type) == (2, "PageRevised")
        (told,) = (record for record in caplog.records if record.name.endswith("runner"))
        assert (told.levelno, "PageRevised has schema" in caplog.text) == (logging.CRITICAL, True)


async def test_a_rebuild_says_where_it_halts(tmp_path: Path) -> None:
    """It raises, and nothing that it made is read."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await record_misfit(room)
        with pytest.raises(ProjectionHalted) as raised:
            await rebuild(room.store.folder, room.log)
        check_misfit(raised.value.halt)
        assert room.store.newer() is None


async def test_a_second_projector_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint moves from where the step began, or nothing does."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.draft("brief-a")
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        first, second = (Replay(room.store.file, room.log, Folds(room.log)) for _ in range(2))
        await first.prepare()
        await second.prepare()
        # Revisions alone could tell that these events were written before; without them, nothing
        # but the checkpoint does.
        monkeypatch.setattr(revisions, "write", nothing)
        monkeypatch.setattr(first, "_page_events", 1)
        await first.step()
        monkeypatch.setattr(briefs, "write", nothing)
        with pytest.raises(CheckpointMoved, match="not at 0 any more"):
            await second.step()
        assert await checkpoint(room.store) == 1
        assert await rows(room.store) == [("brief-a", 1)]


def nothing(*_: object) -> None:
    """Writes no rows."""


async def test_a_fault_of_its_own_is_a_halt_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw undoes the step, is logged, and is told to those who wait."""

    def break_down(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async with newsroom(tmp_path / "brief.db") as room:
        monkeypatch.setattr(briefs, "write", break_down)
        await room.write.draft("brief-a")
        told = "ZeroDivisionError; the server's log says more"
        with pytest.raises(ProjectionHalted, match=told):
            await asyncio.wait_for(room.projector.wait(1), TIMEOUT_S)
        assert room.projector.halted == Halt(1, None, told)
        assert await checkpoint(room.store) == 0
        assert "ZeroDivisionError" in caplog.text


async def test_a_step_that_was_cut_off_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the log went away amid it: from the rows, not from what it had folded by then."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.write.draft("brief-b")
        await room.caught_up()
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        await room.write.record("brief-b", ev.HeadlineRevised(headline="New"))
        folds = Folds(room.log)
        replay = Replay(room.store.file, room.log, folds)
        await replay.prepare()
        at_version = folds.at_version

        async def away(stream: str, version: int) -> State | None:
            if stream == "brief-b":
                monkeypatch.undo()
                raise DatabaseError("the server is away")
            return await at_version(stream, version)

        monkeypatch.setattr(folds, "at_version", away)
        with pytest.raises(DatabaseError):
            await replay.step()
        assert await replay.step() == 2
        assert await rows(room.store) == [("brief-a", 2), ("brief-b", 2)]


async def test_rows_that_were_lost_halt_a_start_too(tmp_path: Path) -> None:
    """A node whose read models somebody has spoilt starts, and says what is wrong with them."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("DELETE FROM rm_brief"))
        )
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        await room.projector.start()
        assert room.projector.halted is not None
        assert room.projector.halted.why.startswith("RowsLost: rm_brief")
        with pytest.raises(ProjectionHalted):
            await room.projector.wait(2)


async def test_a_log_that_is_away_for_a_while_is_no_halt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As while the server of PostgreSQL is restarted: it goes on when the log can be read."""
    monkeypatch.setattr(runner, "AWAY_S", 0.01)
    async with newsroom(tmp_path / "brief.db") as room:
        read, tries = room.log.read, 0

        async def away(**bounds: Any) -> list[Recorded]:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise DatabaseError("the server is away")
            return await read(**bounds)

        monkeypatch.setattr(room.log, "read", away)
        await room.write.draft("brief-a")
        await asyncio.wait_for(room.projector.wait(1), TIMEOUT_S)
        assert room.projector.halted is None
        assert tries >= 3
        assert "the server is away" in caplog.text


async def test_a_file_that_cannot_be_written_is_a_halt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is not waited for, as a log that is away is: who waits is told."""
    async with newsroom(tmp_path / "brief.db") as room:
        write = SqliteFile.write

        async def full(file: SqliteFile, work: Any) -> Any:
            if file is room.store.file:
                raise DatabaseError("the file cannot grow")
            return await write(file, work)

        monkeypatch.setattr(SqliteFile, "write", full)
        await room.write.draft("brief-a")
        with pytest.raises(ProjectionHalted, match="cannot grow"):
            await asyncio.wait_for(room.projector.wait(1), TIMEOUT_S)


async def test_a_halt_gives_away_no_draft(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of an error of the database it says what that says, not what was to be written; nor does the
    server's log. Anybody may ask how a node is.
    """
    async with newsroom(tmp_path / "brief.db") as room:
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("DROP TABLE rm_brief"))
        )
        await room.write.draft("brief-a", headline="Embargoed")
        with pytest.raises(ProjectionHalted):
            await asyncio.wait_for(room.projector.wait(1), TIMEOUT_S)
        assert room.projector.halted == Halt(1, None, "OperationalError: no such table: rm_brief")
        assert "no such table: rm_brief" in caplog.text
        assert "Embargoed" not in caplog.text


async def test_rows_that_were_lost_are_not_passed_over(tmp_path: Path) -> None:
    """An update that meets no row halts: somebody else changed the tables."""
    async with newsroom(tmp_path / "brief.db") as room:
        await room.write.draft("brief-a")
        await room.caught_up()
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("DELETE FROM rm_brief"))
        )
        await room.write.record("brief-a", ev.HeadlineRevised(headline="New"))
        with pytest.raises(ProjectionHalted, match="rm_brief has 0 of 1 rows"):
            await asyncio.wait_for(room.projector.wait(2), TIMEOUT_S)


async def test_a_projector_that_never_started_stops(tmp_path: Path) -> None:
    """Wiring that fails half-way takes down what it built."""
    async with newsroom(tmp_path / "brief.db", start=False) as room:
        projector = Projector(room.store, room.log, room.tail, room.states)
        await projector.stop()
        with pytest.raises(ProjectionHalted):
            await projector.wait(1)
