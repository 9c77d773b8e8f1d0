"""R1: signing in, with a second factor where there is one."""

import asyncio
import base64
import sqlite3
import time

import pyotp
import pytest

from openbell.domain.access import Role
from openbell.services.refused import AccessCode, AccessRefused
from terminal_system import PASSWORD, started
from waiting import early_in_a_step

PROFILE_KEYS = {"id", "username", "roles"}
LOGIN_KEYS = {"success", "token", "refresh_token", "expires_in", "user"}


def code(secret: str, step: int = 0) -> str:
    """The code of the present 30 seconds, or of some before or after."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + step)


class Person:
    """A user with a second factor; -1, 0 and 1 name the three codes that are good now."""

    def __init__(self, terminal, client, setup):
        self.terminal, self.client = terminal, client
        self.secret, self.recovery = setup["secret"], setup["recovery_codes"]

    async def verify(self, token, given):
        async with self.terminal.client(token=token) as client:
            return await client.post("/api/auth/verify-mfa", json={"mfa_token": given})


@pytest.fixture
async def enrolled(terminal, client):
    early_in_a_step()
    person = Person(terminal, client, (await client.post("/api/auth/setup-mfa")).json())
    done = await client.post("/api/auth/verify-mfa", json={"mfa_token": code(person.secret, -1)})
    assert done.json() == {"success": True, "mfa_enabled": True}
    return person


async def test_r1_login_gives_the_documents_answer(terminal):
    user = await terminal.user("ada")
    answer = (await terminal.sign_in("ada")).json()
    assert answer.keys() >= LOGIN_KEYS and answer["success"] is True and answer["mfa_required"] is False
    assert answer["user"] == {"id": user.user_id, "username": "ada", "roles": ["user"]}
    assert isinstance(answer["expires_in"], int)


async def test_r1_an_email_will_do_as_username(terminal):
    await terminal.user("ada")
    assert (await terminal.sign_in("ada@example.com")).status_code == 200


async def test_r1_wrong_credentials_are_401_alike(terminal):
    await terminal.user("ada")
    answers = [await terminal.sign_in("ada", password="wrong"), await terminal.sign_in("nobody")]
    bodies = [(one.status_code, one.json()["error"]["code"], one.json()["error"]["message"]) for one in answers]
    assert bodies == [(401, "INVALID_CREDENTIALS", "Invalid credentials")] * 2


async def test_r1_a_token_of_the_terminal_opens_the_platform_and_the_other_way_round(terminal, client):
    assert (await client.get("/v1/auth/me")).status_code == 200
    async with terminal.client() as other:
        made = await other.post("/v1/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
        bearer = {"authorization": f"Bearer {made.json()['access_token']}"}
        assert (await other.get("/api/auth/profile", headers=bearer)).status_code == 200


async def test_r1_profile_tells_who_is_calling(client):
    profile = (await client.get("/api/auth/profile")).json()
    assert profile.keys() >= PROFILE_KEYS and profile["username"] == "ada" and profile["mfa_enabled"] is False


async def test_r1_logout_voids_the_token_at_once(client):
    assert (await client.post("/api/auth/logout")).json() == {"success": True}
    assert (await client.get("/api/auth/profile")).status_code == 401


async def test_r1_refresh_takes_the_token_from_body_or_header_once(terminal):
    await terminal.user("ada")
    token = (await terminal.sign_in("ada")).json()["refresh_token"]
    async with terminal.client() as client:
        first = await client.post("/api/auth/refresh", json={"refresh_token": token})
        bearer = {"authorization": f"Bearer {first.json()['refresh_token']}"}
        second = await client.post("/api/auth/refresh", headers=bearer)
        assert second.json().keys() >= LOGIN_KEYS
        assert (await client.post("/api/auth/refresh", json={"refresh_token": token})).status_code == 401


async def test_r1_setup_gives_secret_address_qr_and_recovery_codes(client):
    made = (await client.post("/api/auth/setup-mfa")).json()
    assert made["otpauth_uri"].startswith("otpauth://totp/Openbell:ada?secret=" + made["secret"])
    assert made["qr_code"].startswith("data:image/svg+xml")
    assert len(set(made["recovery_codes"])) == 10
    assert len(base64.b32decode(made["secret"])) == 20


async def test_r1_a_second_factor_is_not_asked_for_before_its_first_code(terminal, client):
    await client.post("/api/auth/setup-mfa")
    assert (await terminal.sign_in("ada")).json()["success"] is True


async def test_r1_a_wrong_first_code_enables_nothing(terminal, client):
    await client.post("/api/auth/setup-mfa")
    refused = await client.post("/api/auth/verify-mfa", json={"mfa_token": "000000"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "INVALID_MFA_TOKEN")
    assert (await terminal.sign_in("ada")).json()["success"] is True


async def test_r1_login_with_the_code_signs_in(terminal, enrolled):
    answer = (await terminal.sign_in("ada", mfa_token=code(enrolled.secret))).json()
    assert answer["success"] is True and answer["user"]["username"] == "ada"


async def test_r1_login_without_the_code_gives_a_challenge(terminal, enrolled):
    sent = await terminal.sign_in("ada")
    answer = sent.json()
    assert sent.status_code == 200 and answer.pop("token")
    assert answer == {
        "success": False,
        "mfa_required": True,
        "refresh_token": "",
        "expires_in": 300,
        "user": {"id": "", "username": "ada", "roles": []},
    }


async def test_r1_a_challenge_and_the_code_sign_in(terminal, enrolled):
    challenge = (await terminal.sign_in("ada")).json()["token"]
    answer = (await enrolled.verify(challenge, code(enrolled.secret))).json()
    assert answer["success"] is True
    async with terminal.client(token=answer["token"]) as client:
        assert (await client.get("/api/auth/profile")).json()["mfa_enabled"] is True


async def test_r1_a_challenge_opens_nothing_else(terminal, enrolled):
    challenge = (await terminal.sign_in("ada")).json()["token"]
    async with terminal.client(token=challenge) as client:
        for path in ("/api/auth/profile", "/api/orders", "/v1/orders", "/api/risk/portfolio"):
            assert (await client.get(path)).status_code == 401
        assert (await client.post("/api/auth/refresh")).status_code == 401


async def test_r1_an_access_token_is_no_challenge(enrolled):
    token = enrolled.client.headers["authorization"].removeprefix("Bearer ")
    again = await enrolled.verify(token, code(enrolled.secret))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "MFA_NOT_BEGUN")


async def test_r1_a_wrong_password_never_reveals_that_a_code_is_due(terminal, enrolled):
    for more in ({}, {"mfa_token": code(enrolled.secret)}):
        refused = await terminal.sign_in("ada", password="wrong", **more)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "INVALID_CREDENTIALS")


async def test_r1_a_code_is_good_once(terminal, enrolled):
    given = code(enrolled.secret)
    first, again = [await terminal.sign_in("ada", mfa_token=given) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 401)
    assert again.json()["error"]["code"] == "INVALID_MFA_TOKEN"


async def test_r1_a_code_used_to_enable_does_not_sign_in(terminal, enrolled):
    assert (await terminal.sign_in("ada", mfa_token=code(enrolled.secret, -1))).status_code == 401


async def test_r1_a_code_sent_many_times_at_once_is_good_once(terminal, enrolled):
    given = code(enrolled.secret)
    challenge = (await terminal.sign_in("ada")).json()["token"]
    answers = await asyncio.gather(*(enrolled.verify(challenge, given) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 7


async def test_r1_a_used_code_stays_used_over_a_restart(tmp_path):
    async with started(tmp_path) as terminal, terminal.as_user("ada") as client:
        secret = (await client.post("/api/auth/setup-mfa")).json()["secret"]
        used = code(secret)
        assert (await client.post("/api/auth/verify-mfa", json={"mfa_token": used})).status_code == 200
    async with started(tmp_path) as terminal:
        assert (await terminal.sign_in("ada", mfa_token=used)).status_code == 401
        assert (await terminal.sign_in("ada", mfa_token=code(secret, 1))).status_code == 200


async def test_r1_a_recovery_code_signs_in_once(terminal, enrolled):
    lost = enrolled.recovery[3]
    first, again = [await terminal.sign_in("ada", mfa_token=lost.lower().replace("-", " ")) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 401)
    assert (await enrolled.client.get("/api/auth/profile")).json()["recovery_codes_left"] == 9


async def test_r1_secrets_and_recovery_codes_are_not_readable_in_the_database(tmp_path):
    async with started(tmp_path) as terminal, terminal.as_user("ada") as client:
        made = (await client.post("/api/auth/setup-mfa")).json()
    dump = "\n".join(sqlite3.connect(tmp_path / "openbell.db").iterdump())
    plain = [made["secret"], *made["recovery_codes"], made["recovery_codes"][0].replace("-", "")]
    for text in plain:
        assert text not in dump and text.encode().hex().upper() not in dump.upper()
    assert (tmp_path / "vault.key").stat().st_mode & 0o077 == 0


async def test_r1_disabling_needs_a_code(terminal, enrolled):
    refused = await enrolled.client.post("/api/auth/disable-mfa", json={"mfa_token": "000000"})
    assert refused.status_code == 401
    done = await enrolled.client.post("/api/auth/disable-mfa", json={"mfa_token": code(enrolled.secret)})
    assert done.json() == {"success": True, "mfa_enabled": False}
    assert (await terminal.sign_in("ada")).json()["success"] is True


async def test_r1_an_enabled_factor_is_not_replaced(enrolled):
    refused = await enrolled.client.post("/api/auth/setup-mfa")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "MFA_ENABLED")


async def test_r1_codes_cannot_be_guessed_from_many_addresses(terminal, enrolled):
    challenge = (await terminal.sign_in("ada")).json()["token"]
    statuses = [(await enrolled.verify(challenge, "000000")).status_code for _ in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429


async def tried(terminal, user_id):
    """What is said to a wrong code, whichever way it came."""
    with pytest.raises(AccessRefused) as refused:
        await terminal.system.services.mfa.check(user_id, "000000")
    return refused.value.code


async def test_r1_codes_that_were_tried_are_counted_over_a_restart(tmp_path):
    async with started(tmp_path) as terminal, terminal.as_user("ada") as client:
        secret = (await client.post("/api/auth/setup-mfa")).json()["secret"]
        done = await client.post("/api/auth/verify-mfa", json={"mfa_token": code(secret)})
        user_id = (await client.get("/api/auth/profile")).json()["id"]
        assert done.status_code == 200
        assert {await tried(terminal, user_id) for _ in range(9)} == {AccessCode.INVALID_MFA_TOKEN}
    async with started(tmp_path) as terminal:
        assert await tried(terminal, user_id) is AccessCode.TOO_MANY_CODES


async def test_r1_a_challenge_is_void_once_the_password_changed(terminal, enrolled):
    challenge = (await terminal.sign_in("ada")).json()["token"]
    body = {"current_password": PASSWORD, "new_password": "another long password"}
    assert (await enrolled.client.post("/v1/auth/password", json=body)).status_code == 200
    assert (await enrolled.verify(challenge, code(enrolled.secret))).status_code == 401


async def test_r1_the_platforms_login_asks_for_the_code_too(terminal, enrolled):
    body = {"email": "ada@example.com", "password": PASSWORD}
    async with terminal.client() as client:
        due = await client.post("/v1/auth/login", json=body)
        assert (due.status_code, due.json()["error"]["code"]) == (401, "MFA_REQUIRED")
        signed_in = await client.post("/v1/auth/login", json={**body, "mfa_token": code(enrolled.secret)})
        assert signed_in.json()["access_token"]


async def test_r1_an_api_key_sets_up_no_second_factor(terminal, client):
    made = await client.post("/v1/keys", json={"name": "bot", "scopes": ["read"]})
    key = made.json()["data"]["api_key"]
    async with terminal.client(token=key) as bot:
        assert (await bot.post("/api/auth/setup-mfa")).status_code == 403


async def test_r1_roles_are_told_by_their_names(terminal):
    for name, role in (("root", Role.ADMIN), ("vera", Role.VIEWER)):
        await terminal.user(name, role)
        assert (await terminal.sign_in(name)).json()["user"]["roles"] == [role.value]
