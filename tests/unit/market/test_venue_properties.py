"""What holds for every sequence of orders and markets, under every profile."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.market.scenes import NOON, SECOND, bar, delta, order, quote, snapshot, steps, trade, venue

from openbell.domain.values import SCALE
from openbell.domain.venue import (
    CancelRequest,
    ModifyRequest,
    VenueCanceled,
    VenueExpired,
    VenueFilled,
    VenueModified,
    VenueRejected,
)
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import PROFILES, REALISTIC, FillProfile

PROMPT = FillProfile(name="prompt", slippage=REALISTIC.slippage)
ENDS = (VenueCanceled, VenueExpired, VenueRejected)

prices = st.integers(95, 105)
sizes = st.integers(1, 12)
maybe_price = st.none() | prices
orders = st.tuples(
    st.just("order"),
    st.sampled_from(["BUY", "SELL"]),
    sizes,
    maybe_price,
    maybe_price,
    st.sampled_from(["GTC", "DAY", "IOC", "FOK"]),
    st.booleans(),
)
changes = st.tuples(st.sampled_from(["cancel", "modify"]), st.integers(1, 12), sizes, prices)
prints = st.tuples(st.just("trade"), prices, sizes, st.sampled_from([-1, 0, 1]))
quotes = st.tuples(st.just("quote"), st.integers(94, 101), sizes, st.integers(1, 4), sizes)
books = st.tuples(st.just("delta"), st.booleans(), st.integers(0, 5), st.integers(0, 12))
bars = st.tuples(st.just("bar"), st.lists(prices, min_size=4, max_size=4), st.integers(0, 500))
foks = orders.filter(lambda one: one[3] is not None).map(lambda one: (*one[:4], None, "FOK", False))
steady_scripts = st.lists(foks | quotes | books | bars, max_size=20)
scripts = st.lists(orders | orders | changes | prints | quotes | books | bars, max_size=40)
scenes = st.sampled_from(["bars", "book", "quotes"])


def play(script, scene, profile):
    """Act out a script and give what was asked for and what was reported, in order."""
    v, said = venue(profile, flat_fees(SCALE // 1000)), []
    if scene == "book":
        v.observe(snapshot([(99, 9), (98, 9)], [(101, 9), (102, 9)], sequence=0, ts=NOON))
    for number, step in enumerate(script, start=1):
        ts = NOON + number * SECOND
        happened = act(v, step, number, ts, scene)
        said += happened
    return said + v.advance(NOON + 10 * 86_400 * SECOND)


def act(v, step, number, ts, scene):
    match step:
        case ("order", side, quantity, limit, stop, tif, post_only):
            terms = {"limit": limit, "stop": stop, "tif": tif, "post_only": post_only and limit is not None}
            return v.request(order(f"o{number}", side, quantity, ts=ts, **terms))
        case ("cancel", target, _, _):
            return v.request(CancelRequest(order_id=f"o{target}", ts_ns=ts))
        case ("modify", target, quantity, price):
            values = {"quantity": steps(quantity), "limit_price": steps(price), "stop_price": steps(price)}
            return v.request(ModifyRequest(order_id=f"o{target}", ts_ns=ts, **values))
    return [*v.advance(ts), *v.observe(event_of(step, number, ts))] if (step[0] == "bar") is (scene == "bars") else []


def event_of(step, number, ts):
    match step:
        case ("trade", price, quantity, aggressor):
            return trade(price, quantity, aggressor=aggressor, ts=ts)
        case ("quote", bid, bid_quantity, spread, ask_quantity):
            return quote(bid, bid_quantity, bid + spread, ask_quantity, ts=ts)
        case ("delta", is_bid, away, quantity):
            level = [(100 - away if is_bid else 101 + away, quantity)]
            return delta(level if is_bid else (), () if is_bid else level, first=1, last=number, ts=ts)
        case ("bar", four, volume):
            return bar(four[0], max(four), min(four), four[3], volume=volume, ts=ts)
    raise AssertionError(step)


def wanted(script):
    return {
        f"o{number}": order(f"o{number}", step[1], step[2], limit=step[3], stop=step[4], tif=step[5])
        for number, step in enumerate(script, start=1)
        if step[0] == "order"
    }


@given(scripts, scenes, st.sampled_from(sorted(PROFILES)))
def test_no_order_is_overfilled_or_filled_outside_its_limit_or_after_its_end(script, scene, profile):
    ordered, filled, over = wanted(script), Counter(), set()
    quantity = {order_id: one.quantity for order_id, one in ordered.items()}
    limit = {order_id: one.limit_price for order_id, one in ordered.items()}
    for report in play(script, scene, PROFILES[profile]):
        order_id = report.order_id
        if isinstance(report, VenueModified):
            quantity[order_id], limit[order_id] = report.quantity, report.limit_price
        elif isinstance(report, VenueFilled):
            assert order_id not in over
            filled[order_id] += report.quantity
            assert 0 < filled[order_id] <= quantity[order_id]
            if "LIMIT" in ordered[order_id].order_type:
                sign = ordered[order_id].side.sign
                assert sign * report.price <= sign * limit[order_id]
        elif isinstance(report, ENDS):
            assert order_id not in over
            over.add(order_id)


@given(scripts, scenes, st.sampled_from(sorted(PROFILES)))
def test_the_same_script_gives_the_same_reports(script, scene, profile):
    assert play(script, scene, PROFILES[profile]) == play(script, scene, PROFILES[profile])


@given(scripts, scenes, st.sampled_from(sorted(PROFILES)))
def test_prices_are_on_the_grid_and_fill_ids_unique(script, scene, profile):
    fills = [report for report in play(script, scene, PROFILES[profile]) if isinstance(report, VenueFilled)]
    assert len({fill.venue_fill_id for fill in fills}) == len(fills)
    assert all(fill.price > 0 and fill.price % (SCALE // 100) == 0 for fill in fills)
    assert all(fill.quantity % SCALE == 0 and fill.fee >= 0 for fill in fills)


@given(steady_scripts, scenes, st.sampled_from([*PROFILES.values(), PROMPT]))
def test_a_fok_fills_whole_at_one_instant_or_not_at_all(script, scene, profile):
    ordered, filled, times = wanted(script), Counter(), {}
    for report in play(script, scene, profile):
        if isinstance(report, VenueFilled):
            filled[report.order_id] += report.quantity
            times.setdefault(report.order_id, set()).add(report.ts_ns)
    assert all(filled[order_id] == ordered[order_id].quantity for order_id in filled)
    assert all(len(instants) == 1 for instants in times.values())


@given(st.lists(orders, max_size=20))
def test_a_still_book_gives_each_level_away_once(script):
    levels = {99: 9, 98: 9, 101: 9, 102: 9}
    taken = Counter()
    for report in play(script, "book", PROMPT):
        if isinstance(report, VenueFilled):
            taken[report.price / SCALE] += report.quantity // SCALE
    assert all(taken[price] <= size for price, size in levels.items())


@given(st.lists(st.tuples(sizes, prices), min_size=1, max_size=6), st.lists(prints, max_size=20))
def test_each_trade_fills_at_most_its_size_of_ours(resting, public):
    v = venue(PROMPT)
    v.observe(quote(90, 1, 110, 1))
    for number, (quantity, price) in enumerate(resting):
        v.request(order(f"o{number}", "BUY", quantity, limit=price))
    for number, step in enumerate(public):
        event = event_of(step, number, NOON + number * SECOND)
        reports = v.observe(event)
        assert sum(report.quantity for report in reports) <= event.quantity


@given(st.lists(st.tuples(sizes, prices), min_size=2, max_size=8))
def test_better_and_older_orders_are_served_first(resting):
    v = venue(PROMPT)
    v.observe(quote(90, 1, 110, 1))
    for number, (quantity, price) in enumerate(resting):
        v.request(order(f"o{number}", "BUY", quantity, limit=price))
    served = [report.order_id for report in v.observe(trade(90, 1000, aggressor=-1))]
    ranks = [(-resting[int(order_id[1:])][1], int(order_id[1:])) for order_id in served]
    assert all(before < after for before, after in pairwise(ranks))
    assert len(served) == len(resting)
