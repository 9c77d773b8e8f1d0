"""The portfolio: what an account is worth, what it holds, and how its worth went."""

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from openbell.domain.account import MANUAL, Account, Mode
from openbell.domain.fill import Fill
from openbell.domain.market import Timeframe
from openbell.domain.position import Position
from openbell.domain.risk import exit_price
from openbell.domain.strategy import Strategy
from openbell.domain.values import InvalidNumber, Money, Nanos, Price, Rate, multiply, parse
from openbell.ports import EquityPoint, History, Market, OrderFilter, Trading, Views
from openbell.services.holding_history import HoldingHistory
from openbell.services.valuations import Holding, Valuations, percent

ENTRY_FILLS_MAX = 1_000
"""Fills read at most to show how a position was built."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An account in one line, in its base currency. Percents are percents: 15.23 is 15.23 %, scaled."""

    account_id: str
    mode: Mode
    currency: str
    total_value: Money
    cash: Money
    positions_value: Money
    positions_count: int
    total_pnl: Money
    """Worth now less everything that was paid in."""
    total_pnl_percent: Rate
    unrealized_pnl: Money
    realized_pnl: Money
    """After fees."""
    fees: Money
    day_pnl: Money
    deposits: Money
    as_of_ns: Nanos


class RiskMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Where a strategy's stop and target lie for a position, and what it loses or makes there."""

    stop_loss_price: Price | None = None
    take_profit_price: Price | None = None
    max_loss: Money | None = None
    max_profit: Money | None = None


class HoldingDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A holding with the fills that built it, oldest first, and its risk."""

    holding: Holding
    entries: list[Fill]
    risk: RiskMetrics


class Portfolio:
    """What accounts are worth and hold. `account_id` None is every account."""

    def __init__(self, *, trading: Trading, views: Views, history: History, market: Market) -> None:
        self._trading = trading
        self._views = views
        self._history = history
        self._market = market
        self._holdings = HoldingHistory(trading=trading, history=history, market=market)
        self._valuations = Valuations(trading=trading, market=market)

    def summary(self, account_id: str) -> Summary | None:
        """Value an account at current marks; None when there is no such account."""
        account = self._views.account(account_id)
        if account is None:
            return None
        holdings = self.holdings(account_id)
        ledgers = self._views.ledgers(account_id)
        equity = self._views.equity(account_id)
        cash = self._views.cash(account_id)
        deposits = account.deposited
        fees = sum(self._based(account, ledger.fees) for ledger in ledgers)
        return Summary(
            account_id=account_id,
            mode=account.mode,
            currency=account.base_currency,
            total_value=equity,
            cash=cash,
            positions_value=equity - cash,
            positions_count=len(holdings),
            total_pnl=equity - deposits,
            total_pnl_percent=percent(equity - deposits, deposits),
            unrealized_pnl=self.unrealized(holdings, account.base_currency),
            realized_pnl=sum(self._based(account, ledger.realized_pnl) for ledger in ledgers) - fees,
            fees=fees,
            day_pnl=equity - account.day_start_equity if account.day_start_equity else 0,
            deposits=deposits,
            as_of_ns=self._trading.now_ns(),
        )

    def currency(self, account_id: str) -> str:
        """Give the currency an account is valued in; USD for one that is not there."""
        account = self._views.account(account_id)
        return "USD" if account is None else account.base_currency

    def holdings(
        self, account_id: str | None, *, strategy_id: str | None = None, symbol: str | None = None
    ) -> list[Holding]:
        """List what is held, oldest position first."""
        wanted = self._market.instrument(symbol) if symbol else None
        held = [
            self._valuations.of(position, mode=account.mode)
            for account in self._accounts(account_id)
            for position in self._views.positions(account.account_id, strategy_id)
            if symbol is None or (wanted is not None and position.symbol == wanted.symbol)
        ]
        return sorted(
            (one for one in held if one is not None), key=lambda one: (one.position.opened_ns, one.position.position_id)
        )

    async def holding(self, position_id: str, *, account_id: str | None) -> HoldingDetail | None:
        """Give one holding in detail; None also for somebody else's and for one that is closed."""
        found = next((one for one in self.holdings(account_id) if one.position.position_id == position_id), None)
        if found is None:
            return None
        position = found.position
        strategy = self._views.strategy(position.account_id, position.strategy_id)
        return HoldingDetail(holding=found, entries=await self._entries(position), risk=risk_of(found, strategy))

    def exits(self, holding: Holding) -> RiskMetrics:
        """Give where the stop and target of a holding's strategy lie."""
        position = holding.position
        return risk_of(holding, self._views.strategy(position.account_id, position.strategy_id))

    def mode(self, account_id: str) -> Mode:
        """Give the mode an account trades in; one that is not there would trade on paper."""
        account = self._views.account(account_id)
        return Mode.PAPER if account is None else account.mode

    def unrealized(self, holdings: Sequence[Holding], currency: str) -> Money:
        """Add up the profit not yet taken, in one currency."""
        return sum(
            multiply(one.unrealized_pnl, self._views.rate(one.instrument.currency, currency)) for one in holdings
        )

    async def equity(
        self,
        account_id: str,
        *,
        strategy_id: str | None = None,
        from_ns: Nanos | None = None,
        to_ns: Nanos | None = None,
        resolution: Timeframe = Timeframe.D1,
        symbol: str | None = None,
    ) -> list[EquityPoint]:
        """Give equity over [from, to): the last mark of each interval, with the present value at the end.

        With a symbol it is the worth of what is held of that instrument, and empty when there is no such instrument.
        """
        if symbol is not None:
            instrument = self._market.instrument(symbol)
            if instrument is None:
                return []
            return await self._holdings.of(
                instrument,
                account_id=account_id,
                strategy_id=strategy_id,
                timeframe=resolution,
                from_ns=from_ns,
                to_ns=to_ns,
            )
        marks = await self._history.equity(account_id, strategy_id=strategy_id, from_ns=from_ns, to_ns=to_ns)
        now = self._trading.now_ns()
        is_within = (from_ns is None or from_ns <= now) and (to_ns is None or now < to_ns)
        if self._views.account(account_id) is not None and is_within:
            marks = [*marks, EquityPoint(now, self._views.equity(account_id, strategy_id))]
        return last_of_each(marks, interval_ns=resolution.length_ns)

    async def _entries(self, position: Position) -> list[Fill]:
        wanted = set(position.entry_order_ids)
        page = await self._history.fills(
            OrderFilter(
                account_id=position.account_id,
                strategy_id=position.strategy_id,
                symbol=position.symbol,
                from_ns=position.opened_ns,
                limit=ENTRY_FILLS_MAX,
            )
        )
        grows = 1 if position.quantity > 0 else -1
        return [fill for fill in reversed(page.rows) if fill.order_id in wanted and fill.side.sign == grows]

    def _accounts(self, account_id: str | None) -> Sequence[Account]:
        if account_id is None:
            return self._views.accounts()
        account = self._views.account(account_id)
        return [] if account is None else [account]

    def _based(self, account: Account, amounts: Mapping[str, Money]) -> Money:
        return sum(
            multiply(amount, self._views.rate(currency, account.base_currency)) for currency, amount in amounts.items()
        )


def last_of_each(marks: Sequence[EquityPoint], *, interval_ns: Nanos) -> list[EquityPoint]:
    """Keep the last point of each interval, at its own time."""
    kept: dict[int, EquityPoint] = {mark.ts_ns // interval_ns: mark for mark in marks}
    return list(kept.values())


def risk_of(holding: Holding, strategy: Strategy | None) -> RiskMetrics:
    """Work out stop and target from the strategy's `stop_loss_pct` and `take_profit_pct`, None without them.

    Prices are rounded half up to the tick and the amounts follow from the rounded prices: entry 150.25, 100 shares,
    2 % and 5 % give 147.25, 157.76, -300.00 and 751.00. They mirror for a short position.
    """
    stop = _price_at(holding, setting_of(strategy, "stop_loss_pct"), direction=-1)
    target = _price_at(holding, setting_of(strategy, "take_profit_pct"), direction=1)
    return RiskMetrics(
        stop_loss_price=stop,
        take_profit_price=target,
        max_loss=None if stop is None else _profit_at(holding, stop),
        max_profit=None if target is None else _profit_at(holding, target),
    )


def _price_at(holding: Holding, share: Rate | None, *, direction: int) -> Price | None:
    if share is None:
        return None
    towards = direction if holding.position.quantity > 0 else -direction
    return exit_price(
        holding.average_entry_price, percent=share, towards=towards, tick_size=holding.instrument.tick_size
    )


def _profit_at(holding: Holding, price: Price) -> Money:
    quantity = holding.position.quantity
    instrument = holding.instrument
    return instrument.value(quantity, price) - instrument.value(quantity, holding.average_entry_price)


def setting_of(strategy: Strategy | None, name: str) -> Rate | None:
    """Read a percent from a strategy's parameters or from its further settings; None when it is not set."""
    if strategy is None or strategy.config.strategy_id == MANUAL:
        return None
    further = msgspec.json.decode(strategy.config.extra)
    values = chain((strategy.config.parameters.get(name),), (further.get(name) if isinstance(further, dict) else None,))
    for value in values:
        if value is not None and not isinstance(value, bool):
            try:
                return parse(str(value))
            except InvalidNumber:
                return None
    return None
