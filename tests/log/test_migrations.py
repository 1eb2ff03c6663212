"""The migrations: they give the tables that the code means, and only they."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from graphql_brief.log import migrations
from graphql_brief.log.database import Database
from graphql_brief.log.port import Append, DatabaseError
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.tables import metadata
from tests.log.support import TurnedClock, appended, close_at_once, entropy_of, fill, request
from tests.log.test_sqlite_erasure import erasing

SCHEMA = sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")


async def test_the_migrations_give_the_tables(tmp_path: Path) -> None:
    """A migrated database has the schema of `tables`, to the letter, and the version stamp."""
    database = await Database.open(tmp_path / "brief.db", create=True)
    async with database.reader() as connection:
        migrated = [tuple(row) for row in await connection.execute(SCHEMA)]
    await database.close()
    stamp = [row for row in migrated if row[0] == migrations.VERSION_TABLE]
    assert len(stamp) == 1
    meant_engine = sa.create_engine("sqlite://")
    metadata.create_all(meant_engine)
    with meant_engine.connect() as meant:
        assert sorted(migrated) == sorted([*stamp, *map(tuple, meant.execute(SCHEMA))])
    meant_engine.dispose()


async def written_in(version: str, path: Path, requests: Sequence[Append]) -> list[str]:
    """All that is in the file of a log that was written in a format, once it has the newest."""
    with mock.patch.object(migrations, "NEWEST", version):
        database = await Database.open(path, create=True)
        log = await SqliteLog.open(
            database, clock=TurnedClock(), entropy=entropy_of(1), origin="graphql-brief/test"
        )
        for asked in requests:
            await appended(log, asked)
        await log.close()
        await database.close()
    database = await Database.open(path, create=False)
    connection = sqlite3.connect(path)
    found = sorted(connection.iterdump())
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    log = await SqliteLog.open(database, clock=TurnedClock())
    await fill(log, 1, stream="brief-c")
    assert [event.position for event in await log.read(after=0, limit=100)] == [*range(1, 12)]
    await log.close()
    await database.close()
    return found


@pytest.mark.parametrize("version", ["0003", "0004"])
async def test_a_log_of_an_older_format(version: str, tmp_path: Path) -> None:
    """It becomes what it would be had it begun in the newest: each row, index and trigger."""
    requests = (
        request("brief-a", 0, size=5),
        request("brief-b", 0, size=4, idempotency_key="k", digest="d"),
        erasing("brief-a", 5, 2),
    )
    meant = await written_in(migrations.NEWEST, tmp_path / "newest.db", requests)
    assert await written_in(version, tmp_path / "older.db", requests) == meant
    assert any('INSERT INTO "log_erasure"' in line for line in meant)


def without_counters(path: Path) -> bytes:
    """A database file's bytes, but for those that count its changes."""
    return path.read_bytes()[100:]


def test_the_steps_are_one_chain() -> None:
    """From the first to `NEWEST`, with no branches."""
    versions = migrations.known_versions()
    assert versions == [f"{number:04}" for number in range(len(versions), 0, -1)]
    assert versions[0] == migrations.NEWEST


async def test_a_database_of_the_newest_version_is_left_alone(tmp_path: Path) -> None:
    """Opening it again runs no step."""
    path = tmp_path / "brief.db"
    seen = []
    for _ in range(2):
        await (await Database.open(path, create=True)).close()
        seen.append(without_counters(path))
    assert seen[0] == seen[1]


OPEN = """
import asyncio, sys
from datetime import UTC, datetime
from graphql_brief.log.opening import open_log

async def main():
    async with open_log(sys.argv[1], clock=lambda: datetime.now(UTC), create=False):
        print("alembic" in sys.modules)
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
async def test_a_start_does_without_alembic(kind: str, tmp_path: Path, log_postgres: str) -> None:
    """It takes half a second to import, and a database of the newest format does not need it."""
    await close_at_once(tmp_path / "brief.db")
    url = f"sqlite:///{tmp_path}/brief.db" if kind == "SQLite" else log_postgres
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", OPEN, url],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "False\n", ended.stderr


@pytest.mark.parametrize(
    ("version", "read_only", "why"),
    [
        ("0001", True, "D has the older format 0001.*start a server on it once"),
        ("9999", True, "D has format 9999.*use a newer graphql-brief"),
        ("9999", False, "D has format 9999.*use a newer graphql-brief"),
    ],
)
def test_formats_that_are_refused(version: str, read_only: bool, why: str) -> None:
    """Newer ones, and to a reader also older ones: it changes nothing."""
    with pytest.raises(DatabaseError, match=why):
        migrations.judge(version, "D", read_only=read_only)


@pytest.mark.parametrize(("version", "read_only"), [("0001", False), (migrations.NEWEST, True)])
def test_formats_that_are_taken(version: str, read_only: bool) -> None:
    """The newest, and older ones that may be brought up to it."""
    migrations.judge(version, "D", read_only=read_only)
