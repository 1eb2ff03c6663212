"""The check of a log: what is sound passes, and each way to damage one is told with its place."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.vocabulary import Basis
from graphql_brief.log.inspection import check_log, erasures_of, open_rows
from graphql_brief.log.integrity import FAULTS_BOUND, Checked
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import EventLog
from tests.log.support import TurnedClock, appended, entropy_of, fill, request

ERASED = 2
"""Position of the event without a body."""
ERASER = 7
LAST = 9


def url(path: Path) -> str:
    """The log's address."""
    return f"sqlite:///{path}"


async def erase(log: EventLog, stream: str, version: int) -> None:
    """Erase a body."""
    by = BodyErased(version=version, basis=Basis.SAFETY, case_reference="case 1")
    at = await log.version_at(stream, 2**53)
    await appended(log, request(stream, at, events=(by,)))


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A log of two streams in nine events, one of them erased."""
    path = tmp_path / "brief.db"
    clock = TurnedClock()
    async with open_log(url(path), clock=clock, entropy=entropy_of(1), origin="o") as log:
        await fill(log, 3)
        clock.turn(minutes=1)
        await fill(log, 2, 1, stream="brief-b")
        await erase(log, "brief-a", ERASED)
        clock.turn(minutes=1)
        await fill(log, 2)
    return path


async def check(path: Path, newest: int | None = None) -> Checked:
    """What a check finds."""
    async with open_rows(url(path)) as database:
        return await check_log(database, newest=newest)


def damage(path: Path, *statements: str, other: Path | None = None) -> None:
    """Change the tables, past the triggers; `other` is another database, attached as `other`."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        if other is not None:
            connection.execute("ATTACH ? AS other", (str(other),))
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
        connection.commit()


@pytest.mark.parametrize("page_events", [1, 2, 4, 500])
async def test_a_sound_log(path: Path, page_events: int) -> None:
    """Nothing is found, whatever the size of a page; what was erased is counted."""
    told: list[tuple[int, int]] = []
    async with open_rows(url(path)) as database:
        checked = await check_log(
            database, lambda *done: told.append(done), page_events=page_events
        )
        (erasure,) = await erasures_of(database)
    assert checked.faults == ()
    assert (checked.faults_found, checked.events, checked.erased) == (0, LAST, 1)
    assert (checked.head.origin, checked.head.position) == ("o", LAST)
    assert told[-1] == (LAST, LAST)
    assert (erasure.position, erasure.erased_by, erasure.by.version) == (ERASED, ERASER, 2)


async def test_an_empty_log(tmp_path: Path) -> None:
    """It is sound."""
    path = tmp_path / "brief.db"
    async with open_log(url(path), clock=TurnedClock()):
        pass
    checked = await check(path)
    assert (checked.faults, checked.events, checked.head.position) == ((), 0, 0)


_FLIP = "CAST(substr({0}, 1, 20) || '!' || substr({0}, 22) AS BLOB)"
_COLUMNS = [
    ("stream", "'brief-z'"),
    ("version", "77"),
    ("type", "'PageRevised'"),
    ("schema", "99"),
    ("event_id", "'0'"),
    ("command_id", "'other'"),
    ("recorded_at", "'2026-01-18T12:00:30.000000Z'"),
]
DAMAGES = [
    pytest.param(
        [f"UPDATE log_body SET body = {_FLIP.format('body')} WHERE position = 4"],
        4,
        "the body is not what the header commits to",
        id="body",
    ),
    pytest.param(
        ["UPDATE log_body SET salt = zeroblob(16) WHERE position = 4"],
        4,
        "the body is not what the header commits to",
        id="salt",
    ),
    pytest.param(["DELETE FROM log_body WHERE position = 5"], 5, "lost its body", id="no body"),
    pytest.param(
        ["DELETE FROM log_erasure"], ERASED, "lost its body", id="an erasure that nothing says"
    ),
    pytest.param(
        ["UPDATE log_erasure SET erased_by = 6"],
        ERASED,
        "position 6, which erases nothing of it",
        id="erased by another event",
    ),
    pytest.param(
        ["DELETE FROM log_body WHERE position = 3", "UPDATE log_erasure SET position = 3"],
        3,
        "which erased another one",
        id="another body erased",
    ),
    pytest.param(
        ["INSERT INTO log_body VALUES (2, zeroblob(16), x'7b7d')"],
        ERASED,
        "its body is there, though",
        id="an erased body back",
    ),
    pytest.param(
        ["UPDATE log_event SET leaf_hash = zeroblob(32) WHERE position = 9"],
        9,
        "the header does not give the leaf hash",
        id="leaf hash",
    ),
    pytest.param(
        [f"UPDATE log_event SET header = {_FLIP.format('header')} WHERE position = 6"],
        6,
        "the header does not give the leaf hash",
        id="header",
    ),
    pytest.param(
        ["UPDATE log_event SET header = CAST(header || ' ' AS BLOB) WHERE position = 6"],
        6,
        "the header is not canonical",
        id="header not canonical",
    ),
    *(
        pytest.param(
            [f"UPDATE log_event SET {name} = {value} WHERE position = 6"],
            6,
            f"the column {name} is not what the header says",
            id=f"column {name}",
        )
        for name, value in _COLUMNS
    ),
    pytest.param(
        ["DELETE FROM log_event WHERE position IN (4, 5)"],
        4,
        "it is missing, and all up to 5",
        id="events missing",
    ),
    pytest.param(
        ["DELETE FROM log_event WHERE position = 1"], 1, "it is missing", id="first missing"
    ),
    pytest.param(
        ["DELETE FROM log_event WHERE position = 9"], 9, "it is missing", id="last missing"
    ),
    pytest.param(
        ["UPDATE log_head SET position = 8"], 9, "log_head ends before it, at 8", id="head behind"
    ),
    pytest.param(
        ["UPDATE log_head SET position = 11"],
        10,
        "it is missing, and all up to 11",
        id="head ahead",
    ),
    pytest.param(
        ["UPDATE log_head SET recorded_at = '2026-01-18T13:00:00.000000Z'"],
        None,
        "log_head has another time",
        id="head's time",
    ),
    pytest.param(["UPDATE log_head SET origin = 'p'"], 1, "the log o", id="another log's head"),
    pytest.param(
        ["DELETE FROM log_stream WHERE stream = 'brief-b'"],
        4,
        "brief-b has no row in log_stream",
        id="no stream head",
    ),
    pytest.param(
        ["UPDATE log_stream SET version = 2 WHERE stream = 'brief-b'"],
        5,
        "log_stream has another end of brief-b",
        id="stream head behind",
    ),
    pytest.param(
        ["UPDATE log_stream SET version = 8 WHERE stream = 'brief-b'"],
        None,
        "log_stream ends brief-b at a version that it does not have",
        id="stream head ahead",
    ),
    pytest.param(
        ["UPDATE log_stream SET leaf_hash = zeroblob(32) WHERE stream = 'brief-b'"],
        6,
        "log_stream has another end of brief-b",
        id="stream head's leaf hash",
    ),
]


@pytest.mark.parametrize(("statements", "position", "what"), DAMAGES)
async def test_damage(path: Path, statements: list[str], position: int | None, what: str) -> None:
    """It is found, and told with its position."""
    damage(path, *statements)
    checked = await check(path)
    assert any(fault.position == position and what in fault.what for fault in checked.faults), (
        checked.faults
    )


async def test_a_forged_event(path: Path) -> None:
    """An event that is whole in itself, in the place of another one, breaks the chain behind it."""
    other = path.with_name("other.db")
    async with open_log(url(other), clock=TurnedClock(), entropy=entropy_of(2), origin="o") as log:
        await fill(log, 3)
    columns = {
        "log_event": "event_id, command_id, recorded_at, header, leaf_hash",
        "log_body": "salt, body",
    }
    forge = [
        f"UPDATE {table} SET ({names}) = (SELECT {names} FROM other.{table} WHERE position = 1)"
        " WHERE position = 1"
        for table, names in columns.items()
    ]
    damage(path, *forge, other=other)
    checked = await check(path)
    (fault,) = checked.faults
    assert fault.position == 2
    assert "does not name the leaf hash of version 1" in fault.what


async def test_time_that_goes_back(tmp_path: Path) -> None:
    """Two logs whose headers are whole, where an earlier time follows a later one."""
    path = tmp_path / "brief.db"
    clock = TurnedClock()
    async with open_log(url(path), clock=clock) as log:
        await fill(log, 1)
    damage(path, "UPDATE log_head SET recorded_at = '2026-01-18T11:00:00.000000Z'")
    clock.turn(minutes=-30)
    async with open_log(url(path), clock=clock) as log:
        await fill(log, 1)
    checked = await check(path)
    (fault,) = checked.faults
    assert fault == (2, "its time is before that of the position before")


async def test_many_faults_are_counted(path: Path) -> None:
    """And only the first are kept."""
    async with open_log(url(path), clock=TurnedClock()) as log:
        await fill(log, 100, stream="brief-c")
    damage(path, "UPDATE log_body SET salt = zeroblob(16) WHERE position > 9")
    checked = await check(path)
    assert checked.faults_found == 100
    assert [fault.position for fault in checked.faults] == list(range(10, 10 + FAULTS_BOUND))


async def test_the_newest_events_only(path: Path) -> None:
    """What lies before them is not looked at; their chain to it is."""
    damage(path, "UPDATE log_body SET salt = zeroblob(16) WHERE position = 4")
    assert (await check(path, newest=6)).faults[0].position == 4
    checked = await check(path, newest=5)
    assert (checked.faults, checked.first, checked.events) == ((), 5, 5)
    assert (await check(path, newest=100)).first == 1


async def test_while_edits_arrive(path: Path) -> None:
    """A check beside a writer finds nothing, and ends at the head that it began with."""
    async with open_log(url(path), clock=TurnedClock()) as log:
        writing = asyncio.create_task(fill(log, *[3] * 30, stream="brief-c"))
        for _ in range(5):
            async with open_rows(url(path)) as database:
                checked = await check_log(database, page_events=2)
            assert checked.faults == ()
            assert checked.events == checked.head.position
        await writing


async def test_pages_that_cannot_be_read(path: Path) -> None:
    """A file that is damaged itself is a fault at the first position that cannot be read."""
    async with open_log(url(path), clock=TurnedClock()) as log:
        await fill(log, 300, stream="brief-c")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'log_body'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(bytes(size))
    checked = await check(path)
    assert checked.faults[0].position == 1
    assert "cannot be read" in checked.faults[0].what
