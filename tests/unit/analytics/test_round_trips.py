"""Round trips against backtests with known fills and trades (SMA 10/30, daily GOOG, 0.1 % fee)."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.round_trips import SCALE, divide_half_even, round_trips

# (bar, signed quantity, price); three independent engines agree on what follows from them.
LONG_FILLS = [
    [86, 100, 186.31],
    [113, -100, 193.69],
    [119, 100, 196.96],
    [128, -100, 196.5],
    [160, 100, 193.69],
    [243, -100, 297.5],
    [267, 100, 297.28],
    [294, -100, 304.96],
    [299, 100, 345.78],
]
LONG_TRADES = [
    [86, 113, 100, 186.31, 193.69, 700.0],
    [119, 128, 100, 196.96, 196.5, -85.346],
    [160, 243, 100, 193.69, 297.5, 10331.881],
    [267, 294, 100, 297.28, 304.96, 707.776],
]
LONG_SHORT_FILLS = [
    [70, -100, 180.36],
    [86, 200, 186.31],
    [113, -200, 193.69],
    [119, 200, 196.96],
    [128, -200, 196.5],
    [160, 200, 193.69],
]
LONG_SHORT_TRADES = [
    [70, 86, -100, 180.36, 186.31, -631.667],
    [86, 113, 100, 186.31, 193.69, 700.0],
    [113, 119, -100, 193.69, 196.96, -366.065],
    [119, 128, 100, 196.96, 196.5, -85.346],
    [128, 160, -100, 196.5, 193.69, 241.981],
]


def scaled(number):
    return int((Decimal(str(number)) * SCALE).to_integral_exact())


def with_fees(fills):
    for bar, quantity, price in fills:
        yield bar, quantity * SCALE, scaled(price), abs(quantity) * scaled(price) // 1000


def as_rows(history):
    return [[t.entry_ts_ns, t.exit_ts_ns, t.quantity, t.entry_price, t.exit_price, t.net_pnl] for t in history.closed]


def expected_rows(trades):
    return [[a, b, q * SCALE, scaled(entry), scaled(leave), scaled(net)] for a, b, q, entry, leave, net in trades]


def test_long_trades_are_the_known_ones_to_the_last_digit():
    history = round_trips(with_fees(LONG_FILLS))
    assert as_rows(history) == expected_rows(LONG_TRADES)
    assert history.open is not None
    assert history.open.entry_ts_ns == LONG_FILLS[-1][0]


def test_a_flip_closes_one_trade_and_opens_the_next_with_its_share_of_the_fee():
    history = round_trips(with_fees(LONG_SHORT_FILLS))
    assert as_rows(history) == expected_rows(LONG_SHORT_TRADES)
    assert history.open is not None
    assert history.open.quantity == 100 * SCALE


def test_every_trade_of_every_known_backtest_is_reproduced():
    shared = Path(os.environ.get("OPENBELL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
    known = shared.parent / "known_backtests.json"
    if not known.exists():
        pytest.skip(f"the known backtests are not beside the shared data ({shared})")
    cases = json.loads(known.read_text())["cases"]
    assert len(cases) == 3
    for case in cases.values():
        history = round_trips(with_fees(case["fills"]))
        assert as_rows(history) == expected_rows(case["trades"])
        fees = sum(trip.fees for trip in history.closed) + (history.open.fees if history.open else 0)
        assert fees == scaled(case["total_fees"])


def test_scaling_in_and_out_is_one_trade_at_average_prices():
    fills = [(1, 100, 10, 1), (2, 100, 20, 1), (3, -50, 30, 1), (4, -150, 40, 1)]
    (trip,) = round_trips([(ts, q * SCALE, p * SCALE, f * SCALE) for ts, q, p, f in fills]).closed
    assert (trip.quantity, trip.entry_price, trip.exit_price) == (200 * SCALE, 15 * SCALE, scaled("37.5"))
    assert (trip.gross_pnl, trip.fees, trip.net_pnl) == (4500 * SCALE, 4 * SCALE, 4496 * SCALE)


def test_a_multiplier_scales_the_profit_and_not_the_price():
    (trip,) = round_trips([(1, -SCALE, 100 * SCALE, 0), (2, SCALE, 90 * SCALE, 0)], multiplier=50 * SCALE).closed
    assert (trip.gross_pnl, trip.entry_price, trip.entry_value) == (500 * SCALE, 100 * SCALE, 5000 * SCALE)
    assert trip.return_fraction == pytest.approx(0.1)


def test_a_fill_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no quantity"):
        round_trips([(1, 0, SCALE, 0)])


def test_an_odd_fee_is_shared_without_losing_a_unit():
    history = round_trips([(1, SCALE, SCALE, 0), (2, -2 * SCALE, SCALE, 3)])
    assert history.open is not None
    assert history.closed[0].fees + history.open.fees == 3


def test_division_rounds_ties_to_even_on_both_sides_of_zero():
    assert [divide_half_even(n, divisor=2) for n in (-3, -1, 1, 3, 5)] == [-2, 0, 0, 2, 2]


FILLS = st.lists(
    st.tuples(
        st.integers(-500, 500).filter(bool),
        st.integers(1, 10**6),
        st.integers(-(10**6), 10**8),
    ),
    min_size=1,
    max_size=30,
)


@given(FILLS)
def test_profit_less_fees_is_the_cash_that_moved_whenever_the_book_is_flat(rows):
    # Whole quantities and prices in cents: every value fits 1e-8, so that nothing is rounded.
    fills = [(i, q * SCALE, p * SCALE // 100, fee) for i, (q, p, fee) in enumerate(rows)]
    held = sum(q for _, q, _, _ in fills)
    if held:
        fills.append((len(fills), -held, 123 * SCALE, 7))
    history = round_trips(fills)
    cash = sum(-q * p // SCALE - fee for _, q, p, fee in fills)
    assert history.open is None
    assert sum(trip.net_pnl for trip in history.closed) == cash
