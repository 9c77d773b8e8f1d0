"""What the simulated market knows of each instrument: its price to start at, its liveliness, its sizes."""

import msgspec

from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.values import SCALE, Price


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Character of one instrument. Prices are scaled steps; sizes are units."""

    start_price: Price
    annual_volatility: float
    spread_bps: float
    """Usual spread in basis points of the price."""
    level_gap_bps: float
    """Usual distance between two book levels, likewise."""
    trade_size: float
    """Median size of a trade."""
    market_share: float
    """Part of the variance that comes from the whole asset class, 0 to 1."""


_LISTINGS = {
    "BTC/USD": Listing(
        start_price=95_000 * SCALE,
        annual_volatility=0.50,
        spread_bps=0.10,
        level_gap_bps=0.20,
        trade_size=0.02,
        market_share=0.7,
    ),
    "ETH/USD": Listing(
        start_price=3_300 * SCALE,
        annual_volatility=0.65,
        spread_bps=0.20,
        level_gap_bps=0.30,
        trade_size=0.4,
        market_share=0.7,
    ),
    "AAPL": Listing(
        start_price=230 * SCALE,
        annual_volatility=0.28,
        spread_bps=0.60,
        level_gap_bps=0.45,
        trade_size=60,
        market_share=0.45,
    ),
    "MSFT": Listing(
        start_price=430 * SCALE,
        annual_volatility=0.26,
        spread_bps=0.50,
        level_gap_bps=0.40,
        trade_size=40,
        market_share=0.45,
    ),
    "SPY": Listing(
        start_price=590 * SCALE,
        annual_volatility=0.16,
        spread_bps=0.20,
        level_gap_bps=0.20,
        trade_size=100,
        market_share=0.9,
    ),
    "NIFTY": Listing(
        start_price=24_000 * SCALE,
        annual_volatility=0.14,
        spread_bps=0.40,
        level_gap_bps=0.30,
        trade_size=75,
        market_share=0.8,
    ),
    "BANKNIFTY": Listing(
        start_price=51_500 * SCALE,
        annual_volatility=0.18,
        spread_bps=0.50,
        level_gap_bps=0.30,
        trade_size=30,
        market_share=0.8,
    ),
}
_OTHERS = {
    AssetClass.EQUITY: _LISTINGS["AAPL"],
    AssetClass.INDEX: _LISTINGS["NIFTY"],
}


def listing_of(instrument: Instrument) -> Listing:
    """Give an instrument's character; one that is not listed is like a typical one of its class, starting at 100."""
    listing = _LISTINGS.get(instrument.symbol)
    if listing is not None:
        return listing
    typical = _OTHERS.get(instrument.asset_class, _LISTINGS["ETH/USD"])
    return msgspec.structs.replace(typical, start_price=100 * SCALE)
