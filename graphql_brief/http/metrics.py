"""`/metrics`: how far the log and the read models are, and what `traffic` counts, for Prometheus.

Read when they are asked for, from the running parts themselves: nothing is counted twice.
"""

from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from graphql_brief.api.context import Node
from graphql_brief.http.traffic import Traffic
from graphql_brief.log.port import Unreadable
from graphql_brief.projections.runner import Halt


class NodeCollector(Collector):
    """What a node's log and read models have to tell."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The measures as they are now."""
        heard, projected = self._node.tail.position, self._node.projector.position
        yield _gauge("log_position", "Last position of the log that this server heard of", heard)
        yield _gauge("projection_position", "Checkpoint of the read models", projected)
        yield _gauge(
            "projection_lag_events",
            "Events that the read models have still to apply",
            max(heard - projected, 0),
        )
        yield _stopped(
            "projection_halted",
            "1 at the event that the read models cannot apply; they go no further",
            self._node.projector.halted,
        )
        yield _stopped(
            "log_broken",
            "1 at the event that this server cannot read; it hears no further and takes no edits",
            self._node.log.broken,
        )
        silent_s = self._node.log.heard_seconds_ago
        if silent_s is not None:
            yield _gauge("log_heard_seconds", "Since the log's server was last heard", silent_s)
        yield _gauge("append_queue", "Appends that wait to be taken up", self._node.log.queued)
        yield _gauge(
            "waiting_requests",
            "Requests that wait until the read models reach a position",
            self._node.waiting.taken,
        )


class Metrics:
    """The answer to `/metrics`: the node, its traffic, and the process itself."""

    def __init__(self, node: Node, traffic: Traffic) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(NodeCollector(node))
        self._registry.register(traffic)
        ProcessCollector(registry=self._registry)

    def response(self) -> Response:
        """In Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _stopped(name: str, told: str, at: Halt | Unreadable | None) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"graphql_brief_{name}", told, labels=("position", "type"))
    if at is not None:
        made.add_metric((str(at.position), at.event_type or ""), 1)
    return made


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"graphql_brief_{name}", told, value=value)
