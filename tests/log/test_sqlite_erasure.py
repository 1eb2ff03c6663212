"""What only the SQLite log can show of an erasure: rows, triggers, and the bytes of its files."""

import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from graphql_brief.domain.events import BodyErased
from graphql_brief.domain.vocabulary import Basis
from graphql_brief.log.database import Database
from graphql_brief.log.port import Append, LogBroken
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import TurnedClock, appended, entropy_of, fill, paragraph, request
from tests.log.test_sqlite import tamper


@pytest.fixture
async def log(database: Database) -> SqliteLog:
    """An empty log in it."""
    return await SqliteLog.open(database, clock=TurnedClock(), entropy=entropy_of(1))


def erasing(stream: str, expected_version: int, *versions: int) -> Append:
    """The request that erases these versions."""
    events = [BodyErased(version=v, basis=Basis.SAFETY, case_reference="S 1") for v in versions]
    return request(stream, expected_version, events=tuple(events))


async def write(log: SqliteLog) -> None:
    """Positions 1 and 2 in brief-a; 3 and 4 in brief-b, of which 5 erases 3; and 6."""
    await appended(log, request(idempotency_key="k", digest="d", size=2))
    await appended(log, request("brief-b", idempotency_key="l", digest="d", size=2))
    await appended(log, erasing("brief-b", 2, 1))
    await appended(log, request("brief-b", 3))


async def test_what_goes(database: Database, log: SqliteLog) -> None:
    """A row and a digest; what stays says which, and by what."""
    await write(log)
    async with database.reader() as connection:
        bodies = await connection.exec_driver_sql("SELECT position FROM log_body ORDER BY 1")
        assert bodies.scalars().all() == [1, 2, 4, 5, 6]
        noted = await connection.exec_driver_sql("SELECT * FROM log_erasure")
        assert [tuple(row) for row in noted] == [(3, 5)]
        digests = await connection.exec_driver_sql(
            "SELECT idempotency_key, digest FROM log_command ORDER BY 1"
        )
        assert [tuple(row) for row in digests] == [("k", "d"), ("l", "erased")]


DENIED = [
    "UPDATE log_command SET digest = 'erased' WHERE idempotency_key = 'k'",
    "UPDATE log_command SET digest = 'x' WHERE idempotency_key = 'l'",
    "UPDATE log_command SET digest = 'erased', first_position = 1 WHERE idempotency_key = 'l'",
    "UPDATE log_command SET digest = 'erased', actor = 'x' WHERE idempotency_key = 'l'",
    "DELETE FROM log_command WHERE idempotency_key = 'l'",
    "DELETE FROM log_body WHERE position = 4",
    "DELETE FROM log_body WHERE position = 5",
    "UPDATE log_body SET position = 3 WHERE position = 4",
    "INSERT INTO log_body VALUES (3, x'00', x'00')",
    "UPDATE log_erasure SET erased_by = erased_by",
    "DELETE FROM log_erasure",
    "REPLACE INTO log_erasure VALUES (3, 5)",
    "INSERT INTO log_erasure VALUES (1, 5)",  # it is of another stream
    "INSERT INTO log_erasure VALUES (5, 5)",  # it is itself
    "INSERT INTO log_erasure VALUES (6, 5)",  # it came later
    "INSERT INTO log_erasure VALUES (4, 6)",  # that is no BodyErased
    "INSERT INTO log_erasure VALUES (9, 5)",  # there is none
]


@pytest.mark.parametrize("statement", DENIED)
async def test_triggers_deny(database: Database, log: SqliteLog, statement: str) -> None:
    """What no erasure says is not deleted; what one deleted does not come back."""
    await write(log)
    before = await log.read(after=0, limit=100)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    assert await log.read(after=0, limit=100) == before
    await appended(log, erasing("brief-b", 4, 2))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM log_erasure", "position 3 has lost its body"),
        ("UPDATE log_erasure SET position = 4", "position 3 has lost its body"),
        ("DELETE FROM log_body WHERE position = 5", "position 3 has lost its body"),
        ("DELETE FROM log_body WHERE position = 4", "position 4 has lost its body"),
    ],
)
async def test_a_body_that_was_lost(
    database: Database, log: SqliteLog, statement: str, why: str
) -> None:
    """Is not taken for an erased one: something must say so."""
    await write(log)
    tamper(database, statement)
    with pytest.raises(LogBroken, match=why):
        await log.read(after=2, limit=10)


async def test_an_erasure_of_another_version(database: Database, log: SqliteLog) -> None:
    """What says that a body was erased must say it of that one."""
    await fill(log, 2)
    await appended(log, erasing("brief-a", 2, 1))
    tamper(
        database,
        "DELETE FROM log_body WHERE position = 2",
        "INSERT INTO log_erasure VALUES (2, 3)",
    )
    why = "position 2 lost its body to what erased another one"
    with pytest.raises(LogBroken, match=why):
        await log.read(after=0, limit=10)
    with pytest.raises(LogBroken, match=why):
        await log.read_stamped("brief-a", list, limit=10)


SECRET = "zanzibarquux"  # a word that stands nowhere else


async def test_no_file_holds_it(database: Database, log: SqliteLog, tmp_path: Path) -> None:
    """Neither the database nor its write-ahead log, as soon as it is acknowledged."""
    beyond_a_page = f"{'x' * 20_000} {SECRET}"
    for text in (SECRET, beyond_a_page):
        version = await log.version_at("brief-a", 2**53)
        await appended(log, request("brief-a", version, events=(paragraph(text),)))
        await fill(log, 3)
    assert holding(tmp_path) != []
    await appended(log, erasing("brief-a", 8, 1, 5))
    assert holding(tmp_path) == []


def holding(folder: Path) -> list[str]:
    """The files that hold the secret."""
    return [file.name for file in folder.iterdir() if SECRET.encode() in file.read_bytes()]


async def test_a_long_reader_is_told_of(
    database: Database, log: SqliteLog, caplog: pytest.LogCaptureFixture
) -> None:
    """It keeps the write-ahead log from being cut: the erasure holds, and it is logged."""
    await fill(log, 1)
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 10"))
    async with database.reader() as connection:
        await connection.exec_driver_sql("SELECT count(*) FROM log_event")
        await appended(log, erasing("brief-a", 1, 1))
    assert "still holds what was erased" in caplog.text
    await database.scrub()
    assert database.path.with_name(f"{database.path.name}-wal").stat().st_size == 0


async def test_what_is_committed_is_told_when_the_disk_fails(
    database: Database,
    log: SqliteLog,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files cannot be cleared: the append holds, is delivered, and it is logged what to do."""
    await fill(log, 1)
    told: list[int] = []
    log.on_commit(lambda commit: told.extend(found.position for found in commit))

    def fail() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(database.writer, "scrub", fail)
    await appended(log, erasing("brief-a", 1, 1))
    assert told == [2]
    assert "disk I/O error" in caplog.text
    assert "start the server anew" in caplog.text


async def test_a_crash_before_the_files_are_cleared(
    database: Database, log: SqliteLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start does it."""
    await appended(log, request("brief-a", 0, events=(paragraph(SECRET),)))

    monkeypatch.setattr(database.writer, "scrub", lambda: None)
    await appended(log, erasing("brief-a", 1, 1))
    left = tmp_path / "left"
    left.mkdir()
    for ending in ("", "-wal"):  # as a process leaves them that is killed
        name = f"{database.path.name}{ending}"
        shutil.copy(database.path.with_name(name), left / name)
    assert holding(left) != []
    file = await Database.open(left / database.path.name, create=False)
    assert holding(left) == []
    await file.close()


async def test_a_database_from_before_erasure(tmp_path: Path) -> None:
    """Is brought to the format that has it, and what is in it can be erased."""
    path = tmp_path / "brief.db"
    for opened in range(2):
        database = await Database.open(path, create=opened == 0)
        log = await SqliteLog.open(database, clock=TurnedClock())
        if opened == 0:
            await fill(log, 2)

            def write(connection: sa.Connection) -> None:
                for statement in BACK_TO_THE_FIRST_FORMAT:
                    connection.exec_driver_sql(statement)

            await database.write(write)
        else:
            await appended(log, erasing("brief-a", 2, 1))
            assert [event.body is None for event in await log.read(after=0, limit=10)] == [
                True,
                False,
                False,
            ]
        await log.close()
        await database.close()


BACK_TO_THE_FIRST_FORMAT = (
    "CREATE INDEX log_event_stream ON log_event (stream, position)",
    "CREATE INDEX log_event_recorded_at ON log_event (recorded_at, position)",
    "DROP TRIGGER log_head_note_types",
    "DROP TABLE log_event_type",
    "DROP TABLE log_erasure",
    "DROP TRIGGER log_body_deny_insert",
    "DROP TRIGGER log_body_deny_delete",
    "CREATE TRIGGER log_body_deny_delete DELETE ON log_body BEGIN SELECT RAISE(ABORT, 'no'); END",
    "DROP TRIGGER log_command_deny_update",
    "CREATE TRIGGER log_command_deny_update UPDATE ON log_command BEGIN SELECT 1; END",
    "UPDATE log_format SET version_num = '0001'",
)
