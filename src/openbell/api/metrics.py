"""Counters of the edge, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram

# From a cached read to a sign-in that waits its turn.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class EdgeMetrics:
    """Requests by method, route template and status. Templates, not paths: the number of series stays bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "openbell_http_requests_total", "HTTP requests.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "openbell_http_request_seconds",
            "Time to answer, in seconds.",
            ("method", "route"),
            registry=registry,
            buckets=_SECONDS,
        )

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
