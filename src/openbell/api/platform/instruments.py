"""Instruments: /v1/instruments, what can be traded and by which increments."""

from pydantic import Field

from openbell.api.deps import Deps, Reader
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, CountMeta, optional_text
from openbell.api.values import DecimalText
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.values import text_of
from openbell.services.market import MarketData

router = Router(prefix="/v1/instruments", tag="instruments")


class InstrumentData(Answer):
    """An instrument and where it stands."""

    symbol: str = Field(examples=["BTC/USD"])
    name: str
    asset_class: AssetClass
    currency: str = Field(examples=["USD"])
    exchange: str
    tick_size: DecimalText = Field(examples=["0.01"])
    lot_size: DecimalText = Field(examples=["0.0001"])
    quantity_min: DecimalText
    quantity_max: DecimalText
    multiplier: DecimalText
    initial_margin: DecimalText = Field(description="Part of an exposure that equity must cover.")
    calendar: str = Field(description="Trading hours.", examples=["24/7"])
    current_price: DecimalText | None = Field(description="The mark; null before there is one.")
    bid: DecimalText | None
    ask: DecimalText | None


class InstrumentAnswer(Answer):
    """One instrument."""

    data: InstrumentData


class InstrumentsAnswer(Answer):
    """All instruments, by symbol."""

    data: list[InstrumentData]
    meta: CountMeta


@router.get("")
async def list_instruments(services: Deps, _: Reader) -> InstrumentsAnswer:
    """List all instruments."""
    data = [_data(one, services.market) for one in services.market.instruments()]
    return InstrumentsAnswer(data=data, meta=CountMeta(total_count=len(data)))


@router.get("/{symbol:path}")
async def get_instrument(symbol: str, services: Deps, _: Reader) -> InstrumentAnswer:
    """Give one instrument by its symbol or an alias such as BTC-USD."""
    instrument = services.market.instrument(symbol)
    if instrument is None:
        raise not_found("instrument", symbol)
    return InstrumentAnswer(data=_data(instrument, services.market))


def _data(instrument: Instrument, market: MarketData) -> InstrumentData:
    quote = market.quote(instrument.symbol)
    return InstrumentData(
        symbol=instrument.symbol,
        name=instrument.name,
        asset_class=instrument.asset_class,
        currency=instrument.currency,
        exchange=instrument.exchange,
        tick_size=text_of(instrument.tick_size),
        lot_size=text_of(instrument.lot_size),
        quantity_min=text_of(instrument.quantity_min),
        quantity_max=text_of(instrument.quantity_max),
        multiplier=text_of(instrument.multiplier),
        initial_margin=text_of(instrument.initial_margin),
        calendar=instrument.calendar_name,
        current_price=optional_text(market.mark(instrument.symbol)),
        bid=None if quote is None else text_of(quote.bid),
        ask=None if quote is None else text_of(quote.ask),
    )
