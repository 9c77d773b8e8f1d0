"""Risk of an account as it stands: exposure, leverage, value at risk, beta, drawdown, concentration, and its limits."""

from collections.abc import Mapping

import msgspec
import numpy as np

from openbell.analytics.benchmark import beta
from openbell.analytics.var import Tail, historical_tail, parametric_tail
from openbell.domain.account import Account
from openbell.domain.alert import Severity
from openbell.domain.commands import SetLimits
from openbell.domain.risk import Refusal, RiskLimits
from openbell.domain.values import SCALE, Money, Nanos, Rate, divide_half_up, multiply
from openbell.ports import AlertFilter, History, Market, Page, Trading, Views
from openbell.services.equity_marks import Falls
from openbell.services.portfolio import Portfolio, risk_of
from openbell.services.returns import Sample, Samples
from openbell.services.valuations import Holding

BENCHMARK = "SPY"
CONFIDENCES = (0.95, 0.99)
RISK_SEVERITIES = frozenset({Severity.WARNING, Severity.ERROR, Severity.CRITICAL})


class ValueAtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """What one day may cost at a confidence, by one method; losses in base currency are positive."""

    method: str
    """historical or parametric."""
    confidence: float
    tail: Tail | None


class PositionRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One position's part in the risk; amounts in base currency, `exposure` is signed."""

    holding: Holding
    exposure: Money
    share: Rate
    """Part of the gross exposure."""
    unrealized_pnl: Money
    stop_loss_price: int | None
    target_price: int | None
    max_loss: Money | None
    beta: float | None
    values_at_risk: list[ValueAtRisk]


class PortfolioRisk(msgspec.Struct, frozen=True, kw_only=True):
    """An account's risk in its base currency. Drawdowns are percents at or below zero."""

    currency: str
    equity: Money
    long_exposure: Money
    short_exposure: Money
    leverage: Rate
    """Gross exposure for one unit of equity."""
    beta: float | None
    sample: Sample
    values_at_risk: list[ValueAtRisk]
    current_drawdown: float | None
    max_drawdown: float | None
    concentration: Rate
    """Herfindahl-Hirschman index of the exposures by instrument: 1 is all in one; 0 while nothing is held."""
    by_symbol: dict[str, Money]
    """Signed exposure by instrument, the largest first."""
    daily_loss: Money
    limits: RiskLimits
    as_of_ns: Nanos

    @property
    def gross_exposure(self) -> Money:
        """Longs and shorts added up."""
        return self.long_exposure + self.short_exposure

    @property
    def net_exposure(self) -> Money:
        """Longs less shorts."""
        return self.long_exposure - self.short_exposure


class Risk:
    """Risk figures and limits of accounts."""

    def __init__(
        self, *, trading: Trading, views: Views, history: History, market: Market, portfolio: Portfolio
    ) -> None:
        self._trading = trading
        self._views = views
        self._history = history
        self._portfolio = portfolio
        self._samples = Samples(market=market)
        self._falls = Falls(history)

    async def portfolio(self, account_id: str) -> PortfolioRisk | None:
        """Give an account's risk; None when there is no such account."""
        account = self._views.account(account_id)
        if account is None:
            return None
        exposures = self._by_symbol(account)
        equity = self._views.equity(account_id)
        gross = sum(abs(amount) for amount in exposures.values())
        sample = self._samples.of(exposures, benchmark=BENCHMARK)
        now = self._trading.now_ns()
        current, deepest = await self._falls.of(account_id, opened_ns=account.opened_ns, now_ns=now, equity=equity)
        day_start = account.day_start_equity
        return PortfolioRisk(
            currency=account.base_currency,
            equity=equity,
            long_exposure=sum(amount for amount in exposures.values() if amount > 0),
            short_exposure=-sum(amount for amount in exposures.values() if amount < 0),
            leverage=divide_half_up(gross * SCALE, equity) if equity > 0 else 0,
            beta=_beta(sample, equity),
            sample=sample,
            values_at_risk=_values_at_risk(sample),
            current_drawdown=current,
            max_drawdown=deepest,
            concentration=_concentration(exposures, gross),
            by_symbol=dict(sorted(exposures.items(), key=lambda pair: -abs(pair[1]))),
            daily_loss=max(day_start - equity, 0) if day_start else 0,
            limits=self._views.limits(account_id),
            as_of_ns=now,
        )

    def positions(self, account_id: str) -> list[PositionRisk]:
        """Give the risk of each position, the largest exposure first."""
        account = self._views.account(account_id)
        if account is None:
            return []
        exposures = [(one, self._exposure(account, one)) for one in self._portfolio.holdings(account_id)]
        gross = sum(abs(amount) for _, amount in exposures)
        rows = [self._position(account, one, amount, gross) for one, amount in exposures]
        return sorted(rows, key=lambda row: -abs(row.exposure))

    def limits(self, account_id: str) -> RiskLimits:
        """Give an account's limits."""
        return self._views.limits(account_id)

    async def set_limits(self, account_id: str, changes: Mapping[str, int | None], *, actor: str) -> Refusal | None:
        """Change some of an account's limits, by the names they have in RiskLimits; None lifts one."""
        limits = msgspec.structs.replace(self._views.limits(account_id), **changes)
        outcome = await self._trading.submit(
            SetLimits(ts_ns=self._trading.now_ns(), account_id=account_id, limits=limits, actor=actor)
        )
        return outcome.refusal

    async def alerts(self, account_id: str, *, limit: int, cursor: str) -> Page:
        """List the warnings and worse that nobody has seen yet, newest first."""
        return await self._history.alerts(
            AlertFilter(
                account_id=account_id,
                severities=RISK_SEVERITIES,
                is_acknowledged=False,
                limit=limit,
                cursor=cursor,
            )
        )

    def _position(self, account: Account, holding: Holding, exposure: Money, gross: Money) -> PositionRisk:
        position = holding.position
        rate = self._views.rate(holding.instrument.currency, account.base_currency)
        sample = self._samples.of({position.symbol: exposure}, benchmark=BENCHMARK)
        exits = risk_of(holding, self._views.strategy(account.account_id, position.strategy_id))
        return PositionRisk(
            holding=holding,
            exposure=exposure,
            share=divide_half_up(abs(exposure) * SCALE, gross) if gross else 0,
            unrealized_pnl=multiply(holding.unrealized_pnl, rate),
            stop_loss_price=exits.stop_loss_price,
            target_price=exits.take_profit_price,
            max_loss=None if exits.max_loss is None else multiply(exits.max_loss, rate),
            beta=_beta(sample, abs(exposure)),
            values_at_risk=_values_at_risk(sample),
        )

    def _exposure(self, account: Account, holding: Holding) -> Money:
        rate = self._views.rate(holding.instrument.currency, account.base_currency)
        return multiply(holding.market_value, rate)

    def _by_symbol(self, account: Account) -> dict[str, Money]:
        """Add up the ledgers' positions by instrument: what one is long and another short is no exposure."""
        sums: dict[str, Money] = {}
        for holding in self._portfolio.holdings(account.account_id):
            symbol = holding.position.symbol
            sums[symbol] = sums.get(symbol, 0) + self._exposure(account, holding)
        return {symbol: amount for symbol, amount in sums.items() if amount}


def _values_at_risk(sample: Sample) -> list[ValueAtRisk]:
    return [
        ValueAtRisk(method=method, confidence=confidence, tail=tail(sample.profits, confidence=confidence))
        for method, tail in (("historical", historical_tail), ("parametric", parametric_tail))
        for confidence in CONFIDENCES
    ]


def _beta(sample: Sample, base: Money) -> float | None:
    """Give how much of the benchmark's moves an amount takes part in, from the moves of what it holds."""
    if base <= 0 or len(sample.benchmark) != len(sample.profits):
        return None
    return beta(np.asarray(sample.profits) / (base / SCALE), benchmark=sample.benchmark)


def _concentration(exposures: Mapping[str, Money], gross: Money) -> Rate:
    return divide_half_up(sum(amount * amount for amount in exposures.values()) * SCALE, gross * gross) if gross else 0
