"""The short way of ordinary orders through a backtest leads where the long one does, and is taken where it can be."""

from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.values import SCALE
from openbell.engine.express import Express
from openbell.engine.strategy import Strategy
from openbell.runtime import parts
from openbell.runtime.backtest import Driver
from property.backtest_scenes import CENT, KINDS, scenes, unrecorded

# Where time has its say, every order goes the long way.
UNTIMED = {"more": {}, "drawdown": None, "borrow": "0"}
mixers = st.integers(0, 10_000).map(lambda seed: ("mixer", {"seed": seed}))


def with_mixer(chosen, mixer, beside, is_watched):
    """The same scene with the mixer in it, and so many of the others; a watched one takes the place of one of them."""
    several = [mixer, *chosen["chosen"]][: max(1, 1 + beside - is_watched)]
    return {**chosen, **UNTIMED, "chosen": several, "is_watched": is_watched}


ordinary = st.builds(with_mixer, scenes, mixers, st.integers(0, 2), st.booleans())


@settings(
    max_examples=max(150, settings().max_examples),
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(ordinary, st.sampled_from(["ideal", "ideal", "slipping", "realistic"]), st.booleans())
def test_the_short_way_of_an_order_leads_where_the_long_one_does(chosen, profile, is_cut):
    """State, fills, equity and denials, to the last step, whatever else is going on."""
    chosen = {**chosen, "profile": profile}
    plain = unrecorded(chosen, Driver.PLAIN)
    with pytest.MonkeyPatch.context() as patch:
        if is_cut:
            patch.setattr(parts, "PART_BARS", 23)
        assert unrecorded(chosen, Driver.EVERY_BAR) == plain
        assert unrecorded(chosen, Driver.WAKE) == plain


def test_ordinary_orders_go_the_short_way_and_others_the_long_one(monkeypatch):
    gone = Counter()

    def noting(name):
        method = getattr(Express, name)

        def note(self, *given):
            result = method(self, *given)
            gone[name, bool(result)] += 1
            return result

        return note

    for name in ("place", "fill"):
        monkeypatch.setattr(Express, name, noting(name))
    chosen = {**UNTIMED, "symbols": ("AAA", "BBB"), "chosen": [("mixer", {"seed": 3})], "profile": "ideal"}
    chosen |= {"fee": "0.001", "warm_up": 0, "seed": 8, "count": 400}
    unrecorded(chosen, Driver.WAKE)
    assert min(gone["place", True], gone["fill", True], gone["place", False]) > 20


ALONE = {**UNTIMED, "symbols": ("AAA", "BBB"), "profile": "ideal", "fee": "0.001", "warm_up": 0, "count": 200}


@pytest.mark.parametrize("driver", [Driver.EVERY_BAR, Driver.WAKE])
@pytest.mark.parametrize("seed", range(3))
def test_an_entry_lets_its_exit_out_whichever_way_it_went(seed, driver):
    chosen = {**ALONE, "chosen": [("bracketed", {})], "seed": seed}
    played = unrecorded(chosen, driver)
    assert played == unrecorded(chosen, Driver.PLAIN)
    assert any(one.fill.side == "SELL" for one in played[0])


class Collared(Strategy):
    """Buys with a target and a stop so near that a bar often reaches both."""

    kind = "collared"
    keeps_bars = False

    def on_bar(self, ctx, bar):
        if ctx.position(bar.symbol) or ctx.open_orders(bar.symbol):
            return
        entry_id = ctx.buy(bar.symbol, SCALE)
        exits = {
            "symbol": bar.symbol,
            "side": Side.SELL,
            "quantity": SCALE,
            "parent_order_id": entry_id,
            "oco_group": entry_id,
        }
        if ctx.open_orders(bar.symbol):
            ctx.submit(Instruction(order_type=OrderType.LIMIT, limit_price=bar.close + CENT, **exits))
            ctx.submit(Instruction(order_type=OrderType.STOP, stop_price=max(CENT, bar.close - CENT), **exits))


@pytest.mark.parametrize("driver", list(Driver))
@pytest.mark.parametrize("profile", ["ideal", "slipping", "realistic"])
def test_of_two_exits_one_trades_though_a_bar_reaches_both(profile, driver, monkeypatch):
    monkeypatch.setitem(KINDS, "collared", Collared)
    fills, *_ = unrecorded({**ALONE, "chosen": [("collared", {})], "seed": 1, "profile": profile}, driver)
    for symbol in ALONE["symbols"]:
        signed = [one.fill.side.sign * one.fill.quantity for one in fills if one.fill.symbol == symbol]
        assert len(signed) > 20 and min(accumulate(signed)) == 0


@pytest.mark.parametrize("driver", [Driver.EVERY_BAR, Driver.WAKE])
@pytest.mark.parametrize("seed", range(3))
def test_orders_placed_on_a_bar_with_watched_exits_reach_the_venue_in_their_order(seed, driver):
    """The core's own step sends at once: an order on the short way would be overtaken by what is sent then."""
    chosen = {**ALONE, "chosen": [("hasty", {})], "seed": seed, "is_watched": True}
    assert unrecorded(chosen, driver) == unrecorded(chosen, Driver.PLAIN)
