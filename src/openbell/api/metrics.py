"""Counters of the edge, for Prometheus: plain numbers on the way of a request, put into its form when somebody asks.

The library's own series take a lock and look at every bucket, five times the work, for each of them.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from openbell.domain.values import NANOS_PER_SECOND, Nanos

# From a cached read to a sign-in that waits its turn.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_BOUNDS = (*(str(bound) for bound in _SECONDS), "+Inf")
_COUNT, _SPREAD = "openbell_http_requests", "openbell_http_request_seconds"


class _Series:
    """Answers of one method and route that took about so long each, and those with one status among them."""

    __slots__ = ("buckets", "since", "statuses", "sum")

    def __init__(self, since: float) -> None:
        self.since = since
        self.buckets = [0] * len(_BOUNDS)
        self.sum = 0.0
        self.statuses: dict[int, list[float]] = {}
        """Count and beginning of each."""


class EdgeMetrics(Collector):
    """Requests by method, route template and status. Templates, not paths: the number of series stays bounded.

    Counted and collected on the one thread of the event loop.
    """

    def __init__(self, registry: CollectorRegistry, *, now_ns: Callable[[], Nanos]) -> None:
        self._now_ns = now_ns
        self._series: dict[tuple[str, str], _Series] = {}
        registry.register(self)

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        series = self._series.get((method, route))
        if series is None:
            series = self._series[method, route] = _Series(self._now_ns() / NANOS_PER_SECOND)
        series.buckets[bisect_left(_SECONDS, seconds)] += 1
        series.sum += seconds
        counted = series.statuses.get(status)
        if counted is None:
            counted = series.statuses[status] = [0, self._now_ns() / NANOS_PER_SECOND]
        counted[0] += 1

    def collect(self) -> Iterator[Metric]:
        """Give everything in the form that the registry writes."""
        requests = CounterMetricFamily(_COUNT, "HTTP requests.", labels=("method", "route", "status"))
        spread = HistogramMetricFamily(_SPREAD, "Time to answer, in seconds.", labels=("method", "route"))
        for (method, route), series in self._series.items():
            for status, (count, since) in series.statuses.items():
                requests.add_metric((method, route, str(status)), count, created=since)
            buckets = list(zip(_BOUNDS, accumulate(series.buckets), strict=True))
            spread.add_metric((method, route), buckets, series.sum)
            spread.add_sample(f"{_SPREAD}_created", {"method": method, "route": route}, series.since)
        yield requests
        yield spread
