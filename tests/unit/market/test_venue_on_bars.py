"""The simulated venue where a market is known by bars."""

import pytest
from tests.unit.market.scenes import MINUTE, NOON, bar, fills, kinds, order, quote, steps, venue

from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE
from openbell.domain.venue import CancelRequest, ModifyRequest, VenueCanceled, VenueFilled
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import IDEAL, REALISTIC


def test_a_market_order_fills_at_the_next_open():
    v = venue()
    v.observe(bar(99, 101, 98, 100, ts=NOON - MINUTE))
    assert kinds(v.request(order())) == ["Accepted"]
    reports = v.observe(bar(102, 103, 101, 102))
    assert fills(reports) == [("o1", 10, 102)]
    assert (reports[0].ts_ns, reports[0].model) == (NOON, "ideal/bar")


def test_a_bar_that_began_before_the_order_does_not_fill_it():
    v = venue()
    v.request(order(ts=NOON + 1))
    assert v.observe(bar(102, 103, 101, 102)) == []
    assert fills(v.observe(bar(104, 105, 103, 104, ts=NOON + MINUTE))) == [("o1", 10, 104)]


@pytest.mark.parametrize(
    ("side", "limit", "expected"),
    [("BUY", 99, 99), ("BUY", 101, 100), ("BUY", 97, None), ("SELL", 102, 102), ("SELL", 99, 100), ("SELL", 104, None)],
)
def test_a_limit_order_fills_at_its_limit_or_a_better_open(side, limit, expected):
    v = venue()
    v.request(order(side=side, limit=limit))
    seen = fills(v.observe(bar(100, 103, 98, 101)))
    assert seen == ([] if expected is None else [("o1", 10, expected)])


@pytest.mark.parametrize(
    ("side", "stop", "expected"),
    [("BUY", 102, 102), ("BUY", 99, 100), ("BUY", 104, None), ("SELL", 99, 99), ("SELL", 101, 100), ("SELL", 97, None)],
)
def test_a_stop_fills_at_its_price_or_a_worse_open(side, stop, expected):
    v = venue()
    v.request(order(side=side, stop=stop))
    reports = v.observe(bar(100, 103, 98, 101))
    assert fills(reports) == ([] if expected is None else [("o1", 10, expected)])
    assert kinds(reports) == ([] if expected is None else ["Triggered", "Filled"])


@pytest.mark.parametrize(
    ("stop", "limit", "close", "expected"),
    [(102, 103, 101, 102), (99, 101, 101, 100), (99, 98, 101, 98), (102, 100, 101, None), (102, 101, 100, 101)],
)
def test_a_stop_limit_fills_only_where_the_bar_proves_it(stop, limit, close, expected):
    v = venue()
    v.request(order(stop=stop, limit=limit))
    reports = v.observe(bar(100, 103, 98, close))
    assert kinds(reports)[0] == "Triggered"
    assert fills(reports) == ([] if expected is None else [("o1", 10, expected)])


def test_bar_volume_caps_fills_and_the_rest_waits():
    v = venue(REALISTIC)
    v.request(order(quantity=25, limit=100))
    v.request(order("o2", quantity=25, limit=100))
    assert fills(v.observe(bar(101, 101, 99, 100, volume=300))) == [("o1", 25, 100), ("o2", 5, 100)]
    assert fills(v.observe(bar(101, 101, 99, 100, volume=300, ts=NOON + MINUTE))) == [("o2", 20, 100)]


def test_slippage_is_paid_by_market_orders_and_never_by_limits():
    v = venue(REALISTIC)
    v.request(order())
    v.request(order("o2", "SELL"))
    v.request(order("o3", limit=100))
    assert fills(v.observe(bar(100, 101, 99, 100))) == [("o1", 10, 100.01), ("o2", 10, 99.99), ("o3", 10, 100)]


@pytest.mark.parametrize(("tif", "expected"), [("IOC", ["Filled", "Canceled"]), ("FOK", ["Canceled"])])
def test_ioc_and_fok_are_decided_at_the_first_bar(tif, expected):
    v = venue(REALISTIC)
    v.request(order(quantity=100, limit=101, tif=tif))
    assert kinds(v.observe(bar(100, 101, 99, 100, volume=500)))[1:] == expected
    assert v.observe(bar(100, 101, 99, 100, ts=NOON + MINUTE)) == []


def test_an_ioc_does_not_wait_for_its_limit_inside_the_bar():
    v = venue()
    v.request(order(limit=99, tif="IOC"))
    assert kinds(v.observe(bar(100, 101, 98, 100))) == ["Canceled"]


def test_a_post_only_order_that_would_take_at_the_open_is_rejected():
    v = venue()
    v.request(order(limit=101, post_only=True))
    assert kinds(v.observe(bar(100, 101, 98, 100))) == ["Rejected"]


def test_a_day_order_on_daily_bars_has_the_next_bar_even_after_a_weekend():
    day = 86_400 * 10**9
    saturday = 1_700_265_600 // 86_400 * day
    v = venue()
    v.observe(bar(100, 101, 99, 100, ts=saturday - day, timeframe=Timeframe.D1))
    v.request(order(tif="DAY", limit=50, ts=saturday))
    v.request(order("o2", tif="DAY", ts=saturday))
    monday = bar(100, 101, 99, 100, ts=saturday + 2 * day, timeframe=Timeframe.D1)
    assert v.advance(monday.end_ns) == []
    reports = v.observe(monday)
    assert [(r.order_id, k) for r, k in zip(reports, kinds(reports), strict=True)] == [
        ("o2", "Filled"),
        ("o1", "Expired"),
    ]


def test_unfinished_bars_and_coarser_bars_fill_nothing():
    v = venue()
    v.observe(bar(100, 101, 99, 100, ts=NOON - MINUTE))
    v.request(order())
    assert v.observe(bar(100, 101, 99, 100, is_final=False)) == []
    assert v.observe(bar(100, 101, 99, 100, timeframe=Timeframe.H1)) == []
    assert fills(v.observe(bar(100, 101, 99, 100))) == [("o1", 10, 100)]


def test_bars_fill_nothing_once_quotes_are_seen():
    v = venue()
    v.observe(quote(99, 5, 101, 5, ts=NOON - 1))
    v.request(order(limit=98))
    assert v.observe(bar(98, 99, 97, 98)) == []


def test_fees_are_charged_on_the_value():
    v = venue(fees=flat_fees(SCALE // 1000))
    v.request(order())
    report = v.observe(bar(100, 101, 99, 100))[0]
    assert isinstance(report, VenueFilled)
    assert report.fee == SCALE


@pytest.mark.parametrize(
    ("bar_of", "expected"),
    [
        ((100, 103, 98, 101), ("stop", 99)),
        ((102, 103, 98, 101), ("target", 102)),
        ((100, 103, 99.5, 101), ("target", 102)),
    ],
)
def test_of_one_group_only_one_trades_in_a_bar_and_in_doubt_the_stop(bar_of, expected):
    v = venue()
    v.request(order("target", "SELL", limit=102, group="exits"))
    v.request(order("stop", "SELL", stop=99, group="exits"))
    v.request(order("other", "SELL", stop=99, group="others"))
    reports = v.observe(bar(*bar_of))
    assert [one for one in fills(reports) if one[0] != "other"] == [(expected[0], 10, expected[1])]
    (gone,) = [one.order_id for one in reports if isinstance(one, VenueCanceled)]
    assert {expected[0], gone} == {"target", "stop"}


def test_cancel_and_modify_change_what_fills():
    v = venue()
    v.request(order(limit=90))
    v.request(order("o2"))
    change = ModifyRequest(order_id="o1", quantity=steps(4), limit_price=steps(99), stop_price=None, ts_ns=NOON)
    assert kinds(v.request(change)) == ["Modified"]
    assert kinds(v.request(CancelRequest(order_id="o2", ts_ns=NOON))) == ["Canceled"]
    assert kinds(v.request(CancelRequest(order_id="o2", ts_ns=NOON))) == ["RefusedChange"]
    assert fills(v.observe(bar(100, 101, 98, 100))) == [("o1", 4, 99)]
    assert IDEAL.latency_ns == 0
