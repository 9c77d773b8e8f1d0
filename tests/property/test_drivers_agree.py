"""Every driver of a backtest leads to the same events, byte for byte: the fast ones are held to the plain one."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from openbell.domain.events import OrderFilled
from openbell.domain.values import parse
from openbell.engine.ledger import account_equity, ledger_equity
from openbell.engine.marks import PRICE_MAX
from openbell.engine.matching.profile import PROFILES
from openbell.runtime import parts
from openbell.runtime.backtest import Driver
from openbell.strategies import SHIPPED
from property import backtest_scenes
from property.backtest_scenes import CHOICES, outcome, random_bars, scenes, unrecorded


# Without shrinking: a case is some hundred bars in three runs, and the seed says enough.
@settings(
    max_examples=max(60, settings().max_examples),
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(scenes)
def test_every_driver_records_the_same_events(chosen):
    plain = outcome(chosen, Driver.PLAIN)
    assert outcome(chosen, Driver.EVERY_BAR) == plain
    assert outcome(chosen, Driver.WAKE) == plain


def test_ledgers_that_hedge_each_other_are_worth_what_they_are_worth_alone(new_bench):
    """One long, one short of the same: the profit between their prices is there for the account as well."""
    bench = new_bench()
    for strategy_id, side, price in (("s1", "BUY", 40_000), ("s2", "SELL", 40_100)):
        bench.start("buy_and_hold", strategy_id, symbols=("AAPL",))
        bench.quote("BTC-PERP", price)
        bench.place("BTC-PERP", side, "1", strategy_id=strategy_id)
        bench.fill(list(bench.state.orders.values())[-1], "1", price)
    book, marks = bench.book, bench.core.marks
    ledgers = sum(ledger_equity(marks, book, one) for one in book.ledgers.values())
    assert account_equity(marks, book) == ledgers == parse(100_100)


@pytest.mark.parametrize("impossible", [0, -5, PRICE_MAX + 1])
@pytest.mark.parametrize("symbol", ["AAA", "CCC"])
def test_every_driver_counts_at_the_last_possible_price(symbol, impossible, monkeypatch):
    def with_impossible(seed, count):
        bars = random_bars(seed, count)
        bars.close[7:200:6] = impossible
        return bars

    monkeypatch.setattr(backtest_scenes, "random_bars", with_impossible)
    monkeypatch.setattr(parts, "PART_BARS", 37)
    chosen = {"symbols": (symbol,), "chosen": [("keeper", {})], "more": {}, "profile": "ideal", "fee": "0.001"}
    chosen |= {"drawdown": None, "borrow": "0", "warm_up": 0, "seed": 5, "count": 200}
    plain = unrecorded(chosen, Driver.PLAIN)
    assert plain[0]
    assert unrecorded(chosen, Driver.EVERY_BAR) == unrecorded(chosen, Driver.WAKE) == plain


@pytest.mark.parametrize("kind", sorted(SHIPPED.keys() & dict(CHOICES).keys()))  # one wants a trained model
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_parts_of_any_size_are_one_run(kind, profile, monkeypatch):
    """What rests, is held or is being averaged at the end of a part goes on in the next."""
    parameters = dict(CHOICES)[kind]
    chosen = {"symbols": ("AAA", "BBB"), "chosen": [(kind, parameters)], "more": {}, "profile": profile}
    chosen |= {"fee": "0.001", "drawdown": None, "borrow": "0", "warm_up": 3, "seed": 5, "count": 400}
    whole = outcome(chosen, Driver.PLAIN)
    assert kind == "market_maker" or any(type(record.event) is OrderFilled for record in whole[0])
    monkeypatch.setattr(parts, "PART_BARS", 37)
    for driver in Driver:
        assert outcome(chosen, driver) == whole
