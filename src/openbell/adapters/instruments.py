"""The symbol master: which instruments there are, and which one a caller means by a name."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import unquote

import msgspec

from openbell.domain.instrument import AssetClass, Instrument, InvalidSymbol, canonical_symbol
from openbell.domain.values import SCALE, SCALE_DIGITS, Price

Sessions = Literal["continuous", "exchange"]
"""`continuous`: everything trades around the clock; `exchange`: each instrument keeps its exchange's hours."""

SYMBOL_TEXT_MAX = 96
"""Characters of a symbol on the way in: three times the longest symbol, for one that is percent-encoded."""

_QUANTITY_MAX = 1_000_000 * SCALE
_INDEX_MARGIN = SCALE * 15 // 100
_CENT = SCALE // 100
_PAIR = re.compile(r"[/-](USD|EUR|GBP|BTC|ETH|USDT|USDC)$|(USDT|USDC)$")
_CONTRACT_TYPES = {AssetClass.EQUITY: "STOCK"}


def contract_type(instrument: Instrument) -> str:
    """Give the name that the published contracts use for an instrument's kind: STOCK, CRYPTO, INDEX and so on."""
    return _CONTRACT_TYPES.get(instrument.asset_class, instrument.asset_class.value)


def default_instruments(sessions: Sessions = "continuous") -> tuple[Instrument, ...]:
    """List the instruments of the simulated market."""
    listed = (
        _crypto("BTC/USD", "Bitcoin", quantity_max=1_000 * SCALE),
        _crypto("ETH/USD", "Ether", quantity_max=10_000 * SCALE),
        _equity("AAPL", "Apple"),
        _equity("MSFT", "Microsoft"),
        _equity("SPY", "SPDR S&P 500 ETF"),
        _index("NIFTY", "Nifty 50"),
        _index("BANKNIFTY", "Nifty Bank"),
    )
    return listed if sessions == "exchange" else tuple(_around_the_clock(instrument) for instrument in listed)


def instrument_for_data(
    symbol: str, *, tick_size: Price, asset_class: AssetClass | None = None, currency: str = "USD"
) -> Instrument:
    """Make an instrument for recorded data of a symbol that the master does not list.

    `tick_size` comes from the decimals of the recorded prices (`tick_for_prices`). The kind, when not given, follows
    from the symbol: `-PERP` a perpetual, a pair such as BTC-USD or BTCUSDT crypto, anything else an equity.
    Raises InvalidSymbol.
    """
    name = canonical_symbol(symbol)
    kind = asset_class or _kind_of(name)
    is_equity = kind is AssetClass.EQUITY
    lot = SCALE if is_equity or kind is AssetClass.INDEX else SCALE // 10**6
    return Instrument(
        symbol=name,
        name=name,
        asset_class=kind,
        currency=currency,
        tick_size=tick_size,
        lot_size=lot,
        quantity_min=lot,
        quantity_max=_QUANTITY_MAX,
        calendar_name="XNYS" if is_equity else "24/7",
        exchange="XNYS" if is_equity else "SIM",
    )


def tick_for_prices(prices: Iterable[Price], *, decimals_min: int = 2) -> Price:
    """Give the coarsest decimal tick that every price is a multiple of, and no coarser than `decimals_min` decimals.

    An odd tenth of a cent such as 100.335 makes it four decimals rather than three, as exchanges quote.
    """
    tick: Price = 10 ** (SCALE_DIGITS - decimals_min)
    for price in prices:
        while price % tick:
            tick //= 100 if tick >= 100 else 10
    return tick


class SymbolMaster:
    """Finds instruments by symbol or alias: case does not matter, `BTC-USD`, `BTCUSD` and `BTC%2FUSD` are BTC/USD."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_symbol: dict[str, Instrument] = {}
        self._by_alias: dict[str, str] = {}
        for instrument in instruments:
            self.add(instrument)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(sorted(self._by_symbol.values(), key=lambda instrument: instrument.symbol))

    def add(self, instrument: Instrument) -> None:
        """List an instrument; one of the same symbol is replaced. An alias never hides a symbol."""
        self._by_symbol[instrument.symbol] = instrument
        for separator in ("-", "", "_"):
            self._by_alias.setdefault(instrument.symbol.replace("/", separator), instrument.symbol)

    def resolve(self, text: str) -> Instrument | None:
        """Give the instrument meant by a text, or None."""
        found = self._by_symbol.get(text)
        if found is not None:
            return found
        if len(text) > SYMBOL_TEXT_MAX:
            return None
        try:
            symbol = canonical_symbol(unquote(text))
        except InvalidSymbol:
            return None
        return self._by_symbol.get(symbol) or self._by_symbol.get(self._by_alias.get(symbol, ""))

    def mapping(self) -> dict[str, Instrument]:
        """Give all instruments by symbol."""
        return dict(self._by_symbol)


def _crypto(symbol: str, name: str, *, quantity_max: int) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=name,
        asset_class=AssetClass.CRYPTO,
        currency="USD",
        tick_size=_CENT,
        lot_size=SCALE // 10**6,
        quantity_min=SCALE // 10**6,
        quantity_max=quantity_max,
    )


def _equity(symbol: str, name: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=name,
        asset_class=AssetClass.EQUITY,
        currency="USD",
        tick_size=_CENT,
        lot_size=SCALE,
        quantity_min=SCALE,
        quantity_max=_QUANTITY_MAX,
        calendar_name="XNYS",
        exchange="XNYS",
    )


def _index(symbol: str, name: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=name,
        asset_class=AssetClass.INDEX,
        currency="INR",
        tick_size=5 * _CENT,
        lot_size=SCALE,
        quantity_min=SCALE,
        quantity_max=_QUANTITY_MAX,
        calendar_name="XNSE",
        initial_margin=_INDEX_MARGIN,
        exchange="XNSE",
    )


def _around_the_clock(instrument: Instrument) -> Instrument:
    return msgspec.structs.replace(instrument, calendar_name="24/7")


def _kind_of(symbol: str) -> AssetClass:
    if symbol.endswith(("-PERP", "-SWAP")):
        return AssetClass.PERPETUAL
    if _PAIR.search(symbol):
        return AssetClass.CRYPTO
    return AssetClass.EQUITY
