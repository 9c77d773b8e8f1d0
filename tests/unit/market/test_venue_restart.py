"""The simulated venue after a restart: it forgets with the process, and takes orders back."""

import pytest
from tests.unit.market.scenes import NOON, SECOND, SYMBOL, fills, kinds, order, quote, steps, venue

from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.engine.matching import venue as matching
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


def test_an_order_that_rests_for_ever_keeps_no_later_one_in_memory(monkeypatch):
    monkeypatch.setattr(matching, "ORDER_IDS_MAX", 100)
    place = venue()
    place.observe(quote(99, 10, 101, 10))
    place.request(order("first", limit=1))
    for number in range(1_000):
        place.request(order(f"o{number}", limit=1, tif="IOC"))
    known = [number for number in range(1_000) if place.knows(f"o{number}")]
    assert known == list(range(known[0], 1_000)), "the latest are known"
    assert 50 <= len(known) <= 100
    assert place.knows("first")
    assert place.request(order("o999", limit=1)) == [], "a repeated request does nothing"


def test_orders_that_work_are_known_however_many_there_are(monkeypatch):
    monkeypatch.setattr(matching, "ORDER_IDS_MAX", 100)
    place = venue()
    for number in range(500):
        place.request(order(f"o{number}", limit=1))
    assert all(place.knows(f"o{number}") for number in range(500))
