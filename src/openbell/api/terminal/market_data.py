"""The market: /api/instruments and /api/market-data, where `BTC/USD`, `BTC%2FUSD` and `BTC-USD` are one."""

from typing import Annotated

from fastapi import Query, Response

from openbell.api.deps import CurrentExchange, Deps, Reader, Services
from openbell.api.errors import invalid, not_found
from openbell.api.limits import Router
from openbell.api.numbers import answer
from openbell.api.terminal.candle_text import CandleText
from openbell.api.terminal.schemas import FromTime, ToTime
from openbell.api.terminal.schemas_market import (
    CandlesAnswer,
    DepthAnswer,
    InstrumentsAnswer,
    StatsAnswer,
    TicksAnswer,
    depth_data,
    instrument_data,
    stats_data,
    tick_data,
)
from openbell.domain.instrument import Instrument
from openbell.domain.market import Timeframe
from openbell.services.market import (
    CANDLES_DEFAULT,
    CANDLES_MAX,
    DEPTH_DEFAULT,
    DEPTH_MAX,
    TRADES_DEFAULT,
    TRADES_MAX,
)

router = Router(prefix="/api", tag="terminal: market data")
_CANDLES = CandleText()

TimeframeFilter = Annotated[Timeframe, Query(description="Length of a candle: 1m is one minute here.")]
CandleLimit = Annotated[int, Query(ge=1, le=CANDLES_MAX, description="Candles at most; the latest of the range.")]
TickLimit = Annotated[int, Query(ge=1, le=TRADES_MAX, description="Ticks at most; the latest of the range.")]
Depth = Annotated[int, Query(ge=1, le=DEPTH_MAX, description="Price levels a side.")]


@router.get("/instruments", response_model=InstrumentsAnswer)
async def list_instruments(services: Deps, _: Reader, exchange: CurrentExchange) -> Response:
    """List what can be traded, by name."""
    rows = [
        instrument_data(one, mark=services.market.mark(one.symbol), now_ns=exchange.received_ns)
        for one in services.market.instruments()
    ]
    return answer(InstrumentsAnswer(instruments=rows))


@router.get("/market-data/{instrument:path}/candles", response_model=CandlesAnswer)
async def get_candles(
    *,
    instrument: str,
    services: Deps,
    _: Reader,
    timeframe: TimeframeFilter = Timeframe.M1,
    from_time: FromTime = None,
    to_time: ToTime = None,
    limit: CandleLimit = CANDLES_DEFAULT,
) -> Response:
    """Give candles that open in [from, to), oldest first; the latest may be unfinished."""
    if from_time is not None and to_time is not None and from_time > to_time:
        raise invalid("from", "The range ends before it begins.")
    found = _known(services, instrument)
    bars = await services.market.candle_history(found.symbol, timeframe, from_ns=from_time, to_ns=to_time, limit=limit)
    return Response(_CANDLES.write(found.symbol, timeframe, bars), media_type="application/json")


@router.get("/market-data/{instrument:path}/ticks", response_model=TicksAnswer)
async def get_ticks(
    *,
    instrument: str,
    services: Deps,
    _: Reader,
    from_time: FromTime = None,
    to_time: ToTime = None,
    limit: TickLimit = TRADES_DEFAULT,
) -> Response:
    """Give the latest public trades in [from, to), oldest first; the latest thousand are kept."""
    found = _known(services, instrument)
    trades = [
        trade
        for trade in services.market.trades(found.symbol, limit=TRADES_MAX)
        if (from_time is None or trade.ts_ns >= from_time) and (to_time is None or trade.ts_ns < to_time)
    ]
    return answer(TicksAnswer(instrument=found.symbol, data=[tick_data(trade) for trade in trades[-limit:]]))


@router.get("/market-data/{instrument:path}/depth", response_model=DepthAnswer)
async def get_depth(
    instrument: str, services: Deps, _: Reader, exchange: CurrentExchange, depth: Depth = DEPTH_DEFAULT
) -> Response:
    """Give the top of the order book."""
    found = _known(services, instrument)
    book = services.market.book(found.symbol, depth=depth)
    mark = services.market.mark(found.symbol)
    return answer(depth_data(found.symbol, book, mark=mark, now_ns=exchange.received_ns))


@router.get("/market-data/{instrument:path}/stats", response_model=StatsAnswer)
async def get_stats(instrument: str, services: Deps, _: Reader, exchange: CurrentExchange) -> Response:
    """Give the statistics of the last 24 hours."""
    found = _known(services, instrument)
    day = services.market.day(found.symbol, now_ns=exchange.received_ns)
    quote = services.market.quote(found.symbol)
    return answer(stats_data(found.symbol, day, quote, now_ns=exchange.received_ns))


def _known(services: Services, name: str) -> Instrument:
    found = services.market.instrument(name)
    if found is None:
        raise not_found("instrument", name)
    return found
