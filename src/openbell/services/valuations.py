"""What positions are worth at the mark, worked out anew where something has changed and remembered elsewhere."""

import msgspec

from openbell.domain.account import Mode
from openbell.domain.instrument import Instrument
from openbell.domain.position import Position
from openbell.domain.values import SCALE, Money, Price, Rate, divide_half_up
from openbell.ports import Market, Trading

NANOS_PER_DAY = 86_400 * 1_000_000_000
VALUED_MAX = 10_000
"""Holdings whose valuation is remembered; past it all are let go."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A position valued at the mark; amounts in the instrument's currency. Without a mark the cost stands in."""

    position: Position
    instrument: Instrument
    mode: Mode
    average_entry_price: Price
    current_price: Price | None
    market_value: Money
    unrealized_pnl: Money
    unrealized_pnl_percent: Rate
    days_held: int


class Valuations:
    """Values positions. Whatever nothing has happened to is the very same `Holding` as before."""

    def __init__(self, *, trading: Trading, market: Market) -> None:
        self._trading = trading
        self._market = market
        self._known: dict[tuple[str, str, str], tuple[tuple[object, ...], Holding]] = {}
        """By account, ledger and symbol: a position that follows one that was closed takes its place."""

    def of(self, position: Position, *, mode: Mode) -> Holding | None:
        """Value one position; None for one that is flat, or in an instrument that is not there any more."""
        instrument = self._market.instrument(position.symbol)
        if instrument is None or position.quantity == 0:
            return None
        mark = self._market.mark(position.symbol)
        days_held = max(0, self._trading.now_ns() - position.opened_ns) // NANOS_PER_DAY
        # All that a valuation says follows from these; a price moves one of many positions.
        amounts = (position.quantity, position.cost, position.realized_pnl, position.fees)
        basis = (*amounts, position.opened_ns, mark, mode, days_held)
        key = (position.account_id, position.strategy_id, position.symbol)
        before, known = self._known.get(key, ((), None))
        if known is not None and before == basis and known.position is position and known.instrument is instrument:
            return known
        if len(self._known) >= VALUED_MAX:
            self._known.clear()
        made = _valued(position, instrument, mode, mark=mark, days_held=days_held)
        self._known[key] = (basis, made)
        return made


def percent(part: Money, whole: Money) -> Rate:
    """Give a part as percent of a whole, scaled; 0 of nothing."""
    return divide_half_up(part * 100 * SCALE, whole) if whole else 0


def _valued(position: Position, instrument: Instrument, mode: Mode, *, mark: Price | None, days_held: int) -> Holding:
    profit = 0 if mark is None else position.unrealized_pnl(instrument, mark)
    return Holding(
        position=position,
        instrument=instrument,
        mode=mode,
        average_entry_price=position.average_entry_price(instrument) or 0,
        current_price=mark,
        market_value=position.cost + profit,
        unrealized_pnl=profit,
        unrealized_pnl_percent=percent(profit, abs(position.cost)),
        days_held=days_held,
    )
