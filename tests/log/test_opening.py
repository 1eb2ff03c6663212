"""A URL names a log in one of the databases."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from graphql_brief.log.database import Database
from graphql_brief.log.opening import open_log, sqlite_path
from graphql_brief.log.port import DatabaseError, EventLog
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import _LOCK_KEY
from graphql_brief.log.sqlite import SqliteLog
from tests.log.support import TurnedClock, appended, entropy_of, request


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
async def test_a_log_in_sqlite(tmp_path: Path, scheme: str) -> None:
    """It is made, closed in order, and found again."""
    path = tmp_path / "brief.db"
    url = f"{scheme}:///{path}"
    with pytest.raises(DatabaseError, match="no database"):
        async with open_log(url, clock=TurnedClock(), create=False):
            pass
    for opened in range(2):
        async with open_log(url, clock=TurnedClock(), create=opened == 0, origin="o") as log:
            assert isinstance(log, SqliteLog)
            assert log.origin == "o"
            await appended(log, request(expected_version=opened))
            with pytest.raises(DatabaseError, match="open for writing"):
                await Database.open(path, create=False)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg", "postgres"])
async def test_a_log_in_postgresql(empty_postgres: str, scheme: str) -> None:
    """It is made, closed in order, and found again."""
    url = empty_postgres.replace("postgresql:", f"{scheme}:")
    with pytest.raises(DatabaseError, match="holds no log"):
        async with open_log(url, clock=TurnedClock(), create=False):
            pass
    logs: list[EventLog] = []
    for opened in range(2):
        async with open_log(
            url, clock=TurnedClock(), create=opened == 0, entropy=entropy_of(opened), origin="o"
        ) as log:
            assert isinstance(log, PostgresLog)
            assert log.origin == "o"
            await appended(log, request(expected_version=opened))
            logs.append(log)
    for log in logs:
        with pytest.raises(RuntimeError, match="closed"):
            await log.append(request())


async def test_reading_a_log_in_postgresql(log_postgres: str) -> None:
    """Nothing is written: none is begun, none is appended to, and no writer is waited for."""
    for _ in range(2):
        with pytest.raises(DatabaseError, match="opened for reading only"):
            async with open_log(log_postgres, clock=TurnedClock(), read_only=True):
                pass
    async with open_log(log_postgres, clock=TurnedClock(), origin="o") as log:
        await appended(log, request())
        holder = await asyncpg.connect(log_postgres)
        async with asyncio.timeout(10), holder.transaction():
            await holder.execute(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
            await holder.execute("LOCK TABLE log_head IN SHARE ROW EXCLUSIVE MODE")
            async with open_log(log_postgres, clock=TurnedClock(), read_only=True) as reading:
                assert reading.origin == "o"
                assert await reading.read(after=0, limit=10) == await log.read(after=0, limit=10)
                with pytest.raises(DatabaseError, match="opened for reading only"):
                    await reading.append(request(expected_version=1))
        await holder.close()
        assert (await log.head()).position == 1


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:s3cret@host/name",
        "s3cret",
        "",
        "sqlite:///",
        "sqlite://s3cret",
        "postgresql:s3cret",
        "postgresql://",
    ],
)
async def test_a_url_that_names_no_database(url: str) -> None:
    """What may be named is said, and of the URL only the scheme."""
    with pytest.raises(DatabaseError, match=r"sqlite:///.*postgresql://") as caught:
        async with open_log(url, clock=TurnedClock()):
            pass
    assert url == "s3cret" or "s3cret" not in str(caught.value)


def test_the_file_of_a_url() -> None:
    """Relative, or absolute with one more slash; none where a server is named."""
    assert sqlite_path("sqlite:///var/brief.db") == Path("var/brief.db")
    assert sqlite_path("sqlite:////var/brief.db") == Path("/var/brief.db")
    assert sqlite_path("postgresql://host/brief") is None
