"""Fees by symbol, class and default."""

from tests.unit.market.scenes import NOON, instrument, order, snapshot, steps, venue

from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass
from openbell.domain.values import SCALE
from openbell.engine.matching.fees import PAPER_FEES, FeeRate, FeeSchedule, flat_fees
from openbell.engine.matching.profile import REALISTIC


def cost(schedule, price=100, quantity=10, liquidity=Liquidity.TAKER, **changes):
    one = instrument(**changes)
    pieces = schedule.cost(one, quantity=steps(quantity), price=steps(price), liquidity=liquidity)
    return schedule.total(one, pieces) / SCALE


def test_the_symbol_wins_over_its_class_and_the_class_over_the_default():
    schedule = FeeSchedule(
        default=FeeRate(taker=SCALE // 1000),
        by_asset_class={AssetClass.EQUITY: FeeRate(taker=SCALE // 500)},
        by_symbol={"XYZ": FeeRate(taker=SCALE // 100)},
    )
    assert cost(schedule) == 10
    assert cost(schedule, symbol="A", asset_class=AssetClass.EQUITY) == 2
    assert cost(schedule, symbol="A") == 1


def test_makers_and_takers_pay_their_own_rates():
    assert cost(PAPER_FEES) == 1
    assert cost(PAPER_FEES, liquidity=Liquidity.MAKER) == 0.6


def test_shares_cost_an_amount_each_and_an_order_its_minimum():
    assert cost(PAPER_FEES, asset_class=AssetClass.EQUITY, quantity=1000) == 5
    assert cost(PAPER_FEES, asset_class=AssetClass.EQUITY, quantity=10) == 1


def test_an_order_in_pieces_pays_its_minimum_once():
    v = venue(REALISTIC, PAPER_FEES, asset_class=AssetClass.EQUITY)
    v.observe(snapshot([(99, 1)], [(101, 100), (102, 100), (103, 100)]))
    v.request(order(quantity=300))
    filled = v.advance(NOON + REALISTIC.latency_ns)[1:]
    assert [report.fee / SCALE for report in filled] == [1, 0, 0.5]


def test_totals_round_half_up_to_the_decimals_charged():
    schedule = FeeSchedule(default=FeeRate(taker=SCALE // 1000), decimals=2)
    assert cost(schedule, price=12.50, quantity=1) == 0.01
    assert cost(schedule, price=15, quantity=1) == 0.02
    assert cost(flat_fees(SCALE // 1000), price=12.50, quantity=1) == 0.0125
