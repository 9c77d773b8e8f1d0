"""The symbol master and what it lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.instruments import (
    SymbolMaster,
    contract_type,
    default_instruments,
    instrument_for_data,
    tick_for_prices,
)
from openbell.domain.instrument import AssetClass, InvalidSymbol
from openbell.domain.values import SCALE, parse
from openbell.ports import BarColumns

MASTER = SymbolMaster(default_instruments())


@pytest.mark.parametrize("text", ["BTC/USD", "btc/usd", "BTC-USD", "BTCUSD", "btc%2Fusd", "BTC%2fUSD", " BTC_USD "])
def test_a_pair_is_found_by_all_its_names(text):
    assert MASTER.resolve(text).symbol == "BTC/USD"


@pytest.mark.parametrize("text", ["", "NOPE", "BTC//USD", "../etc", "A" * 200, "BTC%00USD", "ＡＡＰＬ", "aapl;"])
def test_anything_else_is_nothing(text):
    assert MASTER.resolve(text) is None


def test_exchange_sessions_keep_exchange_hours_and_continuous_ones_do_not():
    hours = {one.symbol: one.calendar_name for one in default_instruments("exchange")}
    assert (hours["AAPL"], hours["NIFTY"], hours["BTC/USD"]) == ("XNYS", "XNSE", "24/7")
    assert {one.calendar_name for one in default_instruments()} == {"24/7"}


def test_indices_are_margined_in_rupees():
    nifty = MASTER.resolve("nifty")
    assert (nifty.currency, nifty.is_margined, nifty.initial_margin) == ("INR", True, 15 * SCALE // 100)


def test_contracts_call_an_equity_a_stock():
    assert [contract_type(MASTER.resolve(s)) for s in ("AAPL", "BTC/USD", "NIFTY")] == ["STOCK", "CRYPTO", "INDEX"]


def test_an_alias_never_hides_a_symbol():
    master = SymbolMaster([*default_instruments(), instrument_for_data("BTC-USD", tick_size=1)])
    assert master.resolve("BTC-USD").symbol == "BTC-USD"
    assert master.resolve("BTC/USD").symbol == "BTC/USD"


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("GOOG", "EQUITY"),
        ("BRK-B", "EQUITY"),
        ("BTC-USD-PERP", "PERPETUAL"),
        ("BTCUSDT", "CRYPTO"),
        ("X/EUR", "CRYPTO"),
    ],
)
def test_the_kind_of_unlisted_data_follows_from_its_symbol(symbol, kind):
    assert instrument_for_data(symbol, tick_size=SCALE // 100).asset_class is AssetClass(kind)


def test_a_symbol_that_cannot_be_one_is_refused():
    with pytest.raises(InvalidSymbol):
        instrument_for_data("a b", tick_size=1)


@pytest.mark.parametrize(
    ("prices", "tick"),
    [(["100.25", "101"], "0.01"), (["100.335"], "0.0001"), (["0.00001234"], "0.00000001"), ([], "0.01")],
)
def test_the_tick_of_data_divides_every_price(prices, tick):
    assert tick_for_prices(map(parse, prices)) == parse(tick)


@given(st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=40), st.sampled_from([1, 10**2, 10**4, 10**6]))
def test_recorded_prices_get_the_tick_that_all_of_them_are_multiples_of(numbers, unit):
    column = np.array(numbers, dtype=np.int64) // unit * unit
    bars = BarColumns(np.arange(len(column)), column, column, column, column, np.ones_like(column))
    expected = min(MASTER.resolve("AAPL").tick_size, tick_for_prices(column.tolist()))
    assert instrument_of("AAPL", bars).tick_size == expected
