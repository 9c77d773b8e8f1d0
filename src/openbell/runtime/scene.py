"""What a backtest is set up with: instruments, strategies, money, costs. One request, or a whole portfolio."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.domain.account import Mode
from openbell.domain.instrument import Instrument
from openbell.domain.market import Timeframe
from openbell.domain.risk import BACKTEST_LIMITS, RiskLimits
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import SCALE, Money, Rate
from openbell.engine.matching.profile import PROFILES, FillProfile
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import RunFailed

ACCOUNT = "backtest"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a backtest depends on beside its bars. The same scene over the same bars gives the same bytes."""

    instruments: dict[str, Instrument]
    """All of one currency, the account's. Bars of one instant happen in this order."""
    strategies: tuple[StrategyConfig, ...]
    """What each has allocated is its own; together no more than the cash."""
    timeframe: Timeframe
    initial_cash: Money
    fee_rate: Rate = 0
    profile: FillProfile
    limits: RiskLimits = BACKTEST_LIMITS
    """Of the account; a strategy's own stand in its configuration."""
    borrow_rate: Rate = 0
    """Cost of holding short what is paid for in full: part of its worth a year."""

    @property
    def currency(self) -> str:
        """Currency of the account."""
        return next(iter(self.instruments.values())).currency

    @property
    def tells_time(self) -> bool:
        """Tell whether anything depends on time passing: schedules, limits on losses, the cost of short positions."""
        own = (config.limits for config in self.strategies)
        limits = [one for one in (self.limits, *own) if one is not None]
        has_loss_limit = any(one.daily_loss_max is not None or one.drawdown_max is not None for one in limits)
        return has_loss_limit or self.borrow_rate > 0 or any(config.schedule for config in self.strategies)


def scene_of(request: BacktestRequest, *, instrument: Instrument, kinds: Mapping[str, type[Strategy]]) -> Scene:
    """Set up one strategy on one instrument. Raises RunFailed when that cannot be."""
    config = StrategyConfig(
        strategy_id=request.strategy_id,
        account_id=ACCOUNT,
        owner_id=ACCOUNT,
        name=request.strategy_id,
        kind=request.kind,
        symbols=(instrument.symbol,),
        timeframe=request.timeframe,
        parameters=_parameters(request, kinds),
        mode=Mode.BACKTEST,
        allocated=request.initial_cash,
        limits=request.limits,
        schedule=request.schedule,
        stop_loss_percent=request.stop_loss_percent,
        take_profit_percent=request.take_profit_percent,
        risk_per_trade_percent=request.risk_per_trade_percent,
        positions_max=request.positions_max,
    )
    return Scene(
        instruments={instrument.symbol: instrument},
        strategies=(config,),
        timeframe=request.timeframe,
        initial_cash=request.initial_cash,
        fee_rate=request.fee_rate,
        profile=profile_named(request.fill_model),
        borrow_rate=request.borrow_rate,
    )


def profile_named(name: str) -> FillProfile:
    """Give a fill profile. Raises RunFailed."""
    profile = PROFILES.get(name)
    if profile is None:
        raise RunFailed(f"unknown fill model {name}: one of {', '.join(PROFILES)}")
    return profile


def fx_rates(scene: Scene) -> dict[str, int]:
    """Give the rates a core needs for a scene of one currency."""
    return {"USD": SCALE, scene.currency: SCALE}


def _parameters(request: BacktestRequest, kinds: Mapping[str, type[Strategy]]) -> dict[str, Any]:
    kind = kinds.get(request.kind)
    if kind is None:
        raise RunFailed(f"unknown strategy {request.kind}: one of {', '.join(sorted(kinds))}")
    try:
        return validate_parameters(kind, request.parameters)
    except InvalidParameters as problem:
        raise RunFailed(str(problem)) from problem
