"""Opening a PostgreSQL database: what is refused and how it is said; formats; what is denied."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from graphql_brief.log import migrations
from graphql_brief.log.port import Claim, DatabaseError
from graphql_brief.log.postgres import PostgresLog
from graphql_brief.log.postgres_database import PostgresDatabase
from graphql_brief.log.postgres_errors import ConnectionLost
from graphql_brief.log.tables import metadata
from tests.log.support import TurnedClock, appended, entropy_of, fill, request
from tests.postgres import execute, fresh_database, renamed

SECRET = "s3cret/word"


@pytest.fixture
async def database(log_postgres: str) -> AsyncIterator[PostgresDatabase]:
    """An open database with the tables of an empty log."""
    database = await PostgresDatabase.open(log_postgres, create=False)
    yield database
    await database.close()


async def refusal(url: str, *, create: bool = True) -> str:
    """What is said about a database that cannot be opened."""
    with pytest.raises(DatabaseError) as caught:
        await PostgresDatabase.open(url, create=create)
    return str(caught.value)


def with_password(url: str) -> str:
    """The URL with a password in it that must never be seen."""
    return url.replace("postgres:@", "postgres:" + SECRET.replace("/", "%2F") + "@")


# What is refused


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda url: url.replace("127.0.0.1:", "127.0.0.1:1"), ["URL"]),
        (lambda url: renamed(url, "missing"), ["missing", "does not exist", "make the database"]),
        (lambda url: url + "?nonsense=1", ["nonsense", "correct the setting in the URL"]),
        (lambda url: url + "?sslmode=require", ["rejected SSL"]),
        (lambda url: url + "?sslmode=sometimes", ["URL", "sslmode"]),
    ],
    ids=["port", "database", "setting", "tls", "tls-mode"],
)
async def test_a_database_that_cannot_be_used(
    empty_postgres: str, changed: Callable[[str], str], words: list[str]
) -> None:
    """One line of what, where and what to do, without the password."""
    said = await refusal(changed(with_password(empty_postgres)))
    for word in words:
        assert word in said
    assert "s3cret" not in said
    assert "\n" not in said


async def test_a_server_that_is_not_there() -> None:
    """The refusal names the server, and that it could not be reached."""
    url = f"postgresql://brief:{SECRET.replace('/', '%2F')}@127.0.0.1:1/brief"
    with pytest.raises(
        ConnectionLost, match=r"brief on 127\.0\.0\.1:1 cannot be reached"
    ) as caught:
        await PostgresDatabase.open(url, create=True)
    assert "s3cret" not in str(caught.value)


async def test_a_password_that_is_not_escaped() -> None:
    """No part of it is taken for something that may be said."""
    for password in ("s3cret/word", "s3cret@word", "s3cret?word", "s3cret:word", "s3cret#word"):
        said = await refusal(f"postgresql://brief:{password}@127.0.0.1:1/brief")
        assert "s3cret" not in said
        assert "word" not in said.replace("password", "")


async def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named, and how to have it."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert "graphql-brief[postgres]" in await refusal("postgresql://127.0.0.1:1/brief")


async def test_an_empty_database(empty_postgres: str) -> None:
    """Without being asked to, no log is made in it."""
    assert "holds no log" in await refusal(empty_postgres, create=False)
    await (await PostgresDatabase.open(empty_postgres, create=True)).close()
    await (await PostgresDatabase.open(empty_postgres, create=False)).close()


async def test_tables_of_others_are_left_alone(empty_postgres: str) -> None:
    """A database may be shared; only the log's own names must be free."""
    await execute(empty_postgres, "CREATE TABLE theirs (a int)", "INSERT INTO theirs VALUES (1)")
    await (await PostgresDatabase.open(empty_postgres, create=True)).close()
    await execute(empty_postgres, "INSERT INTO theirs VALUES (2)")


async def test_a_name_that_is_taken(empty_postgres: str) -> None:
    """A table of another program under a name of the log's: nothing is made."""
    await execute(empty_postgres, "CREATE TABLE log_event (a int)")
    said = await refusal(empty_postgres)
    assert "log_event" in said
    assert "name another database" in said
    await execute(empty_postgres, "DROP TABLE log_event", "CREATE TABLE log_head (a int)")
    assert "log_head" in await refusal(empty_postgres)


async def test_a_newer_format(log_postgres: str) -> None:
    """It is named, with the newest that is known here."""
    await execute(log_postgres, "UPDATE log_format SET version_num = '9999'")
    said = await refusal(log_postgres)
    assert "format 9999" in said
    assert migrations.NEWEST in said


async def test_another_encoding(postgres_url: str) -> None:
    """A database that cannot keep every text is refused."""
    async with fresh_database(postgres_url, encoding="LATIN1") as url:
        assert "LATIN1" in await refusal(url)


async def test_a_closed_database(database: PostgresDatabase) -> None:
    """It says so; closing again is nothing."""
    await database.close()
    await database.close()
    with pytest.raises(DatabaseError, match="is closed"):
        await database.durability()


# Settings


async def test_the_durability_in_force(log_postgres: str) -> None:
    """A commit is synced before it is acknowledged, also where the database has another default."""
    name = log_postgres.rpartition("/")[2]
    await execute(log_postgres, f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = await PostgresDatabase.open(log_postgres, create=False)
    found = await database.durability()
    async with database.writer() as connection:
        writing = (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar()
        isolation = (await connection.exec_driver_sql("SHOW transaction_isolation")).scalar()
        fsync = (await connection.exec_driver_sql("SHOW fsync")).scalar()
    await database.close()
    assert (found.synchronous_commit, writing) == ("on", "on")
    assert isolation == "read committed"
    assert found.fsync == (fsync == "on")
    assert not found.in_recovery


# Formats

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'log_format'
ORDER BY table_name, ordinal_position
"""
INDEXES = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'log_format'
ORDER BY indexdef
"""


async def shape_of(url: str) -> list[tuple[object, ...]]:
    """The columns and indexes of a database."""
    connection = await asyncpg.connect(url)
    rows = [*await connection.fetch(COLUMNS), *await connection.fetch(INDEXES)]
    await connection.close()
    return [tuple(row) for row in rows]


async def test_the_migrations_give_the_tables(empty_postgres: str, log_postgres: str) -> None:
    """A migrated database has the columns and indexes of `tables`; texts sort by bytes."""
    engine = create_async_engine(empty_postgres.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    migrated = await shape_of(log_postgres)
    assert migrated == await shape_of(empty_postgres)
    texts = [row for row in migrated if len(row) > 2 and row[2] == "text"]
    assert {row[4] for row in texts} == {"C"}


async def test_two_nodes_that_make_the_log_at_once(empty_postgres: str) -> None:
    """One makes it, and both have it."""
    databases = await asyncio.gather(
        *(PostgresDatabase.open(empty_postgres, create=True) for _ in range(4))
    )
    logs = await asyncio.gather(
        *(PostgresLog.open(database, clock=TurnedClock()) for database in databases)
    )
    assert len({log.origin for log in logs}) == 1
    await appended(logs[0], request())
    for log, database in zip(logs, databases, strict=True):
        await log.close()
        await database.close()


# What is denied

DENIED = [
    *(
        f"{action} {table}{rest}"
        for table in ("log_event", "log_body", "log_claim", "log_command")
        for action, rest in (("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))
    ),
    "UPDATE log_event SET type = type",
    "UPDATE log_body SET body = ''",
    "UPDATE log_claim SET stream = 'brief-z'",
    "UPDATE log_command SET digest = ''",
    "INSERT INTO log_body VALUES (1, '', '') ON CONFLICT (position) DO UPDATE SET body = ''",
    "DELETE FROM log_head",
    "TRUNCATE log_head",
    "UPDATE log_head SET position = position",
    "UPDATE log_head SET position = position - 1",
    "UPDATE log_head SET position = 9, origin = 'other'",
    "UPDATE log_head SET position = 9, recorded_at = '2000'",
    "UPDATE log_head SET position = 9, recorded_at = NULL",
    "DELETE FROM log_stream",
    "TRUNCATE log_stream",
    "UPDATE log_stream SET version = version",
    "UPDATE log_stream SET version = 9, position = 1",
    "UPDATE log_stream SET stream = 'brief-z', version = 9, position = 9",
]


async def test_triggers_deny(database: PostgresDatabase) -> None:
    """History is not rewritten by mistake, not even by the one who may write."""
    log = await PostgresLog.open(database, clock=TurnedClock(), entropy=entropy_of(1))
    await appended(
        log, request(claims=(Claim("slug", "x"),), idempotency_key="k", digest="d", size=2)
    )
    before = await log.read(after=0, limit=10)
    for statement in DENIED:
        async with database.writer() as connection:
            with pytest.raises(sa.exc.IntegrityError, match=r"append-only|moves forward"):
                await connection.exec_driver_sql(statement)
    assert await log.read(after=0, limit=10) == before
    await fill(log, 1)
    await log.close()
