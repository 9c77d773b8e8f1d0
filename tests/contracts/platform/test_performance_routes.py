"""E4: performance over HTTP. Every metric with its known answer, benchmarks, dates, months and rolling figures."""

from decimal import Decimal

import empyrical
import numpy as np
import pytest

from openbell.domain.access import Role
from openbell.domain.values import SCALE
from performance_desk import BUY, finished, told, traded
from platform_floor import open_floor


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path, performance_cache_seconds=0) as floor:
        floor.price("AAPL", "150.23", "150.25")
        floor.price("MSFT", "399.99", "400.01")
        yield floor


@pytest.fixture
async def ada(floor):
    """A client who bought 100 AAPL at 150.25 with the mark at 150.24; now 155.80 each."""
    client = await floor.client()
    await traded(floor, client, BUY)
    floor.price("AAPL", "155.79", "155.81")
    return client


# ---------------------------------------------------------------- what is there


async def test_e4_performance_shows_equity_returns_drawdowns_and_a_summary(ada):
    answer = await told(ada, resolution="1m")
    data = answer["data"]
    last = data["equity_curve"][-1]
    assert last.keys() >= {"timestamp", "equity", "return_pct", "cumulative_return_pct", "drawdown_pct"}
    assert (data["starting_equity"], data["net_deposits"]) == ("100000.00", "0.00")
    assert Decimal(data["ending_equity"]) - 100_000 == Decimal(data["total_pnl"]) == Decimal(last["equity"]) - 100_000
    assert Decimal(data["summary"]["total_return"]) == pytest.approx(Decimal(data["total_pnl"]) / 1000)
    assert {"sharpe_ratio", "sortino_ratio", "max_drawdown"} <= data["summary"].keys()
    assert answer["meta"].keys() >= {"start", "end", "as_of", "currency", "days_per_year", "benchmark"}


async def test_e4_every_metric_says_what_it_is(ada):
    rows = (await told(ada, "/metrics", benchmark="AAPL-1d"))["data"]
    assert len(rows) == len({row["name"] for row in rows}) >= 70
    for row in rows:
        assert row.keys() >= {"name", "value", "unit", "formula", "annualisation", "source", "meaning"}
        assert all(row[key] for key in ("label", "unit", "formula", "annualisation", "source", "meaning"))
        assert row["value"] is None or isinstance(row["value"], int) or Decimal(row["value"]).is_finite()


async def test_e4_who_may_see_what(floor, ada):
    bob, admin = await floor.client("bob"), await floor.client("root", Role.ADMIN)
    run = await finished(ada)
    for path in ("", "/metrics", "/rolling", "/monthly", "/pnl", "/breakdown"):
        assert (await bob.get(f"/v1/performance{path}", params={"scope": "all"})).status_code == 403
        assert (await bob.get(f"/v1/performance{path}", params={"run_id": run["run_id"]})).status_code == 404
        assert (await admin.get(f"/v1/performance{path}", params={"scope": "all"})).status_code == 200
    del bob.headers["authorization"]
    assert (await bob.get("/v1/performance/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"benchmark": "NOTHING"}, "benchmark"),
        ({"symbol": "NOTHING"}, "symbol"),
        ({"start": "2026-01-02", "end": "2026-01-02"}, "end"),
        ({"mode": "MAYBE"}, "mode"),
    ],
)
async def test_e4_a_filter_that_fits_nothing_is_named(ada, query, field):
    answer = await ada.get("/v1/performance", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"].endswith(field)


async def test_e4_a_mode_or_period_without_trading_is_empty_and_not_an_error(ada):
    for query in ({"mode": "LIVE"}, {"mode": "BACKTEST", "strategy_id": "none"}, {"end": "2020-01-01"}):
        data = (await told(ada, **query))["data"]
        assert (data["equity_curve"], data["total_pnl"], data["summary"]["total_trades"]) == ([], "0.00", 0)
        assert data["summary"]["sharpe_ratio"] is None


# ---------------------------------------------------------------- known answers


async def test_e4_a_backtests_metrics_are_those_of_an_independent_library(floor, ada):
    run = await finished(ada)
    found = {row["name"]: row["value"] for row in (await told(ada, "/metrics", run_id=run["run_id"]))["data"]}
    equity = np.array([float(point["value"]) for point in run["equity_curve"]])
    returns = np.diff(equity) / equity[:-1]
    for name, value in {
        "total_return": 100 * empyrical.cum_returns_final(returns),
        "cagr": 100 * empyrical.annual_return(returns),
        "volatility": 100 * empyrical.annual_volatility(returns),
        "sharpe_ratio": empyrical.sharpe_ratio(returns),
        "sortino_ratio": empyrical.sortino_ratio(returns),
        "max_drawdown": 100 * empyrical.max_drawdown(returns),
        "calmar_ratio": empyrical.calmar_ratio(returns),
        "omega_ratio": empyrical.omega_ratio(returns),
        "tail_ratio": empyrical.tail_ratio(returns),
        "stability": empyrical.stability_of_timeseries(returns),
    }.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-9, abs=1e-9), name
    assert (found["total_trades"], found["total_fees"], found["win_rate"]) == (32, "3093.186", "0.5")


async def test_e4_a_benchmark_is_compared_day_by_day(floor, ada):
    run = await finished(ada)
    query = {"run_id": run["run_id"], "benchmark": "GOOG-1d"}
    found = {row["name"]: row["value"] for row in (await told(ada, "/metrics", **query))["data"]}
    equity = np.array([float(point["value"]) for point in run["equity_curve"]])
    closes = floor.system.services.runs._catalog.bars("GOOG-1d").close / SCALE
    ours, theirs = (np.diff(one) / one[:-1] for one in (equity, closes))
    alpha, beta = empyrical.alpha_beta(ours, theirs)
    assert float(found["beta"]) == pytest.approx(beta, rel=1e-9)
    assert float(found["alpha"]) == pytest.approx(100 * alpha, rel=1e-9)
    assert float(found["up_capture"]) == pytest.approx(empyrical.up_capture(ours, theirs), rel=1e-9)
    assert float(found["down_capture"]) == pytest.approx(empyrical.down_capture(ours, theirs), rel=1e-9)
    assert float(found["benchmark_return"]) == pytest.approx(100 * (closes[-1] / closes[0] - 1), rel=1e-9)
    curve = (await told(ada, **query))["data"]["equity_curve"]
    assert curve[-1]["benchmark_return_pct"] == found["benchmark_return"]


async def test_e4_spy_and_btc_are_understood_as_benchmarks(floor, ada):
    sources = [(await told(ada, benchmark=name))["meta"]["benchmark"] for name in ("SPY", "BTC", "BTC-USD", "AAPL-1d")]
    assert sources == ["market:SPY", "market:BTC/USD", "market:BTC/USD", "dataset:AAPL-1d"]


async def test_e4_dates_cut_a_record_out(floor, ada):
    run = await finished(ada)
    whole = (await told(ada, run_id=run["run_id"]))["data"]
    halves = [
        (await told(ada, run_id=run["run_id"], **part))["data"]
        for part in ({"end": "2009-01-01"}, {"start": "2009-01-01"})
    ]
    assert sum(Decimal(half["total_pnl"]) for half in halves) == Decimal(whole["total_pnl"])
    assert sum(half["summary"]["total_trades"] for half in halves) == whole["summary"]["total_trades"]
    growth = [1 + float(half["summary"]["total_return"]) / 100 for half in halves]
    assert growth[0] * growth[1] == pytest.approx(1 + float(whole["summary"]["total_return"]) / 100)


async def test_e4_months_compound_to_years_and_years_to_the_whole(floor, ada):
    run = await finished(ada)
    years = (await told(ada, "/monthly", run_id=run["run_id"]))["data"]
    whole = 1.0
    for year in years:
        months = [1 + float(month) / 100 for month in year["months"] if month is not None]
        assert np.prod(months) == pytest.approx(1 + float(year["total"]) / 100)
        whole *= 1 + float(year["total"]) / 100
    total = (await told(ada, run_id=run["run_id"]))["data"]["summary"]["total_return"]
    assert [years[0]["year"], years[-1]["year"]] == [2013, 2004]
    assert whole == pytest.approx(1 + float(total) / 100)


async def test_e4_rolling_figures_are_those_of_their_window(floor, ada):
    run = await finished(ada)
    query = {"run_id": run["run_id"], "window": 252, "benchmark": "GOOG-1d"}
    points = (await told(ada, "/rolling", **query))["data"]["points"]
    equity = np.array([float(point["value"]) for point in run["equity_curve"]])
    returns = np.diff(equity) / equity[:-1]
    assert len(points) == len(returns) - 251
    last = points[-1]
    assert float(last["sharpe_ratio"]) == pytest.approx(empyrical.sharpe_ratio(returns[-252:]), rel=1e-9)
    assert float(last["sortino_ratio"]) == pytest.approx(empyrical.sortino_ratio(returns[-252:]), rel=1e-9)
    assert float(last["volatility_pct"]) == pytest.approx(100 * empyrical.annual_volatility(returns[-252:]), rel=1e-9)
    closes = floor.system.services.runs._catalog.bars("GOOG-1d").close / SCALE
    theirs = np.diff(closes) / closes[:-1]
    assert float(last["beta"]) == pytest.approx(empyrical.beta(returns[-252:], theirs[-252:]), rel=1e-9)
