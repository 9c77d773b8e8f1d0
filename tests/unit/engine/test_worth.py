"""What is set aside for a fee, and which holdings need no look as their mark moves."""

import math
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Quote
from openbell.domain.values import SCALE
from openbell.engine.exposure import Exposure
from openbell.engine.marks import Marks
from openbell.engine.worth import fee_ahead, is_steady, margin, spare_in_base

SIZES = {"tick_size": 1, "lot_size": 1, "quantity_min": 1, "quantity_max": 10**18, "currency": "USD"}
SHARE = Instrument(symbol="X", name="X", asset_class=AssetClass.EQUITY, **SIZES)
FUTURE = Instrument(symbol="F", name="F", asset_class=AssetClass.FUTURE, initial_margin=SCALE // 10, **SIZES)
UNIT = SCALE


@given(st.integers(0, 10**24), st.sampled_from([0, 1, SCALE // 1_000, SCALE // 2, SCALE, 3 * SCALE]))
def test_a_fee_ahead_is_a_share_of_the_rounded_worth_rounded_up(worth, rate):
    rounded = math.floor(Fraction(worth, SCALE) + Fraction(1, 2))
    assert fee_ahead(worth, rate) == math.ceil(Fraction(rounded * rate, SCALE))


@pytest.mark.parametrize(
    ("instrument", "exposure", "is_so"),
    [
        (SHARE, Exposure(), True),
        (FUTURE, Exposure(), True),
        (SHARE, Exposure(quantity=2 * UNIT, cost=7), True),
        (SHARE, Exposure(quantity=2 * UNIT, cost=7, buy_quantity=UNIT, buy_value=UNIT * 9), True),
        (SHARE, Exposure(quantity=2 * UNIT, cost=7, buy_quantity=UNIT, buy_unpriced=UNIT), False),
        (SHARE, Exposure(quantity=2 * UNIT, cost=7, sell_quantity=UNIT, sell_value=UNIT * 9), False),
        (SHARE, Exposure(quantity=2 * UNIT + 1, cost=7), False),
        (SHARE, Exposure(quantity=-2 * UNIT, cost=-7), False),
        (FUTURE, Exposure(quantity=2 * UNIT, cost=7), False),
        (FUTURE, Exposure(buy_quantity=UNIT, buy_value=UNIT * 9), False),
        (SHARE, Exposure(cost=7), False),
    ],
)
def test_steady_is_what_is_idle_or_long_whole_and_paid_in_full(instrument, exposure, is_so):
    assert is_steady(instrument, exposure) is is_so


@pytest.mark.parametrize(("currency", "expected"), [("USD", -500 * SCALE), ("INR", -5 * SCALE)])
def test_what_a_holding_spares_is_told_in_the_base_currency_whatever_its_own(currency, expected):
    share = msgspec.structs.replace(SHARE, currency=currency)
    marks = Marks({"X": share}, {"INR": SCALE // 100})
    marks.update(Quote("X", 1, 100 * UNIT, UNIT, 100 * UNIT, UNIT))
    # Ten are held, worth what they need; five more are wanted at 100.
    exposure = Exposure(quantity=10 * UNIT, buy_quantity=5 * UNIT, buy_value=5 * UNIT * 100 * UNIT)
    assert spare_in_base(marks, "X", exposure, 100 * UNIT, "USD") == expected


@pytest.mark.parametrize(("quantity", "cost"), [(2 * UNIT, 300 * UNIT), (-2 * UNIT, -300 * UNIT)])
def test_without_a_mark_a_holding_needs_what_it_was_entered_at(quantity, cost):
    assert margin(SHARE, Exposure(quantity=quantity, cost=cost), None) == 300 * UNIT
