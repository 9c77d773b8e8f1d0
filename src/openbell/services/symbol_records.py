"""The record of one instrument within an account: what the account would be worth had it traded nothing else."""

from collections.abc import Sequence

import msgspec

from openbell.domain.fill import Fill
from openbell.domain.instrument import Instrument
from openbell.domain.values import Money, Nanos, Price, Quantity, multiply
from openbell.ports import EquityPoint, Market, Views
from openbell.services.closes import close_at, closes_of
from openbell.services.track_records import TrackRecord


class Holding(msgspec.Struct):
    """What is held of an instrument and what its fills took and gave, as fills go by."""

    quantity: Quantity = 0
    cash: Money = 0

    def take(self, fill: Fill, instrument: Instrument) -> None:
        """Count a fill, with its fee."""
        signed = fill.side.sign * fill.quantity
        self.quantity += signed
        self.cash -= instrument.value(signed, fill.price) + fill.fee

    def worth(self, instrument: Instrument, price: Price | None) -> Money:
        """Give what came of it at a price."""
        return self.cash + (instrument.value(self.quantity, price) if self.quantity and price else 0)


class SymbolRecords:
    """Cuts records down to one instrument."""

    def __init__(self, *, views: Views, market: Market) -> None:
        self._views = views
        self._market = market

    def of(self, record: TrackRecord, instrument: Instrument) -> TrackRecord:
        """Give the first equity of a record with the profit of one instrument on top, at each of its closes.

        Money paid in or out belongs to no instrument and is left aside.
        """
        fills = [one for one in record.fills if one.symbol == instrument.symbol]
        return msgspec.structs.replace(
            record,
            equity=self._equity(record, instrument, fills),
            flows=[],
            fills=fills,
            closed=[trip for trip in record.closed if trip.symbol == instrument.symbol],
            open=[trip for trip in record.open if trip.symbol == instrument.symbol],
        )

    def profit(self, record: TrackRecord, instrument: Instrument) -> Money:
        """Give what one instrument earned in a record, in the record's currency."""
        equity = self.of(record, instrument).equity
        return equity[-1].equity - equity[0].equity if equity else 0

    def _equity(self, record: TrackRecord, instrument: Instrument, fills: Sequence[Fill]) -> list[EquityPoint]:
        if not record.equity:
            return []
        start, end = record.equity[0].ts_ns, record.equity[-1].ts_ns
        base, rate = record.equity[0].equity, self._views.rate(instrument.currency, record.currency)
        waiting = iter([*fills, None])
        due, holding = next(waiting), Holding()
        points, then = [], 0
        for ts_ns, price in self._prices(instrument.symbol, fills, start, end, record.as_of_ns):
            while due is not None and (due.ts_ns <= ts_ns if ts_ns > start else due.ts_ns < start):
                holding.take(due, instrument)
                due = next(waiting)
            worth = multiply(holding.worth(instrument, price), rate)
            then = worth if ts_ns == start else then
            points.append(EquityPoint(ts_ns, base + worth - then))
        return points

    def _prices(
        self, symbol: str, fills: Sequence[Fill], start: Nanos, end: Nanos, now: Nanos
    ) -> list[tuple[Nanos, Price | None]]:
        """Give the price at the start, at each close between, and at the end: there the mark if that is now."""
        before = [one.price for one in fills if one.ts_ns < start]
        until = [one.price for one in fills if one.ts_ns <= end]
        first = close_at(self._market, symbol, start) or (before[-1] if before else None)
        mark = self._market.mark(symbol) if end >= now else None
        last = mark or close_at(self._market, symbol, end) or (until[-1] if until else None)
        between = closes_of(self._market, symbol, from_ns=start + 1, to_ns=end)
        return [(start, first), *between, (end, last)]
