"""The tear sheet of a run of several instruments: each has its own price chart, with its own trades and no other's."""

import re

import msgspec
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.packaged import packaged_bars
from openbell.domain.run import BacktestRequest
from openbell.domain.values import parse
from openbell.runtime.backtest import perform
from openbell.runtime.scene import ACCOUNT, scene_of
from openbell.runtime.tear_sheet import tear_sheet_of_scene
from openbell.strategies import SHIPPED

SYMBOLS = ("AAPL", "GOOG", "MSFT")


@pytest.fixture(scope="module")
def made():
    series = {symbol: packaged_bars(f"{symbol}-1d") for symbol in SYMBOLS}
    request = BacktestRequest(kind="sma_cross", dataset_id="x", symbol="AAPL", initial_cash=parse(1_000_000))
    one = scene_of(request, instrument=instrument_of("AAPL", series["AAPL"]), kinds=SHIPPED)
    config = msgspec.structs.replace(one.strategies[0], symbols=SYMBOLS, account_id=ACCOUNT)
    instruments = {symbol: instrument_of(symbol, bars) for symbol, bars in series.items()}
    scene = msgspec.structs.replace(one, instruments=instruments, strategies=(config,))
    played = perform(scene, series=series, kinds=SHIPPED)
    return played, tear_sheet_of_scene(played, scene, series=series)


def test_every_instrument_can_be_chosen_and_has_its_own_fills(made):
    played, page = made
    assert re.findall(r"<option>(\w+)</option>", page) == list(SYMBOLS)
    for symbol in SYMBOLS:
        fills = sum(event.fill.symbol == symbol for event in played.fills)
        assert fills > 50
        assert f"{fills} fills on the price of {symbol}." in page


def test_the_trades_of_all_instruments_are_in_the_table_and_none_spans_two(made):
    played, page = made
    assert f"on {len(SYMBOLS)} instruments" in page
    rows = re.findall(r'data-v="\d+">\d+</td><td>(\w+)</td><td>(?:Long|Short)</td>', page)
    assert set(rows) == set(SYMBOLS)
    closed = sum(event.fill.side.sign < 0 for event in played.fills)
    assert f"{closed:,} closed" in page


def test_no_two_parts_of_the_page_share_a_name(made):
    names = re.findall(r'\sid="([^"]+)"', made[1])
    assert len(names) == len(set(names)) > 6
