"""Adjusted views: exact for splits, and for splits and dividends what the publisher of the data gives."""

from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.catalog.adjusting import adjusted
from openbell.adapters.catalog.packaged import packaged_path
from openbell.domain.dataset import ActionKind, Adjustment, CorporateAction, InvalidAction
from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE
from openbell.ports import BarColumns

DAY = 86_400 * 10**9


def split(day, new, old=1):
    return CorporateAction(ex_date=date(1970, 1, day), kind=ActionKind.SPLIT, new_shares=new, old_shares=old)


def dividend(day, amount):
    return CorporateAction(ex_date=date(1970, 1, day), kind=ActionKind.DIVIDEND, amount=amount)


def closes(*prices):
    """Daily bars from 1970-01-01 that are one price each."""
    column = np.array(prices, np.int64)
    return BarColumns(np.arange(len(prices)) * DAY, column, column, column, column, np.full(len(prices), 100 * SCALE))


def test_a_split_divides_what_came_before_and_multiplies_its_volume():
    view = adjusted(closes(90 * SCALE, 100 * SCALE, 50 * SCALE), [split(3, 2)], Adjustment.SPLITS)
    assert view.close.tolist() == [45 * SCALE, 50 * SCALE, 50 * SCALE]
    assert view.volume.tolist() == [200 * SCALE, 200 * SCALE, 100 * SCALE]


def test_a_dividend_counts_only_when_all_is_adjusted():
    bars, actions = closes(100 * SCALE, 80 * SCALE, 79 * SCALE), [dividend(3, 4 * SCALE)]
    assert adjusted(bars, actions, Adjustment.SPLITS).close.tolist() == bars.close.tolist()
    view = adjusted(bars, actions, Adjustment.ALL)
    assert view.close.tolist() == [95 * SCALE, 76 * SCALE, 79 * SCALE]
    assert view.volume.tolist() == bars.volume.tolist()


def test_actions_outside_the_data_change_nothing():
    bars = closes(10, 20)
    assert adjusted(bars, [split(1, 2), split(3, 2)], Adjustment.ALL).close.tolist() == [10, 20]


@given(
    st.lists(st.integers(1, 2**50), min_size=3, max_size=12),
    st.lists(
        st.tuples(st.integers(2, 12), st.integers(1, 50), st.integers(1, 50)), max_size=4, unique_by=lambda s: s[0]
    ),
)
def test_splits_are_exact_fractions_rounded_half_up(prices, splits):
    actions = [split(day, new, old) for day, new, old in splits if new != old]
    view = adjusted(closes(*prices), actions, Adjustment.SPLITS)
    for place, price in enumerate(prices):
        factor = Fraction(1)
        for one in actions:
            if place + 1 < one.ex_date.day <= len(prices):
                factor *= Fraction(one.old_shares, one.new_shares)
        assert view.close[place] == max(1, (price * factor + Fraction(1, 2)).__floor__())


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT", "GOOG"])
def test_the_sample_data_adjusted_is_what_its_publisher_adjusted(symbol, catalog):
    dataset_id = f"{symbol}-1d"
    theirs = np.array(pq.read_table(packaged_path(dataset_id)).column("adj_close"))
    ours = catalog.bars(dataset_id, adjustment=Adjustment.ALL).close / SCALE
    # Theirs are relative to a later day, and rounded to cents: the shape is compared.
    ratio = ours / theirs
    assert np.allclose(ratio / ratio[-1], 1, atol=4e-3)
    raw = catalog.bars(dataset_id).close / SCALE / theirs
    assert symbol == "GOOG" or not np.allclose(raw / raw[-1], 1, atol=0.3)


def test_a_part_is_adjusted_for_what_happened_after_it(catalog):
    end = int(np.datetime64("2000-06-01", "ns").astype(np.int64))
    part = catalog.bars("AAPL-1d", end_ns=end, adjustment=Adjustment.SPLITS)
    assert (part.close * 4).tolist() == catalog.bars("AAPL-1d", end_ns=end).close.tolist()


def test_actions_are_kept_beside_their_dataset_and_go_with_it(import_csv, catalog):
    import_csv("2024-01-02,10,12,9,11,1000\n2024-01-03,5,6,5,6,900\n")
    before = catalog.version("X-1d", Adjustment.SPLITS)
    action = CorporateAction(ex_date=date(2024, 1, 3), kind=ActionKind.SPLIT, new_shares=2)
    catalog.set_actions("X-1d", [action])
    assert catalog.actions("X-1d") == [action]
    assert catalog.bars("X-1d", adjustment=Adjustment.SPLITS).open.tolist() == [5 * SCALE, 5 * SCALE]
    assert catalog.version("X-1d", Adjustment.SPLITS) != before
    assert catalog.version("X-1d", Adjustment.NONE) == catalog.dataset("X-1d").digest
    catalog.delete("X-1d")
    import_csv("2024-01-02,10,12,9,11,1000\n")
    assert catalog.actions("X-1d") == []


def test_a_longer_bar_is_made_of_adjusted_shorter_ones(import_csv, catalog):
    rows = "1704153600,10,12,9,11,10\n1704240000,5,6,5,6,20\n"
    import_csv(rows, timeframe=Timeframe.H1)
    catalog.set_actions("X-1h", [CorporateAction(ex_date=date(2024, 1, 3), kind=ActionKind.SPLIT, new_shares=2)])
    bars = catalog.bars("X-1h", timeframe=Timeframe.D1, adjustment=Adjustment.SPLITS)
    assert (bars.open.tolist(), bars.volume.tolist()) == ([5 * SCALE, 5 * SCALE], [20 * SCALE, 20 * SCALE])


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": ActionKind.SPLIT},
        {"kind": ActionKind.SPLIT, "new_shares": 0},
        {"kind": ActionKind.SPLIT, "new_shares": 2, "amount": 1},
        {"kind": ActionKind.DIVIDEND},
        {"kind": ActionKind.DIVIDEND, "amount": -1},
        {"kind": ActionKind.DIVIDEND, "amount": 1, "new_shares": 2},
    ],
)
def test_an_action_that_cannot_be_is_refused(fields):
    with pytest.raises(InvalidAction):
        CorporateAction(ex_date=date(2024, 1, 3), **fields)


def test_two_splits_of_one_day_are_refused(import_csv, catalog):
    import_csv("2024-01-02,10,12,9,11,1000\n")
    with pytest.raises(InvalidAction, match="same date"):
        catalog.set_actions("X-1d", [split(3, 2), split(3, 3)])
