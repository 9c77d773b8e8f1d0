"""What several servers, or several sockets of one user, have a share of: cached figures, and places at a turnstile."""

from openbell.config import Settings
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import SharedCache, Trading
from openbell.services.performance import PerformanceFigures
from openbell.services.shared_performance import SharedPerformances
from openbell.streaming.session import SessionLimits
from openbell.streaming.turnstile import ConnectionLimits, Turnstile

UNLIMITED = 1_000_000


def shared_performances(own: PerformanceFigures, *, cache: SharedCache | None, trading: Trading) -> PerformanceFigures:
    """Let servers with a cache in common work performance out once."""
    return own if cache is None else SharedPerformances(own, cache=cache, now_ns=trading.now_ns)


def turnstile_of(settings: Settings) -> Turnstile:
    """Give what counts open sockets."""
    usual, most = ConnectionLimits(), settings.socket_connections_max
    return Turnstile(ConnectionLimits(per_user=most, per_admin=max(most, usual.per_admin)))


def socket_limits(settings: Settings) -> SessionLimits:
    """Give what one socket may do. Without rate limits, for load tests on loopback, it may talk as fast as it can."""
    pace = {"messages_per_second": UNLIMITED, "messages_burst": UNLIMITED} if settings.rate_limits == "off" else {}
    return SessionLimits(
        **pace,
        subscriptions_max=settings.socket_subscriptions_max,
        heartbeat_ns=_nanos(settings.socket_heartbeat_seconds),
        idle_ns=_nanos(settings.socket_idle_seconds),
    )


def _nanos(seconds: int) -> Nanos:
    return seconds * NANOS_PER_SECOND
