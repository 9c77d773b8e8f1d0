"""The simulated venue after a restart: it forgets with the process, and takes orders back."""

import pytest
from tests.unit.market.scenes import NOON, SECOND, SYMBOL, fills, kinds, order, quote, steps, venue

from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.engine.matching.profile import REALISTIC, FillProfile

PROMPT = FillProfile(name="prompt", slippage=REALISTIC.slippage)


def working_order(status, **changes):
    fields = {
        "order_id": "o1",
        "client_order_id": "c1",
        "account_id": "a",
        "strategy_id": "manual",
        "symbol": SYMBOL,
        "side": Side.BUY,
        "quantity": steps(10),
        "order_type": OrderType.LIMIT,
        "limit_price": steps(100),
        "stop_price": None,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "status": OrderStatus(status),
        "created_ns": NOON,
        "updated_ns": NOON,
        "submitted_ns": NOON,
    }
    return Order(**{**fields, **changes})


@pytest.mark.parametrize(
    ("status", "resume", "expected", "works"),
    [
        ("ACCEPTED", "ACCEPTED", [], True),
        ("SUBMITTED", "SUBMITTED", ["Accepted"], True),
        ("PENDING_MODIFY", "SUBMITTED", ["Accepted", "RefusedChange"], True),
        ("PENDING_CANCEL", "ACCEPTED", ["Canceled"], False),
        ("NEW", "SUBMITTED", [], False),
        ("FILLED", "SUBMITTED", [], False),
    ],
)
def test_orders_are_taken_back_after_a_restart_just_once(status, resume, expected, works):
    v, old = venue(PROMPT), working_order(status, resume_status=OrderStatus(resume))
    assert kinds(v.restore(old)) == expected
    assert v.restore(old) == []
    assert bool(fills(v.observe(quote(98, 5, 99, 50)))) is works


def test_a_restored_order_has_only_its_rest_to_fill():
    v = venue(PROMPT)
    v.restore(working_order("PARTIALLY_FILLED", filled_quantity=steps(7)))
    reports = v.observe(quote(98, 5, 99, 50))
    assert fills(reports) == [("o1", 3, 99)]
    assert reports[0].venue_fill_id == f"o1:{steps(10)}"


def test_a_restored_day_order_whose_day_is_over_expires():
    v = venue(PROMPT)
    v.restore(working_order("ACCEPTED", time_in_force=TimeInForce.DAY))
    assert kinds(v.advance(NOON + 86_400 * SECOND)) == ["Expired"]


def test_an_order_that_works_for_long_does_not_keep_all_later_ones_from_being_forgotten(monkeypatch):
    monkeypatch.setattr("openbell.engine.matching.venue.ORDER_IDS_MAX", 3)
    v = venue(PROMPT)
    v.observe(quote(98, 50, 99, 50))
    v.request(order("resting", limit=90))
    for number in range(9):
        v.request(order(f"o{number}", quantity=1))
    assert [v.knows(one) for one in ("resting", "o0", "o4", "o8")] == [True, False, False, True]
