"""Performance: profit, ratios and win rate of an account or of one strategy over a period."""

from collections import defaultdict
from enum import StrEnum

import msgspec

from openbell.analytics.round_trips import RoundTrip, round_trips
from openbell.analytics.summary import summarize
from openbell.domain.account import MANUAL, Account, Mode
from openbell.domain.fill import Fill
from openbell.domain.values import SCALE, Money, Nanos, Rate, multiply
from openbell.ports import EquityPoint, History, Market, OrderFilter, Trading, Views
from openbell.services.portfolio import NANOS_PER_DAY, last_of_each, percent

CACHE_NS = 5_000_000_000
"""Longest age of an answer."""
CACHED_MAX = 1_000
FILLS_MAX = 10_000
"""Latest fills that round trips are made of."""
FILLS_PAGE = 1_000


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
    because they are statistics and not money. None where the series says nothing.
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


class Performances:
    """Performance from equity marks and fills, kept for at most five seconds."""

    def __init__(self, *, trading: Trading, views: Views, history: History, market: Market) -> None:
        self._trading = trading
        self._views = views
        self._history = history
        self._market = market
        self._kept: dict[tuple[str, str | None, Period], Performance] = {}

    async def of(
        self,
        account_id: str,
        *,
        strategy_id: str | None = None,
        period: Period = Period.ALL,
        mode: Mode | None = None,
    ) -> Performance:
        """Give the performance of an account, or of one strategy in it. A mode it does not trade in has none."""
        account = self._views.account(account_id)
        now = self._trading.now_ns()
        if account is None or mode not in (None, account.mode):
            return _nothing(now)
        key = (account_id, strategy_id, period)
        kept = self._kept.get(key)
        if kept is not None and 0 <= now - kept.as_of_ns < CACHE_NS:
            return kept
        if len(self._kept) >= CACHED_MAX:
            self._kept.clear()
        made = self._kept[key] = await self._measure(account, strategy_id, period, now)
        return made

    async def _measure(self, account: Account, strategy_id: str | None, period: Period, now: Nanos) -> Performance:
        from_ns = None if period.length_ns is None else now - period.length_ns
        curve = await self._curve(account, strategy_id, from_ns, now)
        trips = await self._round_trips(account, strategy_id, from_ns)
        figures = summarize([(one.ts_ns, one.equity / SCALE) for one in curve], round_trips=trips)
        first, last = curve[0].equity, curve[-1].equity
        deployed = self._deployed(account, strategy_id)
        return Performance(
            total_pnl=last - first,
            total_pnl_percent=percent(last - first, first),
            sharpe_ratio=figures["sharpe_ratio"],
            sortino_ratio=figures["sortino_ratio"],
            max_drawdown=figures["max_drawdown"],
            win_rate=figures["win_rate"],
            profit_factor=figures["profit_factor"],
            total_trades=len(trips),
            active_positions=len(self._views.positions(account.account_id, strategy_id)),
            capital_deployed=deployed,
            available_capital=last - deployed,
            equity_curve=last_of_each(curve, interval_ns=NANOS_PER_DAY),
            as_of_ns=now,
        )

    async def _curve(
        self, account: Account, strategy_id: str | None, from_ns: Nanos | None, now: Nanos
    ) -> list[EquityPoint]:
        """Give equity marks from the money paid in, when that lies in the period, to the present value."""
        marks = await self._history.equity(account.account_id, strategy_id=strategy_id, from_ns=from_ns, to_ns=now)
        opened = self._opened(account, strategy_id)
        if from_ns is None or opened >= from_ns or not marks:
            marks = [
                EquityPoint(opened, self._paid_in(account, strategy_id)),
                *(mark for mark in marks if mark.ts_ns > opened),
            ]
        return [*marks, EquityPoint(now, self._views.equity(account.account_id, strategy_id))]

    def _paid_in(self, account: Account, strategy_id: str | None) -> Money:
        """Give the money an account was given, or one of its ledgers: what was paid in went to the manual one."""
        allocated = sum(
            one.allocated for one in self._views.ledgers(account.account_id) if one.strategy_id == strategy_id
        )
        return allocated + (account.deposited if strategy_id in (None, MANUAL) else 0)

    def _opened(self, account: Account, strategy_id: str | None) -> Nanos:
        strategy = self._views.strategy(account.account_id, strategy_id) if strategy_id else None
        return account.opened_ns if strategy is None else strategy.created_ns

    async def _round_trips(self, account: Account, strategy_id: str | None, from_ns: Nanos | None) -> list[RoundTrip]:
        """Cut the latest fills into trades and keep those that closed in the period."""
        by_ledger: defaultdict[tuple[str, str], list[Fill]] = defaultdict(list)
        for fill in reversed(await self._fills(account.account_id, strategy_id)):
            by_ledger[fill.strategy_id, fill.symbol].append(fill)
        trips: list[RoundTrip] = []
        for (_, symbol), fills in by_ledger.items():
            instrument = self._market.instrument(symbol)
            if instrument is not None:
                rows = ((one.ts_ns, one.side.sign * one.quantity, one.price, one.fee) for one in fills)
                trips += round_trips(rows, symbol=symbol, multiplier=instrument.multiplier).closed
        return [trip for trip in trips if from_ns is None or trip.exit_ts_ns >= from_ns]

    async def _fills(self, account_id: str, strategy_id: str | None) -> list[Fill]:
        fills: list[Fill] = []
        cursor = ""
        while len(fills) < FILLS_MAX:
            page = await self._history.fills(
                OrderFilter(account_id=account_id, strategy_id=strategy_id, limit=FILLS_PAGE, cursor=cursor)
            )
            fills += page.rows
            cursor = page.next_cursor
            if not cursor:
                break
        return fills

    def _deployed(self, account: Account, strategy_id: str | None) -> Money:
        """Add up what positions bind: their worth times the margin they need."""
        total = 0
        for position in self._views.positions(account.account_id, strategy_id):
            instrument = self._market.instrument(position.symbol)
            mark = self._market.mark(position.symbol)
            if instrument is not None:
                worth = abs(position.cost) if mark is None else instrument.notional(position.quantity, mark)
                rate = self._views.rate(instrument.currency, account.base_currency)
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
