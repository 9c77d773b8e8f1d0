"""Which bucket a request belongs to, and what a table of limits may say."""

import tracemalloc

import pytest

from fakes import SteppedClock
from openbell.domain.access import Role
from openbell.services import quota as services_quota
from openbell.services.limiter import Limit, Limiter
from openbell.services.quota import (
    DEFAULT_RULES,
    LOGIN_LIMIT,
    ORDERS,
    SOCKETS_LIMIT,
    InvalidLimits,
    NoQuota,
    Quota,
    Rule,
    table_of,
)

TEN = Limit(10, 60)


@pytest.fixture
def limiter():
    return Limiter(monotonic_ns=SteppedClock(0).now_ns)


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
        ("POST", "/v1/runs/x/retry", 5),
        ("POST", "/v1/runs/x/cancel", None),
        ("GET", "/v1/runs/x/cancel", 100),
        ("POST", "/v1/orders/cancel", 100),
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
async def test_each_road_has_the_documents_number(limiter, method, path, limit):
    verdict = await Quota(limiter).request(method, path, caller="ada", role=Role.TRADER)
    assert (verdict.limit if verdict else None) == limit


def test_a_prefix_ends_at_a_slash():
    rule = Rule(bucket="runs", path="/v1/runs", limit=TEN)
    assert [rule.covers("GET", path) for path in ("/v1/runs", "/v1/runs/x", "/v1/runsx")] == [True, True, False]


def test_addresses_that_callers_make_up_are_not_kept_in_memory(limiter):
    quota = Quota(limiter)
    tracemalloc.start()
    try:
        for number in range(200):
            quota.rule("GET", f"/v1/{number}" + "x" * 50_000)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000


def test_every_rule_before_the_last_can_be_reached():
    assert len({(rule.path, rule.ending, rule.methods) for rule in DEFAULT_RULES}) == len(DEFAULT_RULES)


def test_rules_of_one_bucket_have_one_limit():
    assert DEFAULT_RULES
    limits = {}
    for rule in DEFAULT_RULES:
        assert limits.setdefault(rule.bucket, rule.limit) == rule.limit, rule.bucket


def test_every_bucket_has_its_number_a_minute():
    minutes = {rule.bucket: rule.limit.requests for rule in DEFAULT_RULES if rule.limit is not None}
    assert {rule.limit.period_s for rule in DEFAULT_RULES if rule.limit is not None} == {60}
    assert (Limit(10, 60), Limit(5, 60)) == (LOGIN_LIMIT, SOCKETS_LIMIT)
    assert minutes == {
        **dict.fromkeys(("orders", "reads", "writes", "trading", "risk", "auth-flood", "cancel-after"), 100),
        "runs": 5,
        "controls": 10,
        "authentication": 10,
        "uploads": 20,
        "strategies": 50,
        "market-data": 1_000,
        "sockets-market": 60,
        "sockets-trading": 60,
    }


async def passes(quota, path, *, caller="ada", role=Role.TRADER, tries=200):
    verdicts = [await quota.request("POST", path, caller=caller, role=role) for _ in range(tries)]
    return sum(verdict.is_allowed for verdict in verdicts)


async def test_switching_contract_gains_no_orders(limiter):
    contracts = [Rule(bucket=ORDERS, path=path, limit=Limit(100)) for path in ("/v1/o", "/api/o", "/api/v1/o")]
    quota = Quota(limiter, rules=contracts)
    assert [await passes(quota, path, tries=60) for path in ("/v1/o", "/api/o", "/api/v1/o")] == [60, 40, 0]
    assert not (await quota.take(ORDERS, caller="ada", role=Role.TRADER)).is_allowed, "nor by a socket"
    assert await passes(quota, "/api/v1/o", caller="bob") == 100


async def test_what_passes_at_once_tells_what_is_left_and_can_be_taken_back(limiter):
    quota, road = Quota(limiter), ("POST", "/v1/runs")
    counted = [quota.request_now(*road, caller="ada", role=Role.TRADER) for _ in range(6)]
    assert [one and one.verdict.remaining for one in counted] == [4, 3, 2, 1, 0, None]
    quota.give_back(*road, caller="ada")
    again = await quota.request(*road, caller="ada", role=Role.TRADER)
    assert (again.is_allowed, again.remaining) == (True, 0)
    assert [quota.passes_now(ORDERS, caller="bob", role=Role.TRADER) for _ in range(101)] == [True] * 100 + [False]
    assert all(quota.passes_now("reserved", caller="bob", role=Role.TRADER) for _ in range(200))
    free = quota.request_now("POST", "/v1/controls/kill-switch", caller="ada", role=Role.TRADER)
    assert free is not None and free.verdict is None
    for free_road in (("POST", "/v1/controls/kill-switch"), ("GET", "/health")):
        quota.give_back(*free_road, caller="ada")
    assert not (await quota.request(*road, caller="ada", role=Role.TRADER)).is_allowed


async def test_an_admin_has_ten_times_as_much_and_no_more(limiter):
    assert await passes(Quota(limiter), "/v1/runs", role=Role.ADMIN) == 50


async def test_a_table_changes_limits_without_code(limiter):
    table = table_of({"runs": "7/min", "orders": "3 / 10s", "login": "2/h"})
    quota = Quota(limiter, rules=table.rules, login=table.login)
    assert (await passes(quota, "/v1/runs"), await passes(quota, "/v1/orders")) == (7, 3)
    tries = [await quota.login(client_ip="1.1.1.1", subject="ada") for _ in range(3)]
    assert [(v.is_allowed, v.period_s) for v in tries] == [(True, 3_600), (True, 3_600), (False, 3_600)]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"order": "1/min"}, r"'order' is no bucket; there are .*orders"),
        ({"reserved": "1/min"}, "never limited"),
        ({"orders": "0/min"}, "orders = '0/min' is no limit"),
        ({"orders": "100"}, "write 100/min"),
        ({"orders": "-1/s"}, "no limit"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_by_name(table, told):
    with pytest.raises(InvalidLimits, match=told):
        table_of(table)


async def test_signing_in_is_counted_by_address_and_name_in_any_case(limiter):
    quota = Quota(limiter)
    for _ in range(10):
        assert (await quota.login(client_ip="1.1.1.1", subject="Ada")).is_allowed
    assert not (await quota.login(client_ip="1.1.1.1", subject="ADA")).is_allowed
    assert (await quota.login(client_ip="1.1.1.2", subject="ada")).is_allowed
    assert (await quota.login(client_ip="1.1.1.1", subject="bob")).is_allowed


async def test_names_that_were_tried_are_not_written_down(limiter):
    await Quota(limiter).login(client_ip="1.1.1.1", subject="my-secret-password")
    assert "secret" not in str(limiter.changed(0))


def test_few_paths_are_remembered_and_no_long_ones(limiter, monkeypatch):
    monkeypatch.setattr(services_quota, "PATHS_MAX", 3)
    quota = Quota(limiter)
    for number in range(3):
        assert quota.rule("GET", f"/v1/orders/{number}").bucket == "reads"
    assert len(quota._found) == 3
    assert quota.rule("POST", "/v1/orders/" + "x" * 10_000).bucket == ORDERS
    assert len(quota._found) == 3
    quota.rule("GET", "/v1/orders/3")
    assert len(quota._found) == 1


async def test_limits_can_be_off():
    assert await NoQuota().request("POST", "/v1/orders", caller="ada", role=None) is None
    assert await NoQuota().login(client_ip="1.1.1.1", subject="ada") is None
