"""C25: whoever may stop trading may not start it again; that takes an admin, with the second factor they have."""

import pyotp
import pytest

from openbell.domain.access import Role
from waiting import early_in_a_step

pytestmark = pytest.mark.line("C25", "P10", "R5", "T5")
PATH = "/v1/controls/kill-switch"
RELEASE = {"action": "deactivate"}


async def device_of(live, client):
    """Set up a second factor and give its codes, each a step further on."""
    device = pyotp.TOTP((await client.post("/api/auth/setup-mfa")).json()["secret"])
    early_in_a_step()
    step = live.services.mfa._clock.now_ns() // 30_000_000_000
    enabled = await client.post("/api/auth/verify-mfa", json={"mfa_token": device.generate_otp(step - 1)})
    assert enabled.status_code == 200, enabled.text
    return lambda ahead: device.generate_otp(step + ahead)


async def test_a_release_takes_a_fresh_code_of_an_admin_who_has_a_second_factor(live, admin):
    code = await device_of(live, admin)
    await admin.post(PATH, json={"action": "activate", "reason": "drill"})
    without = await admin.post(PATH, json=RELEASE)
    assert (without.status_code, without.json()["error"]["code"]) == (403, "MFA_REQUIRED")
    assert (await admin.post(PATH, json=RELEASE | {"mfa_token": "000000"})).status_code in {401, 403}
    assert len(live.services.controls.switches()) == 1
    assert (await admin.post(PATH, json=RELEASE | {"mfa_token": code(0)})).status_code == 200
    await admin.post(PATH, json={"action": "activate"})
    assert (await admin.post(PATH, json=RELEASE | {"mfa_token": code(0)})).status_code in {401, 403}, "used before"
    assert len(live.services.controls.switches()) == 1


async def test_an_admins_key_is_no_way_round_the_second_factor(live, admin):
    made = await admin.post("/v1/keys", json={"name": "k", "scopes": ["read", "trade", "control", "admin"]})
    await device_of(live, admin)
    async with live.client(**{"x-api-key": made.json()["data"]["api_key"]}) as program:
        assert (await program.post(PATH, json={"action": "activate"})).status_code == 200
        assert (await program.post(PATH, json=RELEASE)).status_code == 403
    assert len(live.services.controls.switches()) == 1


async def test_an_owners_emergency_stop_is_released_by_an_admin_and_nobody_else(live, admin):
    user = await live.add("ada", Role.TRADER)
    async with live.signed_in("ada@example.com") as ada:
        assert (await ada.post("/api/risk/emergency-stop", json={})).status_code == 200
        shown = (await ada.get(PATH)).json()["data"]
        assert [(one["scope"], one["account_id"]) for one in shown] == [("ACCOUNT", user.account_id)]
        mine = {"account_id": user.account_id}
        assert (await ada.post(PATH, json=RELEASE | mine)).status_code == 403
        assert (await ada.post(PATH, json={"action": "activate", "account_id": "acc_of_others"})).status_code == 404
    assert (await admin.post(PATH, json=RELEASE | mine)).status_code == 200
    assert live.services.controls.switches() == []
