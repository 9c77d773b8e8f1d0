"""R2 in the core: schedules by exchange time and holidays, and exits at a stop or target."""

from datetime import UTC, datetime

import pytest

from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.account import Mode
from openbell.domain.calendar import calendar_named
from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Quote
from openbell.domain.order import Instruction, OrderStatus, OrderType, Side
from openbell.domain.risk import RefusalCode
from openbell.domain.schedule import InvalidSchedule, schedule_of
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.engine.core import Core, CoreSettings
from openbell.strategies import SHIPPED

NEW_YORK, KOLKATA, ALWAYS = (calendar_named(name) for name in ("XNYS", "XNSE", "24/7"))
WEEK = (1, 2, 3, 4, 5)
AAPL = Instrument(
    symbol="AAPL",
    name="Apple",
    asset_class=AssetClass.EQUITY,
    currency="USD",
    tick_size=SCALE // 100,
    lot_size=SCALE,
    quantity_min=SCALE,
    quantity_max=10**6 * SCALE,
    exchange="XNYS",  # and a calendar round the clock, as the simulated market has
)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NANOS_PER_SECOND


class Desk:
    """A core with a running strategy that trades AAPL by our hand."""

    def __init__(self, now, **config):
        self.core = Core(CoreSettings(instruments={"AAPL": AAPL}, strategy_kinds=SHIPPED))
        self.now = at(now)
        opening = {"account_id": "acc", "owner_id": "ada", "mode": Mode.PAPER, "base_currency": "USD"}
        self.step(c.OpenAccount(ts_ns=self.now, deposits={"USD": 100_000 * SCALE}, **opening))
        made = StrategyConfig(
            strategy_id="s", account_id="acc", owner_id="ada", name="s", kind="sma_cross", symbols=("AAPL",), **config
        )
        self.step(c.CreateStrategy(ts_ns=self.now, config=made))
        self.run(RunState.RUNNING)
        self.quote(100)

    def step(self, given):
        return self.core.step(given)

    def run(self, state):
        return self.step(c.RunStrategy(ts_ns=self.now, account_id="acc", strategy_id="s", state=state))

    def quote(self, price):
        steps = price * SCALE
        return self.step(Quote("AAPL", self.now, steps - SCALE // 100, SCALE, steps + SCALE // 100, SCALE))

    def place(self, side=Side.BUY, quantity=10, **more):
        instruction = Instruction(symbol="AAPL", side=side, quantity=quantity * SCALE, **more)
        return self.step(c.PlaceOrder(ts_ns=self.now, account_id="acc", strategy_id="s", instruction=instruction))

    def fill(self, order_id, price=100):
        order = self.core.state.orders[order_id]
        self.step(
            v.VenueFilled(
                order_id=order_id,
                ts_ns=self.now,
                venue_fill_id=f"f-{order_id}",
                quantity=order.quantity,
                price=price * SCALE,
                fee=0,
                liquidity=Liquidity.TAKER,
                model="test",
            )
        )

    def hold(self, side=Side.BUY):
        self.fill(self.place(side).subject_id)
        return self


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-01-09T14:29:59", False),  # 09:29:59 in New York, winter
        ("2026-01-09T14:30:00", True),
        ("2026-01-09T20:59:59", True),
        ("2026-01-09T21:00:00", False),
        ("2026-07-10T13:30:00", True),  # 09:30 in New York, summer
        ("2026-07-10T20:00:00", False),
        ("2026-01-10T15:00:00", False),  # Saturday
        ("2026-01-19T15:00:00", False),  # Martin Luther King Day
    ],
)
def test_hours_are_new_yorks_with_its_holidays(instant, is_open):
    schedule = schedule_of("09:30", end_time="16:00", weekdays=WEEK)
    assert schedule.is_open(at(instant), calendar=NEW_YORK) is is_open


def test_hours_are_kolkatas_for_an_indian_index():
    schedule = schedule_of("09:15", end_time="15:30", weekdays=WEEK)
    assert schedule.is_open(at("2026-01-09T03:45:00"), calendar=KOLKATA)
    assert not schedule.is_open(at("2026-01-26T03:45:00"), calendar=KOLKATA)  # Republic Day


def test_weekdays_count_from_sunday():
    sunday = schedule_of("00:00", end_time="24:00", weekdays=(0,))
    assert sunday.is_open(at("2026-01-11T12:00:00"), calendar=ALWAYS)
    assert not sunday.is_open(at("2026-01-12T12:00:00"), calendar=ALWAYS)


def test_a_night_belongs_to_the_day_it_started_on():
    friday = schedule_of("22:00", end_time="02:00", weekdays=(5,))
    assert friday.is_open(at("2026-01-10T01:59:00"), calendar=ALWAYS)  # Saturday morning
    assert not friday.is_open(at("2026-01-09T01:59:00"), calendar=ALWAYS)
    assert not friday.is_open(at("2026-01-10T02:00:00"), calendar=ALWAYS)


@pytest.mark.parametrize("start", ["9:30", "24:01", "25:00", "09:60", "0930", "٠٩:30", ""])
def test_a_time_is_two_digits_each(start):
    with pytest.raises(InvalidSchedule, match="09:30"):
        schedule_of(start, end_time="16:00", weekdays=WEEK)


@pytest.mark.parametrize("days", [(), (7,), (-1, 2)])
def test_a_day_is_from_0_to_6(days):
    with pytest.raises(InvalidSchedule, match="Sunday"):
        schedule_of("09:30", end_time="16:00", weekdays=days)


OFFICE_HOURS = schedule_of("09:30", end_time="16:00", weekdays=WEEK)


def test_outside_its_schedule_a_strategy_cannot_add_risk():
    desk = Desk("2026-01-09T22:00:00", schedule=OFFICE_HOURS)
    refusal = desk.place().refusal
    assert refusal.code is RefusalCode.OUTSIDE_SCHEDULE
    assert "09:30 to 16:00 America/New_York" in refusal.message


def test_outside_its_schedule_a_strategy_can_still_get_out():
    desk = Desk("2026-01-09T15:00:00", schedule=OFFICE_HOURS).hold()
    desk.now = at("2026-01-09T22:00:00")
    desk.quote(100)
    assert desk.place(Side.SELL).refusal is None


def test_an_order_that_could_add_risk_is_canceled_when_the_schedule_ends():
    desk = Desk("2026-01-09T20:59:00", schedule=OFFICE_HOURS).hold()
    entry = desk.place(order_type=OrderType.LIMIT, limit_price=90 * SCALE).subject_id
    way_out = desk.place(Side.SELL, reduce_only=True, order_type=OrderType.LIMIT, limit_price=110 * SCALE).subject_id
    desk.now = at("2026-01-09T21:00:00")
    desk.step(c.AdvanceTime(ts_ns=desk.now))
    orders = desk.core.state.orders
    assert orders[entry].status is OrderStatus.PENDING_CANCEL
    assert orders[way_out].status is OrderStatus.SUBMITTED


def test_a_schedule_can_be_changed_and_taken_away():
    desk = Desk("2026-01-09T22:00:00", schedule=OFFICE_HOURS)
    at_night = schedule_of("16:00", end_time="20:00", weekdays=WEEK)
    for schedule in (at_night, None):
        step = desk.step(c.ConfigureStrategy(ts_ns=desk.now, account_id="acc", strategy_id="s", schedule=schedule))
        assert step.refusal is None and desk.place().refusal is None


def exits(step):
    return [request for request in step.requests if getattr(request, "reduce_only", False)]


@pytest.mark.parametrize(("side", "just_before", "reached"), [(Side.BUY, 99, 98), (Side.SELL, 101, 102)])
def test_a_position_is_closed_at_its_stop(side, just_before, reached):
    desk = Desk("2026-01-09T15:00:00", stop_loss_percent=2 * SCALE).hold(side)
    assert not exits(desk.quote(just_before))
    (order,) = exits(desk.quote(reached))
    assert (order.side, order.quantity, order.order_type) == (
        (Side.SELL if side is Side.BUY else Side.BUY),
        10 * SCALE,
        OrderType.MARKET,
    )


def test_a_position_is_closed_at_its_target():
    desk = Desk("2026-01-09T15:00:00", take_profit_percent=5 * SCALE).hold()
    assert not exits(desk.quote(104))
    assert len(exits(desk.quote(105))) == 1


def test_while_an_exit_works_no_second_one_is_sent():
    desk = Desk("2026-01-09T15:00:00", stop_loss_percent=2 * SCALE).hold()
    desk.quote(98)
    desk.now += 60 * NANOS_PER_SECOND
    assert not exits(desk.quote(97))


def test_the_stop_holds_outside_the_schedule_and_while_paused():
    desk = Desk("2026-01-09T15:00:00", stop_loss_percent=2 * SCALE, schedule=OFFICE_HOURS).hold()
    desk.run(RunState.PAUSED)
    desk.now = at("2026-01-09T22:00:00")
    assert len(exits(desk.quote(90))) == 1


def test_orders_in_the_way_of_an_exit_are_canceled_first():
    desk = Desk("2026-01-09T15:00:00", stop_loss_percent=2 * SCALE).hold()
    more = desk.place(order_type=OrderType.LIMIT, limit_price=95 * SCALE).subject_id
    desk.quote(98)
    assert desk.core.state.orders[more].status is OrderStatus.PENDING_CANCEL


def test_an_exit_is_told_as_an_alert():
    desk = Desk("2026-01-09T15:00:00", stop_loss_percent=2 * SCALE).hold()
    codes = [record.event.code for record in desk.quote(98).records if hasattr(record.event, "severity")]
    assert codes == ["STOP_LOSS"]


def test_a_negative_limit_of_a_strategy_is_refused():
    desk = Desk("2026-01-09T15:00:00")
    step = desk.step(c.ConfigureStrategy(ts_ns=desk.now, account_id="acc", strategy_id="s", stop_loss_percent=-SCALE))
    assert step.refusal.code is RefusalCode.INVALID_PARAMETER
