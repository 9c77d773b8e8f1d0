"""Round trips: the fills of one instrument cut into trades that go from flat to a position and back to flat.

All amounts are integers at 1e-8 and the profit is exact. A fill that crosses zero is split: one part closes
the old trip, the rest opens the next, and its fee is shared by quantity. There is no matching of lots: a
trip's prices are the averages of everything that was entered and everything that was left, so its profit is
the same under any cost method.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from openbell.analytics.returns import NS_PER_HOUR

SCALE = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """One closed trade.

    `quantity` is all that was entered, positive for a long trip and negative for a short one. Prices are
    averages, rounded half-even to 1e-8. `gross_pnl` comes from the unrounded values; `net_pnl` is gross less
    fees.
    """

    symbol: str
    entry_ts_ns: int
    exit_ts_ns: int
    quantity: int
    entry_price: int
    exit_price: int
    entry_value: int
    gross_pnl: int
    fees: int

    @property
    def net_pnl(self) -> int:
        """Profit after fees, at 1e-8 of the quote currency."""
        return self.gross_pnl - self.fees

    @property
    def duration_hours(self) -> float:
        """Time from the first entry to the last exit, in hours."""
        return (self.exit_ts_ns - self.entry_ts_ns) / NS_PER_HOUR

    @property
    def return_fraction(self) -> float | None:
        """Net profit over the size of what was entered; None where that was worth nothing."""
        return self.net_pnl / self.entry_value if self.entry_value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrip:
    """A trade that has not come back to flat: `quantity` is what is still held, signed."""

    symbol: str
    entry_ts_ns: int
    quantity: int
    entry_price: int
    fees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeHistory:
    """The closed trades in the order they closed, and the one still open, if any."""

    closed: tuple[RoundTrip, ...]
    open: OpenTrip | None


@dataclass(slots=True)
class _Trip:
    """The trade being built. Values are quantity times price, at 1e-16 and unrounded."""

    symbol: str
    entry_ts_ns: int
    direction: int
    entered: int = field(default=0)
    left: int = field(default=0)
    entered_value: int = field(default=0)
    left_value: int = field(default=0)
    fees: int = field(default=0)

    @property
    def held(self) -> int:
        return self.entered - self.left

    def enter(self, *, size: int, price: int, fee: int) -> None:
        self.entered += size
        self.entered_value += size * price
        self.fees += fee

    def leave(self, *, size: int, price: int, fee: int) -> None:
        self.left += size
        self.left_value += size * price
        self.fees += fee

    def closed(self, exit_ts_ns: int, *, multiplier: int) -> RoundTrip:
        gain = self.direction * (self.left_value - self.entered_value)
        return RoundTrip(
            symbol=self.symbol,
            entry_ts_ns=self.entry_ts_ns,
            exit_ts_ns=exit_ts_ns,
            quantity=self.direction * self.entered,
            entry_price=divide_half_even(self.entered_value, divisor=self.entered),
            exit_price=divide_half_even(self.left_value, divisor=self.left),
            entry_value=divide_half_even(abs(self.entered_value) * multiplier, divisor=SCALE * SCALE),
            gross_pnl=divide_half_even(gain * multiplier, divisor=SCALE * SCALE),
            fees=self.fees,
        )

    def still_open(self) -> OpenTrip:
        return OpenTrip(
            symbol=self.symbol,
            entry_ts_ns=self.entry_ts_ns,
            quantity=self.direction * self.held,
            entry_price=divide_half_even(self.entered_value, divisor=self.entered),
            fees=self.fees,
        )


def divide_half_even(dividend: int, *, divisor: int) -> int:
    """Divide integers and round to the nearest, ties to the even one; the divisor is above zero."""
    quotient, remainder = divmod(dividend, divisor)
    twice = 2 * remainder
    return quotient + 1 if twice > divisor or (twice == divisor and quotient % 2) else quotient


class TripFold:
    """Cuts the fills of one instrument into round trips as they are taken in, in the order they happened.

    Quantities are positive for a buy and negative for a sell; quantity, price and fee are at 1e-8, and a fee below zero
    is a rebate. `multiplier` (at 1e-8) is the value of one point of price for one contract.
    """

    def __init__(self, *, symbol: str = "", multiplier: int = SCALE) -> None:
        self._symbol = symbol
        self._multiplier = multiplier
        self._closed: list[RoundTrip] = []
        self._trip: _Trip | None = None

    def take(self, ts_ns: int, quantity: int, price: int, fee: int) -> None:
        """Take in a fill. Raises ValueError for a fill of nothing."""
        if quantity == 0:
            raise ValueError(f"the fill at {ts_ns} has no quantity")
        direction, size, due, trip = (1 if quantity > 0 else -1), abs(quantity), fee, self._trip
        if trip is not None and direction != trip.direction:
            closing = min(size, trip.held)
            closing_fee = divide_half_even(fee * closing, divisor=size)
            trip.leave(size=closing, price=price, fee=closing_fee)
            size, due = size - closing, fee - closing_fee
            if trip.held == 0:
                self._closed.append(trip.closed(ts_ns, multiplier=self._multiplier))
                trip = self._trip = None
        if size:
            trip = self._trip = trip or _Trip(symbol=self._symbol, entry_ts_ns=ts_ns, direction=direction)
            trip.enter(size=size, price=price, fee=due)

    def history(self) -> TradeHistory:
        """Give the trades so far."""
        return TradeHistory(closed=tuple(self._closed), open=self._trip.still_open() if self._trip else None)


def round_trips(
    fills: Iterable[tuple[int, int, int, int]], *, symbol: str = "", multiplier: int = SCALE
) -> TradeHistory:
    """Cut fills `(ts_ns, quantity, price, fee)` of one instrument into round trips, as `TripFold` does.

    Raises ValueError for a fill of nothing.
    """
    fold = TripFold(symbol=symbol, multiplier=multiplier)
    for fill in fills:
        fold.take(*fill)
    return fold.history()
