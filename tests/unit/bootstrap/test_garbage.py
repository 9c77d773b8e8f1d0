"""When the server looks for garbage: seldom, and always in the end."""

import gc
import resource
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from openbell.bootstrap.garbage import ALL_S, CROWD, CROWD_S, SHARE, YOUNG, Sweep


class Ring:
    """Something that holds itself: only the collector takes it away."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def restored():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def grow(count):
    """Make objects that stay."""
    return [[] for _ in range(count)]


def resident_kb():
    """Count the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def old_ring():
    """Give a look at something that held itself when it was gone through before."""
    ring = Ring()
    gc.collect()
    return weakref.ref(ring)


class Clock:
    """Time as a test tells it, and so much of it gone with each asking."""

    def __init__(self):
        self.now, self.step = 0.0, 0.0

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_what_was_added_is_gone_through_once_more(restored, clock):
    sweep = Sweep(grown=2 * YOUNG, clock=clock)
    sweep.begin()
    ring = Ring()
    look, kept = weakref.ref(ring), grow(2 * YOUNG)
    del ring
    assert look() is not None, "it was young, and is so no more"
    kept += grow(2 * YOUNG)
    sweep.look()
    assert look() is None
    assert len(kept) == 4 * YOUNG


def test_everything_is_gone_through_after_a_minute(restored, clock):
    sweep = Sweep(grown=100 * YOUNG, clock=clock)
    sweep.begin()
    look, kept = old_ring(), grow(2 * YOUNG)
    clock.now = ALL_S - 0.1
    sweep.look()
    assert look() is not None
    clock.now = ALL_S
    sweep.look()
    assert look() is None
    look, more = old_ring(), grow(2 * YOUNG)
    clock.now = 2 * ALL_S - 0.1
    sweep.look()
    assert look() is not None, "the next time is a minute later"
    clock.now = 2 * ALL_S
    sweep.look()
    assert look() is None
    assert len(kept) == len(more) == 2 * YOUNG


def test_what_takes_long_is_done_seldom(restored, clock):
    sweep = Sweep(grown=100 * YOUNG, clock=clock)
    sweep.begin()
    kept = grow(2 * YOUNG)
    clock.now, clock.step = ALL_S, 0.5
    sweep.look()
    look, more, clock.step = old_ring(), grow(2 * YOUNG), 0.0
    clock.now = ALL_S + 0.5 + SHARE * 0.5 - 1
    sweep.look()
    assert look() is not None
    clock.now += 2
    sweep.look()
    assert look() is None
    assert len(kept) == len(more) == 2 * YOUNG


def test_a_crowd_is_let_in_first_for_ten_minutes_at_most(restored, clock):
    sweep = Sweep(grown=100 * YOUNG, clock=clock)
    sweep.begin()
    look, crowd = old_ring(), grow((CROWD + 1) * YOUNG)
    clock.now = ALL_S
    sweep.look()
    assert look() is not None
    crowd += grow((CROWD + 1) * YOUNG)
    clock.now = ALL_S + CROWD_S
    sweep.look()
    assert look() is None
    assert len(crowd) == 2 * (CROWD + 1) * YOUNG


@pytest.mark.skipif(sys.platform != "linux", reason="only there is free memory handed back when told to")
def test_what_a_busy_moment_took_goes_back_to_the_system(restored, clock):
    sweep = Sweep(grown=100 * YOUNG, clock=clock)
    sweep.begin()
    taken = [bytes(2_000) for _ in range(30_000)]
    kept, most = taken[::100], resident_kb()
    taken.clear()
    more = grow(2 * YOUNG)
    assert resident_kb() > most - 20_000, "what is kept holds on to what is free in between"
    clock.now = ALL_S
    sweep.look()
    assert resident_kb() < most - 30_000
    assert len(kept) + len(more) > 0


LARGE_PIECES = """
import resource, sys
from pathlib import Path
from openbell.bootstrap.garbage import LARGE_BYTES, Sweep

if sys.argv[1] == "begun":
    Sweep().begin()
b"x" * (16 * LARGE_BYTES)
kept, pieces = [], []
for _ in range(10):
    pieces.append(b"x" * (4 * LARGE_BYTES))
    kept.append(b"x" * (LARGE_BYTES // 8))
pieces.clear()
print(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // LARGE_BYTES)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there can it be told")
def test_large_pieces_of_memory_leave_no_holes():
    held = {}
    for name in ("begun", "as it is"):
        command = [sys.executable, "-c", LARGE_PIECES, name]
        held[name] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert held["begun"] < held["as it is"] - 30


def test_nothing_is_gone_through_while_nothing_is_added(restored, clock):
    sweep = Sweep(grown=100 * YOUNG, clock=clock)
    sweep.begin()
    look = old_ring()
    clock.now = 10 * CROWD_S
    sweep.look()
    assert look() is not None
