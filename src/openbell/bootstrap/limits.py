"""Rate limits put together: the table that is in force, and where counts are kept."""

from dataclasses import dataclass

from openbell.adapters.sql.database import Database
from openbell.config import ConfigError, Settings
from openbell.ports import Clock
from openbell.services.kept_limiter import KeptLimiter
from openbell.services.limiter import Limiter
from openbell.services.quota import InvalidLimits, NoQuota, Quota, table_of


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimits:
    """The limits as services see them, and what keeps them behind the scenes; None while they are off."""

    quota: Quota
    kept: KeptLimiter | None


def rate_limits(settings: Settings, *, database: Database, clock: Clock) -> RateLimits:
    """Give the limits that the settings ask for. Raises ConfigError for a table with an unknown bucket."""
    try:
        table = table_of(settings.rate_limits_table)
    except InvalidLimits as problem:
        raise ConfigError(str(problem)) from problem
    if settings.rate_limits == "off":
        return RateLimits(quota=NoQuota(), kept=None)
    kept = KeptLimiter(Limiter(), store=database.quotas, clock=clock)
    return RateLimits(quota=Quota(kept, rules=table.rules, login=table.login), kept=kept)
