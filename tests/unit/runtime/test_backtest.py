"""A backtest gives the known answers, the same bytes each time, and never looks ahead."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from itertools import accumulate

import msgspec
import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE, parse
from openbell.engine.strategy import Strategy
from openbell.ports import BarColumns, RunFailed
from openbell.runtime.backtest import Cancelled, play
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.tear_sheet import tear_sheet_of
from openbell.strategies import SHIPPED

REQUEST = BacktestRequest(
    kind="sma_cross",
    parameters={"fast": 10, "slow": 30},
    dataset_id="GOOG",
    symbol="GOOG",
    initial_cash=100_000 * SCALE,
    fee_rate=parse("0.001"),
)


@pytest.fixture
def job(tmp_path):
    catalog = ParquetCatalog(str(tmp_path))
    return BacktestJob(lambda: catalog, lambda: SHIPPED, instrument_of)


def changed(**values):
    return msgspec.structs.replace(REQUEST, **values)


def play_bars(bars, request=REQUEST, **options):
    return play(request, instrument=instrument_of("GOOG", bars), bars=bars, kinds=SHIPPED, **options)


def test_the_known_answer_on_the_shipped_goog_file(job):
    result = job(REQUEST)
    assert (result["final_equity"], result["fill_count"], len(result["trades"])) == ("174289.814", 65, 32)
    assert (result["data"]["bars"], result["open_trade"]["quantity"]) == (2148, "100")
    assert result["denials"] == {}


def test_the_result_adds_up_from_its_fills(job):
    result = job(REQUEST)
    cash = REQUEST.initial_cash
    for fill in result["fills"]:
        worth = parse(fill["quantity"]) * parse(fill["price"]) // SCALE
        cash += (worth if fill["side"] == "SELL" else -worth) - parse(fill["fee"])
    assert cash + 100 * parse("806.19") == parse(result["final_equity"])
    closed = sum(parse(trade["net_pnl"]) for trade in result["trades"])
    assert result["metrics"]["net_profit"] == pytest.approx(closed / SCALE)


def test_the_same_request_gives_the_same_bytes(job):
    assert json.dumps(job(REQUEST)) == json.dumps(job(REQUEST))


def test_no_fill_knows_the_bars_after_it(job):
    bars = job.prepared(REQUEST).bars
    whole = play_bars(bars)
    rng = np.random.default_rng(5)
    for cut in (40, 500, 1237, 2000):
        noise = rng.integers(50, 150, len(bars.close) - cut)
        spoilt = BarColumns(
            bars.ts_ns,
            *(
                np.concatenate([column[:cut], column[cut:] * noise // 100])
                for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)
            ),
        )
        before = [event.fill for event in whole.fills if event.fill.ts_ns < bars.ts_ns[cut]]
        again = play_bars(spoilt)
        assert [event.fill for event in again.fills if event.fill.ts_ns < bars.ts_ns[cut]] == before
        assert again.equity[:cut] == whole.equity[:cut]


def test_a_fill_comes_at_the_open_of_the_bar_after_the_decision(job):
    bars = job.prepared(REQUEST).bars
    opens = dict(zip(bars.ts_ns.tolist(), bars.open.tolist(), strict=True))
    fills = [event.fill for event in play_bars(bars).fills]
    assert all(fill.price == opens[fill.ts_ns] for fill in fills)
    assert [fill.model for fill in fills] == ["ideal/bar"] * 65


@pytest.mark.parametrize(
    ("case", "is_long_only"), [("long_fixed100_next_open", True), ("long_short_fixed100_next_open", False)]
)
def test_every_fill_and_the_equity_of_the_published_backtests(case, is_long_only, shared_data):
    bars, known = published(shared_data, case)
    played = play_bars(bars, changed(parameters={"fast": 10, "slow": 30, "long_only": is_long_only}))
    places = {ts: place for place, ts in enumerate(bars.ts_ns.tolist())}
    ours = [
        [places[f.ts_ns], f.side.sign * f.quantity // SCALE, f.price / SCALE] for f in (e.fill for e in played.fills)
    ]
    assert ours == known["fills"]
    assert played.equity[-1] == parse(known["final_equity"])
    assert len(ours) == known["n_fills"]


def published(shared_data, case):
    """Bars of the package that the published backtests ran on, and what they gave."""
    try:
        file = distribution("backtesting").locate_file("backtesting/test/GOOG.csv")
    except PackageNotFoundError:
        pytest.skip("the package `backtesting`, whose bars the known backtests ran on, is not installed")
    known = json.loads((shared_data.parent / "known_backtests.json").read_text())["cases"][case]
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    days = [int(np.datetime64(row[0]).astype("datetime64[ns]").astype(np.int64)) for row in rows]
    columns = [np.array([parse(row[i]) for row in rows], dtype=np.int64) for i in range(1, 5)]
    return BarColumns(np.array(days), *columns, np.full(len(rows), 10**6 * SCALE)), known


def test_an_order_beyond_the_cash_is_denied_and_told(job):
    result = job(changed(initial_cash=1_000 * SCALE))
    assert (result["fill_count"], result["final_equity"]) == (0, "1000.00")
    assert result["denials"]["INSUFFICIENT_FUNDS"] > 0


def test_a_period_is_played_alone(job):
    bars = job.prepared(REQUEST).bars
    result = job(changed(start_ns=int(bars.ts_ns[100]), end_ns=int(bars.ts_ns[200])))
    assert (result["data"]["bars"], result["data"]["start"]) == (100, "2005-01-11T00:00:00Z")


@pytest.mark.parametrize("fill_model", ["realistic", "pessimistic"])
def test_a_harsher_fill_model_never_earns_more(fill_model, job):
    harsh = job(changed(fill_model=fill_model))
    assert parse(harsh["final_equity"]) < parse("174289.814")
    assert {fill["model"] for fill in harsh["fills"]} == {f"{fill_model}/bar"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "nope"}, "unknown strategy nope"),
        ({"parameters": {"fast": 30, "slow": 10}}, "less than slow"),
        ({"parameters": {"quick": 1}}, "unknown parameter"),
        ({"dataset_id": "NOPE"}, "no dataset NOPE"),
        ({"fill_model": "nope"}, "unknown fill model"),
        ({"symbol": "../x"}, "a symbol is"),
        ({"start_ns": 4 * 10**18}, "0 bars"),
    ],
)
def test_a_run_that_cannot_be_says_why(change, reason, job):
    with pytest.raises(RunFailed, match=reason):
        job(changed(**change))


def test_a_strategy_that_breaks_fails_its_run(job):
    class Broken(Strategy):
        kind = "broken"

        def on_bar(self, ctx, bar):
            raise ZeroDivisionError("by design")

    prepared = job.prepared(changed(kind="broken", parameters={}))
    with pytest.raises(RunFailed, match="stopped with an error"):
        play(prepared.request, instrument=prepared.instrument, bars=prepared.bars, kinds={"broken": Broken})


def test_progress_grows_to_one_and_a_cancelled_run_stops():
    bars = flat_bars(40_000)
    parts = []
    play_bars(bars, changed(timeframe=Timeframe.M1), on_progress=parts.append)
    assert (parts[-1], parts) == (1.0, sorted(parts))
    asked = accumulate([0, 1, 1])
    with pytest.raises(Cancelled):
        play_bars(bars, changed(timeframe=Timeframe.M1), is_cancelled=lambda: next(asked) > 0)


def flat_bars(count):
    price = np.full(count, 100 * SCALE)
    return BarColumns(np.arange(count) * 60 * 10**9, price, price, price, price, price)


def test_the_equity_curve_is_thinned_and_keeps_its_end(job, tmp_path):
    file = tmp_path / "m.csv"
    rows = (f"{1_600_000_000 + 60 * i},10,11,9,{10 + i % 2},5\n" for i in range(12_001))
    file.write_text("ts,open,high,low,close,volume\n" + "".join(rows))
    job.catalog().import_file(str(file), symbol="M", timeframe=Timeframe.M1)
    result = job(changed(dataset_id="M", symbol="M", kind="buy_and_hold", parameters={}))
    curve = result["equity_curve"]
    assert len(curve) == 6_001
    assert curve[-1] == {"ts": result["data"]["end"], "equity": result["final_equity"]}


def test_the_tear_sheet_shows_the_run_and_loads_nothing(job):
    prepared = job.prepared(REQUEST)
    played = job.played(prepared)
    page = tear_sheet_of(played, prepared)
    assert page == tear_sheet_of(played, prepared)
    assert "174,289.814" in page
    assert page.count("<svg") >= 4
    assert page.count("<script>") == page.count("<script") == 1 and "src=" not in page
