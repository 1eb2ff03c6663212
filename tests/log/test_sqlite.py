"""What only the SQLite log can show: its rows, its triggers, its statements, and its durability."""

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.log import sqlite
from graphql_brief.log.bulk import ByParameters, Row
from graphql_brief.log.codec import CorruptBody, UnknownEvent
from graphql_brief.log.database import Database
from graphql_brief.log.port import (
    Append,
    Appended,
    Claim,
    ClaimTaken,
    DatabaseError,
    LogBroken,
    Recorded,
    StaleVersion,
)
from graphql_brief.log.recording import again
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import COUNTED, NOON, TurnedClock, appended, entropy_of, fill, request


@pytest.fixture
async def log(database: Database) -> SqliteLog:
    """An empty log in it."""
    return await SqliteLog.open(database, clock=TurnedClock(), entropy=entropy_of(1))


async def everything(log: SqliteLog) -> list[Recorded]:
    """All events of a small log."""
    return await log.read(after=0, limit=1000)


def tamper(database: Database, *statements: str) -> None:
    """Change rows past the triggers, as somebody with the file can."""
    connection = sqlite3.connect(database.path)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(statement).rowcount == 1
    connection.commit()
    connection.close()


# Over a restart


async def test_a_reopened_log_is_the_same(tmp_path: Path) -> None:
    """Events, heads, claims, commands and origin; and it goes on where it stopped."""
    path = tmp_path / "brief.db"
    once = request("brief-b", size=2, idempotency_key="k", digest="d", claims=(Claim("slug", "x"),))
    seen: list[Any] = []
    clock = TurnedClock()
    for opened in range(2):
        database = await Database.open(path, create=opened == 0)
        log = await SqliteLog.open(database, clock=clock)
        if opened == 0:
            await fill(log, 3, 1)
            await appended(log, once)
        else:
            clock.turn(hours=-1)
        refused = request("brief-c", claims=(Claim("slug", "x"),))
        seen.append(
            (
                await everything(log),
                await log.head(),
                log.origin,
                await log.append(refused),
                await log.append(once),
            )
        )
        if opened == 1:
            result = await appended(log, request("brief-b", 2))
            assert (result.first_position, result.recorded_at) == (7, NOON)
            (last,) = await log.read(after=6, limit=10)
            before = (await log.read_stream("brief-b", limit=10))[1]
            assert json.loads(last.header)["previous"] == before.leaf_hash.hex()
        await log.close()
        await database.close()
    assert seen[0] == seen[1]


async def test_another_origin_is_refused(database: Database, log: SqliteLog) -> None:
    """A log has one origin for ever."""
    again = await SqliteLog.open(database, clock=TurnedClock(), origin=log.origin)
    assert again.origin == log.origin
    with pytest.raises(DatabaseError, match=f"{log.origin}, not other"):
        await SqliteLog.open(database, clock=TurnedClock(), origin="other")


WRITE_UNTIL_KILLED = """
import asyncio, pathlib, sys
from datetime import UTC, datetime
from graphql_brief.log.database import Database
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import appended, request

async def main():
    database = await Database.open(pathlib.Path(sys.argv[1]), create=True)
    log = await SqliteLog.open(database, clock=lambda: datetime.now(UTC))
    async def write(stream):
        version = 0
        while True:
            result = await appended(log, request(stream, version, size=3))
            version = result.last_version
            print(stream, version, flush=True)
    await asyncio.gather(*(write(f"brief-{number}") for number in range(8)))
asyncio.run(main())
"""


def killed_writer(path: Path) -> dict[str, int]:
    """Have a process append until it is killed. The last version it acknowledged, by stream."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(60)]
    writer.kill()
    rest, _ = writer.communicate(timeout=60)
    lines += rest.splitlines(keepends=True)
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {stream: int(version) for stream, version in whole}


async def test_sigkill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Every acknowledged append is there, whole, and nothing of one that was cut off."""
    path = tmp_path / "brief.db"
    acknowledged = killed_writer(path)
    assert acknowledged
    database = await Database.open(path, create=False)
    log = await SqliteLog.open(database, clock=TurnedClock())
    events = await log.read(after=0, limit=10_000)
    assert (await log.head()).position == len(events)
    for stream, version in acknowledged.items():
        kept = await log.version_at(stream, len(events))
        assert kept >= version
        assert kept % 3 == 0
    await fill(log, 1, stream="brief-0")
    await log.close()
    await database.close()


# Rows


DENIED = [
    "UPDATE log_event SET type = type",
    "DELETE FROM log_event",
    "UPDATE log_body SET body = x'00'",
    "DELETE FROM log_body",
    "UPDATE log_claim SET stream = 'brief-z'",
    "DELETE FROM log_claim",
    "UPDATE log_command SET digest = ''",
    "DELETE FROM log_command",
    "REPLACE INTO log_body VALUES (1, x'00', x'00')",
    "REPLACE INTO log_claim VALUES ('slug', 'x', 'brief-z')",
    "DELETE FROM log_head",
    "UPDATE log_head SET position = position",
    "UPDATE log_head SET position = position - 1",
    "UPDATE log_head SET position = 9, origin = 'other'",
    "UPDATE log_head SET position = 9, recorded_at = '2000'",
    "UPDATE log_head SET position = 9, recorded_at = NULL",
    "DELETE FROM log_stream",
    "UPDATE log_stream SET version = version",
    "UPDATE log_stream SET version = 9, position = 1",
    "UPDATE log_stream SET stream = 'brief-z', version = 9, position = 9",
]


@pytest.mark.parametrize("statement", DENIED)
async def test_triggers_deny(database: Database, log: SqliteLog, statement: str) -> None:
    """History is not rewritten by mistake, not even by the one who may write."""
    await appended(
        log, request(claims=(Claim("slug", "x"),), idempotency_key="k", digest="d", size=2)
    )
    before = await everything(log)
    with pytest.raises(sa.exc.IntegrityError, match=r"append-only|moves forward"):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    assert await everything(log) == before
    await fill(log, 1)


async def test_columns_repeat_the_header(database: Database, log: SqliteLog) -> None:
    """What events are found by is what their headers say."""
    await fill(log, 2)
    async with database.reader() as connection:
        rows = (await connection.execute(sa.text("SELECT * FROM log_event"))).mappings().all()
    assert len(rows) == 2
    for row in rows:
        header = json.loads(row["header"])
        assert dict(row) == {
            "position": header["position"],
            "stream": header["stream"],
            "version": header["version"],
            "type": header["type"],
            "schema": header["schema"],
            "event_id": header["eventId"],
            "command_id": header["commandId"],
            "recorded_at": header["recordedAt"],
            "header": row["header"],
            "leaf_hash": row["leaf_hash"],
        }


class Counted(ByParameters):
    """Notes what is asked of it, each a statement."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def heads(self, connection: sa.Connection) -> Sequence[Row]:
        """See `Bulk`."""
        self.statements.append("take the head")
        return super().heads(connection)

    def find(self, connection: sa.Connection, table: sa.Table, keys: Any) -> Sequence[Row]:
        """See `Bulk`."""
        self.statements.append(f"find in {table.name}")
        return super().find(connection, table, keys)

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        self.statements.append(f"insert into {table.name}")
        return super().insert(connection, table, rows)

    def move(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> int:
        """See `Bulk`."""
        self.statements.append(f"move {table.name}")
        return super().move(connection, table, rows)


async def test_statements_do_not_depend_on_the_number_of_events(
    monkeypatch: pytest.MonkeyPatch, log: SqliteLog
) -> None:
    """One event or five hundred: the same statements, each once, past which there are none."""
    counted = Counted()
    monkeypatch.setattr(sqlite, "_BULK", counted)
    traced: list[str] = []

    def trace(connection: sa.Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(lambda text: traced.append(" ".join(text.split()[:3])))

    await log._database.write(trace)
    asked, runs = [], []
    for stream, size in (("brief-a", 1), ("brief-b", 500)):
        counted.statements.clear()
        traced.clear()
        claims = tuple(Claim("slug", f"{stream}-{number}") for number in range(size))
        await appended(
            log, request(stream, size=size, claims=claims, idempotency_key=stream, digest="d")
        )
        asked.append(list(counted.statements))
        assert (traced[0], traced[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
        # Of what SQLite runs, each row has its line, and what triggers run begins with a comment.
        runs.append({text for text in traced[1:-1] if not text.startswith("--")})
    assert asked[0] == asked[1]
    assert asked[0][0] == "take the head", "before anything else"
    assert len(asked[0]) == len(set(asked[0])) == 10
    assert len(runs[0]) <= len(asked[0])
    assert runs[0] == runs[1]


async def test_names_are_found_whatever_is_in_them(log: SqliteLog) -> None:
    """Streams, keys and claims are looked up as they were written, to the character."""
    for place, name in enumerate(
        ("\\", '"', "'", "\x01\x1f\x7f", "\u2028", "e\u0301", "\u00e9", "\U0001d518", "[0]", " ")
    ):
        claims = (Claim("slug", name),)
        asked = request(name, claims=claims, idempotency_key=name, digest="d")
        first = await appended(log, asked)
        assert first.first_position == place + 1
        assert await log.append(asked) == again(first)
        assert await log.append(request(name)) == StaleVersion(current_version=1)
        (only,) = await log.read(after=0, limit=10, streams=frozenset({name}))
        assert (only.stream, await log.version_at(name, 100)) == (name, 1)
        taken = await log.append(request("other", claims=claims))
        assert taken == ClaimTaken(claim=claims[0], owner=name)


# What is stored wrong

OTHER_HEADER = """
UPDATE log_event SET header = (SELECT header FROM log_event WHERE position = 1) WHERE position = 2
"""
OTHER_TYPE = """
UPDATE log_event SET header =
CAST(replace(CAST(header AS TEXT), 'ParagraphAdded', 'ParagraphBurnt') AS BLOB) WHERE position = 2
"""

OTHER_FORMAT = """
UPDATE log_event SET header =
CAST(replace(CAST(header AS TEXT), '"format":1', '"format":2') AS BLOB) WHERE position = 2
"""


@pytest.mark.parametrize(
    ("statement", "error", "why"),
    [
        ("DELETE FROM log_body WHERE position = 2", LogBroken, "position 2 has lost its body"),
        ("UPDATE log_body SET body = x'00' WHERE position = 2", CorruptBody, "position 2"),
        ("UPDATE log_event SET header = x'00' WHERE position = 2", LogBroken, "no header"),
        (OTHER_HEADER, LogBroken, "position 2 holds the header of 1"),
        (OTHER_FORMAT, LogBroken, "a header of format 2"),
        (OTHER_TYPE, UnknownEvent, "position 2.*ParagraphBurnt"),
        ("DELETE FROM log_event WHERE position = 2", LogBroken, "2 is missing"),
    ],
)
async def test_what_is_stored_wrong_is_never_skipped(
    database: Database, log: SqliteLog, statement: str, error: type[Exception], why: str
) -> None:
    """Reading stops there, and says where, by position and by stream."""
    await fill(log, 3)
    tamper(database, statement)
    with pytest.raises(error, match=why):
        await log.read(after=0, limit=10)
    with pytest.raises(error, match=why):
        await log.read_stream("brief-a", limit=10)
    with pytest.raises(error, match=why):
        await log.read_stamped("brief-a", list, limit=10)


async def test_no_place_is_found_over_a_missing_event(database: Database, log: SqliteLog) -> None:
    """A place that is sought by way of an event that is not there is not guessed."""
    await fill(log, 3)
    tamper(database, "DELETE FROM log_event WHERE position = 2")
    with pytest.raises(LogBroken, match="version of brief-a 2 is missing"):
        await log.version_at("brief-a", 3)
    with pytest.raises(LogBroken, match="position 2 is missing"):
        await log.position_at(NOON)


async def test_a_stream_that_lost_its_end_does_not_fork(database: Database, log: SqliteLog) -> None:
    """Where it ended is stored besides: no version is given twice."""
    await fill(log, 3)
    await fill(log, 1, stream="brief-b")
    tamper(database, "DELETE FROM log_event WHERE position = 3")
    assert await log.append(request(expected_version=2)) == StaleVersion(current_version=3)
    with pytest.raises(LogBroken, match="version of brief-a 3 is missing"):
        await log.version_at("brief-a", 100)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE log_stream SET version = 1", "UNIQUE"),
        ("UPDATE log_head SET position = 1", "UNIQUE"),
        ("INSERT INTO log_head VALUES ('other', 5, NULL)", "2 rows"),
        ("DELETE FROM log_head", "0 rows"),
    ],
)
async def test_an_append_to_a_log_that_is_wrong(
    database: Database, log: SqliteLog, statement: str, why: str
) -> None:
    """It raises, and writes nothing."""
    await fill(log, 3)
    tamper(database, statement)
    version = 1 if "log_stream" in statement else 3
    with pytest.raises((LogBroken, sqlite3.IntegrityError), match=why):
        await log.append(request(expected_version=version))
    assert len(await log.read(after=0, limit=10)) == 3


@pytest.mark.parametrize(("table", "action"), COUNTED)
async def test_a_row_that_is_not_written_is_noticed(
    database: Database, log: SqliteLog, table: str, action: str
) -> None:
    """Counts are compared: an append whose rows went nowhere is not acknowledged."""
    await fill(log, 1)
    await database.write(
        lambda connection: connection.exec_driver_sql(
            f"CREATE TRIGGER swallow BEFORE {action} ON {table} BEGIN SELECT RAISE(IGNORE); END"
        )
    )
    asked = request(
        expected_version=1, size=2, claims=(Claim("k", "v"),), idempotency_key="k", digest="d"
    )
    with pytest.raises(LogBroken, match=f"0 rows were written, not [12]: {table}"):
        await log.append(asked)
    assert (await log.head()).position == 1


async def test_a_head_that_has_moved_is_noticed(database: Database, log: SqliteLog) -> None:
    """It is moved on from where it was when the batch was judged, and from nowhere else."""
    await fill(log, 1)
    await database.write(
        lambda connection: connection.exec_driver_sql(
            "CREATE TRIGGER ahead AFTER INSERT ON log_event BEGIN"
            " UPDATE log_head SET position = NEW.position; END"
        )
    )
    with pytest.raises(LogBroken, match="0 rows were written, not 1: log_head"):
        await log.append(request(expected_version=1))
    assert (await log.head()).position == 1


# Listeners, and callers that went away


async def test_listeners_come_after_the_commit(database: Database, log: SqliteLog) -> None:
    """What they are told, every other connection sees by then."""
    seen: list[int] = []

    def look(events: Sequence[Recorded]) -> None:
        connection = sqlite3.connect(database.path)
        seen.append(connection.execute("SELECT max(position) FROM log_event").fetchone()[0])
        connection.close()

    log.on_commit(look)
    await fill(log, 2, 1)
    assert seen == [2, 3]


async def test_the_failure_of_an_append_without_caller_is_logged(
    log: SqliteLog, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller went away; somebody must be told."""
    await fill(log, 1)
    tamper(database, "DELETE FROM log_head")
    caller = asyncio.create_task(log.append(request(expected_version=1)))
    await asyncio.sleep(0)
    caller.cancel()
    with caplog.at_level(logging.ERROR):
        with pytest.raises(asyncio.CancelledError):
            await caller
        await log.close()
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is LogBroken


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20, 100])
async def test_a_database_that_is_closed_amid_appends(tmp_path: Path, turns: int) -> None:
    """Before its log, as nobody should: each caller is told what became of their append."""
    database = await Database.open(tmp_path / "brief.db", create=True)
    log = await SqliteLog.open(database, clock=TurnedClock())
    appends = [asyncio.create_task(log.append(request(f"brief-{n}"))) for n in range(600)]
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await database.close()
        results = await asyncio.gather(*appends, return_exceptions=True)
        await log.close()
    kept = [result for result in results if isinstance(result, Appended)]
    lost = [result for result in results if not isinstance(result, Appended)]
    assert all("is closed" in str(result) for result in lost)
    database = await Database.open(tmp_path / "brief.db", create=False)
    log = await SqliteLog.open(database, clock=TurnedClock())
    assert (await log.head()).position == len(kept)
    await log.close()
    await database.close()


async def test_a_listener_that_raises_is_heard_of(log: SqliteLog) -> None:
    """Its error reaches the writer, and the events are in the log."""

    def fail(_: Any) -> None:
        raise ZeroDivisionError

    log.on_commit(fail)
    asked: Append = request(idempotency_key="k", digest="d")
    with pytest.raises(ZeroDivisionError):
        await log.append(asked)
    again = await log.append(asked)
    assert isinstance(again, Appended)
    assert again.repeated


async def test_a_full_disk(database: Database, log: SqliteLog) -> None:
    """The append is refused with what to do, nothing of it is there, and it goes on with room."""
    await fill(log, 1)

    def bound(pages: str) -> Callable[[sa.Connection], object]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await database.write(bound("1"))  # no less than there are
    with pytest.raises(DatabaseError, match=r"brief\.db cannot grow; make room on its disk"):
        await fill(log, 1000, stream="brief-b")
    assert await log.version_at("brief-b", 2**53) == 0
    await database.write(bound("1000000"))
    await fill(log, 1000, stream="brief-b")
    assert (await log.head()).position == 1001


async def test_a_fault_of_a_statement_is_none_of_the_disk(database: Database) -> None:
    """It is raised as it is."""
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        await database.write(lambda connection: connection.exec_driver_sql("SELECT 1 FROM nowhere"))
