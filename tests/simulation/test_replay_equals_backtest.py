"""A strategy on paper over a recording at full speed trades exactly like its backtest over the same recording."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.bootstrap import build, running
from openbell.bootstrap.research import shipped
from openbell.config import load
from openbell.domain.account import Mode
from openbell.domain.commands import CreateStrategy, OpenAccount, RunStrategy
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import SCALE, parse
from openbell.ports import OrderFilter
from openbell.runtime.jobs import BacktestJob

CASH = 100_000 * SCALE
PERPETUAL_TAKER = parse("0.0005")
PARAMETERS = {"fast": 10, "slow": 30, "quantity": "0.5"}


@pytest.fixture
def recording(tmp_path: Path, shared_data: Path) -> Path:
    """A data directory that holds the recorded minutes of the perpetual."""
    file = shared_data / "BTC-USD-PERP_1m_2022_01a.parquet"
    report = ParquetCatalog(str(tmp_path)).import_file(str(file), symbol="BTC-USD-PERP", timeframe=Timeframe.M1)
    assert report.dataset is not None, report.findings
    return tmp_path


def backtest(data_dir: Path):
    request = BacktestRequest(
        kind="sma_cross",
        parameters=PARAMETERS,
        dataset_id="BTC-USD-PERP-1m",
        symbol="BTC-USD-PERP",
        timeframe=Timeframe.M1,
        initial_cash=CASH,
        fee_rate=PERPETUAL_TAKER,
    )
    job = BacktestJob(
        catalog=partial(ParquetCatalog, str(data_dir)), kinds=partial(shipped, data_dir), instrument=instrument_of
    )
    return job.played(job.prepared(request))


async def on_paper(data_dir: Path):
    """Run the recording through the live engine, journal and all, and give its fills and its equity."""
    overrides = {
        "data_dir": data_dir,
        "feed": "replay",
        "replay_dataset": "BTC-USD-PERP-1m",
        "fill_profile": "ideal",
        "equity_mark_seconds": 3600,
    }
    system = build(load(environ={}, overrides=overrides))
    async with running(system):
        now = system.engine.now_ns()
        opened = OpenAccount(
            ts_ns=now, account_id="acc", owner_id="me", mode=Mode.PAPER, base_currency="USD", deposits={"USD": CASH}
        )
        config = StrategyConfig(
            strategy_id="cross",
            account_id="acc",
            owner_id="me",
            name="cross",
            kind="sma_cross",
            symbols=("BTC-USD-PERP",),
            parameters=PARAMETERS,
        )
        start = RunStrategy(ts_ns=now, account_id="acc", strategy_id="cross", state=RunState.RUNNING)
        for command in (opened, CreateStrategy(ts_ns=now, config=config), start):
            assert (await system.engine.submit(command)).refusal is None
        await asyncio.wait_for(system.replayed.wait(), timeout=100)
        page = await system.database.history.fills(OrderFilter(account_id="acc", limit=10_000))
        return list(reversed(page.rows)), system.views.equity("acc")


def told(fill):
    return fill.ts_ns, fill.side, fill.quantity, fill.price, fill.fee, fill.realized_pnl


async def test_paper_over_a_recording_equals_the_backtest(recording):
    played = backtest(recording)
    fills, equity = await on_paper(recording)
    assert len(fills) > 500
    assert [told(fill) for fill in fills] == [told(event.fill) for event in played.fills]
    assert equity == played.equity[-1]
