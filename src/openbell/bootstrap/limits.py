"""What Redis is for, put together: rate limits, the table in force and where counts are kept; and the shared cache."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from openbell.adapters.redis.cache import RedisCache
from openbell.adapters.redis.windows import RedisWindows
from openbell.adapters.sql.database import Database
from openbell.config import ConfigError, Settings
from openbell.domain.alert import Severity
from openbell.domain.commands import RaiseAlert
from openbell.ports import Clock, SharedCache, SharedWindows, Trading
from openbell.services.kept_limiter import KeptLimiter
from openbell.services.limiter import Limiter, Limits
from openbell.services.quota import InvalidLimits, NoQuota, Quota, table_of
from openbell.services.shared_limiter import SharedLimiter

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimits:
    """The limits as services see them, what counts and keeps them (None while they are off), what is shared."""

    quota: Quota
    counts: Limits | None = None
    kept: KeptLimiter | None = None
    shared: SharedWindows | None = None

    async def start(self) -> None:
        """Take up what was kept."""
        if self.kept is not None:
            await self.kept.restore()

    async def stop(self) -> None:
        """Keep the rest."""
        if self.kept is not None:
            await self.kept.keep()
        if self.shared is not None:
            await self.shared.close()


def rate_limits(settings: Settings, *, database: Database, clock: Clock, trading: Trading) -> RateLimits:
    """Give the limits that the settings ask for.

    Raises ConfigError for a table with an unknown bucket, and for Redis without its client.
    """
    try:
        table = table_of(settings.rate_limits_table)
    except InvalidLimits as problem:
        raise ConfigError(str(problem)) from problem
    if settings.rate_limits == "off":
        return RateLimits(quota=NoQuota())
    kept = KeptLimiter(Limiter(), store=database.quotas, clock=clock)
    shared = _client(RedisWindows, settings.redis_url) if settings.redis_url else None
    limits: Limits = kept
    if shared is not None:
        limits = SharedLimiter(shared, kept, on_outage=_Alarm(trading).tell)
    quota = Quota(limits, rules=table.rules, login=table.login, sockets=table.sockets)
    return RateLimits(quota=quota, counts=limits, kept=kept, shared=shared)


class _Alarm:
    """Records an alert for everybody when the shared store goes away or comes back."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading

    async def tell(self, outage: str) -> None:
        """Say that the store is away, or with '' that it is back."""
        message = f"{outage}: each server counts rate limits for itself" if outage else "redis answers again"
        await self._trading.submit(
            RaiseAlert(
                ts_ns=self._trading.now_ns(),
                account_id="",
                severity=Severity.ERROR if outage else Severity.INFO,
                code="SHARED_LIMITS_AWAY" if outage else "SHARED_LIMITS_BACK",
                message=message,
            )
        )


def shared_cache(settings: Settings) -> SharedCache | None:
    """Give the cache that servers share, where there is one. Raises ConfigError without Redis' client."""
    return _client(RedisCache, settings.redis_url) if settings.redis_url else None


def _client(kind: Callable[[str], T], url: str) -> T:
    try:
        return kind(url)
    except ImportError:
        raise ConfigError("redis_url: Redis needs one more package: pip install 'openbell[redis]'") from None
