"""P11: nobody alone changes what money a strategy trades, and nothing goes live where there is no venue."""

import asyncio
from contextlib import asynccontextmanager

import pyotp
import pytest

from openbell.domain.access import Role
from waiting import early_in_a_step

P11 = {"strategy_id": "s1", "from_mode": "PAPER", "to_mode": "LIVE"}


@pytest.fixture
async def second(live):
    await live.add("second", Role.ADMIN)
    async with live.signed_in("second@example.com") as client:
        yield client


@pytest.fixture
async def strategy(admin):
    made = {"kind": "sma_cross", "strategy_id": "s1", "symbols": ["BTC/USD"], "name": "one"}
    assert (await admin.post("/v1/strategies", json=made)).status_code == 201
    await admin.patch("/v1/strategies/s1", json={"status": "inactive"})


async def request(client, **changes):
    return await client.post("/v1/controls/approvals", json=P11 | changes)


async def approve(client, approval_id):
    return await client.post(f"/v1/controls/approvals/{approval_id}/approve")


async def code_of(first, second):
    approval_id = (await request(first)).json()["data"]["approval_id"]
    answer = await approve(second, approval_id)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["approval_code"]


async def transition(client, code, **changes):
    answer = await client.post("/v1/controls/mode-transition", json=P11 | {"approval_code": code} | changes)
    return answer.status_code, answer.json()["error"]["code"]


async def test_p11_without_a_live_venue_nothing_goes_live(strategy, admin, second):
    code = await code_of(admin, second)
    assert await transition(admin, code) == (409, "VENUE_NOT_CONNECTED")
    shown = (await admin.get("/v1/controls/approvals")).json()["data"][0]
    assert shown["used_at"] is None and code not in str(shown)


async def test_p11_nobody_approves_their_own_request(strategy, admin, second):
    approval_id = (await request(admin)).json()["data"]["approval_id"]
    own = await approve(admin, approval_id)
    assert own.status_code == 403 and own.json()["error"]["code"] == "SECOND_ADMIN_REQUIRED"
    assert (await approve(second, approval_id)).status_code == 200
    assert (await approve(second, approval_id)).status_code == 409


async def test_p11_an_only_admin_needs_a_fresh_one_time_code(live, strategy, admin):
    approval_id = (await request(admin)).json()["data"]["approval_id"]
    assert (await approve(admin, approval_id)).json()["error"]["code"] == "MFA_REQUIRED"
    setup = (await admin.post("/api/auth/setup-mfa")).json()
    device = pyotp.TOTP(setup["secret"])
    early_in_a_step()
    now = live.services.transitions._clock.now_ns() // 10**9
    enabled = await admin.post("/api/auth/verify-mfa", json={"mfa_token": device.at(now - 30)})
    assert enabled.status_code == 200, enabled.text
    path = f"/v1/controls/approvals/{approval_id}/approve"
    assert (await admin.post(path, json={"mfa_token": "000000"})).status_code in {400, 401, 403}
    approved = await admin.post(path, json={"mfa_token": device.at(now)})
    assert approved.status_code == 200, approved.text
    rows = (await admin.get("/v1/audit")).json()["data"]
    assert {"mfa.setup", "mfa.verify"} <= {row["action"] for row in rows} and setup["secret"] not in str(rows)


async def test_p11_the_terminal_has_no_way_round(strategy, admin):
    answer = await admin.put("/api/strategies/s1/config", json={"config": {"execution_mode": "LIVE"}})
    assert answer.status_code == 403


async def test_p11_a_made_up_code_is_refused(strategy, admin):
    assert await transition(admin, "ABC123") == (403, "INVALID_APPROVAL_CODE")


async def test_p11_a_changed_configuration_voids_the_approval(strategy, admin, second):
    code = await code_of(admin, second)
    assert (await admin.patch("/v1/strategies/s1", json={"config": {"fast": 5}})).status_code == 200
    assert await transition(admin, code) == (403, "APPROVAL_STALE")


async def test_p11_from_mode_must_be_the_present_one(strategy, admin, second):
    code = await code_of(admin, second)
    assert await transition(admin, code, from_mode="LIVE", to_mode="PAPER") == (409, "MODE_MISMATCH")
    assert (await request(admin, from_mode="LIVE", to_mode="PAPER")).status_code == 409


async def test_p11_open_orders_and_a_running_strategy_forbid_it(live, strategy, admin, second):
    code = await code_of(admin, second)
    await admin.patch("/v1/strategies/s1", json={"status": "active"})
    assert await transition(admin, code) == (409, "STRATEGY_RUNNING")
    order = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "strategy_id": "s1"}
    assert (await admin.post("/v1/orders", json=order)).status_code == 201
    await live.engine.quiet()
    live.quote("BTC/USD", "40000")
    await asyncio.sleep(0.3)
    live.quote("BTC/USD", "40000")
    await admin.patch("/v1/strategies/s1", json={"status": "inactive"})
    status, code_said = await transition(admin, code)
    assert status == 409 and code_said in {"OPEN_ORDERS", "OPEN_POSITIONS"}


async def test_p11_an_approval_runs_out_after_ten_minutes(live, strategy, admin, second, monkeypatch):
    code = await code_of(admin, second)
    clock = live.services.transitions._clock
    later = clock.now_ns() + 601 * 10**9
    monkeypatch.setattr(clock, "now_ns", lambda: later)
    assert await transition(admin, code) == (403, "APPROVAL_EXPIRED")


async def test_p11_a_demoted_admins_approval_no_longer_counts(live, strategy, admin, second):
    code = await code_of(admin, second)
    second_id = (await second.get("/v1/auth/me")).json()["data"]["user_id"]
    await admin.patch(f"/v1/users/{second_id}", json={"role": "user"})
    assert await transition(admin, code) == (403, "INVALID_APPROVAL_CODE")


@asynccontextmanager
async def pretended_venue(live):
    """As if a live venue were there: the core still keeps paper money and live money apart."""
    transitions = live.services.transitions
    before, transitions._is_connected = transitions._is_connected, lambda _: True
    yield
    transitions._is_connected = before


async def test_p11_a_code_is_used_once_however_many_try(live, strategy, admin, second):
    code = await code_of(admin, second)
    async with pretended_venue(live):
        tries = await asyncio.gather(*(transition(admin, code) for _ in range(5)))
    # The account holds paper money, so that the core refuses the one that got through.
    assert sorted(tries) == [(403, "INVALID_APPROVAL_CODE")] * 4 + [(409, "MODE_MISMATCH")]


async def test_p11_is_for_admins_and_every_step_is_recorded(live, strategy, admin, second):
    await live.add("eve")
    async with live.signed_in("eve@example.com") as eve:
        assert (await request(eve)).status_code == 403
        assert (await eve.post("/v1/controls/mode-transition", json=P11 | {"approval_code": "x"})).status_code == 403
    code = await code_of(admin, second)
    await transition(admin, code)
    rows = (await admin.get("/v1/audit")).json()["data"]
    said = [(row["action"], row["outcome"]) for row in rows]
    assert ("mode.transition", "refused VENUE_NOT_CONNECTED") in said
    assert ("approval.approve", "done") in said and ("approval.request", "done") in said
    assert code not in str(rows)
