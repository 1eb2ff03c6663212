"""The connections to the database: their pragmas, their turns, and work that is cut off."""

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.log.database import Database
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.sqlite_engines import READERS
from graphql_brief.log.sqlite_reader import HELD_ROWS, Query
from tests.log.support import TurnedClock

TIMEOUT_S = 20
_ONE: sa.Select[Any] = sa.select(sa.literal_column("1"))
_ROWS = sa.select(sa.table("rm_test", sa.column("a")))
_THREE_ROWS = "INSERT INTO rm_test VALUES (1), (2), (3)"
_NOWHERE = sa.select(sa.table("no_such_table", sa.column("a")))
_GREATER = (
    sa.select(sa.column("n", sa.Integer), sa.column("word", sa.Text))
    .select_from(sa.text("(SELECT 1 AS n, 'a' AS word UNION SELECT 2, 'b')"))
    .where(sa.column("n") > sa.bindparam("than"))
    .limit(2)
)


def pragmas(connection: sa.Connection, *names: str) -> list[object]:
    """The values of these pragmas."""
    return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]


async def make_table(database: Database) -> None:
    """A table for these tests."""
    await database.write(lambda connection: connection.exec_driver_sql("CREATE TABLE rm_test (a)"))


async def count(database: Database) -> object:
    """How many rows are in it."""
    async with database.reader() as connection:
        return (await connection.exec_driver_sql("SELECT count(*) FROM rm_test")).scalar()


class Gate:
    """A piece of work for the writer that waits, amid its transaction, until it is let go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO rm_test VALUES (1)")
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self.go_on.wait(TIMEOUT_S)
        connection.exec_driver_sql("INSERT INTO rm_test VALUES (2)")


async def test_the_writers_pragmas(database: Database) -> None:
    """Those that durability rests on, and the triggers; and how far the write-ahead log grows."""
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    found = await database.write(lambda connection: pragmas(connection, *names))
    assert found == ["wal", 2, 1, 1]
    assert await database.write(lambda found: pragmas(found, "wal_autocheckpoint")) == [4_000]


async def test_the_readers_pragmas(database: Database) -> None:
    """No reader writes, and none checkpoints: only one connection may."""
    async with database.reader() as connection:
        found = await connection.run_sync(pragmas, "query_only", "wal_autocheckpoint")
        assert found == [1, 0]
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            await connection.exec_driver_sql("DELETE FROM log_stream")


async def test_reads_are_counted(database: Database) -> None:
    """So that a test can tell that there were none."""
    before = database.reads
    for _ in range(3):
        async with database.reader():
            pass
    await database.fetch(_ONE, {})
    await database.write(lambda _: None)
    assert database.reads == before + 4


async def test_rows_are_fetched(database: Database) -> None:
    """As plain tuples; with the values of the statement, and those that it is given."""
    assert await database.fetch(_GREATER, {"than": 1}) == [(2, "b")]
    assert await database.fetch(_GREATER, {"than": 0}) == [(1, "a"), (2, "b")]
    assert await database.fetch(_GREATER, {"than": 9}) == []


async def test_who_fetches_does_not_write(database: Database) -> None:
    """Its connections are as those of other readers."""
    found = sa.select(sa.text("* FROM pragma_query_only"))
    assert await database.fetch(found, {}) == [(1,)]


async def test_a_failed_fetch(database: Database) -> None:
    """It raises what a reader would, leaves nothing open, and the next one succeeds."""
    for _ in range(READERS + 1):
        with pytest.raises(sa.exc.DBAPIError, match="no such table: no_such_table"):
            await database.fetch(_NOWHERE, {})
    assert await database.fetch(_ONE, {}) == [(1,)]
    await database.scrub()


async def test_fetches_at_once(database: Database) -> None:
    """More than there are connections: all are answered; also those behind one cut off."""
    cut_off = asyncio.create_task(database.fetch(_ONE, {}))
    await asyncio.sleep(0)
    cut_off.cancel()
    many = [database.fetch(_ONE, {}) for _ in range(5 * READERS)]
    assert await asyncio.gather(*many) == [[(1,)]] * (5 * READERS)
    with pytest.raises(asyncio.CancelledError):
        await cut_off


@pytest.mark.parametrize("number", [0, 1, HELD_ROWS, HELD_ROWS + 1, 3 * HELD_ROWS])
async def test_rows_are_streamed(database: Database, number: int) -> None:
    """Each once, in order."""
    await make_table(database)
    values = [(a,) for a in range(number)]
    if values:
        insert = "INSERT INTO rm_test VALUES (?)"
        await database.write(lambda connection: connection.exec_driver_sql(insert, values))
    assert await database.run(lambda query: list(query.stream(_ROWS, {}))) == values


async def test_a_stream_that_is_left_holds_up_nothing(database: Database) -> None:
    """Though rows of it were held and others not read."""
    await make_table(database)
    values = [(a,) for a in range(2 * HELD_ROWS)]
    insert = "INSERT INTO rm_test VALUES (?)"
    await database.write(lambda connection: connection.exec_driver_sql(insert, values))
    assert await database.run(lambda query: next(query.stream(_ROWS, {}))) == (0,)
    await database.write(lambda connection: connection.exec_driver_sql(insert, values))
    await database.scrub()
    assert database.path.with_name(f"{database.path.name}-wal").stat().st_size == 0


async def test_rows_that_are_left_hold_up_nothing(database: Database) -> None:
    """Once who read some of them is through: the write-ahead log can be cut."""
    await make_table(database)
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 10"))
    await database.write(lambda connection: connection.exec_driver_sql(_THREE_ROWS))
    kept: list[sqlite3.Cursor] = []

    def look(query: Query) -> None:
        kept.append(query(_ROWS, {}))
        raise ZeroDivisionError(kept[0].fetchone()[0])

    with pytest.raises(ZeroDivisionError, match="1"):
        await database.run(look)
    await database.write(lambda connection: connection.exec_driver_sql(_THREE_ROWS))
    await database.scrub()
    assert database.path.with_name(f"{database.path.name}-wal").stat().st_size == 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept[0].fetchone()


async def test_nothing_is_fetched_of_a_closed_file(database: Database) -> None:
    """It says that it is closed."""
    await database.close()
    with pytest.raises(DatabaseError, match="is closed"):
        await database.fetch(_ONE, {})


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_reader_sees_one_moment(database: Database, read_only: bool) -> None:
    """What is committed while it reads, it does not see."""
    count = "SELECT count(*) FROM sqlite_master WHERE name = 'rm_test'"
    reading = database
    if read_only:
        reading = await Database.open(database.path, create=False, read_only=True)
    async with reading.reader() as reader:
        assert (await reader.exec_driver_sql(count)).scalar() == 0
        await make_table(database)
        assert (await reader.exec_driver_sql(count)).scalar() == 0
    async with reading.reader() as reader:
        assert (await reader.exec_driver_sql(count)).scalar() == 1
    await reading.close()


async def test_a_writer_holds_the_lock_from_its_first_line(database: Database) -> None:
    """Also before it writes: what it reads first, nobody changes before it writes."""
    other = sqlite3.connect(database.path, isolation_level=None, timeout=0, check_same_thread=False)

    def begin_elsewhere(_: sa.Connection) -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    await database.write(begin_elsewhere)
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
    """One transaction at a time, in the order of the calls; each is committed at its end."""
    inside = 0

    def insert(connection: sa.Connection, number: int) -> int:
        nonlocal inside
        inside += 1
        assert inside == 1
        connection.exec_driver_sql(f"INSERT INTO rm_test VALUES ({number})")
        inside -= 1
        return number

    await make_table(database)
    numbers = await asyncio.gather(
        *(database.write(partial(insert, number=number)) for number in range(20))
    )
    assert numbers == list(range(20))
    async with database.reader() as connection:
        found = await connection.exec_driver_sql("SELECT a FROM rm_test ORDER BY rowid")
        assert [number for (number,) in found] == numbers


async def test_all_that_is_written_is_written_by_one_connection(database: Database) -> None:
    """SQLite damages a file on which two of them write or checkpoint at once."""

    def used(connection: sa.Connection) -> object:
        return connection.connection.driver_connection

    first = await database.write(used)
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda _: 1 / 0)
    await database.scrub()
    for found in await asyncio.gather(*(database.write(used) for _ in range(5))):
        assert found is first


async def test_the_loop_goes_on_while_something_is_written(database: Database) -> None:
    """Reading too, which sees nothing of what is not committed."""
    await make_table(database)
    gate = Gate()
    writing = asyncio.create_task(database.write(gate))
    await gate.begun.wait()
    assert await count(database) == 0
    gate.go_on.set()
    await writing
    assert await count(database) == 2


async def test_an_exception_rolls_back(database: Database) -> None:
    """Nothing of the transaction stays, and the next writer is not disturbed."""

    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE rm_test (a)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    await make_table(database)


@pytest.mark.parametrize("turns", [0, 1, 2, 4, 8, 16, 32, 64, 128, 256])
async def test_a_cancelled_writer_leaves_all_or_nothing(database: Database, turns: int) -> None:
    """Wherever the cancellation hits, and the next writer finds a connection that works."""
    await make_table(database)

    def insert(connection: sa.Connection) -> None:
        for number in range(3):
            connection.exec_driver_sql(f"INSERT INTO rm_test VALUES ({number})")

    task = asyncio.create_task(database.write(insert))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    found = await database.write(lambda found: pragmas(found, "synchronous", "foreign_keys"))
    assert found == [2, 1]
    assert await count(database) in (0, 3)


async def test_a_caller_who_goes_away_amid_a_transaction(database: Database) -> None:
    """It is finished, before anybody else's; what waited behind it and was given up never is."""
    await make_table(database)
    gate = Gate()
    begun = asyncio.create_task(database.write(gate))
    await gate.begun.wait()
    waiting = asyncio.create_task(database.write(Gate()))
    await asyncio.sleep(0)
    for task in (begun, waiting):
        task.cancel()
    for task in (begun, waiting):
        with pytest.raises(asyncio.CancelledError):
            await task
    behind = asyncio.create_task(
        database.write(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM rm_test").scalar()
        )
    )
    gate.go_on.set()
    assert await behind == 2


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
    await make_table(writing)
    assert await count(reading) == 0
    with pytest.raises(DatabaseError, match="for reading only"):
        await reading.write(lambda _: None)
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
    await make_table(database)
    gate = Gate()
    writing = asyncio.create_task(database.write(gate))
    await gate.begun.wait()
    closing = asyncio.create_task(database.close())
    for _ in range(50):
        await asyncio.sleep(0)
    assert not closing.done()
    gate.go_on.set()
    await closing
    await writing
    await database.close()
    with pytest.raises(DatabaseError, match="closed"):
        async with database.reader():
            pass
    with pytest.raises(DatabaseError, match="closed"):
        await database.write(lambda _: None)
    assert not path.with_name("brief.db-wal").exists(), "closing moves all into the one file"
