"""Recordings of a live market: whole, bounded, readable after a crash, and played again as they were heard."""

import asyncio

import pytest

from openbell.adapters.catalog import recorder as recorders
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.recorder import FeedRecorder
from openbell.adapters.catalog.spool import RecordingLimits, Spools
from openbell.domain.market import Bar, BookDelta, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.values import SCALE

SECOND = 10**9
START = 1_767_225_600 * SECOND
ALL = frozenset({"trades", "quotes", "bars", "book"})


def trade(second, price=100, aggressor=1):
    return Trade("BTC/USD", START + second * SECOND, price * SCALE, SCALE // 3, aggressor, f"t{second}")


def recorder(folder, *, kinds=ALL, on_sealed=list, **limits):
    return FeedRecorder(folder, feed_name="test", kinds=kinds, limits=RecordingLimits(**limits), on_sealed=on_sealed)


async def recorded(tmp_path, events, **options):
    """Record events from start to stop and give the catalog."""
    one = recorder(tmp_path / "catalog", **options)
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0.05)
    for event in events:
        one.market(event)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return ParquetCatalog(str(tmp_path))


def ids(catalog):
    return [one.dataset_id for one in catalog.datasets() if not one.is_packaged]


async def test_what_was_heard_is_played_again_exactly(tmp_path):
    trades = [trade(0), trade(1, aggressor=-1), trade(2, aggressor=0)]
    quotes = [Quote("BTC/USD", START + n, 99 * SCALE, 1, 101 * SCALE, 2) for n in range(3)]
    book = [
        BookSnapshot("BTC/USD", START, 7, ((99 * SCALE, 5),), ((101 * SCALE, 6),)),
        BookDelta("BTC/USD", START + 1, 8, 9, ((98 * SCALE, 0),), ()),
    ]
    bars = [Bar("BTC/USD", Timeframe.M1, START + n * 60 * SECOND, 3, 4, 1, 2, 9) for n in range(3)]
    catalog = await recorded(tmp_path, [*trades, *quotes, *book, *bars])
    stamp = "20260101T000000"
    assert ids(catalog) == [f"BTC-USD-{kind}-{stamp}" for kind in ("1m", "book", "quotes", "trades")]
    for kind, heard in (("trades", trades), ("quotes", quotes), ("book", book), ("1m", bars)):
        assert list(catalog.events(f"BTC-USD-{kind}-{stamp}")) == heard


async def test_unfinished_and_longer_bars_and_unwanted_kinds_are_left_out(tmp_path):
    unfinished = Bar("BTC/USD", Timeframe.M1, START, 3, 4, 1, 2, 9, 0, is_final=False)
    longer = Bar("BTC/USD", Timeframe.H1, START, 3, 4, 1, 2, 9)
    catalog = await recorded(tmp_path, [unfinished, longer, trade(0)], kinds=frozenset({"bars"}))
    assert ids(catalog) == []


async def test_files_rotate_and_the_oldest_go(tmp_path):
    one = Spools(tmp_path / "catalog", feed_name="test", limits=RecordingLimits(file_ns=60 * SECOND, files_max=2))
    one.recover()
    for minute in range(4):
        assert one.append("trades", "BTC/USD", [trade(minute * 100), trade(minute * 100 + 70)]) == (2, 1)
    assert ids(ParquetCatalog(str(tmp_path))) == ["BTC-USD-trades-20260101T000320", "BTC-USD-trades-20260101T000500"]


async def test_a_crash_costs_no_more_than_the_last_batch(tmp_path):
    spools = Spools(tmp_path / "catalog", feed_name="test", limits=RecordingLimits())
    spools.recover()
    for second in range(3):
        spools.append("trades", "BTC/USD", [trade(second)])
    [growing] = (tmp_path / "catalog" / ".recording").iterdir()
    growing.write_bytes(growing.read_bytes()[:-20])
    again = Spools(tmp_path / "catalog", feed_name="test", limits=RecordingLimits())
    assert again.recover() == 1
    spools.drop()
    [dataset_id] = ids(ParquetCatalog(str(tmp_path)))
    assert list(ParquetCatalog(str(tmp_path)).events(dataset_id)) == [trade(0), trade(1)]
    assert list((tmp_path / "catalog" / ".recording").iterdir()) == []


async def test_a_full_catalog_stops_the_recording_and_counts_what_is_lost(tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "OLD-1d.parquet").write_bytes(b"x" * 2_000)
    one = recorder(tmp_path / "catalog", catalog_bytes_max=1_000)
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0.05)
    one.market(trade(0))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert one.dropped == 1


async def test_a_slow_disk_never_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(recorders, "PENDING_MAX", 10)
    one = recorder(tmp_path / "catalog")
    for second in range(15):
        one.market(trade(second))
    assert one.dropped == 5


async def test_a_bar_heard_twice_is_kept_once_and_told_of(tmp_path):
    bar = Bar("BTC/USD", Timeframe.M1, START, 3, 4, 1, 2, 9)
    catalog = await recorded(tmp_path, [bar, bar])
    [dataset_id] = ids(catalog)
    assert list(catalog.events(dataset_id)) == [bar]
    assert catalog.survey(dataset_id).counts == {"duplicate": 1}
