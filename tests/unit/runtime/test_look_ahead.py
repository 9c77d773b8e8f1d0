"""No way of playing a backtest sees the future: with everything after a bar changed, all up to it stays."""

import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.packaged import packaged_bars
from openbell.domain.run import BacktestRequest
from openbell.domain.values import parse
from openbell.ports import BarColumns
from openbell.runtime.backtest import Driver, play
from openbell.runtime.parts import sliced
from openbell.runtime.vector import play_columns
from openbell.strategies import SHIPPED

BARS = packaged_bars("GOOG-1d")
CUTS = (1, 40, 500, 1_237, len(BARS.close) - 1)
PARAMETERS = {"sma_cross": {"fast": 5, "slow": 15}, "mean_reversion": {"window": 10}, "buy_and_hold": {}}


def request_for(kind):
    more = {"stop_loss_percent": parse("3")} if kind == "mean_reversion" else {}
    return BacktestRequest(
        kind=kind,
        parameters=PARAMETERS[kind],
        dataset_id="GOOG-1d",
        symbol="GOOG",
        initial_cash=parse(1_000_000),
        fee_rate=parse("0.001"),
        **more,
    )


def spoilt(cut):
    """The same bars up to a cut, and prices of another size after it."""
    noise = np.random.default_rng(cut).integers(50, 150, len(BARS.close) - cut)
    prices = (BARS.open, BARS.high, BARS.low, BARS.close, BARS.volume)
    return BarColumns(BARS.ts_ns, *(np.concatenate([one[:cut], one[cut:] * noise // 100]) for one in prices))


@pytest.mark.parametrize("driver", list(Driver))
@pytest.mark.parametrize("kind", sorted(PARAMETERS))
def test_a_changed_future_changes_nothing_before_it(kind, driver):
    def played(bars):
        instrument = instrument_of("GOOG", BARS)
        return play(request_for(kind), instrument=instrument, bars=bars, kinds=SHIPPED, driver=driver)

    whole = played(BARS)
    for cut in CUTS:
        other = played(spoilt(cut))
        assert other.equity[:cut] == whole.equity[:cut] == played(sliced(BARS, 0, cut)).equity
        before = [event for event in whole.fills if event.fill.ts_ns < BARS.ts_ns[cut]]
        assert [event for event in other.fills if event.fill.ts_ns < BARS.ts_ns[cut]] == before


def test_compiled_columns_do_not_see_it_either():
    pytest.importorskip("numba", reason="compiled backtests need the extra `fast`")

    def played(bars):
        return play_columns(request_for("sma_cross"), instrument=instrument_of("GOOG", BARS), bars=bars, kinds=SHIPPED)

    whole = played(BARS)
    for cut in CUTS:
        assert played(spoilt(cut)).equity[:cut].tolist() == whole.equity[:cut].tolist()
