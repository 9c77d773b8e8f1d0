"""The dead man's switch in the core: what it takes for a deadline, and when that has passed."""

import pytest

from openbell.domain.commands import SetDeadMan
from openbell.domain.events import DeadManFired, DeadManSet
from openbell.domain.values import NANOS_PER_SECOND


def arm(bench, timeout_s, account_id="acc"):
    return bench.step(SetDeadMan(ts_ns=bench.now_ns, account_id=account_id, timeout_s=timeout_s))


@pytest.mark.parametrize(("timeout_s", "is_taken"), [(4, False), (5, True), (300, True), (301, False), (-1, False)])
def test_a_deadline_lies_from_five_seconds_to_five_minutes_ahead(bench, timeout_s, is_taken):
    step = arm(bench, timeout_s)
    assert (step.refusal is None) == is_taken
    assert bench.state.dead_men.get("acc") == (bench.now_ns + timeout_s * NANOS_PER_SECOND if is_taken else None)


def test_nobody_has_no_deadline(bench):
    assert arm(bench, 10, account_id="nobody").refusal.code == "UNKNOWN_ACCOUNT"


def test_it_fires_at_its_deadline_and_once(bench):
    resting = bench.placed(limit="140")
    arm(bench, 10)
    bench.wait(9.5)
    assert not bench.events(DeadManFired)
    bench.wait(0.5)
    assert len(bench.events(DeadManFired)) == 1
    bench.wait(60)
    assert len(bench.events(DeadManFired)) == 1 and bench.alerts() == ["DEAD_MAN_FIRED"]
    assert resting.status == "PENDING_CANCEL"


def test_a_deadline_by_a_clock_that_was_days_ahead_does_not_wait_for_those_days(bench):
    resting, right_ns = bench.placed(limit="140"), bench.now_ns
    bench.now_ns += 3 * 86_400 * NANOS_PER_SECOND
    arm(bench, 300)
    bench.now_ns = right_ns
    bench.wait(1)
    assert (len(bench.events(DeadManFired)), resting.status) == (1, "PENDING_CANCEL")


def test_taking_back_ends_it_and_what_is_not_set_is_not_taken_back(bench):
    assert arm(bench, 0).records == []
    arm(bench, 10)
    assert arm(bench, 0).refusal is None and not bench.state.dead_men
    bench.wait(60)
    assert len(bench.events(DeadManSet)) == 2 and not bench.events(DeadManFired)
