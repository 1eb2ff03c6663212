"""What a server tells of itself: `/metrics` and `/health/ready`, also when the read models halt."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphql_brief.domain.events import ParagraphRemoved
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.http.app import make_app
from graphql_brief.http.tokens import Tokens
from graphql_brief.log.port import Append, Appended
from graphql_brief.projections.runner import ProjectionHalted
from tests.api.conftest import Clock, Newsroom, opened


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """An empty newsroom."""
    async with opened(tmp_path / "brief.db", Clock()) as made:
        yield made


async def told(newsroom: Newsroom, path: str) -> httpx.Response:
    """What the server answers."""
    app = make_app(newsroom.node, Tokens("secret" * 8))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        return await client.get(path)


async def measures(newsroom: Newsroom) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every measure, as Prometheus reads it."""
    answer = await told(newsroom, "/metrics")
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
    assert await measures(newsroom) == {
        "log_position": [({}, 1)],
        "projection_position": [({}, 1)],
        "projection_lag_events": [({}, 0)],
        "projection_halted": [],
    }
    ready = await told(newsroom, "/health/ready")
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
    found = await measures(newsroom)
    assert found["projection_halted"] == [({"position": "2", "type": "ParagraphRemoved"}, 1)]
    assert found["projection_lag_events"] == [({}, 1)]
    ready = await told(newsroom, "/health/ready")
    assert ready.status_code == 503
    assert ready.json()["halted"]["position"] == 2
