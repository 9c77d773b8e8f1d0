"""The limiter counts exactly, on a clock nobody can set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import SteppedClock
from openbell.domain.access import Role
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.quota import BUCKETS_MAX, DEFAULT_RULES, Limit, Limiter, NoQuota, Quota, Rule

TEN = Limit(10, 60)


@pytest.fixture
def clock():
    return SteppedClock(0)


@pytest.fixture
def limiter(clock):
    return Limiter(monotonic_ns=clock.now_ns)


def take(limiter, count, key="ada", limit=TEN):
    return [limiter.take("reads", key, limit) for _ in range(count)]


def test_all_requests_of_a_period_may_come_at_once(limiter):
    assert [v.is_allowed for v in take(limiter, 12)] == [True] * 10 + [False] * 2
    assert [v.remaining for v in take(limiter, 1, key="bob")] == [9]


def test_one_request_comes_back_every_tenth_of_the_period(limiter, clock):
    take(limiter, 10)
    for _ in range(5):
        clock.step(6)
        assert [v.is_allowed for v in take(limiter, 2)] == [True, False]


def test_the_wait_it_tells_is_just_enough(limiter, clock):
    take(limiter, 10)
    clock.step(2.5)
    (refused,) = take(limiter, 1)
    assert (refused.retry_after_s, refused.reset_s, refused.remaining) == (4, 58, 0)
    clock.step(refused.retry_after_s)
    assert take(limiter, 1)[0].is_allowed


def test_a_refused_request_costs_nothing(limiter, clock):
    take(limiter, 1_000)
    clock.step(60)
    assert sum(v.is_allowed for v in take(limiter, 20)) == 10


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 30)), max_size=30), st.integers(1, 100))
def test_never_more_than_the_burst_and_what_came_back(steps, requests):
    clock = SteppedClock(0)
    limiter, limit, passed = Limiter(monotonic_ns=clock.now_ns), Limit(requests, 60), 0
    for seconds, count in steps:
        clock.step(seconds)
        passed += sum(v.is_allowed for v in take(limiter, count, limit=limit))
    assert passed <= requests + clock.now * requests // (60 * NANOS_PER_SECOND) + 1


@pytest.mark.line("E8")
def test_buckets_survive_a_restart_by_the_wall_clock(limiter, clock):
    take(limiter, 10)
    kept = limiter.dump(now_ns=1_000 * NANOS_PER_SECOND)
    after = Limiter(monotonic_ns=clock.now_ns)
    after.restore(kept, now_ns=1_006 * NANOS_PER_SECOND)
    assert [v.is_allowed for v in take(after, 2)] == [True, False]


def test_full_buckets_are_not_kept(limiter, clock):
    take(limiter, 1)
    clock.step(60)
    assert limiter.dump(now_ns=0) == {}


def test_memory_is_bounded_and_the_busiest_are_remembered(limiter):
    take(limiter, 10, key="busy")
    for number in range(BUCKETS_MAX + 1):
        limiter.take("reads", str(number), TEN)
    assert len(limiter.dump(now_ns=0)) <= BUCKETS_MAX
    assert not take(limiter, 1, key="busy")[0].is_allowed


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/v1/strategies", 100),
        ("GET", "/v1/orders/x", 100),
        ("GET", "/v1/controls/kill-switch", None),
        ("POST", "/v1/controls/kill-switch", None),
        ("POST", "/v1/controls/mode-transition", 10),
        ("POST", "/v1/runs", 5),
        ("GET", "/v1/runs", 100),
        ("POST", "/v1/orders", 100),
        ("PUT", "/v1/orders/x", 100),
        ("DELETE", "/v1/orders/x", None),
        ("DELETE", "/v1/orders", None),
        ("POST", "/v1/ordersx", 100),
        ("POST", "/v1/auth/logout", None),
        ("POST", "/v1/strategies", 50),
        ("GET", "/health", None),
    ],
)
@pytest.mark.line("P14", "E8")
def test_each_road_has_the_documents_number(limiter, method, path, limit):
    verdict = Quota(limiter).request(method, path, caller="ada", role=Role.TRADER)
    assert (verdict.limit if verdict else None) == limit


def test_a_prefix_ends_at_a_slash():
    rule = Rule(bucket="runs", path="/v1/runs", limit=TEN)
    assert [rule.covers("GET", path) for path in ("/v1/runs", "/v1/runs/x", "/v1/runsx")] == [True, True, False]


def test_every_rule_before_the_last_can_be_reached():
    assert len({(rule.path, rule.methods) for rule in DEFAULT_RULES}) == len(DEFAULT_RULES)


def test_signing_in_is_counted_by_address_and_name_in_any_case(limiter):
    quota = Quota(limiter)
    assert all(quota.login(client_ip="1.1.1.1", login="Ada").is_allowed for _ in range(10))
    assert not quota.login(client_ip="1.1.1.1", login="ADA").is_allowed
    assert quota.login(client_ip="1.1.1.2", login="ada").is_allowed
    assert quota.login(client_ip="1.1.1.1", login="bob").is_allowed


def test_limits_can_be_off():
    assert NoQuota().request("POST", "/v1/orders", caller="ada", role=None) is None
    assert NoQuota().login(client_ip="1.1.1.1", login="ada") is None
