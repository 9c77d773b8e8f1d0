"""Many orders at the simulated venue are known by their prices, and come out as if all were gone through."""

import random

import pytest
from tests.unit.market.scenes import instrument

from openbell.domain.market import BookDelta, BookSnapshot, Quote, Trade
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import SCALE
from openbell.domain.venue import Admitted, CancelRequest, ModifyRequest
from openbell.engine.matching import desk
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import PROFILES
from openbell.engine.matching.venue import SimulatedVenue

TICK, MIDDLE = SCALE // 100, 100 * SCALE
STEPS = 600


def priced(chance, spread=30):
    return MIDDLE + chance.randrange(-spread, spread + 1) * TICK


def order(chance, number, now):
    kind = chance.choice((OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT, *OrderType))
    lasts = chance.choice((TimeInForce.GTC, TimeInForce.GTC, *TimeInForce))
    return Admitted(
        order_id=f"o{number}",
        client_order_id=f"c{number}",
        account_id="acc",
        symbol="X",
        side=chance.choice(tuple(Side)),
        quantity=chance.randrange(1, 20) * SCALE,
        order_type=kind,
        limit_price=priced(chance) if kind.has_limit else None,
        stop_price=priced(chance) if kind.has_stop else None,
        time_in_force=lasts,
        post_only=kind is OrderType.LIMIT and chance.random() < 0.2,
        reduce_only=False,
        ts_ns=now,
    )


def quote(chance, now):
    bid = priced(chance, 12)
    return Quote("X", now, bid, chance.randrange(1, 9) * SCALE, bid + chance.randrange(0, 4) * TICK, 3 * SCALE)


def snapshot(chance, now):
    bid = priced(chance, 12)
    bids = tuple((bid - place * TICK, chance.randrange(1, 9) * SCALE) for place in range(chance.randrange(0, 6)))
    asks = tuple((bid + (1 + place) * TICK, chance.randrange(1, 9) * SCALE) for place in range(chance.randrange(0, 6)))
    return BookSnapshot("X", now, now, bids, asks)


def change(chance, now):
    level = (priced(chance, 12), chance.randrange(0, 5) * SCALE)
    sides = ((level,), ()) if chance.random() < 0.5 else ((), (level,))
    return BookDelta("X", now, 1, now, *sides)


def trade(chance, now):
    return Trade("X", now, priced(chance, 15), chance.randrange(1, 9) * SCALE, chance.choice((1, -1)), str(now))


def reports(profile, seed, kinds):
    """Play a market and orders with chance, and give all that the venue says."""
    chance, said, sent = random.Random(seed), [], []  # noqa: S311 - the same draws each time
    venue = SimulatedVenue({"X": instrument("X")}, profile, flat_fees(SCALE // 1_000))
    for now in range(1, STEPS):
        at = now * 50_000_000
        drawn = chance.random()
        if drawn < 0.45 or not sent:
            sent.append(order(chance, now, at))
            said += venue.request(sent[-1])
        elif drawn < 0.5:
            said += venue.request(CancelRequest(order_id=chance.choice(sent).order_id, ts_ns=at))
        elif drawn < 0.6:
            one = chance.choice(sent)
            limit = priced(chance) if one.order_type.has_limit else None
            asked = ModifyRequest(
                order_id=one.order_id,
                ts_ns=at,
                quantity=chance.randrange(1, 20) * SCALE,
                limit_price=chance.choice((limit, one.limit_price)),
                stop_price=one.stop_price,
            )
            said += venue.request(asked)
        else:
            said += venue.observe(chance.choice(kinds)(chance, at))
    return said


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "kinds", [(quote,), (quote, trade), (snapshot, change, trade), (quote, snapshot, change, trade)]
)
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_many_orders_come_out_as_if_all_were_gone_through(monkeypatch, profile, kinds, seed):
    monkeypatch.setattr(desk, "MANY", 0)
    near = reports(profile, seed, kinds)
    monkeypatch.setattr(desk, "MANY", 10**9)
    assert near == reports(profile, seed, kinds)
    assert any(type(one).__name__ == "VenueFilled" for one in near)
