"""Order books: sequence rules, and agreement with what venues said of their own books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.market.scenes import delta, levels, shared_data, snapshot

from openbell.adapters.feeds.recordings import book_events, events_of, kind_of, read_columns
from openbell.domain.market import BookSnapshot, Trade
from openbell.domain.values import parse
from openbell.engine.book import PENDING_DELTAS_MAX, BookState, OrderBook, okx_checksum

OKX_SYMBOLS = ("BTC-USDT", "BTC-USD-220527", "UNI-USD-SWAP")


def book_at(sequence):
    book = OrderBook("XYZ")
    book.apply(snapshot([(99, 5)], [(101, 5)], sequence=sequence))
    return book


def test_a_book_needs_a_snapshot_first():
    book = OrderBook("XYZ")
    assert book.apply(delta([(99, 1)], first=1)) is BookState.NEEDS_SNAPSHOT
    assert book.best() == (None, None)


def test_deltas_kept_before_the_snapshot_are_replayed_as_far_as_they_follow():
    book = OrderBook("XYZ")
    book.apply(delta([(99, 7)], first=5, last=9))
    book.apply(delta([(98, 3)], first=10, last=12))
    book.apply(delta([(100, 2)], first=13, last=13))
    assert book.apply(snapshot([(99, 5)], [(101, 5)], sequence=10)) is BookState.OK
    assert (book.sequence, book.top(9).bids) == (13, levels([(100, 2), (99, 5), (98, 3)]))


def test_a_gap_needs_a_snapshot_and_nothing_after_it_is_lost():
    book = book_at(5)
    assert book.apply(delta([(98, 1)], first=7)) is BookState.NEEDS_SNAPSHOT
    assert book.apply(delta([(97, 1)], first=8)) is BookState.NEEDS_SNAPSHOT
    assert book.apply(snapshot([(99, 4)], [(101, 5)], sequence=6)) is BookState.OK
    assert book.top(9).bids == levels([(99, 4), (98, 1), (97, 1)])


def test_a_snapshot_from_before_the_gap_does_not_heal_it():
    book = book_at(5)
    book.apply(delta([(98, 1)], first=7))
    assert book.apply(snapshot([(99, 4)], [(101, 5)], sequence=5)) is BookState.NEEDS_SNAPSHOT


def test_duplicates_and_old_deltas_change_nothing():
    book = book_at(5)
    book.apply(delta([(99, 8)], first=6))
    before = book.top(9)
    assert book.apply(delta([(99, 1)], first=6)) is BookState.OK
    assert book.apply(delta([(99, 1)], first=2, last=4)) is BookState.OK
    assert book.top(9) == before


def test_waiting_deltas_are_bounded():
    book = OrderBook("XYZ")
    for sequence in range(PENDING_DELTAS_MAX + 10):
        book.apply(delta([(99, 1)], first=sequence + 1))
    assert book.apply(snapshot([], [], sequence=5)) is BookState.NEEDS_SNAPSHOT
    assert book.apply(snapshot([], [], sequence=20)) is BookState.OK


def test_a_crossed_book_says_so():
    book = book_at(5)
    assert not book.is_crossed
    book.apply(delta([(101, 1)], first=6))
    assert book.is_crossed


def test_a_wrong_checksum_needs_a_snapshot():
    book = OrderBook("XYZ", checksum=okx_checksum)
    book.apply(snapshot([(99, 5)], [(101, 5)]))
    changed = delta([(98, 5)])
    wrong = type(changed)(changed.symbol, 0, 2, 2, changed.bids, (), 12345)
    assert book.apply(wrong) is BookState.NEEDS_SNAPSHOT


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30), st.integers(0, 3)), max_size=60))
def test_a_book_is_the_sorted_dictionary_it_stands_for(changes):
    book, slow = OrderBook("XYZ"), ({}, {})
    book.apply(snapshot([], [], sequence=0))
    for number, (is_bid, price, quantity) in enumerate(changes, start=1):
        level = [(price, quantity)]
        book.apply(delta(level if is_bid else (), () if is_bid else level, first=number))
        slow[not is_bid][price] = quantity
    bids = sorted(((p, q) for p, q in slow[0].items() if q), reverse=True)
    asks = sorted((p, q) for p, q in slow[1].items() if q)
    assert book.top(100) == BookSnapshot("XYZ", book.ts_ns, len(changes), levels(bids), levels(asks))
    assert book.bids.best() == (levels(bids)[0] if bids else None)


def test_the_binance_book_equals_the_venues_best_quotes_at_every_shared_update():
    quoted = read_columns(shared_data("BTCUSDT_bbo_binance_2024_08_08.parquet"))
    names = ("update_id", "bid", "bid_size", "ask", "ask_size")
    best = {row[0]: tuple(map(parse, row[1:])) for row in zip(*(quoted[name] for name in names), strict=True)}
    book, equal, gaps = OrderBook("BTCUSDT"), 0, 0
    for event in book_events(read_columns(shared_data("BTCUSDT_l2_binance_2024_08_08.parquet")), symbol="BTCUSDT"):
        was_ok = book.state is BookState.OK
        gaps += book.apply(event) is not BookState.OK and was_ok
        if book.state is BookState.OK and book.sequence in best:
            (bid, bid_size), (ask, ask_size) = book.best()
            assert best[book.sequence] == (bid, bid_size, ask, ask_size)
            equal += 1
    assert (gaps, book.state) == (0, BookState.OK)
    assert equal >= 564


def test_every_okx_checksum_holds():
    columns = read_columns(shared_data("OKX3_l2_checksum_2022_05.parquet"))
    said = {}
    for seq, symbol, checksum in zip(columns["seq"], columns["symbol"], columns["checksum"], strict=True):
        said.setdefault(symbol, {})[seq] = checksum
    held = 0
    for symbol in OKX_SYMBOLS:
        book = OrderBook(symbol)
        for event, checksum in zip(book_events(columns, symbol=symbol), said[symbol].values(), strict=True):
            book.apply(event)
            held += okx_checksum(book) == checksum
    assert held == 290


def test_coinbase_books_are_never_crossed():
    columns = read_columns(shared_data("COINBASE11_l2_2021_04.parquet"))
    messages = 0
    for symbol in sorted(set(columns["symbol"])):
        book = OrderBook(symbol)
        for event in book_events(columns, symbol=symbol):
            assert book.apply(event) is BookState.OK
            assert not book.is_crossed
            messages += 1
    assert messages == 9_729


def test_recorded_trades_are_read_whole_with_their_aggressor():
    columns = read_columns(shared_data("BTCUSDT_trades_binance_2024_08_08.parquet"))
    trades = list(events_of(columns, symbol="BTC/USDT"))
    assert len(trades) == 9_757
    first = Trade("BTC/USDT", 1_723_161_255_342_000_000, 61_837_63000000, 2_000_000, -1, "3735683259")
    assert trades[0] == first


def test_columns_that_record_nothing_known_are_refused():
    with pytest.raises(ValueError, match="open, close"):
        kind_of(["open", "close"])
