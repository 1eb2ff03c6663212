"""What only the PostgreSQL log can show: its round trips, its lock, its rows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from graphql_brief.log.port import (
    Append,
    Appended,
    AppendResult,
    Claim,
    DatabaseError,
    LogBroken,
    StaleVersion,
)
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from tests.log.proxy import proxied
from tests.log.support import COUNTED, TurnedClock, appended, entropy_of, fill, request
from tests.postgres import comes, execute


@pytest.fixture
async def database(log_postgres: str) -> AsyncIterator[PostgresDatabase]:
    """An open database with the tables of an empty log."""
    database = await PostgresDatabase.open(log_postgres, create=False)
    yield database
    await database.close()


@pytest.fixture
async def log(database: PostgresDatabase) -> AsyncIterator[PostgresLog]:
    """An empty log in it."""
    log = await PostgresLog.open(database, clock=TurnedClock(), entropy=entropy_of(1))
    yield log
    await log.close()


async def tamper(url: str, *statements: str) -> None:
    """Change rows past the triggers, as the database's owner can."""
    await execute(
        url,
        "SET session_replication_role = replica;" + ";".join(statements),
    )


async def together(log: PostgresLog, *requests: Append) -> list[AppendResult]:
    """The results of requests that are made at once."""
    return await asyncio.gather(*(log.append(asked) for asked in requests))


# Round trips


async def test_round_trips_do_not_depend_on_the_size_of_a_batch(log_postgres: str) -> None:
    """One request or two hundred, of one event or many: as many statements and round trips."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    counted: list[tuple[int, int, int]] = []
    async with proxied(log_postgres) as (proxy, url):
        database = await PostgresDatabase.open(url, create=False)
        log = await PostgresLog.open(database, clock=TurnedClock(), poll_s=3600)
        await fill(log, 1, 1, stream="brief-warm")  # a statement's first use prepares it
        await fill(log, 1, stream="brief-begun")
        await appended(log, request("brief-c", claims=(Claim("k", "v"),), **key("warm")))
        sa.event.listen(database._writers.sync_engine, "before_cursor_execute", note)
        for size in (1, 10, 200):
            # What each batch does: it begins streams, moves one on, claims, remembers.
            moved = request("brief-warm", await log.version_at("brief-warm", 2**53), **key(size))
            begun = [
                request(f"brief-{size}-{n}", size=1 + n % 7, claims=(Claim("slug", f"{size}-{n}"),))
                for n in range(size)
            ]
            statements.clear()
            proxy.sent.clear()
            proxy.round_trips = 0
            results = await together(log, moved, *begun)
            assert all(isinstance(result, Appended) for result in results)
            counted.append((len(statements), proxy.round_trips, len(proxy.sent)))
            assert "FOR UPDATE" in statements[0], "the head is taken before anything else"
            assert [text.rstrip(";") for text in proxy.sent[-1:]] == ["COMMIT"]
        await log.close()
        await database.close()
    assert counted[0] == counted[1] == counted[2]
    statement_count, round_trips, _ = counted[0]
    assert statement_count == 11
    assert round_trips == statement_count + 2, "BEGIN and COMMIT, and one for each statement"


def key(name: object) -> dict[str, Any]:
    """An idempotency key."""
    return {"idempotency_key": str(name), "digest": "d"}


# The head


async def test_an_append_waits_for_the_head(log_postgres: str, log: PostgresLog) -> None:
    """Whoever holds the head's row holds up every append, which then sees what was committed."""
    await fill(log, 1)
    rival = await asyncpg.connect(log_postgres)
    transaction = rival.transaction()
    await transaction.start()
    await rival.execute("SELECT 1 FROM log_head FOR UPDATE")
    waiting = asyncio.create_task(log.append(request(expected_version=1)))
    await comes(
        log_postgres,
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'",
    )
    # Another writer's commit, made while this one waited: what is read after the lock sees it.
    await rival.execute("UPDATE log_stream SET version = 7, position = 7")
    assert not waiting.done()
    await transaction.commit()
    assert await waiting == StaleVersion(current_version=7)
    await rival.close()


async def test_another_origin_is_refused(database: PostgresDatabase, log: PostgresLog) -> None:
    """A log has one origin for ever."""
    again = await PostgresLog.open(database, clock=TurnedClock(), origin=log.origin)
    assert again.origin == log.origin
    await again.close()
    with pytest.raises(DatabaseError, match=f"{log.origin}, not other"):
        await PostgresLog.open(database, clock=TurnedClock(), origin="other")


# What is stored wrong


async def test_a_row_that_is_not_written_is_noticed(log_postgres: str, log: PostgresLog) -> None:
    """Counts are compared: an append whose rows went nowhere is not acknowledged."""
    await fill(log, 1)
    await execute(
        log_postgres,
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    )
    for table, action in COUNTED:
        await execute(
            log_postgres,
            f"CREATE TRIGGER a BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION swallow()",
        )
        with pytest.raises(LogBroken, match=f"0 rows were written, not 1: {table}"):
            await log.append(request(expected_version=1, claims=(Claim("k", "v"),), **key("k")))
        await execute(log_postgres, f"DROP TRIGGER a ON {table}")
    assert (await log.head()).position == 1
    await fill(log, 1)


async def test_a_head_that_has_moved_is_noticed(log_postgres: str, log: PostgresLog) -> None:
    """It is moved on from where it was when the batch was judged, and from nowhere else."""
    await fill(log, 1)
    await execute(
        log_postgres,
        "CREATE FUNCTION ahead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
        " UPDATE log_head SET position = NEW.position; RETURN NULL; END'",
        "CREATE TRIGGER a AFTER INSERT ON log_event FOR EACH ROW EXECUTE FUNCTION ahead()",
    )
    with pytest.raises(LogBroken, match="0 rows were written, not 1: log_head"):
        await log.append(request(expected_version=1))
    assert (await log.head()).position == 1


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE log_stream SET version = 1", "log_event_version"),
        ("UPDATE log_head SET position = 1", "log_event_pkey"),
        ("INSERT INTO log_head VALUES ('other', 5, NULL)", "2 rows"),
        ("DELETE FROM log_head", "0 rows"),
    ],
)
async def test_an_append_to_a_log_that_is_wrong(
    log_postgres: str, log: PostgresLog, statement: str, why: str
) -> None:
    """It raises, and writes nothing."""
    await fill(log, 3)
    await tamper(log_postgres, statement)
    version = 1 if "log_stream" in statement else 3
    with pytest.raises((LogBroken, sa.exc.IntegrityError), match=why):
        await log.append(request(expected_version=version))
    assert len(await log.read(after=0, limit=10)) == 3


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM log_body WHERE position = 2", "position 2 has lost its body"),
        ("DELETE FROM log_event WHERE position = 2", "2 is missing"),
    ],
)
async def test_what_is_stored_wrong_is_never_skipped(
    log_postgres: str, log: PostgresLog, statement: str, why: str
) -> None:
    """Reading stops there, and says where, by position and by stream."""
    await fill(log, 3)
    await tamper(log_postgres, statement)
    with pytest.raises(LogBroken, match=why):
        await log.read(after=0, limit=10)
    with pytest.raises(LogBroken, match=why):
        await log.read_stream("brief-a", limit=10)
