"""The simulated venue where a market shows trades, quotes or a book."""

import pytest
from tests.unit.market.scenes import (
    NOON,
    SECOND,
    bar,
    delta,
    fills,
    kinds,
    order,
    quote,
    snapshot,
    steps,
    trade,
    venue,
)

from openbell.domain.fill import Liquidity
from openbell.domain.venue import CancelRequest, ModifyRequest, VenueFilled
from openbell.engine.matching.profile import IDEAL, PESSIMISTIC, REALISTIC, FillProfile

PROMPT = FillProfile(name="prompt", slippage=REALISTIC.slippage)
"""Realistic, without latency."""
PROMPT_BACK = FillProfile(name="prompt-back", slippage=PESSIMISTIC.slippage, queue=PESSIMISTIC.queue)
BIDS, ASKS = [(99, 5), (98, 5), (97, 50)], [(101, 5), (102, 5), (103, 50)]


def on_book(profile=PROMPT, bids=BIDS, asks=ASKS):
    v = venue(profile)
    v.observe(snapshot(bids, asks))
    return v


def modify(order_id="o1", quantity=10, limit=None, stop=None):
    to_steps = [None if price is None else steps(price) for price in (limit, stop)]
    return ModifyRequest(
        order_id=order_id, quantity=steps(quantity), limit_price=to_steps[0], stop_price=to_steps[1], ts_ns=NOON
    )


def test_a_market_order_walks_the_book():
    reports = on_book().request(order(quantity=12))
    assert fills(reports) == [("o1", 5, 101), ("o1", 5, 102), ("o1", 2, 103)]
    assert {(r.model, r.liquidity) for r in reports[1:]} == {("prompt/book", Liquidity.TAKER)}


def test_beyond_the_book_a_market_order_pays_slippage():
    assert fills(on_book(asks=[(101, 5)]).request(order(quantity=8))) == [("o1", 5, 101), ("o1", 3, 101.02)]


def test_what_we_took_is_gone_until_the_level_grows():
    v = on_book()
    assert fills(v.request(order(quantity=5))) == [("o1", 5, 101)]
    assert fills(v.request(order("o2", quantity=2, limit=101, tif="IOC"))) == []
    v.observe(delta(asks=[(101, 8)]))
    assert fills(v.request(order("o3", quantity=9, limit=101, tif="IOC"))) == [("o3", 3, 101)]


def test_a_level_that_went_away_comes_back_whole():
    v = on_book()
    v.request(order(quantity=5))
    v.observe(delta(asks=[(101, 0)], first=2))
    v.observe(delta(asks=[(101, 4)], first=3))
    assert fills(v.request(order("o2", quantity=9, limit=101, tif="IOC"))) == [("o2", 4, 101)]


def test_a_limit_order_takes_what_it_may_and_rests_with_the_rest():
    v = on_book()
    assert fills(v.request(order(quantity=8, limit=101))) == [("o1", 5, 101)]
    reports = v.observe(trade(100, 50, aggressor=-1))
    assert fills(reports) == [("o1", 3, 101)]
    assert reports[0].liquidity is Liquidity.MAKER


@pytest.mark.parametrize(("quantity", "expected"), [(10, [5, 5]), (11, [])])
def test_a_fok_takes_all_or_nothing(quantity, expected):
    reports = on_book().request(order(quantity=quantity, limit=102, tif="FOK"))
    assert [size for _, size, _ in fills(reports)] == expected
    assert kinds(reports)[-1] == ("Filled" if expected else "Canceled")


def test_an_ioc_drops_its_rest():
    v = on_book()
    assert kinds(v.request(order(quantity=8, limit=101, tif="IOC"))) == ["Accepted", "Filled", "Canceled"]
    assert kinds(v.request(CancelRequest(order_id="o1", ts_ns=NOON))) == ["RefusedChange"]


def test_a_post_only_order_that_would_take_is_rejected_and_one_that_would_not_rests():
    v = on_book()
    assert kinds(v.request(order(limit=101, post_only=True))) == ["Accepted", "Rejected"]
    assert kinds(v.request(order("o2", limit=100, post_only=True))) == ["Accepted"]
    assert kinds(v.request(modify("o2", 10, limit=101))) == ["RefusedChange"]


def test_a_resting_order_waits_for_the_queue_in_front_of_it():
    v = on_book()
    v.request(order(quantity=4, limit=99))
    assert v.observe(trade(99, 3, aggressor=-1)) == []
    assert fills(v.observe(trade(99, 4, aggressor=-1))) == [("o1", 2, 99)]
    assert v.observe(trade(99, 9, aggressor=1)) == []
    assert fills(v.observe(trade(98, 9, aggressor=-1))) == [("o1", 2, 99)]


@pytest.mark.parametrize(("profile", "expected"), [(PROMPT, 2), (PROMPT_BACK, 0), (IDEAL, 4)])
def test_cancels_in_front_move_us_up_by_the_profile(profile, expected):
    v = venue(profile)
    v.observe(snapshot([(99, 8)], ASKS))
    v.request(order(quantity=4, limit=99))
    v.observe(delta(bids=[(99, 12)], first=2))
    v.observe(delta(bids=[(99, 9)], first=3))
    assert sum(size for _, size, _ in fills(v.observe(trade(99, 8, aggressor=-1)))) == expected


def test_a_shrinking_level_already_explained_by_trades_does_not_count_twice():
    v = on_book(bids=[(99, 10)])
    v.request(order(quantity=4, limit=99))
    v.observe(delta(bids=[(99, 20)], first=2))
    v.observe(trade(99, 6, aggressor=-1))
    v.observe(delta(bids=[(99, 14)], first=3))
    assert fills(v.observe(trade(99, 5, aggressor=-1))) == [("o1", 1, 99)]


def test_one_trade_fills_no_more_than_its_size_of_all_our_orders():
    v = on_book()
    for name in ("o1", "o2"):
        v.request(order(name, quantity=4, limit=100))
    assert fills(v.observe(trade(100, 5, aggressor=-1))) == [("o1", 4, 100), ("o2", 1, 100)]


def test_better_priced_orders_fill_before_older_ones():
    v = on_book()
    v.request(order("old", quantity=4, limit=99.5))
    v.request(order("new", quantity=4, limit=100))
    assert fills(v.observe(trade(99, 5, aggressor=-1))) == [("new", 4, 100), ("old", 1, 99.5)]


def test_a_quote_that_crosses_fills_at_our_price_up_to_its_size():
    v = venue(PROMPT)
    v.observe(quote(99, 5, 101, 5))
    v.request(order(quantity=8, limit=100))
    assert fills(v.observe(quote(97, 5, 98, 3))) == [("o1", 3, 100)]
    assert v.observe(quote(97, 4, 98, 3)) == []


def test_on_quotes_an_order_larger_than_the_quote_pays_slippage():
    v = venue(PROMPT)
    v.observe(quote(99, 5, 101, 5))
    assert fills(v.request(order("o1", "SELL", 7))) == [("o1", 5, 99), ("o1", 2, 98.99)]


@pytest.mark.parametrize(("limit", "expected"), [(101.02, [5, 3]), (101.01, [5])])
def test_on_quotes_a_limit_order_goes_beyond_the_quote_as_far_as_its_limit(limit, expected):
    v = venue(PROMPT)
    v.observe(quote(99, 5, 101, 5))
    assert [size for _, size, _ in fills(v.request(order(quantity=8, limit=limit)))] == expected


def test_where_only_trades_are_known_the_next_one_fills():
    v = venue(PROMPT)
    v.observe(trade(100, 1))
    v.request(order(quantity=4))
    reports = v.observe(trade(101, 3, ts=NOON + SECOND))
    assert fills(reports) == [("o1", 3, 101.02)]
    assert reports[0].model == "prompt/trade"


@pytest.mark.parametrize(("side", "limit", "price"), [("BUY", 97, 95), ("SELL", 103, 105)])
def test_where_only_trades_are_known_an_order_that_rested_gets_its_own_price(side, limit, price):
    v = venue(PROMPT)
    v.observe(trade(100, 1))
    v.request(order(side=side, quantity=4, limit=limit))
    assert v.observe(trade(100, 3, ts=NOON + SECOND)) == []
    reports = v.observe(trade(price, 9, ts=NOON + 2 * SECOND))
    assert fills(reports) == [("o1", 4, limit)]
    assert reports[0].liquidity is Liquidity.MAKER


def test_stops_trigger_by_the_last_trade_and_then_take():
    v = on_book()
    v.observe(trade(100, 1))
    v.request(order(stop=101, quantity=3))
    assert v.observe(trade(100, 1, aggressor=1)) == []
    reports = v.observe(trade(101, 1, aggressor=1))
    assert kinds(reports) == ["Triggered", "Filled"]
    assert fills(reports) == [("o1", 3, 101)]


def test_a_triggered_stop_limit_rests_at_its_limit():
    v = on_book()
    v.observe(trade(100, 1))
    v.request(order(stop=101, limit=100, quantity=3))
    assert kinds(v.observe(trade(101, 1, aggressor=1))) == ["Triggered"]
    assert fills(v.observe(trade(99, 9, aggressor=-1))) == [("o1", 3, 100)]


def test_a_stop_that_is_already_reached_triggers_on_arrival():
    v = on_book()
    v.observe(trade(102, 1))
    assert kinds(v.request(order(stop=101, quantity=3))) == ["Accepted", "Triggered", "Filled"]


def test_less_quantity_keeps_the_place_in_the_queue_and_more_loses_it():
    for quantity, expected in ((3, 3), (5, 0)):
        v = on_book()
        v.request(order(quantity=4, limit=99))
        v.observe(delta(bids=[(99, 20)]))
        assert kinds(v.request(modify(quantity=quantity, limit=99))) == ["Modified"]
        assert sum(size for _, size, _ in fills(v.observe(trade(99, 9, aggressor=-1)))) == expected


def test_a_modified_price_takes_at_once_where_it_can():
    v = on_book()
    v.request(order(quantity=4, limit=99))
    reports = v.request(modify(quantity=4, limit=101))
    assert (kinds(reports), fills(reports)) == (["Modified", "Filled"], [("o1", 4, 101)])


def test_a_modify_below_what_is_filled_is_refused():
    v = on_book()
    v.request(order(quantity=8, limit=101))
    assert kinds(v.request(modify(quantity=5, limit=101))) == ["RefusedChange"]


def test_latency_lets_the_market_move_first():
    v = on_book(REALISTIC)
    assert v.request(order(quantity=5)) == []
    assert v.advance(NOON + REALISTIC.latency_ns - 1) == []
    v.observe(delta(asks=[(101, 0)], ts=NOON + 1))
    reports = v.advance(NOON + REALISTIC.latency_ns)
    assert fills(reports) == [("o1", 5, 102)]
    assert {report.ts_ns for report in reports} == {NOON + REALISTIC.latency_ns}


def test_a_cancel_can_come_too_late():
    v = on_book(REALISTIC)
    v.request(order(quantity=5))
    v.request(CancelRequest(order_id="o1", ts_ns=NOON + 1))
    assert kinds(v.advance(NOON + SECOND)) == ["Accepted", "Filled", "RefusedChange"]


def test_a_day_order_ends_at_midnight_utc_around_the_clock():
    v = on_book()
    v.request(order(limit=50, tif="DAY"))
    v.request(order("o2", limit=50))
    midnight = NOON + 12 * 3600 * SECOND
    assert v.advance(midnight - 1) == []
    reports = v.advance(midnight)
    assert [(r.order_id, r.ts_ns, k) for r, k in zip(reports, kinds(reports), strict=True)] == [
        ("o1", midnight, "Expired")
    ]


def test_a_day_order_ends_with_its_exchanges_session():
    v = venue(PROMPT, calendar_name="XNYS")
    tuesday_noon_utc = 1_699_963_200 * SECOND
    v.observe(quote(99, 5, 101, 5, ts=tuesday_noon_utc))
    v.request(order(limit=50, tif="DAY", ts=tuesday_noon_utc))
    close = tuesday_noon_utc + 9 * 3600 * SECOND
    assert v.advance(close - 1) == []
    assert kinds(v.advance(close)) == ["Expired"]


def test_the_same_order_twice_is_one_order():
    v = on_book()
    v.request(order(quantity=5))
    assert v.request(order(quantity=5)) == []
    assert v.knows("o1")
    assert not v.knows("o2")


def test_a_crossed_book_fills_nothing():
    v = on_book(bids=[(102, 5)], asks=[(101, 5)])
    assert fills(v.request(order(quantity=5))) == []


def test_a_book_with_a_gap_fills_nothing_until_it_is_whole_again():
    v = on_book()
    v.observe(delta(asks=[(100, 5)], first=9))
    assert fills(v.request(order(quantity=5))) == []
    assert fills(v.observe(snapshot(BIDS, ASKS, sequence=8))) == [("o1", 5, 100)]


def test_fill_ids_are_unique_and_the_same_again_after_a_restart():
    reports = on_book().request(order(quantity=12))
    ids = [report.venue_fill_id for report in reports if isinstance(report, VenueFilled)]
    assert ids == [f"o1:{steps(filled)}" for filled in (5, 10, 12)]


def test_bars_of_a_symbol_with_a_book_do_nothing():
    v = on_book()
    v.request(order(limit=98))
    assert v.observe(bar(97, 98, 96, 97)) == []
