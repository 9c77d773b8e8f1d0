"""What a validation sees between bars: holes by the exchange's calendar, spikes, jumps and suspected splits."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.neighbours import Neighbours
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE
from openbell.ports import ImportRequest

DAY = 86_400 * 10**9
MINUTE = 60 * 10**9


def survey(bars, *, timeframe=Timeframe.D1, calendar="24/7"):
    """Look through (time, close) pairs, numbered from 1."""
    seen = Neighbours(Findings(), timeframe=timeframe, calendar_name=calendar)
    for line, (ts, close) in enumerate(bars, start=1):
        seen.take(line, (ts, close, close, close, close, 1))
    return seen.survey()


def told(found):
    return [(one.line, one.code.value) for one in found.findings]


def daily(closes):
    return [(day * DAY, close * SCALE) for day, close in enumerate(closes)]


def test_thirteen_years_of_a_real_exchange_have_no_hole(catalog):
    for dataset_id in ("AAPL-1d", "MSFT-1d", "GOOG-1d"):
        coverage = catalog.survey(dataset_id).coverage
        assert (coverage.missing, coverage.gaps, coverage.calendar_name) == (0, [], "XNYS")


def test_a_day_taken_out_of_a_real_series_is_the_one_hole(catalog):
    times = np.delete(catalog.bars("GOOG-1d").ts_ns, 700)
    [gap] = survey([(int(ts), SCALE) for ts in times], calendar="XNYS").coverage.gaps
    assert (gap.after_ns, gap.before_ns, gap.missing) == (times[699], times[700], 1)


def test_a_night_is_no_hole_for_an_exchange_and_one_for_a_market_that_never_sleeps():
    opens = int(np.datetime64("2024-01-03T14:30", "ns").astype(np.int64))
    session = [(opens + minute * MINUTE, SCALE) for minute in range(390)]
    bars = session + [(ts + DAY, price) for ts, price in session]
    assert survey(bars, timeframe=Timeframe.M1, calendar="XNYS").coverage.missing == 0
    assert survey(bars, timeframe=Timeframe.M1, calendar="24/7").coverage.missing == 1440 - 390
    del bars[100:130]
    assert survey(bars, timeframe=Timeframe.M1, calendar="XNYS").coverage.missing == 30


def test_a_bar_on_a_holiday_is_told_of():
    bars = [(int(np.datetime64(f"2024-07-0{day}", "ns").astype(np.int64)), SCALE) for day in (3, 4, 5)]
    assert told(survey(bars, calendar="XNYS")) == [(2, "off_calendar")]


def test_a_price_that_goes_away_and_comes_back_is_a_spike_and_not_two_jumps():
    assert told(survey(daily([100, 101, 180, 102, 101]))) == [(3, "spike")]


def test_a_price_that_stays_away_is_a_jump_or_a_split():
    assert told(survey(daily([100, 48, 49, 50]))) == [(2, "split_suspected")]
    assert told(survey(daily([100, 160, 161, 162]))) == [(2, "jump")]
    assert told(survey(daily([100, 101, 160]))) == [(3, "jump")]


def test_a_calm_series_gives_no_findings():
    assert survey(daily([100, 104, 98, 101, 120, 125])).findings == []


@given(st.sets(st.integers(0, 3_000), min_size=2, max_size=60))
def test_polars_counts_the_same_missing_minutes(places):
    bars = [(place * MINUTE, SCALE) for place in sorted(places)]
    times = pl.Series([ts for ts, _ in bars])
    expected = int((times.diff().drop_nulls() // MINUTE - 1).sum())
    found = survey(bars, timeframe=Timeframe.M1)
    assert found.coverage.missing == expected
    assert found.counts.get("gap", 0) == int((times.diff().drop_nulls() > MINUTE).sum())


@given(st.sets(st.integers(0, 900), min_size=2, max_size=400))
def test_days_missing_by_the_exchange_are_those_its_calendar_has_and_the_series_not(places):
    from_calendar = exchange_days()
    days = sorted({from_calendar[place % len(from_calendar)] for place in places})
    bars = [((day - date(1970, 1, 1)).days * DAY, SCALE) for day in days]
    between = [day for day in from_calendar if days[0] <= day <= days[-1]]
    assert survey(bars, calendar="XNYS").coverage.missing == len(between) - len(days)


def exchange_days():
    """Days of the New York exchange over some years, from the sample data instead of from our calendar."""
    times = ParquetCatalog("unused").bars("MSFT-1d").ts_ns[:900]
    return [date(1970, 1, 1) + timedelta(days=int(ts // DAY)) for ts in times]


def test_what_was_seen_is_kept_with_the_dataset(import_csv, catalog, tmp_path):
    report = import_csv("2024-01-02,10,12,9,11,1000\n2024-01-04,11,13,10,12.5,900\n")
    kept = ParquetCatalog(str(tmp_path / "data")).survey("X-1d")
    assert kept == report.survey
    assert (kept.warnings, kept.counts, kept.coverage.missing) == (1, {"gap": 1}, 1)
    assert (kept.coverage.rows, kept.coverage.calendar_name) == (2, "XNYS")


def test_a_file_can_be_checked_without_being_kept(tmp_path, catalog):
    file = tmp_path / "f.csv"
    file.write_text("ts,open,high,low,close\n2024-01-02,10,12,9,11\n2024-01-06,10,12,9,11\n")
    wanted = ImportRequest(symbol="X", timeframe=Timeframe.D1, is_kept=False, calendar_name="24/7")
    report = catalog.admit(str(file), wanted)
    assert (report.dataset, report.errors, report.survey.coverage.missing) == (None, 0, 3)
    assert catalog.dataset("X") is None


def test_an_unknown_calendar_is_refused(tmp_path, catalog):
    wanted = ImportRequest(symbol="X", timeframe=Timeframe.D1, calendar_name="XLON")
    with pytest.raises(ValueError, match="unknown calendar"):
        catalog.admit(str(tmp_path / "f.csv"), wanted)
