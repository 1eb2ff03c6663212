"""What is counted of requests, and that docs/observability.md lists all of it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from graphql_brief.api.context import Node
from graphql_brief.http.app import make_app
from graphql_brief.http.facts import Facts, Verdict
from graphql_brief.http.metrics import Metrics
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from graphql_brief.http.traffic import BUCKETS_S, OTHER, UNNAMED, Traffic
from tests.cli.server import Server
from tests.http.application import Application
from tests.http.documented import names, rows
from tests.http.test_websocket import hear, initialise, say, socket, subscribe

KNOWN = "query Known { viewer { audience } }"
KNOWN_UNNAMED = "{ viewer { actor } }"
SECONDS = "graphql_brief_request_seconds"


class Sizes:
    """A cache as the metrics see it."""

    held_bytes = 4000
    fallen = 5

    def __len__(self) -> int:
        return 3


def samples(collector: Collector, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one name, by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in collector.collect()
        for sample in family.samples
        if sample.name == name
    }


def facts(**known: Any) -> Facts:
    """The facts of one operation."""
    made = Facts()
    made.operations = 1
    for name, value in known.items():
        setattr(made, name, value)
    return made


async def test_operations_of_known_documents(node: Node, tmp_path: Path) -> None:
    """By name; without one, one label; all that is not known, one other label."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"one": KNOWN, "two": KNOWN_UNNAMED}))
    tokens = Tokens("s" * 64)
    app = make_app(node, tokens, HttpSettings(documents=manifest))
    async with Application(app, node, tokens) as application:
        for document in (KNOWN, KNOWN, KNOWN_UNNAMED, "query Forged { __typename }", "{"):
            await application.post({"query": document})
        await application.post([{"query": KNOWN}])
        await application.post([{"query": KNOWN}, {"query": KNOWN}])
        await application.post({"query": KNOWN, "operationName": "Forged"})
        await application.client.get("/health/live")
    traffic = app.traffic
    assert samples(traffic, f"{SECONDS}_count") == {("Known",): 3, (UNNAMED,): 2, (OTHER,): 3}
    assert samples(traffic, "graphql_brief_requests_total") == {("200",): 7, ("400",): 2}


def test_labels_are_bounded() -> None:
    """However many names clients make up, there is one label for them."""
    traffic = Traffic(Sizes())
    for number in range(1000):
        made_up = facts(operation=f"Name{number}", digest=f"{number:064x}")
        traffic.answered(made_up, 200, 0.001)
    assert samples(traffic, f"{SECONDS}_count") == {(OTHER,): 1000}


def test_the_histogram() -> None:
    """Each time is counted in every bucket that is not below it, and in the sum."""
    traffic = Traffic(Sizes())
    for elapsed_s in (0.00005, 0.0001, 0.3, 40.0):
        traffic.answered(facts(), 200, elapsed_s)
    found = samples(traffic, f"{SECONDS}_bucket")
    assert [bound for _, bound in found] == [*map(str, BUCKETS_S), "+Inf"]
    assert found[OTHER, "0.0001"] == 2
    assert found[OTHER, "0.25"] == 2
    assert found[OTHER, "0.5"] == 3
    assert found[OTHER, "30.0"] == 3
    assert found[OTHER, "+Inf"] == 4
    assert samples(traffic, f"{SECONDS}_sum")[OTHER,] == pytest.approx(40.30015)


def test_verdicts() -> None:
    """Each is there from the start, so that a rate of it is one; not known is none of them."""
    traffic = Traffic(Sizes())
    for verdict in (Verdict.HIT, Verdict.HIT, Verdict.MISS, None):
        traffic.answered(facts(verdict=verdict), 200, 0.001)
    assert samples(traffic, "graphql_brief_cache_requests_total") == {
        ("hit",): 2,
        ("not_modified",): 0,
        ("miss",): 1,
        ("uncacheable",): 0,
    }


def test_a_client_that_goes_away() -> None:
    """It is counted, without a status."""
    traffic = Traffic(Sizes())
    traffic.answered(facts(), None, 0.001)
    assert samples(traffic, "graphql_brief_requests_total") == {("none",): 1}


def test_the_table(node: Node) -> None:
    """The document lists each metric with its kind and labels, and none that is not there."""
    traffic = Traffic(Sizes())
    traffic.answered(facts(verdict=Verdict.HIT), 200, 0.001)
    found = {}
    for family in text_string_to_metric_families(
        bytes(Metrics(node, traffic).response().body).decode()
    ):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert family.documentation, name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = (family.type, labels)
    documented = {names(name)[0]: (kind, set(names(labels))) for name, kind, labels, _ in METRICS}
    assert len(documented) == len(METRICS)
    absent = {
        "graphql_brief_projection_halted": {"position", "type"},
        "graphql_brief_log_broken": {"position", "type"},
    }
    for name, labels in absent.items():
        assert found[name] == ("gauge", set())
        found[name] = ("gauge", labels)
    found["graphql_brief_log_heard_seconds"] = ("gauge", set())  # tests/http/test_metrics.py
    assert documented == found
    told = [samples(traffic, f"graphql_brief_cache_{name}")[()] for name in KEPT]
    assert told == [3, 4000, 5]


METRICS = rows("Metrics")
KEPT = ("entries", "bytes", "fallen_total")


async def test_what_is_open(tmp_path: Path) -> None:
    """WebSockets and the operations on them, while they last; and this request itself."""
    server = Server.start(tmp_path / "brief.db", "--fixtures", str(tmp_path / "none"), cwd=tmp_path)

    async def told() -> dict[str, float]:
        async with httpx.AsyncClient() as client:
            text = (await client.get(server.url.replace("/graphql", "/metrics"))).text
        return {
            sample.name.removeprefix("graphql_brief_"): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def until(connections: int, operations: int) -> None:
        expected, found = (connections, operations), (-1.0, -1.0)
        async with asyncio.timeout(20):
            while found != expected:
                now = await told()
                assert now["requests_under_way"] == 1
                found = (now["websocket_connections"], now["websocket_operations"])

    try:
        await until(0, 0)
        async with socket(server) as connection:
            await initialise(connection)
            await until(1, 0)
            for name in ("a", "b"):
                await subscribe(connection, "subscription { breaking { __typename } }", id=name)
            await until(1, 2)
            await say(connection, type="complete", id="a")
            await until(1, 1)
            await subscribe(connection, "{ __typename }", id="c")
            assert (await hear(connection))["type"] == "next"
        await until(0, 0)
    finally:
        assert server.stop() == ""


async def test_applications_do_not_share(node: Node) -> None:
    """Each counts for itself."""
    tokens = Tokens("s" * 64)
    one, other = make_app(node, tokens), make_app(node, tokens)
    async with Application(one, node, tokens) as application:
        await application.post({"query": "{ __typename }"})
    assert samples(one.traffic, f"{SECONDS}_count") == {(OTHER,): 1}
    assert samples(other.traffic, f"{SECONDS}_count") == {(OTHER,): 0}
