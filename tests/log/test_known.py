"""The check at start: what newer code wrote is found without reading the log, and refused."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.domain.events import Event, HeadlineRevised
from graphql_brief.log import codec, migrations, upcasters
from graphql_brief.log.codec import BrokenChain, Encoded, UnknownEvent
from graphql_brief.log.database import Database
from graphql_brief.log.known import check_readable
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.log.tables import log_event_type
from tests.log.support import TurnedClock, appended, entropy_of, fill, request


async def opened(database: Database) -> SqliteLog:
    """The log in a database."""
    return await SqliteLog.open(database, clock=TurnedClock(), entropy=entropy_of(1))


def contents(database: Database) -> list[str]:
    """All that is in the file, as SQL."""
    connection = sqlite3.connect(database.path)
    found = list(connection.iterdump())
    connection.close()
    return found


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Has two headlines written as only newer code does: as HeadlineSung, and in version 9."""
    encode = codec.encode

    def encode_newer(event: Event, change_note: str | None = None) -> Encoded:
        written = encode(event, change_note)
        if event == HeadlineRevised(headline="sung"):
            return Encoded("HeadlineSung", 3, b"{}")
        if event == HeadlineRevised(headline="said"):
            return Encoded(written.type, 9, b"{}")
        return written

    monkeypatch.setattr(codec, "encode", encode_newer)
    return monkeypatch


def headline(text: str) -> tuple[Event, ...]:
    """One event."""
    return (HeadlineRevised(headline=text),)


async def types_of(database: Database) -> list[tuple[Any, ...]]:
    """The rows that the check looks at."""
    async with database.reader() as connection:
        rows = await connection.execute(
            sa.select(log_event_type).order_by(log_event_type.c.position)
        )
        return [tuple(row) for row in rows]


async def test_each_type_and_version_is_noted_once(
    database: Database, newer: pytest.MonkeyPatch
) -> None:
    """With its first position, over appends, batches and streams."""
    log = await opened(database)
    assert await types_of(database) == []
    await fill(log, 2)
    await fill(log, 1, stream="brief-b")
    await appended(log, request("brief-c", events=headline("sung") + headline("written")))
    await appended(log, request("brief-d", events=headline("said") + headline("sung")))
    await appended(log, request("brief-e", events=headline("written") + headline("said")))
    assert await types_of(database) == [
        ("ParagraphAdded", 1, 1),
        ("HeadlineSung", 3, 4),
        ("HeadlineRevised", 1, 5),
        ("HeadlineRevised", 9, 6),
    ]


async def test_what_was_not_committed_is_not_noted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written in the append's own transaction."""
    log = await opened(database)
    await database.write(
        lambda connection: connection.exec_driver_sql(
            "CREATE TRIGGER fail BEFORE UPDATE ON log_head BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    )
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        await log.append(request())
    assert await types_of(database) == []


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (
            ["sung", "said"],
            "events of type 'HeadlineSung' (schema version 3) are unknown here",
        ),
        (
            ["said", "sung"],
            "HeadlineRevised has schema version 9, and the newest known here is 1",
        ),
    ],
)
async def test_a_log_of_newer_code_is_refused(
    database: Database, newer: pytest.MonkeyPatch, texts: Sequence[str], why: str
) -> None:
    """By the first event that this code cannot read; nothing is written."""
    log = await opened(database)
    await fill(log, 2)
    for text in texts:
        await appended(log, request(f"brief-{text}", events=headline(text)))
    await fill(log, 1)
    await log.close()
    newer.undo()
    before = contents(database)
    with pytest.raises(UnknownEvent) as raised:
        await opened(database)
    assert str(raised.value) == f"position 3: {why}; use a newer graphql-brief"
    assert contents(database) == before
    with pytest.raises(UnknownEvent, match=r"position 3: "):
        await log.read(after=2, limit=1)


async def test_it_is_refused_for_reading_too(
    database: Database, newer: pytest.MonkeyPatch, path: Path
) -> None:
    """Whoever only reads would stop at that event."""
    log = await opened(database)
    await appended(log, request(events=headline("sung")))
    newer.undo()
    await log.close()
    await database.close()
    reading = await Database.open(path, create=False, read_only=True)
    with pytest.raises(UnknownEvent, match=r"position 1: .*HeadlineSung"):
        await opened(reading)
    await reading.close()


async def test_a_log_is_not_opened_by_code_with_a_hole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that has no event of the type: it may get one."""
    monkeypatch.delitem(upcasters.UPCASTERS, ("ForecastMade", 1))
    with pytest.raises(BrokenChain, match="ForecastMade has no step from schema version 1 to 2"):
        await opened(database)
    monkeypatch.undo()
    assert (await (await opened(database)).head()).position == 0


@pytest.mark.parametrize("events", [100, 3000])
async def test_the_log_is_not_read(database: Database, events: int) -> None:
    """SQLite works through as many instructions for a long log as for a short one."""
    log = await opened(database)
    for first in range(0, events, 500):
        await fill(log, min(500, events - first))
    await log.close()
    steps = 0

    def count_step() -> int:
        nonlocal steps
        steps += 1
        return 0

    async with database.reader() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.set_progress_handler(count_step, 1)
        await connection.run_sync(check_readable)
        await driver.set_progress_handler(None, 1)
    assert 0 < steps < 60


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_event_type",
        "UPDATE log_event_type SET schema = 1",
        "INSERT OR REPLACE INTO log_event_type VALUES ('ParagraphAdded', 1, 7)",
    ],
)
async def test_nobody_changes_what_is_noted(database: Database, statement: str) -> None:
    """The database itself refuses."""
    await fill(await opened(database), 1)
    with pytest.raises(sa.exc.IntegrityError, match=r"append-only|UNIQUE"):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    assert await types_of(database) == [("ParagraphAdded", 1, 1)]


async def test_a_log_of_the_older_format_is_noted(path: Path, newer: pytest.MonkeyPatch) -> None:
    """The migration finds what is in the log already; nothing else of it changes."""
    database = await Database.open(path, create=False)
    log = await opened(database)
    await fill(log, 2)
    texts = ("written", "sung", "said", "written")
    await appended(log, request("brief-b", events=sum(map(headline, texts), ())))
    noted, before = await types_of(database), contents(database)
    await log.close()
    await database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE INDEX log_event_stream ON log_event (stream, position)")
        connection.execute(
            "CREATE INDEX log_event_recorded_at ON log_event (recorded_at, position)"
        )
        connection.execute("DROP TRIGGER log_head_note_types")
        connection.execute("DROP TABLE log_event_type")
        connection.execute(f"UPDATE {migrations.VERSION_TABLE} SET version_num = '0002'")
    connection.close()
    migrated = await Database.open(path, create=False)
    assert await types_of(migrated) == noted
    assert sorted(contents(migrated)) == sorted(before)
    await migrated.close()
