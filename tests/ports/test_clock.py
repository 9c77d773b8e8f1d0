"""ports.Clock: time does not go back."""

import time

import pytest

from openbell.adapters.clock import ManualClock, SystemClock

HOUR_NS = 3_600_000_000_000


class Machine:
    """A wall clock and a steady one, as somebody sets them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_ns = 100 * HOUR_NS
        self.steady_ns = 5 * HOUR_NS
        monkeypatch.setattr(time, "time_ns", lambda: self.wall_ns)
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.steady_ns)

    def pass_time(self, by_ns: int) -> None:
        self.wall_ns += by_ns
        self.steady_ns += by_ns


def test_after_the_wall_clock_is_set_back_time_goes_on(monkeypatch):
    machine = Machine(monkeypatch)
    clock = SystemClock()
    before = clock.now_ns()
    machine.wall_ns -= 2 * HOUR_NS
    machine.pass_time(7)
    assert clock.now_ns() == before + 7


def test_when_the_wall_clock_is_set_forward_time_follows(monkeypatch):
    machine = Machine(monkeypatch)
    clock = SystemClock()
    machine.wall_ns += 400 * 24 * HOUR_NS
    assert clock.now_ns() == machine.wall_ns


def test_the_system_clock_is_this_machines_time():
    now = SystemClock().now_ns()
    assert abs(now - time.time_ns()) < 1_000_000_000


def test_a_manual_clock_stands_still_and_only_goes_forward():
    clock = ManualClock(10)
    clock.advance(5)
    assert clock.now_ns() == clock.now_ns() == 15
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(14)
