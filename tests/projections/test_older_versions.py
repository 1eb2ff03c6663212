"""A log with bodies of older schema versions gives what the same log of the newest gives."""

import json
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graphql_brief.api.context import Context, Node
from graphql_brief.api.schema import schema
from graphql_brief.cli import fixtures
from graphql_brief.domain.events import Event
from graphql_brief.http.node import open_node
from graphql_brief.log import codec
from graphql_brief.log.codec import Encoded
from graphql_brief.log.opening import open_log
from graphql_brief.log.port import Recorded
from graphql_brief.projections.rebuild import rebuild
from graphql_brief.projections.store import ReadModelFile
from tests.api.pages import BY_SLUG
from tests.cli.server import ROOT
from tests.events.independent import canonical
from tests.projections.newsroom import dump

Members = dict[str, Any]
MAIN = {"slug": "americas-second-exit-from-iraq"}


def _one_place(members: Members) -> Members | None:
    places = members.pop("corrects", [])
    if len(places) > 1:
        return None
    return members | ({"corrects": places[0]} if places else {})


def _one_number(members: Members) -> Members | None:
    probability = members["probability"]
    return None if "high" in probability else members | {"probability": probability["low"]}


DOWN: dict[str, Callable[[Members], Members | None]] = {
    "CorrectionPublished": _one_place,
    "ForecastMade": _one_number,
}
"""As version 1 says it, where it can."""


def encode_older(event: Event, change_note: str | None = None) -> Encoded:
    """An event as code wrote it that knew version 1 only; what that cannot say, as it is."""
    written = ENCODE(event, change_note)
    if written.type not in DOWN:
        return written
    content = json.loads(written.body)
    older = DOWN[written.type](content["event"])
    if older is None:
        return written
    return Encoded(written.type, 1, canonical(content | {"event": older}))


ENCODE = codec.encode


@asynccontextmanager
async def node_on(path: Path, clock: Any) -> AsyncIterator[Node]:
    """A node whose log's ids are the same each time."""
    async with open_node(
        f"sqlite:///{path}",
        [path.with_suffix(".read-models")],
        clock=clock,
        entropy=Random(7).randbytes,
        origin="graphql-brief/test",
    ) as node:
        yield node


async def loaded(path: Path, monkeypatch: pytest.MonkeyPatch, encode: Any) -> Path:
    """A database with the fixtures' history, as this way of writing events leaves it."""
    commands, clock = Random(3), fixtures.StepClock()
    monkeypatch.setattr(secrets, "token_hex", lambda size: commands.randbytes(size).hex())
    monkeypatch.setattr(codec, "encode", encode)
    async with node_on(path, clock) as node:
        await fixtures.replay(node.desk, fixtures.read(ROOT / "fixtures"), clock, lambda: None)
        await node.projector.wait(node.tail.position)
    monkeypatch.undo()
    return path


async def shown(path: Path, *, rebuilt: bool) -> tuple[Any, ...]:
    """Every read model, every state, a whole page of the API, and the events."""
    folder = path.with_suffix(".read-models")
    if rebuilt:
        shutil.rmtree(folder)
        async with open_log(f"sqlite:///{path}", clock=fixtures.StepClock()) as log:
            await rebuild(folder, log)
    (file,) = folder.glob("*.db")
    kept = await ReadModelFile.open(file, create=False)
    rows = await dump(kept)
    del rows["rm_checkpoint"]  # it names the last event's leaf hash, which other bytes have
    await kept.close()
    events = await recorded(path)
    async with node_on(path, fixtures.StepClock()) as node:
        states = [await node.states.get(stream) for stream in {e.stream: 0 for e in events}]
        page = await schema.execute(BY_SLUG, variable_values=MAIN, context_value=Context(node))
    assert page.errors is None
    return rows, states, page.data, [(event.event, event.change_note) for event in events]


async def test_the_read_models_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded, opened again and rebuilt: rows and states; only the schema versions differ."""
    newest = await loaded(tmp_path / "newest.db", monkeypatch, ENCODE)
    older = await loaded(tmp_path / "older.db", monkeypatch, encode_older)
    expected = await shown(newest, rebuilt=False)
    assert await shown(older, rebuilt=False) == expected
    assert await shown(older, rebuilt=True) == expected
    assert await versions(newest) == {("CorrectionPublished", 2), ("ForecastMade", 2)}
    assert await versions(older) == {
        *{("CorrectionPublished", 1), ("ForecastMade", 1)},
        *{("CorrectionPublished", 2), ("ForecastMade", 2)},
    }


async def versions(path: Path) -> set[tuple[str, int]]:
    """The schema versions in a log of the types that have several."""
    return {(event.type, event.schema) for event in await recorded(path) if event.type in DOWN}


async def recorded(path: Path) -> list[Recorded]:
    """Every event of a log."""
    async with open_log(f"sqlite:///{path}", clock=fixtures.StepClock()) as log:
        return await log.read(after=0, limit=10_000)


async def test_an_older_log_keeps_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is opened, read and rebuilt; no header and no body of it changes."""
    path = await loaded(tmp_path / "older.db", monkeypatch, encode_older)
    before = await stored(path)
    await shown(path, rebuilt=True)
    assert await stored(path) == before


async def stored(path: Path) -> list[tuple[bytes, bytes | None, bytes | None]]:
    """The bytes of every event."""
    return [(event.header, event.body, event.salt) for event in await recorded(path)]
