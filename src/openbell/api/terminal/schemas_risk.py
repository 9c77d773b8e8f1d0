"""Risk figures and limits as the terminal writes and reads them."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.numbers import Figure, Number, NumberIn
from openbell.api.terminal.schemas import Answer
from openbell.api.values import timestamp
from openbell.domain.alert import Alert, Severity
from openbell.domain.risk import RiskLimits
from openbell.domain.values import NANOS_PER_SECOND, SCALE, divide_half_up
from openbell.services.emergency import Flattening, StopReport
from openbell.services.risk import BENCHMARK, PortfolioRisk, PositionRisk, ValueAtRisk

_COUNT_MAX = 1_000_000


class VarData(Answer):
    """What one day may cost, in base currency: a loss is positive. Null while there are too few candles to say."""

    method: str = Field(description="historical: the sample's own tail; parametric: normal, variance and covariance.")
    confidence: Figure
    horizon: str
    var: Figure | None
    cvar: Figure | None


class ConcentrationData(Answer):
    """How much lies on few instruments."""

    hhi: Number = Field(description="Herfindahl-Hirschman index, 0 to 1: 1 is all in one instrument.")
    largest_instrument: str | None
    largest_percent: Number = Field(description="Its part of the gross exposure, in percent.")


class ExposureData(Answer):
    """Worth of positions in base currency."""

    gross: Number
    net: Number
    long: Number
    short: Number
    by_instrument: dict[str, Number]


class LimitsAnswer(Answer):
    """Limits of an account, amounts in base currency; null is no limit."""

    max_order_quantity: Number | None
    max_order_value: Number | None
    max_position_size: Number | None
    max_open_orders: int | None
    max_orders_per_second: int | None
    price_collar_percent: Number | None
    max_daily_loss: Number | None
    max_drawdown_percent: Number | None
    max_price_age_seconds: Number | None
    duplicate_window_ms: int


class PortfolioRiskAnswer(Answer):
    """The risk of an account; percents are percents, drawdowns at or below zero."""

    currency: str
    equity: Number
    exposure: ExposureData
    leverage: Number = Field(description="Gross exposure for one unit of equity.")
    value_at_risk: list[VarData]
    observations: int = Field(description="Candles that value at risk and beta rest on.")
    timeframe: str | None = Field(description="Their length; shorter than a day, figures are stretched by root time.")
    beta: Figure | None
    beta_benchmark: str
    current_drawdown_percent: Figure | None
    max_drawdown_percent: Figure | None
    concentration: ConcentrationData
    daily_loss: Number = Field(description="Loss since the start of the UTC day; 0 in profit.")
    limits: LimitsAnswer
    as_of: str


class PositionRiskData(Answer):
    """A position's part in the risk, amounts in base currency."""

    position_id: str
    strategy_id: str
    instrument: str
    quantity: Number
    exposure: Number = Field(description="Negative when short.")
    exposure_percent: Number = Field(description="Part of the gross exposure.")
    unrealized_pnl: Number
    stop_loss_price: Number | None
    target_price: Number | None
    max_loss: Number | None = Field(description="What its stop would cost; negative.")
    beta: Figure | None
    value_at_risk: list[VarData]


class PositionRisksAnswer(Answer):
    """Positions, the largest exposure first."""

    positions: list[PositionRiskData]


class LimitsRequest(Ask):
    """Limits that are to change; null lifts one."""

    max_order_quantity: NumberIn | None = None
    max_order_value: NumberIn | None = None
    max_position_size: NumberIn | None = Field(None, description="Largest worth of a position, open orders included.")
    max_open_orders: int | None = Field(None, ge=0, le=_COUNT_MAX, strict=True)
    max_orders_per_second: int | None = Field(None, ge=0, le=_COUNT_MAX, strict=True)
    price_collar_percent: NumberIn | None = None
    max_daily_loss: NumberIn | None = None
    max_drawdown_percent: NumberIn | None = None

    def changes(self) -> dict[str, int | None]:
        """Give what is to change, by the limits' names inside."""
        given: dict[str, int | None] = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("price_collar_percent", "max_drawdown_percent"):
            percent = given.get(name)
            if percent is not None:
                given[name] = divide_half_up(percent, 100)
        return {_NAMES[name]: value for name, value in given.items()}


_NAMES = {
    "max_order_quantity": "order_quantity_max",
    "max_order_value": "order_notional_max",
    "max_position_size": "position_notional_max",
    "max_open_orders": "open_orders_max",
    "max_orders_per_second": "orders_per_second_max",
    "price_collar_percent": "price_collar",
    "max_daily_loss": "daily_loss_max",
    "max_drawdown_percent": "drawdown_max",
}


class StopRequest(Ask):
    """Why everything stops, and whether positions are to be closed."""

    reason: str = Field("emergency stop", max_length=500)
    flatten: bool = Field(default=False, strict=True, description="Also close every position at the market.")


class StopAnswer(Answer):
    """What the stop did."""

    success: bool
    kill_switch_active: bool
    affected_strategies: list[str]
    canceled_orders: int = Field(description="Working orders whose cancel is known.")
    outstanding_orders: list[str] = Field(description="Orders whose cancel is not known yet.")
    closing_orders: list[str] = Field(description="Orders that close positions.")
    activated_at: str


class AlertData(Answer):
    """Something a person should know of."""

    id: str
    severity: Severity
    code: str
    message: str
    context: dict[str, str]
    created_at: str


class AlertsAnswer(Answer):
    """Alerts, newest first."""

    alerts: list[AlertData]
    next_cursor: str | None = None


def portfolio_risk_data(risk: PortfolioRisk) -> PortfolioRiskAnswer:
    """Write an account's risk."""
    return PortfolioRiskAnswer(
        currency=risk.currency,
        equity=risk.equity,
        exposure=ExposureData(
            gross=risk.gross_exposure,
            net=risk.net_exposure,
            long=risk.long_exposure,
            short=risk.short_exposure,
            by_instrument=risk.by_symbol,
        ),
        leverage=risk.leverage,
        value_at_risk=[_var_data(one) for one in risk.values_at_risk],
        observations=risk.sample.observations,
        timeframe=risk.sample.timeframe,
        beta=risk.beta,
        beta_benchmark=BENCHMARK,
        current_drawdown_percent=risk.current_drawdown,
        max_drawdown_percent=risk.max_drawdown,
        concentration=_concentration(risk),
        daily_loss=risk.daily_loss,
        limits=limits_data(risk.limits),
        as_of=timestamp(risk.as_of_ns),
    )


def position_risk_data(risk: PositionRisk) -> PositionRiskData:
    """Write a position's risk."""
    position = risk.holding.position
    return PositionRiskData(
        position_id=position.position_id,
        strategy_id=position.strategy_id,
        instrument=position.symbol,
        quantity=position.quantity,
        exposure=risk.exposure,
        exposure_percent=risk.share * 100,
        unrealized_pnl=risk.unrealized_pnl,
        stop_loss_price=risk.stop_loss_price,
        target_price=risk.target_price,
        max_loss=risk.max_loss,
        beta=risk.beta,
        value_at_risk=[_var_data(one) for one in risk.values_at_risk],
    )


def limits_data(limits: RiskLimits) -> LimitsAnswer:
    """Write an account's limits."""
    age = limits.price_age_max_ns
    return LimitsAnswer(
        max_order_quantity=limits.order_quantity_max,
        max_order_value=limits.order_notional_max,
        max_position_size=limits.position_notional_max,
        max_open_orders=limits.open_orders_max,
        max_orders_per_second=limits.orders_per_second_max,
        price_collar_percent=_percent(limits.price_collar),
        max_daily_loss=limits.daily_loss_max,
        max_drawdown_percent=_percent(limits.drawdown_max),
        max_price_age_seconds=None if age is None else divide_half_up(age * SCALE, NANOS_PER_SECOND),
        duplicate_window_ms=limits.duplicate_window_ns // 1_000_000,
    )


def stop_data(report: StopReport, flattened: Sequence[Flattening]) -> StopAnswer:
    """Write what an emergency stop did."""
    return StopAnswer(
        success=True,
        kill_switch_active=True,
        affected_strategies=report.strategy_ids,
        canceled_orders=sum(one.outcome == "canceled" for one in report.orders),
        outstanding_orders=report.outstanding,
        closing_orders=[one.order.order_id for one in flattened if one.order is not None],
        activated_at=timestamp(report.activated_ns),
    )


def alert_data(alert: Alert) -> AlertData:
    """Write an alert."""
    return AlertData(
        id=alert.alert_id,
        severity=alert.severity,
        code=alert.code,
        message=alert.message,
        context=alert.context,
        created_at=timestamp(alert.created_ns),
    )


def _var_data(one: ValueAtRisk) -> VarData:
    tail = one.tail
    figures: dict[str, Any] = {"var": tail.var, "cvar": tail.cvar} if tail is not None else {"var": None, "cvar": None}
    return VarData(method=one.method, confidence=one.confidence, horizon="1d", **figures)


def _concentration(risk: PortfolioRisk) -> ConcentrationData:
    largest = next(iter(risk.by_symbol.items()), None)
    gross = risk.gross_exposure
    share = divide_half_up(abs(largest[1]) * 100 * SCALE, gross) if largest is not None and gross else 0
    return ConcentrationData(
        hhi=risk.concentration,
        largest_instrument=None if largest is None else largest[0],
        largest_percent=share,
    )


def _percent(rate: int | None) -> int | None:
    return None if rate is None else rate * 100
