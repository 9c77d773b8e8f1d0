"""Counters of the edge, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram

# From a cached read to a sign-in that waits its turn.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class EdgeMetrics:
    """Requests by method, route template and status. Templates, not paths: the number of series stays bounded.

    The series are remembered here, as finding one costs more than counting in it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "openbell_http_requests_total", "HTTP requests.", ("method", "route", "status"), registry=registry
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._seconds = Histogram(
            "openbell_http_request_seconds",
            "Time to answer, in seconds.",
            ("method", "route"),
            registry=registry,
            buckets=_SECONDS,
        )

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        series = self._series.get((method, route, status))
        if series is None:
            series = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
            self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)
