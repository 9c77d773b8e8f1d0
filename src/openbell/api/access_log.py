"""One line of the log, and one count, for every request that was answered."""

from collections.abc import Callable

import msgspec
import structlog

from openbell.api.exchange import Exchange
from openbell.api.metrics import EdgeMetrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Entry(msgspec.Struct, kw_only=True):
    """What is logged of a request; nothing of it but the id was written by the caller."""

    request_id: str
    user: str | None
    client: str
    method: str
    route: str
    status: int
    duration_ms: float


Writer = Callable[[Entry], None]
"""Writes an entry."""


def through_structlog() -> Writer:
    """Write entries as everything else is logged."""
    # Bound once: to bind it anew costs as much as half an entry.
    log = structlog.get_logger("openbell.access").bind()

    def write(entry: Entry) -> None:
        log.info("request", **msgspec.structs.asdict(entry))

    return write


class Records:
    """Keeps count of answers and writes them down."""

    def __init__(self, metrics: EdgeMetrics, *, write: Writer | None = None) -> None:
        self._metrics = metrics
        self._write = write or through_structlog()

    def keep(self, exchange: Exchange, *, method: str, route: str, status: int, seconds: float) -> None:
        """Record one answer and the time it took."""
        if method not in METHODS:
            method = "OTHER"
        self._metrics.count(method=method, route=route, status=status, seconds=seconds)
        who = exchange.principal
        self._write(
            Entry(
                request_id=exchange.request_id,
                user=None if who is None else who.user_id,
                client=exchange.client_ip,
                method=method,
                route=route,
                status=status,
                duration_ms=round(seconds * 1_000, 3),
            )
        )
