"""When the server looks for garbage: seldom, and always in the end."""

import gc
import weakref

import pytest

from openbell.bootstrap.garbage import YOUNG, Sweep


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


def old_ring():
    """Give a look at something that held itself when it was gone through before."""
    ring = Ring()
    gc.collect()
    return weakref.ref(ring)


def test_what_was_added_is_gone_through_once_more(restored):
    sweep = Sweep(grown=2 * YOUNG, old_min=100 * YOUNG)
    sweep.begin()
    ring = Ring()
    look, kept = weakref.ref(ring), grow(2 * YOUNG)
    del ring
    assert look() is not None, "it was young, and is so no more"
    kept += grow(2 * YOUNG)
    sweep.look()
    assert look() is None
    assert len(kept) == 4 * YOUNG


def test_everything_is_gone_through_when_it_has_doubled(restored):
    sweep = Sweep(grown=YOUNG, old_min=3 * YOUNG)
    sweep.begin()
    look, kept = old_ring(), grow(2 * YOUNG)
    sweep.look()
    assert look() is not None
    kept += grow(3 * YOUNG)
    sweep.look()
    assert look() is None
    assert len(kept) == 5 * YOUNG


def test_nothing_is_gone_through_while_nothing_is_added(restored):
    sweep = Sweep(grown=100 * YOUNG)
    sweep.begin()
    look, kept = old_ring(), grow(YOUNG)
    sweep.look()
    assert look() is not None
    assert len(kept) == YOUNG
