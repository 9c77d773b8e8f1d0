"""Where profit came from: prices, fees, slippage and funding; by strategy, symbol and hour, exact to the last step."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise

import msgspec

from openbell.analytics.returns import NS_PER_DAY, NS_PER_HOUR
from openbell.domain.fill import Fill
from openbell.domain.instrument import Instrument
from openbell.domain.values import Money, Nanos, multiply
from openbell.ports import EquityPoint, Market, Views
from openbell.services.symbol_records import SymbolRecords
from openbell.services.track_records import TrackRecord

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNATTRIBUTED = "unattributed"
"""The rest that belongs to no row: exchange rates that moved, and prices at the start that are not known any more."""


class Split(StrEnum):
    """What profit is split by."""

    STRATEGY = "strategy"
    SYMBOL = "symbol"
    HOUR = "hour"
    WEEKDAY = "weekday"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Profit in four parts whose sum is the total, to the last step. A cost is below zero."""

    price: Money
    """What moves of prices, and of exchange rates, made at the marks."""
    fees: Money
    slippage: Money
    """What fills paid (or saved, above zero) against the mark they met; a fill that met no mark counts as none."""
    funding: Money

    @property
    def total(self) -> Money:
        """Price, fees, slippage and funding together."""
        return self.price + self.fees + self.slippage + self.funding


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the profit by what it is split by, with the trades that were closed in it."""

    key: str
    parts: Parts
    trades: int = 0
    winning_trades: int = 0
    fills: int = 0


class _Costs(msgspec.Struct):
    fees: Money = 0
    slippage: Money = 0
    fills: int = 0


InstrumentOf = Callable[[str], Instrument | None]
RateOf = Callable[[str], int]
"""What one unit of a currency is worth, scaled."""


def parts_of(profit: Money, fills: Iterable[Fill], *, instrument_of: InstrumentOf, rate_of: RateOf) -> Parts:
    """Explain a profit by the fills in it: fees and slippage are theirs, the rest is what prices did.

    No instrument here pays funding yet, so that its part is zero.
    """
    return _parts(profit, _costs(fills, instrument_of, rate_of))


def _parts(profit: Money, costs: _Costs) -> Parts:
    price = profit + costs.fees + costs.slippage
    return Parts(price=price, fees=-costs.fees, slippage=-costs.slippage, funding=0)


def _costs(fills: Iterable[Fill], instrument_of: InstrumentOf, rate_of: RateOf) -> _Costs:
    made = _Costs()
    # The same few are asked for again with every fill.
    instrument_of, rate_of = cache(instrument_of), cache(rate_of)
    for fill in fills:
        instrument = instrument_of(fill.symbol)
        rate = rate_of(fill.currency)
        made.fills += 1
        made.fees += multiply(fill.fee, rate)
        if instrument is not None and fill.mark is not None:
            signed = fill.side.sign * fill.quantity
            paid = instrument.value(signed, fill.price) - instrument.value(signed, fill.mark)
            made.slippage += multiply(paid, rate)
    return made


class Profits:
    """Splits the profit of a record."""

    def __init__(self, *, views: Views, market: Market) -> None:
        self._views = views
        self._market = market
        self._symbols = SymbolRecords(views=views, market=market)

    def parts(self, record: TrackRecord) -> Parts:
        """Explain the whole profit."""
        rate_of = self._rate_of(record)
        return parts_of(record.profit, record.recent_fills, instrument_of=self._market.instrument, rate_of=rate_of)

    def by_strategy(self, records: Mapping[str, TrackRecord], whole: TrackRecord) -> list[Row]:
        """Split by ledger; each has a record of its own."""
        rows = [self._row(key, record.profit, record.recent_fills, record) for key, record in records.items()]
        return _completed(rows, self.parts(whole))

    def by_symbol(self, record: TrackRecord) -> list[Row]:
        """Split by instrument: what its fills took and gave, and what is held at the end and was at the start."""
        by_symbol: defaultdict[str, list[Fill]] = defaultdict(list)
        for fill in record.fills:
            by_symbol[fill.symbol].append(fill)
        rows = []
        for symbol, fills in sorted(by_symbol.items()):
            instrument = self._market.instrument(symbol)
            profit = 0 if instrument is None else self._symbols.profit(record, instrument)
            recent = [one for one in fills if record.from_ns is None or one.ts_ns >= record.from_ns]
            if profit or recent:
                rows.append(self._row(symbol, profit, recent, record, symbol=symbol))
        return _completed(rows, self.parts(record))

    def by_time(self, record: TrackRecord, split: Split) -> list[Row]:
        """Split by hour of the day or day of the week, UTC: each change of equity belongs to the mark that shows it."""
        key_of = _hour if split is Split.HOUR else _weekday
        profits: Counter[str] = Counter()
        for key, amount in _changes(record, key_of):
            profits[key] += amount
        fills: defaultdict[str, list[Fill]] = defaultdict(list)
        for fill in record.recent_fills:
            fills[key_of(fill.ts_ns)].append(fill)
        order = [f"{hour:02d}" for hour in range(24)] if split is Split.HOUR else WEEKDAYS
        keys = [key for key in order if key in profits or key in fills]
        rows = [self._row(key, profits[key], fills[key], record, at=(key_of, key)) for key in keys]
        return _completed(rows, self.parts(record))

    def _row(
        self,
        key: str,
        profit: Money,
        fills: Sequence[Fill],
        record: TrackRecord,
        *,
        symbol: str | None = None,
        at: tuple[Callable[[Nanos], str], str] | None = None,
    ) -> Row:
        costs = _costs(fills, self._market.instrument, self._rate_of(record))
        trips = [
            trip
            for trip in record.closed
            if (symbol is None or trip.symbol == symbol) and (at is None or at[0](trip.exit_ts_ns) == at[1])
        ]
        won = sum(trip.net_pnl > 0 for trip in trips)
        return Row(key=key, parts=_parts(profit, costs), trades=len(trips), winning_trades=won, fills=costs.fills)

    def _rate_of(self, record: TrackRecord) -> RateOf:
        return lambda currency: self._views.rate(currency, record.currency)


def _hour(ts_ns: Nanos) -> str:
    return f"{ts_ns % NS_PER_DAY // NS_PER_HOUR:02d}"


def _weekday(ts_ns: Nanos) -> str:
    return WEEKDAYS[(ts_ns // NS_PER_DAY + 3) % 7]  # the epoch was a Thursday


def _changes(record: TrackRecord, key_of: Callable[[Nanos], str]) -> Iterable[tuple[str, Money]]:
    points: Sequence[EquityPoint] = record.equity
    for before, after in pairwise(points):
        yield key_of(after.ts_ns), after.equity - before.equity
    for flow in record.flows:
        shown = next(point.ts_ns for point in points if point.ts_ns >= flow.ts_ns)
        yield key_of(shown), -flow.amount


def _completed(rows: list[Row], whole: Parts) -> list[Row]:
    """Add what no row explains, so that every column adds up to the whole."""
    rest = Parts(
        price=whole.price - sum(row.parts.price for row in rows),
        fees=whole.fees - sum(row.parts.fees for row in rows),
        slippage=whole.slippage - sum(row.parts.slippage for row in rows),
        funding=whole.funding - sum(row.parts.funding for row in rows),
    )
    return rows if rest == Parts(price=0, fees=0, slippage=0, funding=0) else [*rows, Row(key=UNATTRIBUTED, parts=rest)]
