"""Latest candles (ports.CandleStore)."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, delete, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import candles
from openbell.adapters.sql.upsert import insert_or_leave
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import Nanos

CANDLES_KEPT = 20_000
"""Lengths of a candle that its series reaches back; older ones are dropped as new ones come."""

BARS_PER_WRITE = 1_000
"""Bars in one transaction, so that orders do not wait for a long one."""

_COLUMNS = tuple(str(column.name) for column in candles.columns)


class SqlCandles:
    """Final bars by symbol and timeframe."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def add(self, bars: Sequence[Bar]) -> None:
        """Keep final bars; one that is there already is left as it is. Unfinished bars are not kept."""
        final = [bar for bar in bars if bar.is_final]
        for start in range(0, len(final), BARS_PER_WRITE):
            some = final[start : start + BARS_PER_WRITE]
            await self._runner.write(lambda connection, some=some: _add(connection, some))  # type: ignore[misc]

    async def latest(self, symbol: str, timeframe: Timeframe, *, limit: int, to_ns: Nanos | None = None) -> list[Bar]:
        """Give the newest bars that open before an instant, oldest first."""
        statement = (
            select(candles)
            .where(candles.c.symbol == symbol, candles.c.timeframe == timeframe)
            .order_by(candles.c.ts_ns.desc())
            .limit(limit)
        )
        if to_ns is not None:
            statement = statement.where(candles.c.ts_ns < to_ns)
        newest = await self._runner.read(
            lambda connection: [_bar(row) for row in connection.execute(statement).mappings()]
        )
        return newest[::-1]


def _add(connection: Connection, bars: Sequence[Bar]) -> None:
    insert_or_leave(connection, candles, [{name: getattr(bar, name) for name in _COLUMNS} for bar in bars])
    newest = {(bar.symbol, bar.timeframe): 0 for bar in bars}
    for bar in bars:
        newest[bar.symbol, bar.timeframe] = max(newest[bar.symbol, bar.timeframe], bar.ts_ns)
    for (symbol, timeframe), ts_ns in newest.items():
        connection.execute(
            delete(candles).where(
                candles.c.symbol == symbol,
                candles.c.timeframe == timeframe,
                candles.c.ts_ns <= ts_ns - CANDLES_KEPT * timeframe.length_ns,
            )
        )


def _bar(row: RowMapping) -> Bar:
    return msgspec.convert({"type": "bar", **{name: row[name] for name in _COLUMNS}}, Bar)
