"""Recordings of trades, quotes and books are checked, kept, and come back as the events they were."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openbell.domain.market import BookSnapshot, Quote, Trade
from openbell.domain.values import SCALE

START = datetime(2024, 8, 8, tzinfo=UTC)
TRADES = {"price": ["100.5", "100.6"], "size": ["1", "0.25"], "buyer_maker": [True, False]}


@pytest.fixture
def import_table(tmp_path, catalog):
    def import_(kind, columns, *, symbol="BTCUSDT", ts=None):
        count = len(next(iter(columns.values())))
        times = ts or [START + timedelta(seconds=i) for i in range(count)]
        table = pa.table({"ts": pa.array(times, pa.timestamp("us", "UTC")), **columns})
        pq.write_table(table, tmp_path / "t.parquet")
        return catalog.import_file(str(tmp_path / "t.parquet"), symbol=symbol, timeframe=None, kind=kind)

    return import_


def test_trades_come_back_exactly(import_table, catalog):
    report = import_table("trades", TRADES)
    assert (report.dataset.dataset_id, report.dataset.rows) == ("BTCUSDT-trades", 2)
    first, second = catalog.events("BTCUSDT-trades")
    assert isinstance(first, Trade)
    assert (first.price, first.quantity, first.aggressor) == (10_050_000_000, SCALE, -1)
    assert (second.ts_ns - first.ts_ns, report.dataset.end_ns) == (10**9, second.ts_ns + 1)


def test_quotes_written_as_floats_are_read_as_their_shortest_decimals(import_table, catalog):
    import_table("quotes", {"bid": [0.1], "bid_size": [1e-05], "ask": [0.3], "ask_size": [2.0]})
    [quote] = catalog.events("BTCUSDT")
    assert isinstance(quote, Quote)
    assert (quote.bid, quote.bid_quantity, quote.ask) == (10_000_000, 1_000, 30_000_000)


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("price", "0", "not above zero"),
        ("price", "NaN", "not a number"),
        ("size", "-1", "negative"),
        ("size", None, "missing"),
    ],
)
def test_a_bad_row_is_named_and_keeps_the_recording_out(column, value, problem, import_table, catalog):
    columns = {**TRADES, column: ["1", value]}
    report = import_table("trades", columns)
    assert (report.dataset, report.findings[0].line, report.findings[0].field) == (None, 2, column)
    assert problem in report.findings[0].problem
    assert catalog.dataset("BTCUSDT") is None


def test_trades_out_of_order_are_refused(import_table):
    report = import_table("trades", TRADES, ts=[START, START - timedelta(seconds=1)])
    assert (report.dataset, report.findings[0].field) == (None, "ts")


def test_a_recording_under_the_wrong_kind_or_symbol_is_refused(import_table):
    assert "those of trades" in import_table("quotes", TRADES).findings[0].problem
    assert "no rows of" in import_table("trades", {**TRADES, "symbol": ["A", "B"]}, symbol="C").findings[0].problem
    with pytest.raises(ValueError, match="unknown kind"):
        import_table("candles", TRADES)


def test_a_recorded_book_keeps_its_messages(catalog, shared_data):
    file = str(shared_data / "BTCUSDT_l2_binance_2024_08_08.parquet")
    report = catalog.import_file(file, symbol="BTCUSDT", timeframe=None, kind="book")
    assert (report.errors, report.rows) == (0, 126_090)
    events = list(catalog.events(report.dataset.dataset_id))
    assert sum(isinstance(event, BookSnapshot) for event in events) == 1
