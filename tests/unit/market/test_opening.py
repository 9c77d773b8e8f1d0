"""What the venue says beforehand of a lone market order at the open is what it then reports."""

import pytest
from tests.unit.market.scenes import MINUTE, NOON, SYMBOL, bar, order, steps, venue

from openbell.domain.order import Side
from openbell.domain.values import SCALE
from openbell.engine.matching.fees import FeeRate, FeeSchedule, flat_fees
from openbell.engine.matching.profile import IDEAL, PESSIMISTIC, REALISTIC, FillProfile

SLIPPING = FillProfile(name="slipping", slippage=SCALE // 300)
COSTLY = FeeSchedule(default=FeeRate(taker=123_457, per_unit=500_000, minimum=SCALE), decimals=2)


@pytest.mark.parametrize("profile", [IDEAL, SLIPPING])
@pytest.mark.parametrize("fees", [flat_fees(SCALE // 1_000), COSTLY])
@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize("quantity", [1, 7, 3_000])
def test_the_opening_is_what_an_order_then_gets(profile, fees, side, quantity):
    v = venue(profile, fees)
    opening = v.opening(SYMBOL)
    v.observe(bar(99, 101, 98, 100, ts=NOON - MINUTE))
    v.request(order(side=side, quantity=quantity))
    (report,) = v.observe(bar(102.37, 103, 101, 102))
    price = opening.price(Side(side), steps(102.37))
    assert (report.price, report.fee, report.model) == (price, opening.fee(report.quantity, price), opening.model)


@pytest.mark.parametrize("profile", [REALISTIC, PESSIMISTIC, FillProfile(name="part", bar_participation=SCALE // 10)])
def test_nothing_is_promised_where_an_order_may_be_late_or_filled_in_part(profile):
    assert venue(profile).opening(SYMBOL) is None
