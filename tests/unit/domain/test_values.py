"""Numbers on the way in and out: exact, bounded before they are read, refused when they are anything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.domain.values import (
    SCALE,
    InvalidNumber,
    decimal_of,
    divide_half_up,
    multiply,
    parse,
    round_half_up,
    text_of,
)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("0", 0),
        ("150.25", 15_025_000_000),
        ("-0.00000001", -1),
        ("-0", 0),
        ("1.500000000000", 150_000_000),
        ("999999999999999999", 999_999_999_999_999_999 * SCALE),
        (7, 7 * SCALE),
        (Decimal("0.1"), 10_000_000),
    ],
)
def test_plain_decimals_are_read_exactly(text, steps):
    assert parse(text) == steps


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "+1", "01", "1.", ".5", "1e5", "1e400000", "1E-3", "0x10", "1_000", "1,5", "--1"),
        *("NaN", "nan", "Infinity", "-inf", "١٢", "１２", "1\n", "\x001", "1.0000000000001", "1" * 19, "\ud800"),
        *("0.000000001", "9" * 200_000, "0." + "0" * 200_000, Decimal("1e400000"), Decimal("NaN"), Decimal("Infinity")),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidNumber):
        parse(text)


@given(st.integers(-(10**25), 10**25))
def test_text_reads_back_as_what_was_written(steps):
    text = text_of(steps)
    assert decimal_of(steps) == Decimal(text)
    assert abs(steps) >= 10**26 or parse(text) == steps


@pytest.mark.parametrize(("steps", "text"), [(1, "0.00000001"), (0, "0.00"), (-SCALE, "-1.00"), (150_000_000, "1.50")])
def test_text_has_two_decimals_and_no_more_than_needed(steps, text):
    assert text_of(steps) == text


@given(st.integers(-(10**12), 10**12), st.integers(-(10**6), 10**6).filter(bool))
def test_division_rounds_halves_away_from_zero(numerator, denominator):
    exact = Decimal(numerator) / Decimal(denominator)
    assert divide_half_up(numerator, denominator) == int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP"))


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_products_round_halves_away_from_zero(left, right):
    assert multiply(left, right) == divide_half_up(left * right, SCALE)


def test_rounding_to_cents_keeps_the_scale():
    assert round_half_up(parse("1.005"), 2) == parse("1.01")
    assert round_half_up(parse("-1.005"), 2) == parse("-1.01")
