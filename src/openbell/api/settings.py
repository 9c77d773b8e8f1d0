"""What the edge can be told from outside."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry

from openbell.api.access_log import Writer
from openbell.api.limits import BODY_BYTES_MAX, UPLOAD_BYTES_MAX
from openbell.domain.values import Nanos
from openbell.streaming.session import SessionLimits


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the web application."""

    version: str
    cors_origins: frozenset[str] = frozenset()
    """Origins that may call from a browser, such as http://localhost:3000. No wildcard: credentials travel."""
    body_bytes_max: int = BODY_BYTES_MAX
    upload_bytes_max: int = UPLOAD_BYTES_MAX
    trust_proxy_tls: bool = False
    """A proxy in front speaks TLS, so that keys may come over plain HTTP from it."""
    telemetry_require_key: bool = False
    pages: Path | None = None
    """Folder of the built dashboard, which may be missing; None serves no pages."""
    sockets: SessionLimits = SessionLimits()
    now_ns: Callable[[], Nanos] = time.time_ns
    write_access: Writer | None = None
    """Writes one entry of the log a request; None writes it as everything else is logged."""
    registry: CollectorRegistry = msgspec.field(default_factory=CollectorRegistry)
    """Where counters of this process are kept, shown at /metrics."""
