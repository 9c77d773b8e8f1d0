"""Performance: profit, ratios and win rate of an account or of one strategy over a period."""

from enum import StrEnum
from typing import Protocol

import msgspec

from openbell.analytics.summary import summarize
from openbell.domain.account import Account, Mode
from openbell.domain.values import SCALE, Money, Nanos, Rate, multiply
from openbell.ports import EquityPoint, Market, Trading, Views
from openbell.services.kept import Kept
from openbell.services.portfolio import last_of_each
from openbell.services.track_records import TrackRecord, TrackRecords, Wanted
from openbell.services.valuations import NANOS_PER_DAY

CACHE_NS = 5_000_000_000
"""Longest age of an answer."""


class Period(StrEnum):
    """A reporting period. Here `1m` is one month; a bar of one minute is another type."""

    DAY = "1d"
    WEEK = "1w"
    MONTH = "1m"
    QUARTER = "3m"
    YEAR = "1y"
    ALL = "all"

    @property
    def length_ns(self) -> Nanos | None:
        """Length in calendar days of 24 hours; None is without end."""
        days = _DAYS[self.value]
        return None if days is None else days * NANOS_PER_DAY


_DAYS: dict[str, int | None] = {"1d": 1, "1w": 7, "1m": 30, "3m": 91, "1y": 365, "all": None}


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """How an account or a strategy did over a period, in base currency.

    Percents are percents (15.23 is 15.23 %), a drawdown is negative, the win rate is a fraction; both come as floats
    because they are statistics and not money. None where the series says nothing. Money paid in or out is no profit:
    the percent is that of a unit (`analytics.time_weighted`), as are the ratios and the drawdown.
    """

    total_pnl: Money
    total_pnl_percent: Rate
    sharpe_ratio: float | None
    sortino_ratio: float | None
    max_drawdown: float | None
    win_rate: float | None
    profit_factor: float | None
    total_trades: int
    active_positions: int
    capital_deployed: Money
    available_capital: Money
    equity_curve: list[EquityPoint]
    """The last mark of each UTC day."""
    as_of_ns: Nanos


class PerformanceFigures(Protocol):
    """Who gives performance: worked out here, or by another server that shares its figures."""

    async def of(
        self,
        account_id: str | None,
        *,
        strategy_id: str | None = None,
        period: Period = Period.ALL,
        mode: Mode | None = None,
    ) -> Performance:
        """Give the performance of an account, or of one strategy in it. A mode it does not trade in has none."""
        ...


class Performances:
    """Performance over the usual periods, kept for at most five seconds. `account_id` None is every account."""

    def __init__(
        self, *, trading: Trading, views: Views, market: Market, records: TrackRecords, kept_ns: Nanos = CACHE_NS
    ) -> None:
        self._trading = trading
        self._views = views
        self._market = market
        self._records = records
        self._kept: Kept[tuple[str | None, str | None, Period, Mode | None], Performance] = Kept(
            ttl_ns=min(kept_ns, CACHE_NS)
        )

    async def of(
        self,
        account_id: str | None,
        *,
        strategy_id: str | None = None,
        period: Period = Period.ALL,
        mode: Mode | None = None,
    ) -> Performance:
        """Give the performance of an account, or of one strategy in it. A mode it does not trade in has none."""
        now = self._trading.now_ns()
        key = (account_id, strategy_id, period, mode)
        kept = self._kept.get(key, now_ns=now)
        if kept is not None:
            return kept
        from_ns = None if period.length_ns is None else now - period.length_ns
        wanted = Wanted(account_id=account_id, strategy_id=strategy_id, mode=mode, from_ns=from_ns)
        record = await self._records.of(wanted)
        made = self._measured(record, wanted) if record.equity else _nothing(now)
        return self._kept.put(key, made, now_ns=now)

    def _measured(self, record: TrackRecord, wanted: Wanted) -> Performance:
        units = record.units
        figures = summarize(units, round_trips=record.closed)
        accounts = self._records.accounts(wanted)
        deployed = sum(self._deployed(account, wanted.strategy_id, record.currency) for account in accounts)
        held = [self._views.positions(account.account_id, wanted.strategy_id) for account in accounts]
        growth = figures["total_return"]
        return Performance(
            total_pnl=record.profit,
            total_pnl_percent=0 if growth is None else round(growth * SCALE),
            sharpe_ratio=figures["sharpe_ratio"],
            sortino_ratio=figures["sortino_ratio"],
            max_drawdown=figures["max_drawdown"],
            win_rate=figures["win_rate"],
            profit_factor=figures["profit_factor"],
            total_trades=len(record.closed),
            active_positions=sum(len(positions) for positions in held),
            capital_deployed=deployed,
            available_capital=record.equity[-1].equity - deployed,
            equity_curve=last_of_each(record.equity, interval_ns=NANOS_PER_DAY),
            as_of_ns=record.as_of_ns,
        )

    def _deployed(self, account: Account, strategy_id: str | None, currency: str) -> Money:
        """Add up what positions bind: their worth times the margin they need."""
        total = 0
        for position in self._views.positions(account.account_id, strategy_id):
            instrument = self._market.instrument(position.symbol)
            mark = self._market.mark(position.symbol)
            if instrument is not None:
                worth = abs(position.cost) if mark is None else instrument.notional(position.quantity, mark)
                rate = self._views.rate(instrument.currency, currency)
                total += multiply(multiply(worth, instrument.initial_margin), rate)
        return total


def _nothing(now: Nanos) -> Performance:
    return Performance(
        total_pnl=0,
        total_pnl_percent=0,
        sharpe_ratio=None,
        sortino_ratio=None,
        max_drawdown=None,
        win_rate=None,
        profit_factor=None,
        total_trades=0,
        active_positions=0,
        capital_deployed=0,
        available_capital=0,
        equity_curve=[],
        as_of_ns=now,
    )
