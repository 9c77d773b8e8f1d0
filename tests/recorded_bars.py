"""Every dataset at hand that bars can be made of: the packaged ones, and the shared recordings that do not ship."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openbell.adapters.catalog.packaged import packaged_bars
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.ports import BarColumns

PACKAGED = ("AAPL-1d", "GOOG-1d", "MSFT-1d")
MINUTES_MAX = 5_000
"""Minutes of the perpetual that are played, of 24,539: libraries that go bar by bar need a minute for all."""
COMPANIES = ("AAPL", "AMZN", "GE", "GOOG", "JPM", "META", "PFE", "WMT", "XOM")
"""Adjusted closes over fifteen years."""
DAYS_MAX = 2_000
"""Latest days of each company that are played, of 3,752 at most."""


def minutes(folder: Path) -> BarColumns:
    """Bars of a minute of a perpetual."""
    table = pq.read_table(folder / "BTC-USD-PERP_1m_2022_01a.parquet").slice(0, MINUTES_MAX)
    names = ("open", "high", "low", "close", "volume")
    return BarColumns(_nanos(table["ts"].to_numpy()), *(_steps(table[name].to_numpy()) for name in names))


def closes_of_an_index(folder: Path) -> BarColumns:
    """Adjusted closes of an index fund from 1993 on."""
    return _of_closes(pq.read_table(folder / "SPY_1d_adjclose_1993_2019.parquet"))


def closes_of(company: str) -> Callable[[Path], BarColumns]:
    """Adjusted closes of one company."""

    def read(folder: Path) -> BarColumns:
        table = pq.read_table(folder / "US9_1d_adjclose_2010_2024.parquet")
        of_one = table.filter(pc.equal(table["symbol"], company))
        return _of_closes(of_one.slice(max(0, of_one.num_rows - DAYS_MAX)))

    return read


def seconds_of_trades(folder: Path) -> BarColumns:
    """Bars of a second made of six minutes of trades; a second without one has no bar."""
    table = pq.read_table(folder / "BTCUSDT_trades_binance_2024_08_08.parquet")
    seconds = _nanos(table["ts"].to_numpy()) // NANOS_PER_SECOND
    prices, sizes = (_steps(table[name].cast("float64").to_numpy()) for name in ("price", "size"))
    firsts = np.flatnonzero(np.concatenate(([True], seconds[1:] != seconds[:-1])))
    lasts = np.append(firsts[1:], len(seconds)) - 1
    highs, lows = (way.reduceat(prices, firsts) for way in (np.maximum, np.minimum))
    volumes = np.add.reduceat(sizes, firsts)
    return BarColumns(seconds[firsts] * NANOS_PER_SECOND, prices[firsts], highs, lows, prices[lasts], volumes)


SHARED: dict[str, Callable[[Path], BarColumns]] = {
    "BTC-USD-PERP-1m": minutes,
    "SPY-1d": closes_of_an_index,
    **{f"{company}-1d-adjusted": closes_of(company) for company in COMPANIES},
    "BTCUSDT-1s": seconds_of_trades,
}


def recorded_bars(name: str, folder: Path) -> BarColumns:
    """Give the bars of a dataset by its name here; `folder` holds the shared recordings."""
    return packaged_bars(name) if name in PACKAGED else SHARED[name](folder)


def _of_closes(table) -> BarColumns:
    """Bars that open where the one before closed, from the second close on."""
    closes = _steps(table["close_adj"].to_numpy())
    times = _nanos(np.array(table["ts"].to_pylist(), dtype="datetime64[ns]"))
    opens, ends = closes[:-1], closes[1:]
    volumes = np.full(len(ends), SCALE)
    return BarColumns(times[1:], opens, np.maximum(opens, ends), np.minimum(opens, ends), ends, volumes)


def _nanos(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[ns]").astype(np.int64)


def _steps(values: np.ndarray) -> np.ndarray:
    return np.rint(values * SCALE).astype(np.int64)
