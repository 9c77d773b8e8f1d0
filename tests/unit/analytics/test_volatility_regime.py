"""The volatility regime: known figures, known switches, and no flapping."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.volatility import (
    SECONDS_PER_YEAR,
    EwmaVariance,
    RegimeRules,
    RegimeSwitch,
    TrailingDistribution,
    VolatilityRegime,
)
from openbell.domain.telemetry import VolState
from openbell.domain.values import NANOS_PER_SECOND as SECOND

PERCENTILES = st.floats(0, 100)


def switched(percentiles, rules):
    """States that a switch takes when it is asked once a second."""
    switch = RegimeSwitch()
    return [switch.update(one, ts_ns=second * SECOND, rules=rules) for second, one in enumerate(percentiles)]


def changes(states):
    return sum(before is not after for before, after in zip([VolState.NORMAL, *states], states, strict=False))


def walk(regime, sizes, *, start_s=0, price=100.0, seed=1):
    """Feed one price a second whose moves have these sizes; give the states and the last price."""
    chance = random.Random(seed)  # noqa: S311 - the same moves each time
    states = []
    for second, size in enumerate(sizes, start_s):
        price *= math.exp(chance.choice((-1, 1)) * size)
        regime.observe("BTC/USD", price, ts_ns=second * SECOND)
        states.append(regime.sample(["BTC/USD"], ts_ns=second * SECOND))
    return states, price


def test_moves_of_one_size_have_that_volatility():
    regime = VolatilityRegime()
    walk(regime, [0.001] * 300)
    assert regime.volatility == pytest.approx(0.001 * math.sqrt(SECONDS_PER_YEAR), rel=1e-9)


def test_a_half_life_ago_counts_half():
    variance = EwmaVariance()
    variance.update(0.02, dt_s=1, half_life_s=10)
    for _ in range(10):
        last = variance.update(0.0, dt_s=1, half_life_s=10)
    assert last == pytest.approx(0.02**2 / 2)


def test_a_long_step_weighs_as_much_as_the_short_ones_it_stands_for():
    long, short = EwmaVariance(), EwmaVariance()
    for variance in (long, short):
        variance.update(0.03, dt_s=1, half_life_s=20)
    for _ in range(5):
        last = short.update(0.01, dt_s=1, half_life_s=20)
    assert long.update(0.01 * math.sqrt(5), dt_s=5, half_life_s=20) == pytest.approx(last)


def test_a_storm_after_a_calm_is_high_and_ends_normal():
    regime = VolatilityRegime(RegimeRules(window_s=600, dwell_s=5))
    _, price = walk(regime, [0.0005 + 0.0001 * (i % 7) for i in range(400)])
    storm, price = walk(regime, [0.005] * 30, start_s=400, price=price)
    after, _ = walk(regime, [0.0005 + 0.0001 * (i % 7) for i in range(600)], start_s=430, price=price)
    assert storm[2] is VolState.HIGH and storm[-1] is VolState.HIGH
    assert VolState.NORMAL in after and VolState.HIGH not in after[300:]


def test_a_calm_after_usual_moves_is_low():
    regime = VolatilityRegime(RegimeRules(window_s=600, dwell_s=5))
    _, price = walk(regime, [0.001 + 0.0002 * (i % 5) for i in range(400)])
    calm, _ = walk(regime, [0.00001] * 60, start_s=400, price=price)
    assert calm[-1] is VolState.LOW


def test_without_a_past_the_state_is_normal():
    states, _ = walk(VolatilityRegime(RegimeRules(samples_min=60)), [0.001] * 30 + [0.5] * 20)
    assert set(states) == {VolState.NORMAL}


def test_a_change_of_what_is_traded_begins_a_new_past():
    regime = VolatilityRegime(RegimeRules(samples_min=5))
    walk(regime, [0.001] * 50)
    regime.observe("SPY", 100.0, ts_ns=50 * SECOND)
    assert regime.sample(["BTC/USD", "SPY"], ts_ns=50 * SECOND) is VolState.NORMAL
    assert len(regime._past) == 1


def test_a_pause_is_no_move():
    regime = VolatilityRegime()
    _, price = walk(regime, [0.001] * 100)
    before = regime.volatility
    for second in (10_000, 10_001):
        regime.observe("BTC/USD", price * 2, ts_ns=second * SECOND)
    regime.sample(["BTC/USD"], ts_ns=10_001 * SECOND)
    assert regime.volatility == pytest.approx(before)


def test_between_its_thresholds_a_state_stays_what_it_is():
    rules = RegimeRules(high_enter=90, high_exit=70, low_enter=10, low_exit=30, dwell_s=0)
    states = switched([50, 91, 71, 89, 75, 69, 89, 50, 9, 29, 11, 31], rules)
    high, normal, low = VolState.HIGH, VolState.NORMAL, VolState.LOW
    assert states == [normal, high, high, high, high, normal, normal, normal, low, low, low, normal]


@given(st.lists(PERCENTILES, min_size=1, max_size=300), st.integers(1, 50))
def test_a_state_holds_for_its_dwell_whatever_comes(percentiles, dwell_s):
    states = switched(percentiles, RegimeRules(dwell_s=dwell_s))
    assert changes(states) <= 1 + len(percentiles) // dwell_s


@given(st.lists(st.floats(-7, 7), min_size=1, max_size=300))
def test_noise_about_a_threshold_switches_once(noise):
    rules = RegimeRules(high_enter=90, high_exit=80, dwell_s=0)
    assert changes(switched([90 + one for one in noise], rules)) <= 1


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 10)), min_size=1, max_size=80), st.integers(1, 40))
def test_the_sorted_past_is_what_a_scan_of_it_gives(steps, window_s):
    past, kept, now = TrailingDistribution(), [], 0
    for dt_s, value in steps:
        now += dt_s
        past.add(value, ts_ns=now * SECOND, window_s=window_s)
        kept.append((now, value))
    values = [value for at, value in kept if at > now - window_s]
    below, equal = sum(v < steps[-1][1] for v in values), sum(v == steps[-1][1] for v in values)
    assert len(past) == len(values)
    assert past.percentile_of(steps[-1][1]) == pytest.approx(100 * (below + equal / 2) / len(values))


def test_thresholds_that_cross_are_named():
    rules = RegimeRules(high_enter=60, high_exit=70, low_enter=30, low_exit=20)
    assert {name for name, _ in rules.problems()} == {"high_exit", "low_exit"}
