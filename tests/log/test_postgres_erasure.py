"""What only the PostgreSQL log can show of an erasure: its triggers."""

import asyncio

import asyncpg
import pytest

from graphql_brief.log.port import DatabaseError, LogBroken
from graphql_brief.log.postgres import PostgresLog
from tests.log.support import appended, request
from tests.log.test_postgres import database, log, tamper  # noqa: F401 - fixtures
from tests.log.test_sqlite_erasure import DENIED as DENIED_BY_SQLITE
from tests.log.test_sqlite_erasure import erasing
from tests.postgres import comes, execute

DENIED = [
    statement.replace("x'00'", "'\\x00'")
    for statement in DENIED_BY_SQLITE
    if not statement.startswith("REPLACE")
] + ["TRUNCATE log_erasure"]


async def write(log: PostgresLog) -> None:  # noqa: F811
    """Positions 1 and 2 in brief-a; 3 and 4 in brief-b, of which 5 erases 3; and 6."""
    await appended(log, request(idempotency_key="k", digest="d", size=2))
    await appended(log, request("brief-b", idempotency_key="l", digest="d", size=2))
    await appended(log, erasing("brief-b", 2, 1))
    await appended(log, request("brief-b", 3))


@pytest.mark.parametrize("statement", DENIED)
async def test_triggers_deny(log: PostgresLog, log_postgres: str, statement: str) -> None:  # noqa: F811
    """What no erasure says is not deleted; what one deleted does not come back."""
    await write(log)
    before = await log.read(after=0, limit=100)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await execute(log_postgres, statement)
    assert await log.read(after=0, limit=100) == before
    await appended(log, erasing("brief-b", 4, 2))


async def test_a_body_that_was_lost(log: PostgresLog, log_postgres: str) -> None:  # noqa: F811
    """Is not taken for an erased one."""
    await write(log)
    await tamper(log_postgres, "DELETE FROM log_erasure")
    with pytest.raises(LogBroken, match="position 3 has lost its body"):
        await log.read(after=2, limit=10)


async def test_edits_go_on_while_an_erasure_is_ended(
    log: PostgresLog,  # noqa: F811
    log_postgres: str,
) -> None:
    """Though somebody keeps the server from cleaning; to close the log waits for it."""
    await appended(log, request(size=2))
    connection = await asyncpg.connect(log_postgres)
    async with asyncio.timeout(10):
        async with connection.transaction():
            await connection.execute("LOCK TABLE log_body IN SHARE UPDATE EXCLUSIVE MODE")
            await appended(log, erasing("brief-a", 2, 1))
            await appended(log, erasing("brief-a", 3, 2))
            await appended(log, request("brief-b"))
        await log.close()
    assert log._cleaning._task is not None
    assert log._cleaning._task.done()
    await connection.close()
    await comes(
        log_postgres,
        "SELECT vacuum_count >= 1 AND n_dead_tup = 0 FROM pg_stat_user_tables"
        " WHERE relname = 'log_body'",
    )


async def test_an_erasure_that_is_not_ended(
    log: PostgresLog,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is in the log, and whoever runs this is told what is left to do."""

    async def fail(*_: object) -> None:
        raise DatabaseError("somebody holds the lock")

    monkeypatch.setattr(log._database, "vacuum", fail)
    await appended(log, request(size=2))
    await appended(log, erasing("brief-a", 2, 1))
    await log.close()
    assert "VACUUM log_body and log_command by hand: somebody holds the lock" in caplog.text


async def test_dead_rows_leave_their_pages(log: PostgresLog, log_postgres: str) -> None:  # noqa: F811
    """At once: nothing of an erasure waits for the server's own cleaning."""
    await write(log)
    await comes(
        log_postgres,
        "SELECT vacuum_count >= 1 AND n_dead_tup = 0 FROM pg_stat_user_tables"
        " WHERE relname = 'log_body'",
    )
