"""The market as the terminal writes it."""

from pydantic import Field

from openbell.api.numbers import Number, present
from openbell.api.terminal.schemas import Answer
from openbell.api.values import timestamp
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.values import Nanos, Price
from openbell.services.day import DayStats

_AGGRESSORS = {1: "BUY", -1: "SELL"}


class InstrumentData(Answer):
    """What can be traded."""

    instrument: str
    name: str
    asset_class: AssetClass
    currency: str
    exchange: str
    tick_size: Number
    lot_size: Number
    quantity_min: Number
    quantity_max: Number
    multiplier: Number
    calendar: str
    timezone: str
    is_open: bool
    current_price: Number | None = None


class InstrumentsAnswer(Answer):
    """Instruments, by name."""

    instruments: list[InstrumentData]


class CandleData(Answer):
    """A candle; `time` is its open time."""

    time: str
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number
    vwap: Number | None = Field(None, description="Left out where nothing traded.")
    is_final: bool


class CandlesAnswer(Answer):
    """Candles, oldest first."""

    instrument: str
    timeframe: Timeframe
    data: list[CandleData]


class TickData(Answer):
    """A public trade."""

    price: Number
    quantity: Number
    timestamp: str
    trade_id: str | None = None
    side: str | None = Field(None, description="Who took: BUY or SELL.")


class TicksAnswer(Answer):
    """Public trades, oldest first."""

    instrument: str
    data: list[TickData]


class LevelData(Answer):
    """A price level and the quantity there."""

    price: Number
    quantity: Number


class DepthAnswer(Answer):
    """The top of an order book: bids from the highest, asks from the lowest."""

    instrument: str
    timestamp: str
    bids: list[LevelData]
    asks: list[LevelData]
    spread: Number = Field(description="0 while a side is empty.")
    mid_price: Number = Field(description="The mark while a side is empty.")
    sequence: int | None = None


class StatsAnswer(Answer):
    """The last 24 hours; a figure is null while nothing has traded in them."""

    instrument: str
    open: Number | None
    high: Number | None
    low: Number | None
    last: Number | None
    volume: Number
    vwap: Number | None
    change: Number | None
    change_percent: Number | None = Field(description="2 is 2 %.")
    bid: Number | None
    ask: Number | None
    since: str | None = Field(description="Where the figures begin: later than a day ago while the market is young.")
    timestamp: str


def instrument_data(instrument: Instrument, *, mark: Price | None, now_ns: Nanos) -> InstrumentData:
    """Write an instrument."""
    return InstrumentData(
        instrument=instrument.symbol,
        name=instrument.name,
        asset_class=instrument.asset_class,
        currency=instrument.currency,
        exchange=instrument.exchange,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        quantity_min=instrument.quantity_min,
        quantity_max=instrument.quantity_max,
        multiplier=instrument.multiplier,
        calendar=instrument.calendar_name,
        timezone=instrument.calendar.timezone,
        is_open=instrument.calendar.is_open(now_ns),
        **present({"current_price": mark}),
    )


def tick_data(trade: Trade) -> TickData:
    """Write a public trade."""
    return TickData(
        price=trade.price,
        quantity=trade.quantity,
        timestamp=timestamp(trade.ts_ns),
        **present({"trade_id": trade.trade_id or None, "side": _AGGRESSORS.get(trade.aggressor)}),
    )


def depth_data(symbol: str, book: BookSnapshot | None, *, mark: Price | None, now_ns: Nanos) -> DepthAnswer:
    """Write the top of a book; without one both sides are empty."""
    bids, asks = (book.bids, book.asks) if book is not None else ((), ())
    is_whole = bool(bids and asks)
    return DepthAnswer(
        instrument=symbol,
        timestamp=timestamp(now_ns if book is None else book.ts_ns),
        bids=[LevelData(price=price, quantity=quantity) for price, quantity in bids],
        asks=[LevelData(price=price, quantity=quantity) for price, quantity in asks],
        spread=asks[0][0] - bids[0][0] if is_whole else 0,
        mid_price=(asks[0][0] + bids[0][0]) // 2 if is_whole else mark or 0,
        **present({"sequence": None if book is None else book.sequence}),
    )


def stats_data(symbol: str, day: DayStats, quote: Quote | None, *, now_ns: Nanos) -> StatsAnswer:
    """Write the statistics of a day."""
    return StatsAnswer(
        instrument=symbol,
        open=day.open,
        high=day.high,
        low=day.low,
        last=day.last,
        volume=day.volume,
        vwap=day.vwap,
        change=day.change,
        change_percent=day.change_percent,
        bid=None if quote is None else quote.bid,
        ask=None if quote is None else quote.ask,
        since=None if day.from_ns is None else timestamp(day.from_ns),
        timestamp=timestamp(now_ns),
    )
