"""What can be traded: /api/v1/instruments. It changes only with the server, so clients may keep it."""

from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from openbell.api.conditional import tag_of
from openbell.api.deps import Deps, Reader
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.numbers import Number
from openbell.api.numbers import answer as write
from openbell.domain.instrument import AssetClass, Instrument

KEPT_S = 300
CACHING = {"cache-control": f"private, max-age={KEPT_S}", "vary": "Authorization, X-API-Key"}

router = Router(prefix="/api/v1/instruments", tag="desk")

IfNoneMatch = Annotated[
    str | None, Header(alias="if-none-match", max_length=1_024, description="ETag of what the client has.")
]
"""Declared here, looked at in front of the routes (`api/conditional.py`)."""


class InstrumentAnswer(BaseModel):
    """An instrument and its increments."""

    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    exchange: str
    tick_size: Number
    lot_size: Number
    quantity_min: Number
    quantity_max: Number
    multiplier: Number
    initial_margin: Number
    calendar: str


class InstrumentsAnswer(BaseModel):
    """All instruments, by symbol."""

    instruments: list[InstrumentAnswer]
    total_count: int


@router.get("", response_model=InstrumentsAnswer)
async def list_desk_instruments(services: Deps, _: Reader, _known: IfNoneMatch = None) -> Response:
    """List all instruments; 304 when the client has them already."""
    known = [_instrument(one) for one in services.market.instruments()]
    return _kept(InstrumentsAnswer(instruments=known, total_count=len(known)))


@router.get("/{symbol:path}", response_model=InstrumentAnswer)
async def get_desk_instrument(symbol: str, services: Deps, _: Reader, _known: IfNoneMatch = None) -> Response:
    """Give one instrument by its symbol or an alias such as BTC-USD; 304 when the client has it already."""
    instrument = services.market.instrument(symbol)
    if instrument is None:
        raise not_found("instrument", symbol)
    return _kept(_instrument(instrument))


def _kept(answer: BaseModel) -> Response:
    full = write(answer, headers=CACHING)
    full.headers["etag"] = tag_of(bytes(full.body)).removeprefix("W/")
    return full


def _instrument(instrument: Instrument) -> InstrumentAnswer:
    return InstrumentAnswer(
        symbol=instrument.symbol,
        name=instrument.name,
        asset_class=instrument.asset_class,
        currency=instrument.currency,
        exchange=instrument.exchange,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        quantity_min=instrument.quantity_min,
        quantity_max=instrument.quantity_max,
        multiplier=instrument.multiplier,
        initial_margin=instrument.initial_margin,
        calendar=instrument.calendar_name,
    )
