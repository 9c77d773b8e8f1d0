"""Secrets that are lost, by their user or with the server's key file: what is said, and the ways back."""

import time

import pyotp
import pytest

from contracts.desk.conftest import Key
from openbell.domain.access import Role
from platform_floor import PASSWORD, open_floor
from waiting import early_in_a_step

pytestmark = pytest.mark.line("R1", "E7")


def code(secret, steps=0):
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


async def enrolled(client):
    """Set up a second factor, and give what was shown for it."""
    early_in_a_step()
    made = (await client.post("/api/auth/setup-mfa")).json()
    assert (await client.post("/api/auth/verify-mfa", json={"mfa_token": code(made["secret"])})).status_code == 200
    return made


async def sign_in(client, **more):
    body = {"email": "ada@example.com", "password": PASSWORD} | more
    return await client.post("/v1/auth/login", json=body, headers={"authorization": ""})


async def test_an_admin_resets_a_lost_second_factor_and_it_is_on_record(tmp_path):
    async with open_floor(tmp_path) as floor:
        ada, admin = await floor.client("ada"), await floor.client("root", Role.ADMIN)
        await enrolled(ada)
        user_id = (await ada.get("/v1/auth/me")).json()["data"]["user_id"]
        path = f"/v1/users/{user_id}/mfa"
        assert (await ada.delete(path)).status_code == 403
        assert (await admin.delete("/v1/users/usr_nobody/mfa")).status_code == 404
        assert (await sign_in(ada)).json()["error"]["code"] == "MFA_REQUIRED"
        reset = await admin.delete(path)
        assert reset.json()["data"] == {"user_id": user_id, "mfa_enabled": False, "was_enabled": True}
        assert (await ada.get("/v1/auth/me")).status_code == 401
        assert (await sign_in(ada)).status_code == 200
        rows = (await admin.get("/v1/audit", params={"action": "mfa.reset"})).json()["data"]
        assert (rows[0]["subject"], rows[0]["outcome"]) == (user_id, "done")


async def test_a_replaced_key_file_is_told_as_such_and_recovery_codes_still_work(tmp_path):
    async with open_floor(tmp_path) as floor:
        ada = await floor.client("ada")
        key = Key(
            (await ada.post("/v1/keys", json={"name": "k", "kind": "signing", "scopes": ["read"]})).json()["data"]
        )
        made = await enrolled(ada)
    (tmp_path / "vault.key").unlink()
    async with open_floor(tmp_path) as floor:
        client = await floor.client("bob")
        refused = await sign_in(client, mfa_token=code(made["secret"], 1))
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SECRET_LOST")
        assert (await sign_in(client, mfa_token=made["recovery_codes"][0])).status_code == 200
        refused = await client.post("/api/v1/auth/login", json=key.login())
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SECRET_LOST")


@pytest.mark.line("C25", "P10")
async def test_an_admin_with_a_second_factor_needs_it_to_release_a_kill_switch_and_not_to_stop(tmp_path):
    async with open_floor(tmp_path) as floor:
        admin = await floor.client("root", Role.ADMIN)
        made = await enrolled(admin)
        stop = {"action": "activate", "reason": "drill"}
        release = {"action": "deactivate", "reason": "over"}
        assert (await admin.post("/v1/controls/kill-switch", json=stop)).status_code == 200
        refused = await admin.post("/v1/controls/kill-switch", json=release)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "MFA_REQUIRED")
        wrong = await admin.post("/v1/controls/kill-switch", json=release | {"mfa_token": "000000"})
        assert wrong.json()["error"]["code"] == "INVALID_MFA_TOKEN"
        assert (await admin.get("/v1/controls/kill-switch")).json()["meta"]["total_count"] == 1
        good = release | {"mfa_token": made["recovery_codes"][0]}
        assert (await admin.post("/v1/controls/kill-switch", json=good)).status_code == 200
        assert (await admin.get("/v1/controls/kill-switch")).json()["data"] == []
