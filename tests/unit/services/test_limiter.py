"""The limiter counts exactly, on a clock nobody can set, and forgets next to nothing when it is killed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import MemoryQuotas, SteppedClock
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import KeptBucket
from openbell.services import limiter as limits_in_memory
from openbell.services.kept_limiter import UNKEPT_SHARE, KeptLimiter
from openbell.services.limiter import BUCKETS_MAX, Limit, Limiter

TEN = Limit(10, 60)
HUNDRED = Limit(100, 60)


@pytest.fixture
def clock():
    return SteppedClock(0)


@pytest.fixture
def limiter(clock):
    return Limiter(monotonic_ns=clock.now_ns)


def take(limiter, count, key="ada", limit=TEN):
    return [limiter.count("reads", key, limit) for _ in range(count)]


def test_all_requests_of_a_period_may_come_at_once(limiter):
    assert [v.is_allowed for v in take(limiter, 12)] == [True] * 10 + [False] * 2
    assert [v.remaining for v in take(limiter, 1, key="bob")] == [9]


def test_a_request_comes_back_when_one_is_a_period_old(limiter, clock):
    for _ in range(10):
        take(limiter, 1)
        clock.step(1)
    assert [v.is_allowed for v in take(limiter, 1)] == [False]
    clock.step(50)
    for _ in range(10):
        assert [v.is_allowed for v in take(limiter, 2)] == [True, False]
        clock.step(1)


def test_the_wait_it_tells_is_just_enough(limiter, clock):
    take(limiter, 10)
    clock.step(2.5)
    (refused,) = take(limiter, 1)
    assert (refused.retry_after_s, refused.reset_s, refused.remaining) == (58, 58, 0)
    clock.step(57)
    assert not take(limiter, 1)[0].is_allowed
    clock.step(1)
    assert take(limiter, 1)[0].is_allowed


def test_a_nanosecond_too_early_is_too_early(limiter, clock):
    assert {v.retry_after_s for v in take(limiter, 10)} == {0}
    clock.now += 60 * NANOS_PER_SECOND - 1
    (refused,) = take(limiter, 1)
    assert (refused.is_allowed, refused.retry_after_s, refused.reset_s) == (False, 1, 1)
    clock.now += 1
    assert take(limiter, 1)[0].is_allowed


def test_a_refused_request_costs_nothing(limiter, clock):
    take(limiter, 1_000)
    clock.step(60)
    assert sum(v.is_allowed for v in take(limiter, 20)) == 10


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 30)), max_size=40), st.integers(1, 40))
def test_no_stretch_of_a_period_ever_sees_more_than_the_limit(steps, requests):
    clock = SteppedClock(0)
    limiter, limit, passed = Limiter(monotonic_ns=clock.now_ns), Limit(requests, 60), []
    for seconds, count in steps:
        clock.step(seconds)
        passed += [clock.now for v in take(limiter, count, limit=limit) if v.is_allowed]
    for start in passed:
        assert sum(start <= at < start + 60 * NANOS_PER_SECOND for at in passed) <= requests


def test_a_lower_limit_counts_what_passed_under_a_higher_one(limiter, clock):
    take(limiter, 50, limit=HUNDRED)
    assert not take(limiter, 1)[0].is_allowed
    clock.step(60)
    assert take(limiter, 1)[0].is_allowed


def test_memory_is_bounded_and_the_busiest_are_remembered(limiter):
    take(limiter, 10, key="busy")
    for number in range(BUCKETS_MAX - 1):
        limiter.count("reads", str(number), TEN)
    assert len(limiter.changed(0)) == BUCKETS_MAX
    limiter.not_kept()
    limiter.count("reads", "one more", TEN)
    assert len(limiter.changed(0)) <= BUCKETS_MAX
    assert not take(limiter, 1, key="busy")[0].is_allowed


def remembered(limiter, keys):
    """Which of these have something counted."""
    return [key for key in keys if limiter.unkept("reads", key)]


@pytest.fixture
def room_for_ten(monkeypatch):
    """Memory for ten buckets, or for twenty requests."""
    monkeypatch.setattr(limits_in_memory, "BUCKETS_MAX", 10)
    monkeypatch.setattr(limits_in_memory, "TIMES_MAX", 20)


@pytest.mark.usefixtures("room_for_ten")
def test_a_tenth_of_the_buckets_makes_room_for_the_next_and_no_more(limiter):
    for key in "abcdefghij":
        take(limiter, 1, key=key)
    assert remembered(limiter, "abcdefghij") == [*"abcdefghij"]
    take(limiter, 1, key="k")
    assert remembered(limiter, "abcdefghijk") == [*"bcdefghijk"]


@pytest.mark.usefixtures("room_for_ten")
def test_a_tenth_of_the_requests_makes_room_for_the_next_and_no_more(limiter):
    for key, count in zip("abcde", (1, 1, 1, 1, 15), strict=True):
        take(limiter, count, key=key, limit=HUNDRED)
    take(limiter, 1, key="f")
    assert remembered(limiter, "abcdef") == [*"abcdef"], "nineteen are remembered"
    take(limiter, 1, key="g")
    assert remembered(limiter, "abcdefg") == [*"cdefg"], "eighteen may stay"


@pytest.mark.usefixtures("room_for_ten")
def test_what_came_and_went_is_counted_out_again(limiter, clock):
    take(limiter, 10, key="a")
    clock.step(60)
    take(limiter, 10, key="a")
    for _ in range(2):
        limiter.give_back("reads", "a")
    take(limiter, 2, key="a")
    take(limiter, 9, key="b")
    for key in "cd":
        take(limiter, 1, key=key)
    assert remembered(limiter, "abcd") == [*"ad"], "of twenty requests eighteen at most may stay"


@pytest.mark.usefixtures("room_for_ten")
def test_what_is_over_makes_room_before_anything_that_counts(limiter, clock):
    clock.step(1)
    begun = clock.now
    limiter.restore([KeptBucket("reads:long", (begun,) * 17, begun + 60 * NANOS_PER_SECOND)], begun)
    take(limiter, 1, key="short")
    clock.step(59)
    for key in "ab":
        take(limiter, 1, key=key)
    clock.step(1)
    take(limiter, 1, key="c")
    assert remembered(limiter, ("short", "a", "b", "c")) == ["a", "b", "c"]
    take(limiter, 17, key="b", limit=HUNDRED)
    take(limiter, 1, key="d")
    assert remembered(limiter, "abcd") == [*"bd"], "as many as are remembered are counted"


# ------------------------------------------------------------ kept


def kept_limiter(clock, store):
    return KeptLimiter(Limiter(monotonic_ns=clock.now_ns), store=store, clock=clock)


async def killed_and_started(clock, store):
    """A new limiter over what the store had when the old one was killed."""
    after = kept_limiter(clock, store)
    await after.restore()
    return after


async def passed(limits, tries, limit):
    return sum([(await limits.take("orders", "ada", limit)).is_allowed for _ in range(tries)])


@pytest.mark.parametrize("tries", [1, 5, 9, 10, 11, 55, 100])
@pytest.mark.parametrize("limit", [Limit(5), TEN, HUNDRED])
async def test_a_kill_gives_back_at_most_a_tenth_of_a_limit(clock, limit, tries):
    store = MemoryQuotas()
    before = await passed(kept_limiter(clock, store), tries, limit)
    after = await passed(await killed_and_started(clock, store), 200, limit)
    assert limit.requests <= before + after <= limit.requests + limit.requests // UNKEPT_SHARE


async def test_many_at_once_are_no_exception(clock):
    store = MemoryQuotas()
    limits = kept_limiter(clock, store)
    verdicts = await asyncio.gather(*(limits.take("orders", "ada", HUNDRED) for _ in range(50)))
    assert sum(v.is_allowed for v in verdicts) == 50
    assert await passed(await killed_and_started(clock, store), 200, HUNDRED) <= 60
    assert store.saves < 20, "those who wait share a write"


async def test_a_stop_in_order_gives_nothing_back(clock):
    store = MemoryQuotas()
    limits = kept_limiter(clock, store)
    await passed(limits, 7, HUNDRED)
    await limits.keep()
    assert await passed(await killed_and_started(clock, store), 200, HUNDRED) == 93


async def test_time_spent_switched_off_counts(clock):
    store = MemoryQuotas()
    await passed(kept_limiter(clock, store), 10, TEN)
    clock.step(60)
    assert await passed(await killed_and_started(clock, store), 20, TEN) == 10


async def test_a_request_comes_back_a_period_after_it_passed_whatever_was_between(clock):
    store = MemoryQuotas()
    await passed(kept_limiter(clock, store), 10, TEN)
    clock.step(59)
    after = await killed_and_started(clock, store)
    assert await passed(after, 1, TEN) == 0
    clock.step(1)
    assert await passed(after, 20, TEN) == 10


async def test_what_was_counted_before_a_restart_is_not_forgotten_for_room(clock):
    store = MemoryQuotas()
    await passed(kept_limiter(clock, store), 10, TEN)
    after = Limiter(monotonic_ns=clock.now_ns)
    after.restore(await store.load(now_ns=clock.now), clock.now)
    for number in range(BUCKETS_MAX):
        after.count("reads", str(number), TEN)
    assert not after.count("orders", "ada", TEN).is_allowed


async def test_the_machine_may_have_been_started_anew_between(clock):
    store, up = MemoryQuotas(), SteppedClock(5_000 * NANOS_PER_SECOND)
    before = KeptLimiter(Limiter(monotonic_ns=up.now_ns), store=store, clock=clock)
    await passed(before, 10, TEN)
    clock.step(59)
    after = KeptLimiter(Limiter(monotonic_ns=lambda: 7), store=store, clock=clock)
    await after.restore()
    assert await passed(after, 1, TEN) == 0
    (kept,) = store.by_name.values()
    assert kept.times == (clock.now - 59 * NANOS_PER_SECOND,) * 10
    assert kept.expires_ns == clock.now + NANOS_PER_SECOND


async def test_a_clock_set_back_during_a_restart_revives_nothing(clock):
    clock.step(7_200)
    store = MemoryQuotas()
    await passed(kept_limiter(clock, store), 10, TEN)
    clock.now -= 3_600 * NANOS_PER_SECOND
    after = await killed_and_started(clock, store)
    clock.now += 60 * NANOS_PER_SECOND - 1
    assert await passed(after, 20, TEN) == 0
    clock.now += 1
    assert await passed(after, 20, TEN) == 10, "and locks nobody out for longer than a period"


async def test_while_the_store_is_down_limits_hold_and_are_written_later(clock):
    store = MemoryQuotas()
    limits = kept_limiter(clock, store)
    store.is_down = True
    assert await passed(limits, 20, TEN) == 10
    store.is_down = False
    await limits.keep()
    assert await passed(await killed_and_started(clock, store), 20, TEN) == 0


async def test_counting_at_once_leaves_no_more_unwritten_than_counting_with_a_wait(clock):
    limits = kept_limiter(clock, MemoryQuotas())
    at_once = [limits.take_now("orders", "ada", HUNDRED) is not None for _ in range(100)]
    assert at_once.count(True) == HUNDRED.requests // UNKEPT_SHARE and at_once == sorted(at_once, reverse=True)
    assert await passed(limits, 100, HUNDRED) == HUNDRED.requests - at_once.count(True)


def test_only_what_nobody_has_kept_yet_is_given_back(limiter):
    limiter.give_back("reads", "ada")
    take(limiter, 3)
    limiter.give_back("reads", "ada")
    assert (limiter.unkept("reads", "ada"), take(limiter, 1)[0].remaining) == (2, 7)
    limiter.give_back("reads", "nobody")
    limiter.changed(0)
    limiter.kept()
    limiter.give_back("reads", "ada")
    assert (limiter.unkept("reads", "ada"), take(limiter, 1)[0].remaining) == (0, 6)


def test_what_does_not_pass_at_once_is_not_counted(limiter, clock):
    assert [limiter.take_now("reads", "ada", TEN) is not None for _ in range(12)] == [True] * 10 + [False] * 2
    clock.step(60)
    assert take(limiter, 1)[0].remaining == 9
