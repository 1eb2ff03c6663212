"""What was asked of this server and how long it took, counted as it happens, for Prometheus.

One event loop counts and reads, so that plain numbers do, without the locks of the client
library's own: they would take as long as the rest of a cached answer's accounts.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from graphql_brief.http.facts import Facts, Verdict

BUCKETS_S = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
OTHER = "other"
"""The operation of all that is not in a known document: clients can make up names without end."""
UNNAMED = "unnamed"
"""The operation of a known document that has no name."""

IsKnown = Callable[[str], bool]
"""Whether the document of this digest (`facts.digest_of`) is one that the server was given."""


class Kept(Protocol):
    """What a cache of answers tells of itself."""

    @property
    def held_bytes(self) -> int:
        """What the answers weigh that it holds."""

    @property
    def fallen(self) -> int:
        """How many it let go of because an event touched them."""

    def __len__(self) -> int:
        """How many it holds."""


class _Latencies:
    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.sum_s = 0.0

    def add(self, elapsed_s: float) -> None:
        self.counts[bisect_left(BUCKETS_S, elapsed_s)] += 1
        self.sum_s += elapsed_s

    def buckets(self) -> list[tuple[str, float]]:
        bounds = [*map(str, BUCKETS_S), "+Inf"]
        return list(zip(bounds, accumulate(self.counts), strict=True))


class Traffic(Collector):
    """The counts of one server."""

    def __init__(self, kept: Kept, is_known: IsKnown = lambda _: False) -> None:
        self._kept = kept
        self._is_known = is_known
        self._latencies = {OTHER: _Latencies()}
        self._statuses: Counter[int | None] = Counter()
        self._verdicts: Counter[Verdict] = Counter()
        self.under_way = 0
        """Requests by HTTP that have begun and not ended."""
        self.connections = 0
        """Open WebSockets."""
        self.operations: Counter[str] = Counter()
        """Operations under way on WebSockets, and event streams of subscriptions, by the scope's
        type: `websocket` and `http`."""

    def answered(self, facts: Facts, status: int | None, elapsed_s: float) -> None:
        """Count a request by HTTP; None: without an answer."""
        self._statuses[status] += 1
        if facts.verdict is not None:
            self._verdicts[facts.verdict] += 1
        if facts.operations:
            name = self._label(facts)
            found = self._latencies.get(name)
            if found is None:
                found = self._latencies[name] = _Latencies()
            found.add(elapsed_s)

    def _label(self, facts: Facts) -> str:
        if facts.digest is None or not self._is_known(facts.digest):
            return OTHER
        return facts.operation or UNNAMED

    def collect(self) -> Iterator[Metric]:
        """The counts as they are now."""
        yield self._latency_family()
        answered = CounterMetricFamily(
            "graphql_brief_requests", "Requests by HTTP, by their status", labels=("status",)
        )
        for status, number in self._statuses.items():
            answered.add_metric((str(status or "none"),), number)
        yield answered
        sockets, streams = self.operations["websocket"], self.operations["http"]
        waiting = self.under_way - streams
        yield _gauge("requests_under_way", "Requests by HTTP that are not answered", waiting)
        yield _gauge("event_streams", "Subscriptions under way by event streams", streams)
        yield _gauge("websocket_connections", "Open WebSockets", self.connections)
        yield _gauge("websocket_operations", "Operations under way on WebSockets", sockets)
        verdicts = CounterMetricFamily(
            "graphql_brief_cache_requests",
            "Requests by what the cache of answers made of them",
            labels=("verdict",),
        )
        for verdict in Verdict:
            verdicts.add_metric((verdict.value,), self._verdicts[verdict])
        yield verdicts
        yield _gauge("cache_entries", "Answers in the cache", len(self._kept))
        yield _gauge("cache_bytes", "Bytes that these take, about", self._kept.held_bytes)
        yield CounterMetricFamily(
            "graphql_brief_cache_fallen",
            "Answers that were let go of because an event touched them",
            value=self._kept.fallen,
        )

    def _latency_family(self) -> Metric:
        made = HistogramMetricFamily(
            "graphql_brief_request_seconds",
            "Time from a request with GraphQL to the end of its answer, by operation",
            labels=("operation",),
        )
        for name, found in self._latencies.items():
            made.add_metric((name,), found.buckets(), found.sum_s)
        return made


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"graphql_brief_{name}", told, value=value)
