"""Money that comes and goes is neither profit nor loss: units, time-weighted and money-weighted returns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.returns import NS_PER_DAY
from openbell.analytics.time_weighted import money_weighted_return, total_of, unit_values

moves = st.lists(st.floats(-0.3, 0.4), min_size=2, max_size=30)


def path(changes, start=100_000.0):
    values = [start]
    for change in changes:
        values.append(values[-1] * (1 + change))
    return [(i * NS_PER_DAY, value) for i, value in enumerate(values)]


@given(moves)
def test_without_flows_a_unit_is_the_account(changes):
    assert unit_values(path(changes)) == path(changes)


@given(moves, st.floats(-0.9, 5.0), st.data())
def test_e4_a_flow_at_a_mark_changes_no_return(changes, part, data):
    """The same moves with money paid in or out at any mark: the unit goes the same way."""
    at = data.draw(st.integers(1, len(changes)))
    plain, points, value, flows = path(changes), [], 100_000.0, []
    for i, change in enumerate([0.0, *changes]):
        value *= 1 + change
        if i == at:
            flows.append((i * NS_PER_DAY, part * value))
            value += part * value
        points.append((i * NS_PER_DAY, value))
    assert [v for _, v in unit_values(points, flows=flows)] == pytest.approx([v for _, v in plain], rel=1e-9)


@given(moves, st.floats(1, 1e6), st.sampled_from([1, -1]))
def test_e4_a_flow_between_two_marks_at_rest_changes_no_return(changes, amount, sign):
    points = path(changes)
    last_ns, last = points[-1]
    flow = sign * min(amount, last / 2)
    points += [(last_ns + NS_PER_DAY, last + flow)]
    units = unit_values(points, flows=[(last_ns + 5, flow)])
    assert units[-1][1] == pytest.approx(units[-2][1], rel=1e-9)


@given(moves, st.floats(2, 50))
def test_e4_twice_the_money_has_the_same_returns(changes, factor):
    large = unit_values(path(changes, start=100_000.0 * factor))
    assert [v / factor for _, v in large] == pytest.approx([v for _, v in unit_values(path(changes))], rel=1e-9)


def test_a_deposit_that_doubles_the_account_is_no_profit():
    points = [(0, 100.0), (10, 110.0), (20, 220.0), (30, 242.0)]
    assert [v for _, v in unit_values(points, flows=[(20, 110.0)])] == pytest.approx([100, 110, 110, 121])


def test_all_money_may_leave_and_other_money_come():
    points = [(0, 100.0), (10, 120.0), (20, 0.0), (30, 500.0), (40, 550.0)]
    units = unit_values(points, flows=[(20, -120.0), (30, 500.0)])
    assert [v for _, v in units] == pytest.approx([100, 120, 120, 120, 132])


def test_an_account_that_began_with_nothing_begins_with_its_first_money():
    points = [(0, 0.0), (10, 0.0), (20, 100.0), (30, 150.0)]
    assert [v for _, v in unit_values(points, flows=[(20, 100.0)])] == [100, 100, 100, 150]


def test_accounts_are_added_up_from_their_first_point_on():
    one, two = [(0, 10), (20, 12)], [(10, 5), (20, 6), (30, 0)]
    assert total_of([one, two]) == [(0, 10), (10, 15), (20, 18), (30, 12)]


def test_the_investors_rate_is_that_of_the_textbook():
    """100 at the start, 100 after half a year of 365 days, 220 at the end: 100 (1+r) + 100 (1+r)^0.5 = 220."""
    year = 365 * NS_PER_DAY
    rate = money_weighted_return([(0, 100.0), (year // 2, 100.0)], final=(year, 220.0))
    assert 100 * (1 + rate) + 100 * (1 + rate) ** 0.5 == pytest.approx(220, abs=1e-9)


def test_without_payments_the_investors_rate_is_the_growth():
    assert money_weighted_return([(0, 100.0)], final=(365 * NS_PER_DAY, 130.0)) == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize(("flows", "final"), [([], (9, 1.0)), ([(5, 100.0)], (5, 100.0)), ([(0, 100.0)], (9, 1e300))])
def test_a_rate_that_cannot_be_said_is_none(flows, final):
    assert money_weighted_return(flows, final=final) is None
