"""Track records: what an account, or a part of one, was worth over time, what came and went, and what it traded."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import msgspec

from openbell.analytics.returns import NS_PER_DAY, Series
from openbell.analytics.round_trips import OpenTrip, RoundTrip
from openbell.analytics.summary import Invested
from openbell.analytics.time_weighted import total_of, unit_values
from openbell.domain.account import Account, Mode
from openbell.domain.fill import Fill
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, Nanos, multiply
from openbell.ports import CashFlow, EquityPoint, History, Market, Trading, Views
from openbell.services.equity_marks import EquityMarks
from openbell.services.fill_records import Filled, FillRecords

MARKS_MAX = 10_000
"""Equity marks of a longer history are thinned to about so many, the last of each stretch of whole minutes."""
LOOK_BACK_NS = NS_PER_DAY
"""How old the mark may be that a period begins with."""
_MINUTE = 60 * NANOS_PER_SECOND


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose record, and which part of it. `account_id` None is every account's; times are [from, to)."""

    account_id: str | None
    strategy_id: str | None = None
    mode: Mode | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None


class TrackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record in one currency. `flows` is what was paid in and out after the first point of `equity`."""

    currency: str
    equity: list[EquityPoint]
    flows: list[CashFlow]
    fills: list[Fill]
    """Up to the end, oldest first: also those before the start, as what is held comes from them."""
    closed: list[RoundTrip]
    """Trades that were closed in the period, in the order they closed."""
    open: list[OpenTrip]
    from_ns: Nanos | None
    as_of_ns: Nanos

    @property
    def units(self) -> Series:
        """What a unit was worth at each point: the series that returns are taken from."""
        points = [(one.ts_ns, one.equity / SCALE) for one in self.equity]
        return unit_values(points, flows=[(one.ts_ns, one.amount / SCALE) for one in self.flows])

    @property
    def profit(self) -> Money:
        """What was earned: the change of equity less what was paid in."""
        if not self.equity:
            return 0
        return self.equity[-1].equity - self.equity[0].equity - self.net_deposits

    @property
    def net_deposits(self) -> Money:
        """What was paid in less what was paid out since the first point."""
        return sum(one.amount for one in self.flows)

    @property
    def invested(self) -> Invested | None:
        """Give the payments, the first equity being the first of them."""
        if not self.equity:
            return None
        first, last = self.equity[0], self.equity[-1]
        paid = [(first.ts_ns, first.equity / SCALE), *((one.ts_ns, one.amount / SCALE) for one in self.flows)]
        return Invested(flows=paid, final=(last.ts_ns, last.equity / SCALE))

    @property
    def recent_fills(self) -> list[Fill]:
        """Fills of the period."""
        return [one for one in self.fills if self.from_ns is None or one.ts_ns >= self.from_ns]


class TrackRecords:
    """Makes records from equity marks, cash flows and fills."""

    def __init__(self, *, trading: Trading, views: Views, history: History, market: Market) -> None:
        self._trading = trading
        self._views = views
        self._history = history
        self._market = market
        self._marks = EquityMarks(history)
        self._filled = FillRecords(history=history, market=market)

    def accounts(self, wanted: Wanted) -> list[Account]:
        """List the accounts that a record is made of."""
        one = None if wanted.account_id is None else self._views.account(wanted.account_id)
        found = self._views.accounts() if wanted.account_id is None else [] if one is None else [one]
        return [account for account in found if wanted.mode in (None, account.mode)]

    async def of(self, wanted: Wanted) -> TrackRecord:
        """Give a record; one of no account, or before it was opened, is empty."""
        now = self._trading.now_ns()
        accounts = self.accounts(wanted)
        currency = accounts[0].base_currency if accounts else "USD"
        parts = [await self._of_account(account, wanted, now, currency) for account in accounts]
        parts = [part for part in parts if part.equity]
        total = total_of([[(one.ts_ns, one.equity) for one in part.equity] for part in parts])
        # An account that begins later brings its first equity along: that is no profit of the others.
        late = [_beginning(part) for part in parts if total and part.equity[0].ts_ns > total[0][0]]
        return TrackRecord(
            currency=currency,
            equity=[EquityPoint(ts_ns, equity) for ts_ns, equity in total],
            flows=sorted([*chain.from_iterable(part.flows for part in parts), *late], key=lambda flow: flow.ts_ns),
            fills=sorted(chain.from_iterable(part.fills for part in parts), key=lambda fill: fill.ts_ns),
            closed=sorted(chain.from_iterable(part.closed for part in parts), key=lambda trip: trip.exit_ts_ns),
            open=list(chain.from_iterable(part.open for part in parts)),
            from_ns=wanted.from_ns,
            as_of_ns=now,
        )

    async def _of_account(self, account: Account, wanted: Wanted, now: Nanos, currency: str) -> TrackRecord:
        flows = await self._history.cash_flows(account.account_id, strategy_id=wanted.strategy_id)
        equity = await self._equity(account, wanted, flows, now)
        rate = self._views.rate(account.base_currency, currency)
        if equity and rate != SCALE:
            equity = [EquityPoint(one.ts_ns, multiply(one.equity, rate)) for one in equity]
            flows = [CashFlow(one.ts_ns, one.strategy_id, one.kind, multiply(one.amount, rate)) for one in flows]
        start, end = (equity[0].ts_ns, equity[-1].ts_ns) if equity else (now, now)
        filled = await self._filled.of(account.account_id, strategy_id=wanted.strategy_id, to_ns=wanted.to_ns)
        closed, still_open = self._trades(filled, currency)
        return TrackRecord(
            currency=currency,
            equity=equity,
            flows=[one for one in flows if start < one.ts_ns <= end],
            fills=filled.fills,
            closed=[trip for trip in closed if wanted.from_ns is None or trip.exit_ts_ns >= wanted.from_ns],
            open=still_open,
            from_ns=wanted.from_ns,
            as_of_ns=now,
        )

    async def _equity(
        self, account: Account, wanted: Wanted, flows: Sequence[CashFlow], now: Nanos
    ) -> list[EquityPoint]:
        """Give equity from the opening or the period's start to its end or the present."""
        opened = self._opened(account, wanted.strategy_id)
        start = opened if wanted.from_ns is None else max(opened, wanted.from_ns)
        end = now if wanted.to_ns is None else min(wanted.to_ns, now)
        if start >= end:
            return []
        marks = await self._marks.of(
            account.account_id,
            strategy_id=wanted.strategy_id,
            from_ns=start - LOOK_BACK_NS,
            to_ns=end,
            every_ns=_spacing(end - start),
        )
        before = [mark for mark in marks if mark.ts_ns <= start]
        points = [mark for mark in marks if mark.ts_ns > start]
        if start == opened:
            points = [EquityPoint(opened, sum(one.amount for one in flows if one.ts_ns <= opened)), *points]
        elif before:
            points = [EquityPoint(start, before[-1].equity), *points]
        if end == now:
            points.append(EquityPoint(now, self._views.equity(account.account_id, wanted.strategy_id)))
        return points

    def _opened(self, account: Account, strategy_id: str | None) -> Nanos:
        strategy = self._views.strategy(account.account_id, strategy_id) if strategy_id else None
        return account.opened_ns if strategy is None else strategy.created_ns

    def _trades(self, filled: Filled, currency: str) -> tuple[list[RoundTrip], list[OpenTrip]]:
        """Give the trades of all ledgers, amounts in one currency at the present rate."""
        closed: list[RoundTrip] = []
        still_open: list[OpenTrip] = []
        for symbol, trades in filled.trades:
            instrument = self._market.instrument(symbol)
            rate = SCALE if instrument is None else self._views.rate(instrument.currency, currency)
            closed += trades.closed if rate == SCALE else [_converted(trip, rate) for trip in trades.closed]
            if trades.open is not None:
                still_open.append(replace(trades.open, fees=multiply(trades.open.fees, rate)))
        return closed, still_open


def _beginning(part: TrackRecord) -> CashFlow:
    first = part.equity[0]
    return CashFlow(first.ts_ns, "", "DEPOSIT", first.equity)


def _converted(trip: RoundTrip, rate: int) -> RoundTrip:
    entered, gross, fees = (multiply(one, rate) for one in (trip.entry_value, trip.gross_pnl, trip.fees))
    return replace(trip, entry_value=entered, gross_pnl=gross, fees=fees)


def _spacing(length_ns: Nanos) -> Nanos | None:
    minutes = -(-length_ns // (MARKS_MAX * _MINUTE))
    return None if minutes <= 1 else minutes * _MINUTE
