"""Whatever a strategy asks for and whenever, outside its schedule nothing of it can add risk."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbell.domain.order import OrderStatus
from openbell.domain.schedule import schedule_of
from openbell.domain.values import NANOS_PER_SECOND, SCALE

DAY, WEEK = 24 * 60, 7 * 24 * 60
EPOCH_MINUTE = 4 * DAY
"""1970 began on a Thursday, the fifth day of a week that begins on Sunday."""

minutes = st.integers(0, DAY - 1)
schedules = st.tuples(minutes, minutes, st.sets(st.integers(0, 6), min_size=1))
moves = st.tuples(
    st.integers(1, 3_000),  # minutes that pass before it
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 20),
    st.sampled_from([None, "150", "149"]),
    st.sampled_from(["rest", "fill"]),
)


def open_minutes(start, end, weekdays):
    """The minutes of the week in which risk may be taken, counted out one by one."""
    length = (end - start) % DAY or DAY
    return {(day * DAY + start + passed) % WEEK for day in weekdays for passed in range(length)}


def text(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


def could_add(bench):
    """Whether what works of the strategy could leave it with more than it holds now, on either side."""
    held = bench.position("AAPL", "s1")
    left = {"BUY": 0, "SELL": 0}
    for order in bench.state.orders.values():
        if order.strategy_id == "s1" and order.is_open and order.status is not OrderStatus.PENDING_CANCEL:
            left[order.side] += order.remaining
    return left["BUY"] > max(-held, 0) or left["SELL"] > max(held, 0)


@settings(max_examples=max(100, settings().max_examples), suppress_health_check=[HealthCheck.too_slow])
@given(schedules, st.lists(moves, min_size=1, max_size=15))
def test_outside_its_schedule_nothing_can_add_risk(new_bench, hours, asked):
    start, end, weekdays = hours
    is_open = open_minutes(start, end, weekdays)
    bench = new_bench()
    schedule = schedule_of(text(start), end_time=text(end), weekdays=tuple(weekdays))
    assert bench.create(symbols=("AAPL",), schedule=schedule).refusal is None
    bench.run()
    for passed, side, quantity, limit, then in asked:
        bench.wait(passed * 60)
        bench.quote("AAPL", 150)
        now = (bench.now_ns // (60 * NANOS_PER_SECOND) + EPOCH_MINUTE) % WEEK
        assert now in is_open or not could_add(bench), "the schedule has ended"
        held = bench.position("AAPL", "s1")
        step = bench.place("AAPL", side, str(quantity), strategy_id="s1", limit=limit)
        closes = quantity * SCALE <= (-held if side == "BUY" else held)
        if now not in is_open:
            assert not could_add(bench)
            assert closes or step.refusal.code == "OUTSIDE_SCHEDULE"
        if step.refusal is None and then == "fill":
            bench.fill(bench.state.orders[step.subject_id], str(quantity), limit or "150")
