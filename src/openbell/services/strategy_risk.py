"""The three risk parameters of a strategy as the terminal names them, and the limits and settings behind them."""

import msgspec

from openbell.domain.risk import NO_LIMITS, RiskLimits
from openbell.domain.strategy import Strategy
from openbell.domain.values import Money, Rate, text_of
from openbell.services.portfolio import setting_of

STOP_SETTING = "stop_loss_pct"


class RiskParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Largest worth of a position, percent of the entry at which one is closed, largest loss of a UTC day.

    Amounts are in the account's base currency: a strategy may trade several instruments, and only their worth can be
    compared. 0 is no limit.
    """

    max_position_size: Money = 0
    stop_loss_percent: Rate = 0
    max_daily_loss: Money = 0


def risk_parameters_of(strategy: Strategy) -> RiskParameters:
    """Give what is set; the limits of the account hold beside it."""
    limits = strategy.config.limits or NO_LIMITS
    return RiskParameters(
        max_position_size=limits.position_notional_max or 0,
        stop_loss_percent=setting_of(strategy, STOP_SETTING) or 0,
        max_daily_loss=limits.daily_loss_max or 0,
    )


def limits_with(
    limits: RiskLimits | None, *, max_position_size: Money | None, max_daily_loss: Money | None
) -> RiskLimits | None:
    """Give a strategy's limits with these two changed; None keeps one, 0 lifts it. None when nothing changes."""
    changes = {
        name: value or None
        for name, value in (("position_notional_max", max_position_size), ("daily_loss_max", max_daily_loss))
        if value is not None
    }
    return msgspec.structs.replace(limits or NO_LIMITS, **changes) if changes else None


def stop_setting(stop_loss_percent: Rate | None) -> dict[str, str | None]:
    """Give the setting that says a stop; None keeps it, 0 takes it away."""
    if stop_loss_percent is None:
        return {}
    return {STOP_SETTING: text_of(stop_loss_percent, 0) if stop_loss_percent else None}
