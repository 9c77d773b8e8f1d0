"""Value at risk: known tails, and what holds for every sample."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.var import SAMPLE_MIN, historical_tail, parametric_tail

SAMPLES = st.lists(st.floats(-1e6, 1e6), min_size=SAMPLE_MIN, max_size=200)


def test_the_historical_tail_of_a_hundred_steps():
    tail = historical_tail(range(-50, 51), confidence=0.95)
    assert (tail.var, tail.cvar) == pytest.approx((45, 47.5))  # -50 to -45, the mean of those six


def test_the_parametric_tail_of_a_known_spread():
    tail = parametric_tail([-1.0, 1.0] * 50, confidence=0.95)
    sigma = math.sqrt(100 / 99)
    assert tail.var == pytest.approx(1.6448536 * sigma, rel=1e-6)
    assert tail.cvar == pytest.approx(2.0627128 * sigma, rel=1e-6)


@pytest.mark.parametrize("method", [historical_tail, parametric_tail])
def test_a_small_sample_says_nothing(method):
    assert method([1.0] * (SAMPLE_MIN - 1), confidence=0.95) is None


def test_what_never_loses_has_no_historical_tail():
    tail = historical_tail([5.0] * 30, confidence=0.99)
    assert (tail.var, tail.cvar) == (0, 0)


@given(SAMPLES)
def test_beyond_the_edge_it_is_never_better(profits):
    for method in (historical_tail, parametric_tail):
        tail = method(profits, confidence=0.95)
        assert tail.cvar >= tail.var * (1 - 1e-9) >= 0


@given(SAMPLES)
def test_a_higher_confidence_costs_no_less(profits):
    for method in (historical_tail, parametric_tail):
        low, high = (method(profits, confidence=confidence) for confidence in (0.95, 0.99))
        assert high.var >= low.var * (1 - 1e-9) and high.cvar >= low.cvar * (1 - 1e-9)
