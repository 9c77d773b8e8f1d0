"""What an account's holding of one instrument was worth over time: its fills, valued at the closes of candles."""

from openbell.domain.instrument import Instrument
from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos, Quantity
from openbell.ports import EquityPoint, History, Market, OrderFilter, Trading

CANDLES_MAX = 5_000
FILLS_MAX = 10_000
"""Latest fills looked at; of a longer history the beginning is left out."""


class HoldingHistory:
    """Holdings over time, as far back as candles are kept."""

    def __init__(self, *, trading: Trading, history: History, market: Market) -> None:
        self._trading = trading
        self._history = history
        self._market = market

    async def of(
        self,
        instrument: Instrument,
        *,
        account_id: str,
        strategy_id: str | None,
        timeframe: Timeframe,
        from_ns: Nanos | None,
        to_ns: Nanos | None,
    ) -> list[EquityPoint]:
        """Give the holding's worth at the end of each candle in [from, to) and now, in the instrument's currency."""
        changes = await self._changes(instrument.symbol, account_id, strategy_id)
        if not changes:
            return []
        now = self._trading.now_ns()
        bars = self._market.candles(instrument.symbol, timeframe, limit=CANDLES_MAX)
        closes = [(bar.end_ns, bar.close) for bar in bars if changes[0][0] < bar.end_ns <= now]
        mark = self._market.mark(instrument.symbol)
        if mark is not None:
            closes.append((now, mark))
        points: list[EquityPoint] = []
        held, seen = 0, 0
        for ts_ns, price in closes:
            while seen < len(changes) and changes[seen][0] < ts_ns:
                held += changes[seen][1]
                seen += 1
            if (from_ns is None or ts_ns >= from_ns) and (to_ns is None or ts_ns < to_ns):
                points.append(EquityPoint(ts_ns, instrument.value(held, price)))
        return points

    async def _changes(self, symbol: str, account_id: str, strategy_id: str | None) -> list[tuple[Nanos, Quantity]]:
        """Give what each fill changed the holding by, oldest first."""
        wanted = OrderFilter(account_id=account_id, strategy_id=strategy_id, symbol=symbol, limit=FILLS_MAX)
        page = await self._history.fills(wanted)
        return [(fill.ts_ns, fill.side.sign * fill.quantity) for fill in reversed(page.rows)]
