"""What a server tells of itself: `/metrics` and `/health/ready`, also when the read models halt."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphql_brief.api.context import Node
from graphql_brief.domain.events import HeadlineRevised, ParagraphRemoved
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.http.app import SILENCE_BOUND_S, make_app
from graphql_brief.http.node import open_node
from graphql_brief.http.tokens import Tokens
from graphql_brief.log import codec
from graphql_brief.log.following import Follower
from graphql_brief.log.port import Append, Appended
from graphql_brief.log.sqlite import SqliteLog
from graphql_brief.projections.runner import ProjectionHalted
from tests.api.conftest import Clock, Newsroom, opened
from tests.log.support import appended, request


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """An empty newsroom."""
    async with opened(tmp_path / "brief.db", Clock()) as made:
        yield made


async def told(node: Node, path: str) -> httpx.Response:
    """What the server answers."""
    app = make_app(node, Tokens("secret" * 8))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        return await client.get(path)


async def measures(node: Node) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every measure, as Prometheus reads it."""
    answer = await told(node, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        family.name.removeprefix("graphql_brief_"): [
            (dict(sample.labels), sample.value) for sample in family.samples
        ]
        for family in text_string_to_metric_families(answer.text)
    }


async def test_how_far_the_read_models_are(newsroom: Newsroom) -> None:
    """They follow the log, and lag behind it by nothing."""
    await newsroom.draft()
    await newsroom.node.projector.wait(1)
    found = await measures(newsroom.node)
    assert {name: found[name] for name in found if name.startswith(("log_", "projection_"))} == {
        "log_position": [({}, 1)],
        "projection_position": [({}, 1)],
        "projection_lag_events": [({}, 0)],
        "projection_halted": [],
        "log_broken": [],
    }
    ready = await told(newsroom.node, "/health/ready")
    assert ready.status_code == 200


async def test_where_they_halt(newsroom: Newsroom) -> None:
    """The event that they cannot apply is named, and how many wait behind it."""
    brief = await newsroom.draft()
    result = await newsroom.node.log.append(
        Append(
            stream=brief,
            expected_version=1,
            events=(ParagraphRemoved(key="never-there"),),
            actor="a",
            significance=Significance.MINOR,
            command_id="c",
            correlation_id="c",
        )
    )
    assert isinstance(result, Appended)
    with pytest.raises(ProjectionHalted):
        await newsroom.node.projector.wait(2)
    found = await measures(newsroom.node)
    assert found["projection_halted"] == [({"position": "2", "type": "ParagraphRemoved"}, 1)]
    assert found["projection_lag_events"] == [({}, 1)]
    ready = await told(newsroom.node, "/health/ready")
    assert ready.status_code == 503
    assert ready.json()["halted"]["position"] == 2


async def test_a_log_that_cannot_be_read_on(
    log_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another node wrote what this one does not know: it is not ready, and says which event."""
    async with (
        open_node(log_postgres, [tmp_path / "one"]) as one,
        open_node(log_postgres, [tmp_path / "other"]) as other,
    ):
        ready = await told(other, "/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert (await measures(other))["log_broken"] == []
        with monkeypatch.context() as patch:
            encode = codec.encode
            patch.setattr(codec, "encode", lambda *told: encode(*told)._replace(schema=9))
            await appended(one.log, request(events=(HeadlineRevised(headline="x"),)))
        await other.log.head()
        ready = await told(other, "/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "halted")
        broken = ready.json()["broken"]
        assert (broken["position"], broken["type"]) == (1, "HeadlineRevised")
        assert "schema version 9" in broken["why"]
        assert (await measures(other))["log_broken"] == [
            ({"position": "1", "type": "HeadlineRevised"}, 1)
        ]


async def test_a_server_that_is_not_heard(
    log_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while the node is ready all the same, and then it is not."""
    async with open_node(log_postgres, [tmp_path / "one"]) as node:
        for silent_s, status, code in (
            (SILENCE_BOUND_S - 1, "ready", 200),
            (SILENCE_BOUND_S + 1, "silent", 503),
        ):
            monkeypatch.setattr(Follower, "heard_seconds_ago", silent_s)
            ready = await told(node, "/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (code, status)
            assert ready.json()["heardSecondsAgo"] == silent_s
            assert (await measures(node))["log_heard_seconds"] == [({}, silent_s)]


async def test_what_waits(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests for a position that is not reached, and appends for the writer."""
    node = newsroom.node
    assert (await measures(node))["waiting_requests"] == [({}, 0)]
    assert (await measures(node))["append_queue"] == [({}, 0)]
    async with node.waiting, node.waiting:
        assert (await measures(node))["waiting_requests"] == [({}, 2)]
    monkeypatch.setattr(SqliteLog, "queued", 3)
    assert (await measures(node))["append_queue"] == [({}, 3)]
