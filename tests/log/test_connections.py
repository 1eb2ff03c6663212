"""The connections to the database: their pragmas, their turns, and work that is cut off."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_brief.log.database import Database
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.sqlite_file import READERS
from tests.log.support import TurnedClock


async def pragmas(connection: AsyncConnection, *names: str) -> list[object]:
    """The values of these pragmas."""
    return [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]


async def test_the_writers_pragmas(database: Database) -> None:
    """Those that durability rests on, and the triggers."""
    async with database.writer() as connection:
        assert await pragmas(
            connection, "journal_mode", "synchronous", "foreign_keys", "recursive_triggers"
        ) == ["wal", 2, 1, 1]


async def test_the_readers_pragmas(database: Database) -> None:
    """No reader writes, and none checkpoints: only one connection may."""
    async with database.reader() as connection:
        assert await pragmas(connection, "query_only", "wal_autocheckpoint") == [1, 0]
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            await connection.exec_driver_sql("DELETE FROM log_stream")


async def test_reads_are_counted(database: Database) -> None:
    """So that a test can tell that there were none."""
    before = database.reads
    for _ in range(3):
        async with database.reader():
            pass
    async with database.writer():
        pass
    assert database.reads == before + 3


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_reader_sees_one_moment(database: Database, read_only: bool) -> None:
    """What is committed while it reads, it does not see."""
    count = "SELECT count(*) FROM sqlite_master WHERE name = 'rm_test'"
    reading = database
    if read_only:
        reading = await Database.open(database.path, create=False, read_only=True)
    async with reading.reader() as reader:
        assert (await reader.exec_driver_sql(count)).scalar() == 0
        async with database.writer() as writer:
            await writer.exec_driver_sql("CREATE TABLE rm_test (a)")
        assert (await reader.exec_driver_sql(count)).scalar() == 0
    async with reading.reader() as reader:
        assert (await reader.exec_driver_sql(count)).scalar() == 1
    await reading.close()


async def test_a_writer_holds_the_lock_from_its_first_line(database: Database) -> None:
    """Also before it writes: what it reads first, nobody changes before it writes."""
    other = sqlite3.connect(database.path, isolation_level=None, timeout=0)
    async with database.writer():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_readers_are_bounded(database: Database) -> None:
    """Who comes when all are busy waits for one."""
    entered = 0
    all_busy = asyncio.Event()
    go_on = asyncio.Event()

    async def read() -> None:
        nonlocal entered
        async with database.reader() as connection:
            await connection.exec_driver_sql("SELECT 1")
            entered += 1
            if entered == READERS:
                all_busy.set()
            await go_on.wait()

    readers = [asyncio.create_task(read()) for _ in range(READERS + 3)]
    await all_busy.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert entered == READERS
    go_on.set()
    await asyncio.gather(*readers)
    assert entered == READERS + 3


async def test_writers_take_turns(database: Database) -> None:
    """One block at a time, each in a transaction of its own, committed at its end."""
    inside = 0

    async def write(number: int) -> None:
        nonlocal inside
        async with database.writer() as connection:
            inside += 1
            assert inside == 1
            await connection.exec_driver_sql(f"INSERT INTO rm_test VALUES ({number})")
            inside -= 1

    async with database.writer() as connection:
        await connection.exec_driver_sql("CREATE TABLE rm_test (a)")
    await asyncio.gather(*(write(number) for number in range(20)))
    async with database.reader() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM rm_test")).scalar() == 20


async def test_an_exception_rolls_back(database: Database) -> None:
    """Nothing of the block stays, and the next writer is not disturbed."""

    async def fail() -> None:
        async with database.writer() as connection:
            await connection.exec_driver_sql("CREATE TABLE rm_test (a)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.writer() as connection:
        await connection.exec_driver_sql("CREATE TABLE rm_test (a)")


@pytest.mark.parametrize("turns", [0, 1, 2, 4, 8, 16, 32, 64, 128, 256])
async def test_a_cancelled_writer_leaves_all_or_nothing(database: Database, turns: int) -> None:
    """Wherever the cancellation hits, and the next writer finds a connection that works."""
    async with database.writer() as connection:
        await connection.exec_driver_sql("CREATE TABLE rm_test (a)")

    async def write() -> None:
        async with database.writer() as connection:
            for number in range(3):
                await connection.exec_driver_sql(f"INSERT INTO rm_test VALUES ({number})")

    task = asyncio.create_task(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.writer() as connection:
        count = (await connection.exec_driver_sql("SELECT count(*) FROM rm_test")).scalar()
        assert count in (0, 3)
        assert await pragmas(connection, "synchronous", "foreign_keys") == [2, 1]


async def test_a_statement_that_is_cut_off_is_over_before_the_next_turn(
    database: Database,
) -> None:
    """A long statement goes on in its thread after the cancellation; its lock must be gone."""
    async with database.writer() as connection:
        await connection.exec_driver_sql("CREATE TABLE rm_test (a)")
    begun = asyncio.Event()

    async def write() -> None:
        async with database.writer() as connection:
            begun.set()
            await connection.exec_driver_sql(
                "INSERT INTO rm_test WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                " FROM n WHERE i < 300000) SELECT i FROM n"
            )

    task = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    async with database.writer() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM rm_test")).scalar() == 0
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_reader_does_not_use_up_a_connection(database: Database) -> None:
    """More cancellations than there are connections, and reading still works."""

    async def read() -> None:
        async with database.reader() as connection:
            await connection.exec_driver_sql("SELECT 1")

    for turns in range(READERS * 8):
        task = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.gather(*(read() for _ in range(READERS)))


async def test_a_database_opened_for_reading(path: Path) -> None:
    """It reads what a writer commits, and refuses to write."""
    writing = await Database.open(path, create=False)
    reading = await Database.open(path, create=False, read_only=True)
    assert (writing.read_only, reading.read_only) == (False, True)
    async with writing.writer() as connection:
        await connection.exec_driver_sql("CREATE TABLE rm_test (a)")
    async with reading.reader() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM rm_test")).scalar() == 0
    with pytest.raises(DatabaseError, match="for reading only"):
        async with reading.writer():
            pass
    await writing.close()
    await reading.close()


async def test_a_log_that_is_not_begun_cannot_be_opened_for_reading(path: Path) -> None:
    """Beginning it would be writing."""
    reading = await Database.open(path, create=False, read_only=True)
    with pytest.raises(DatabaseError, match="for reading only"):
        await SqliteLog.open(reading, clock=TurnedClock())
    await reading.close()


async def test_a_closed_database(path: Path) -> None:
    """Closing waits for the writer; then there is neither reading nor writing."""
    database = await Database.open(path, create=False)
    entered = asyncio.Event()

    async def write() -> None:
        async with database.writer() as connection:
            entered.set()
            await connection.exec_driver_sql("CREATE TABLE rm_test (a)")

    writing = asyncio.create_task(write())
    await entered.wait()
    await database.close()
    assert writing.done()
    await database.close()
    for use in (database.reader, database.writer):
        with pytest.raises(DatabaseError, match="closed"):
            async with use():
                pass
    assert not path.with_name("brief.db-wal").exists(), "closing moves all into the one file"
