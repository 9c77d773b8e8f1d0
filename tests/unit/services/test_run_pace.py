"""What is foretold of a run: its part of the data, at the speed that runs of its sort were seen to have."""

import msgspec
import pytest

from openbell.domain.run import BacktestRequest, Run
from openbell.domain.study import Axis, Search, Sweep
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Dataset
from openbell.services.run_pace import BARS_PER_SECOND_FIRST, START_UP_S, RunPace

ROWS = 1_000_000
REQUEST = BacktestRequest(kind="cross", dataset_id="D", symbol="S", initial_cash=1)
OTHER = msgspec.structs.replace(REQUEST, kind="other")
TEN_SETS = Sweep(search=Search(axes=(Axis("fast", tuple(range(10))),)))


class Shelf:
    """One dataset of a million bars over a million nanoseconds."""

    def dataset(self, wanted):
        return DATASET if wanted == "D" else None


DATASET = Dataset(
    dataset_id="D",
    symbol="S",
    kind="bars",
    timeframe=None,
    rows=ROWS,
    start_ns=0,
    end_ns=ROWS,
    source="",
    licence="",
    is_packaged=False,
    digest="",
)


@pytest.fixture
def pace():
    return RunPace(Shelf())


def run(request=REQUEST, *, seconds=4.0, progress=1.0):
    ended = round((10 + seconds) * NANOS_PER_SECOND)
    return Run(
        run_id="r",
        owner_id="o",
        strategy_id="s",
        request=request,
        created_ns=0,
        started_ns=10 * NANOS_PER_SECOND,
        completed_ns=ended,
        progress=progress,
    )


def seconds(pace, request=REQUEST, *, ahead=(), slots=1):
    """What is foretold, start-up apart."""
    return pace.estimate_ns(request, ahead=ahead, slots=slots) / NANOS_PER_SECOND - START_UP_S


def test_before_anything_was_measured_a_usual_speed_is_assumed(pace):
    assert seconds(pace) == pytest.approx(ROWS / BARS_PER_SECOND_FIRST)


def test_the_first_run_of_a_sort_sets_its_speed_and_no_other(pace):
    pace.learn(run(seconds=4))
    assert seconds(pace) == pytest.approx(4)
    assert seconds(pace, OTHER) == pytest.approx(ROWS / BARS_PER_SECOND_FIRST)


def test_of_two_runs_the_newer_counts_half(pace):
    pace.learn(run(seconds=4))  # 250,000 bars a second
    pace.learn(run(seconds=1))  # 1,000,000
    assert seconds(pace) == pytest.approx(ROWS / 625_000)
    pace.learn(run(seconds=1))
    assert seconds(pace) == pytest.approx(ROWS / 812_500)


@pytest.mark.parametrize("given", [{"completed_ns": None}, {"started_ns": None}, {"completed_ns": 10_050_000_000}])
def test_a_run_that_says_nothing_of_speed_changes_nothing(pace, given):
    pace.learn(msgspec.structs.replace(run(), **given))
    assert seconds(pace) == pytest.approx(ROWS / BARS_PER_SECOND_FIRST)


def test_a_run_over_data_that_is_gone_changes_nothing(pace):
    gone = msgspec.structs.replace(REQUEST, dataset_id="gone")
    pace.learn(run(gone, seconds=4))
    assert seconds(pace) == pytest.approx(ROWS / BARS_PER_SECOND_FIRST)
    assert seconds(pace, gone) == 0


def test_a_tenth_of_the_data_takes_a_tenth_and_ten_sets_ten_times(pace):
    pace.learn(run(seconds=4))
    part = msgspec.structs.replace(REQUEST, start_ns=ROWS // 2, end_ns=ROWS * 6 // 10)
    assert seconds(pace, part) == pytest.approx(0.4)
    studied = msgspec.structs.replace(REQUEST, study=TEN_SETS)
    assert seconds(pace, studied) == pytest.approx(10 * ROWS / BARS_PER_SECOND_FIRST)  # another sort
    pace.learn(run(studied, seconds=20))
    assert seconds(pace, studied) == pytest.approx(20)


def test_what_is_ahead_is_waited_for_as_far_as_it_is_not_done(pace):
    pace.learn(run(seconds=4))
    waiting = [run(progress=0.5), run(progress=0.0)]
    assert seconds(pace, ahead=waiting, slots=2) == pytest.approx((0.5 + 1.0) * (4 + START_UP_S) / 2 + 4)
    assert seconds(pace, ahead=waiting, slots=3) == pytest.approx(4)  # a place is free
