"""`/metrics`: how far the log and the read models are, for Prometheus.

Read when they are asked for, from the running parts themselves: nothing is counted twice.
"""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from graphql_brief.api.context import Node


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
        halted = GaugeMetricFamily(
            "graphql_brief_projection_halted",
            "1 at the event that the read models cannot apply; they go no further",
            labels=("position", "type"),
        )
        halt = self._node.projector.halted
        if halt is not None:
            halted.add_metric((str(halt.position), halt.event_type or ""), 1)
        yield halted


class Metrics:
    """The answer to `/metrics`."""

    def __init__(self, node: Node) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(NodeCollector(node))

    def response(self) -> Response:
        """In Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _gauge(name: str, told: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"graphql_brief_{name}", told, value=value)
