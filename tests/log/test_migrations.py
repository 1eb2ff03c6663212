"""The migrations: they give the tables that the code means, and only they."""

from pathlib import Path

import sqlalchemy as sa

from graphql_brief.log import migrations
from graphql_brief.log.database import Database
from graphql_brief.log.tables import metadata

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
