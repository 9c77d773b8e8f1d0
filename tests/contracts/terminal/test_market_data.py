"""R3: instruments, candles, ticks, depth and statistics."""

from urllib.parse import quote

import pytest

from openbell.domain.instants import instant_text
from openbell.domain.market import Timeframe

SPELLINGS = ["BTC/USD", "BTC%2FUSD", "BTC-USD", "btc-usd"]


async def test_r3_instruments_are_listed(client):
    rows = {one["instrument"]: one for one in (await client.get("/api/instruments")).json()["instruments"]}
    assert rows.keys() >= {"AAPL", "BTC/USD", "NIFTY", "BANKNIFTY"}
    assert rows["AAPL"].items() >= {"tick_size": 0.01, "lot_size": 1, "currency": "USD", "current_price": 150}.items()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("what", ["candles", "ticks", "depth", "stats"])
async def test_r3_an_instrument_with_a_slash_is_found_however_it_is_spelled(client, spelling, what):
    answer = await client.get(f"/api/market-data/{spelling}/{what}")
    assert (answer.status_code, answer.json()["instrument"]) == (200, "BTC/USD")


async def test_r3_an_unknown_instrument_is_not_there(client):
    for name in ("NOPE", "../secret", "a" * 200):
        assert (await client.get(f"/api/market-data/{quote(name, safe='')}/candles")).status_code == 404


@pytest.mark.parametrize("timeframe", Timeframe)
async def test_r3_every_timeframe_is_served(terminal, client, timeframe):
    (made,) = terminal.bars("AAPL", [101.25], timeframe=timeframe)
    answer = (await client.get(f"/api/market-data/AAPL/candles?timeframe={timeframe}")).json()
    assert answer["instrument"] == "AAPL" and answer["timeframe"] == timeframe
    assert answer["data"] == [
        {
            "time": instant_text(made.ts_ns),
            "open": 101.25,
            "high": 101.25,
            "low": 101.25,
            "close": 101.25,
            "volume": 10,
            "vwap": 101.25,
            "is_final": True,
        }
    ]


async def test_r3_a_range_includes_its_start_and_not_its_end(terminal, client):
    bars = terminal.bars("AAPL", [1, 2, 3, 4])
    range_ = {"from": instant_text(bars[1].ts_ns), "to": instant_text(bars[3].ts_ns)}
    answer = (await client.get("/api/market-data/AAPL/candles", params=range_)).json()
    assert [one["close"] for one in answer["data"]] == [2, 3]


async def test_r3_500_candles_unless_told_and_5000_at_most(terminal, client):
    terminal.bars("AAPL", [100] * 600)
    for query, count in (("", 500), ("?limit=7", 7), ("?limit=5000", 600)):
        answer = (await client.get(f"/api/market-data/AAPL/candles{query}")).json()
        assert len(answer["data"]) == count
    for limit in ("5001", "0", "x"):
        assert (await client.get(f"/api/market-data/AAPL/candles?limit={limit}")).status_code == 400


async def test_r3_candles_that_only_the_store_has_are_found(terminal, client):
    old = terminal.bars("AAPL", [90, 91, 92])
    await terminal.system.database.candles.add(old)
    terminal.system.board._finished.clear()
    terminal.bars("AAPL", [93])  # in place of the newest of them
    answer = (await client.get("/api/market-data/AAPL/candles")).json()
    assert [one["close"] for one in answer["data"]] == [90, 91, 93]
    last_two = (await client.get("/api/market-data/AAPL/candles?limit=2")).json()
    assert [one["close"] for one in last_two["data"]] == [91, 93]
    since = (await client.get("/api/market-data/AAPL/candles", params={"from": instant_text(old[1].ts_ns)})).json()
    assert [one["close"] for one in since["data"]] == [91, 93]


@pytest.mark.parametrize("query", ["timeframe=2m", "from=yesterday", "from=2026-01-02&to=2026-01-01"])
async def test_r3_a_wrong_query_is_refused_with_its_field(client, query):
    refused = await client.get(f"/api/market-data/AAPL/candles?{query}")
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == query.partition("=")[0]


async def test_r3_ticks_are_the_latest_public_trades(terminal, client):
    for price in ("150.00", "150.01", "150.02"):
        terminal.trade("AAPL", price, "3")
    ticks = (await client.get("/api/market-data/AAPL/ticks?limit=2")).json()
    assert [one["price"] for one in ticks["data"]] == [150.01, 150.02]
    assert ticks["data"][0].keys() >= {"price", "quantity", "timestamp", "trade_id"}


async def test_r3_depth_has_the_documents_shape(terminal, client):
    terminal.book("AAPL", [("149.98", "5"), ("149.97", "7")], [("150.01", "2"), ("150.02", "4")])
    depth = (await client.get("/api/market-data/AAPL/depth?depth=1")).json()
    assert depth["bids"] == [{"price": 149.98, "quantity": 5}]
    assert depth["asks"] == [{"price": 150.01, "quantity": 2}]
    assert (depth["spread"], depth["mid_price"]) == (0.03, 149.995) and depth["timestamp"].endswith("Z")
    for wrong in ("0", "101"):
        assert (await client.get(f"/api/market-data/AAPL/depth?depth={wrong}")).status_code == 400


async def test_r3_stats_are_of_the_last_24_hours(terminal, client):
    terminal.bars("AAPL", [50] * 10 + [100] * 1439 + [110])
    stats = (await client.get("/api/market-data/AAPL/stats")).json()
    assert stats.items() >= {"open": 100, "high": 110, "low": 100, "last": 110, "change": 10}.items()
    assert stats["change_percent"] == 10 and stats["volume"] == 14400
    assert (stats["bid"], stats["ask"]) == (149.99, 150.01)


async def test_r3_stats_of_a_market_that_has_not_traded_are_null(client):
    stats = (await client.get("/api/market-data/NIFTY/stats")).json()
    assert stats["open"] is None and stats["change"] is None and stats["volume"] == 0


async def test_r3_decimals_have_no_exponent(terminal, client):
    terminal.trade("BTC/USD", "40000", "0.000001")
    text = (await client.get("/api/market-data/BTC-USD/ticks")).text
    assert '"quantity":0.000001' in text
