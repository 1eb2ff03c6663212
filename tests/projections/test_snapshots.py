"""Snapshots: they shorten every fold, and nothing rests on them."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphql_brief.domain import events as ev
from graphql_brief.domain import evolve
from graphql_brief.domain.states import Brief, State
from graphql_brief.log.tail import Tail
from graphql_brief.projections import model, snapshots
from graphql_brief.projections.folding import Folds
from graphql_brief.projections.snapshots import SNAPSHOT_VERSIONS, Snapshots
from graphql_brief.projections.states import States
from graphql_brief.projections.tables import rm_snapshot
from tests.domain.scenario import brief_of
from tests.projections.newsroom import CountingLog, Newsroom, newsroom

LENGTH = 2 * SNAPSHOT_VERSIONS + 50


async def write_long(room: Newsroom) -> None:
    """A brief with LENGTH versions, of which the read models know."""
    await room.write.draft("brief-a")
    revised = [
        ev.HeadlineRevised(headline=f"Headline {version}") for version in range(2, LENGTH + 1)
    ]
    await room.write.record("brief-a", *revised)
    await room.caught_up()


async def counted(room: Newsroom, version: int | None) -> tuple[State | None, int]:
    """The state of the long brief at a version, in a process that has nothing in memory yet, and
    the number of events that were read for it.
    """
    log = CountingLog(room.log)
    states = States(log, Tail(log), Snapshots(room.store))
    if version is None:
        return await states.get("brief-a"), log.events
    return await states.at_version("brief-a", version), log.events


async def test_any_state_costs_a_snapshot_and_the_events_since(tmp_path: Path) -> None:
    """At any version, no more events are read than there are from one snapshot to the next."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        for version in (1, 199, 200, 201, 399, 400, 401, LENGTH):
            state, events = await counted(room, version)
            assert state == await Folds(room.log).at_version("brief-a", version)
            assert events == version % SNAPSHOT_VERSIONS
        assert await counted(room, None) == (await room.states.get("brief-a"), 50)
        assert await counted(room, LENGTH + 1) == (None, 50)


async def test_they_are_kept_at_every_multiple(tmp_path: Path) -> None:
    """For each stream, at versions 200, 400, …; wherever commits and pages end."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        async with room.store.reader() as connection:
            found = await connection.execute(sa.select(rm_snapshot.c.stream, rm_snapshot.c.version))
            expected = [("brief-a", 200), ("brief-a", 400)]
            assert expected == sorted(map(tuple, found))


DAMAGE: dict[str, dict[str, Any]] = {
    "bit": {"state": sa.text("CAST(replace(state, 'line 400', 'line 401') AS BLOB)")},
    "cut": {"state": b'{"id"'},
    "empty": {"state": b""},
}


@pytest.mark.parametrize("values", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_one_is_passed_over_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, values: dict[str, Any]
) -> None:
    """The fold starts from the one before it, and gives the same."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        await _change(room, rm_snapshot.c.version == 400, **values)
        state, events = await counted(room, LENGTH)
        assert state == await Folds(room.log).at_version("brief-a", LENGTH)
        assert events == 250
        assert "the snapshot of brief-a at version 400 is damaged" in caplog.text


async def test_one_that_says_something_else_is_damaged(tmp_path: Path) -> None:
    """Sound bytes of another state, or of none, do not count: neither is what should be there."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        other = await room.states.at_version("brief-a", 399)
        assert other is not None
        for blob in (snapshots.encode(other), b"{}"):
            digest = snapshots.digest_of(blob)
            await _change(room, rm_snapshot.c.version == 400, state=blob, digest=digest)
            state, events = await counted(room, 400)
            assert state == await Folds(room.log).at_version("brief-a", 400)
            assert events == 200


async def test_one_of_other_code_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state that older code folded is not mixed with events that newer code folds."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        monkeypatch.setattr(model, "FOLD", "newer")
        assert (await counted(room, LENGTH))[1] == LENGTH


async def test_without_their_table_the_log_is_enough(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Read models can be deleted at any moment, also under a running server."""
    async with newsroom(tmp_path / "brief.db") as room:
        await write_long(room)
        await room.store.file.write(
            lambda connection: connection.execute(sa.text("DROP TABLE rm_snapshot"))
        )
        state, events = await counted(room, LENGTH)
        assert (state and state.version, events) == (LENGTH, LENGTH)
        assert "snapshots cannot be read" in caplog.text


def test_a_state_is_always_the_same_bytes() -> None:
    """Sets have no order: their members are sorted; dicts have one, and it is kept."""
    keys = [f"k{place}" for place in range(30)]
    brief = brief_of(
        *(ev.ParagraphAdded(key=key, text=key) for key in [*keys, "z", "y"]),
        *(ev.ParagraphRemoved(key=key) for key in keys),
    )
    raw = snapshots.encode(brief)
    assert b'"gone_keys":{"overview":["k0","k1","k10","k11"' in raw
    assert raw.index(b'"z"') < raw.index(b'"y"')
    revived = snapshots.revive(Brief, raw)
    assert brief == revived
    assert raw == snapshots.encode(revived)


async def _change(room: Newsroom, where: Any, **values: Any) -> None:
    def write(connection: sa.Connection) -> None:
        changed = connection.execute(sa.update(rm_snapshot).where(where).values(**values))
        assert changed.rowcount == 1

    await room.store.file.write(write)


def test_code_is_named_by_what_it_says(tmp_path: Path) -> None:
    """Another fold has another name without anybody remembering to give it one."""
    code = tmp_path / "code.py"
    code.write_text("x = 1")
    names = {model.digest([str(code), evolve]), model.digest([evolve])}
    assert model.digest([str(code), evolve]) in names
    code.write_text("x = 2")
    names.add(model.digest([str(code), evolve]))
    assert len(names) == 3
