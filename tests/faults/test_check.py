"""The check itself: a sound log passes, and each kind of damage is found and named."""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.events import independent
from tests.faults import journal
from tests.faults.bench import Bench
from tests.faults.check import Tables, log_damage, read_tables, stale_read_models
from tests.faults.journal import Asked, Line, Refused, Told

Damage = Callable[[Tables, list[Line]], object]


@pytest.fixture
async def sound(bench: Bench) -> tuple[Tables, list[Line]]:
    """The rows of a log that several callers filled, and their journal."""
    case = bench.filled("append")
    async with case.store.opened() as opened, opened.reader() as connection:
        return await read_tables(connection), case.lines()


def _header(tables: Tables, place: int, **members: Any) -> None:
    """Rewrite a header as a forger would: canonical, with its own leaf hash beside it."""
    row = tables["log_event"][place]
    header = independent.canonical(independent.parse(row["header"]) | members)
    tables["log_event"][place] = {
        **row,
        "header": header,
        "leaf_hash": bytes.fromhex(independent.leaf_hash(header)),
    }


def _change(tables: Tables, table: str, place: int, **columns: Any) -> None:
    tables[table][place] = {**tables[table][place], **columns}


def _of(lines: list[Line], kind: type[Any]) -> Any:
    return [line for line in lines if isinstance(line, kind)][-1]


def _lost(tables: Tables, _: list[Line]) -> None:
    """The last event is gone without a trace, as after a commit that never reached the disk."""
    lost = tables["log_event"].pop()
    tables["log_body"].pop()
    before = tables["log_event"][-1]
    head = {"position": before["position"], "recorded_at": before["recorded_at"]}
    _change(tables, "log_head", 0, **head)
    ends = [row for row in tables["log_event"] if row["stream"] == lost["stream"]]
    place = [row["stream"] for row in tables["log_stream"]].index(lost["stream"])
    end = {name: ends[-1][name] for name in ("version", "leaf_hash", "position")}
    _change(tables, "log_stream", place, **end)


def _skip_a_version(tables: Tables, _: list[Line]) -> None:
    _header(tables, 0, version=2)
    _change(tables, "log_event", 0, version=2)


def _refuse(tables: Tables, lines: list[Line]) -> None:
    told = _of(lines, Told)
    lines[lines.index(told)] = Refused(told.command, "StaleVersion")


def _move(tables: Tables, lines: list[Line]) -> None:
    told = next(line for line in lines if isinstance(line, Told))
    lines[lines.index(told)] = replace(told, first_position=told.first_position + 1)


def _reorder(tables: Tables, lines: list[Line]) -> None:
    """The first command was asked for only after the last was acknowledged."""
    first = next(line for line in lines if isinstance(line, Asked))
    told = next(line for line in lines if isinstance(line, Told) and line.command == first.command)
    for line in (first, told):
        lines.remove(line)
        lines.append(line)


DAMAGE: dict[str, tuple[Damage, str]] = {
    "no head": (lambda t, _: t["log_head"].clear(), "log_head has 0 rows"),
    "hole": (lambda t, _: t["log_event"].pop(3), "position 4 is missing"),
    "torn header": (
        lambda t, _: _change(t, "log_event", 3, header=t["log_event"][3]["header"][:-9]),
        "position 4: header",
    ),
    "column": (lambda t, _: _change(t, "log_event", 3, type="X"), "type is not its header's"),
    "other log": (lambda t, _: _header(t, 3, origin="other"), "header of the log other"),
    "version": (
        _skip_a_version,
        "version 2 after 0",
    ),
    "chain": (lambda t, _: _header(t, 0, actor="forger"), "does not follow its stream's"),
    "leaf": (
        lambda t, _: _change(t, "log_event", 3, leaf_hash=hashlib.sha256(b"").digest()),
        "leaf hash is not its header's",
    ),
    "time": (
        lambda t, _: _header(t, 0, recordedAt="2999-01-01T00:00:00.000000Z"),
        "recorded before the one before it",
    ),
    "no body": (lambda t, _: t["log_body"].pop(3), "position 4: no body"),
    "body": (lambda t, _: _change(t, "log_body", 3, salt=b""), "commits to another body"),
    "orphan": (
        lambda t, _: t["log_body"].append({"position": 9999, "salt": b"", "body": b""}),
        "bodies without an event",
    ),
    "head": (lambda t, _: _change(t, "log_head", 0, position=9999), "log_head is at 9999"),
    "stream": (lambda t, _: _change(t, "log_stream", 0, version=99), "is not at its last event"),
    "no stream": (lambda t, _: t["log_stream"].pop(), "has no row in log_stream"),
    "empty stream": (
        lambda t, _: t["log_stream"].append({**t["log_stream"][0], "stream": "brief-x"}),
        "brief-x: has no events",
    ),
    "claim": (lambda t, _: t["log_claim"].pop(), "log_claim is not what the events claim"),
    "command": (
        lambda t, _: _change(t, "log_command", 0, first_position=77),
        "remembered at another place",
    ),
    "command alone": (
        lambda t, _: t["log_command"].append(
            {**t["log_command"][0], "command_id": "x", "first_version": 1, "last_version": 1}
        ),
        "remembered, and its events are not there",
    ),
    "key": (lambda t, _: t["log_command"].clear(), "its key is not remembered"),
    "lost": (_lost, "and lost"),
    "unasked": (lambda _, lines: lines.clear(), "nobody asked for it"),
    "refused": (_refuse, "refused (StaleVersion), and in the log"),
    "moved": (_move, "acknowledged at another place"),
    "reordered": (_reorder, "before what was acknowledged when it was asked"),
}


async def test_a_sound_log(sound: tuple[Tables, list[Line]]) -> None:
    """It has nothing wrong, and something of everything."""
    tables, lines = sound
    assert log_damage(tables, lines) == []
    assert all(tables.values())
    assert {type(line) for line in lines} == {Asked, Told, Refused}


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_named(
    sound: tuple[Tables, list[Line]], damage: Damage, words: str
) -> None:
    """Each kind, by the one sentence that is about it."""
    tables, lines = sound
    damage(tables, lines)
    assert words in "\n".join(log_damage(tables, lines))


def test_what_was_under_way(tmp_path: Path) -> None:
    """All that was asked for last and not answered since."""
    one, two = (Asked(command, "s", 0, None, []) for command in ("one", "two"))
    lines: list[Line] = [one, two, Refused("one", "StaleVersion"), two]
    path = tmp_path / "journal"
    journal.write(path, lines)
    assert journal.read(path) == lines
    assert journal.under_way(lines) == [two]


async def test_read_models_that_differ_are_found(bench: Bench) -> None:
    """A row that no event accounts for, in a file that is sound otherwise."""
    case = bench.filled()
    assert await stale_read_models(case.store) == []
    for path in case.store.read_models_folder.glob("*.db"):
        connection = sqlite3.connect(path)
        connection.execute("UPDATE rm_brief SET headline = 'forged'")
        connection.commit()
        connection.close()
    assert await stale_read_models(case.store) == ["rm_brief is not as a rebuild makes it"]
