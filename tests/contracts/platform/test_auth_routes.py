"""P1 to P3: signing in, refreshing, signing out."""

import asyncio

import pytest

from edge_system import PASSWORD, build
from fakes import MemoryAccess
from openbell.domain.access import Role
from openbell.services.quota import NoQuota
from openbell.services.users import UserChange


async def login(client, name, password=PASSWORD):
    return await client.post("/v1/auth/login", json={"email": name, "password": password})


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("field", ["email", "username"])
@pytest.mark.parametrize("name", ["ada", "ADA@example.com"])
@pytest.mark.line("P1", "C10", "C12")
async def test_either_name_signs_in_through_either_field(system, client, field, name):
    await system.add("ada")
    answer = await client.post("/v1/auth/login", json={field: name, "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3_600)
    assert {"access_token", "refresh_token"} <= body.keys()


@pytest.mark.line("P1", "C9")
async def test_a_refused_sign_in_says_detail_beside_the_standard_error(system, client):
    await system.add("ada")
    body = (await login(client, "ada", "wrong password")).json()
    assert body["detail"] == "Invalid credentials"
    assert body["error"]["code"] == "INVALID_CREDENTIALS"
    assert body["request_id"]


@pytest.mark.line("P1")
async def test_an_unknown_user_and_a_wrong_password_look_alike(system, client):
    await system.add("ada")
    answers = [await login(client, "ada", "wrong password"), await login(client, "nobody", "wrong password")]
    told = [(a.status_code, a.json()["detail"], a.json()["error"]) for a in answers]
    assert told[0] == told[1]


@pytest.mark.line("P1")
async def test_an_inactive_user_cannot_sign_in(system, client):
    user = await system.add("ada")
    await system.services.users.update(user.user_id, UserChange(is_active=False))
    assert (await login(client, "ada")).status_code == 401


@pytest.mark.line("P3", "E7")
async def test_the_access_token_opens_the_door(system, client):
    user = await system.add("ada")
    token = (await login(client, "ada")).json()["access_token"]
    data = (await client.get("/v1/auth/me", headers=bearer(token))).json()["data"]
    assert (data["user_id"], data["role"], data["roles"]) == (user.user_id, "user", ["user"])


@pytest.mark.line("P3", "C12")
async def test_an_access_token_ends_after_its_hour(system, client):
    await system.add("ada")
    token = (await login(client, "ada")).json()["access_token"]
    system.clock.step(3_599)
    assert (await client.get("/v1/auth/me", headers=bearer(token))).status_code == 200
    system.clock.step(1)
    assert (await client.get("/v1/auth/me", headers=bearer(token))).status_code == 401


@pytest.mark.parametrize("way", ["bearer", "body"])
@pytest.mark.line("P2", "C11")
async def test_a_refresh_token_gives_a_new_pair(system, client, way):
    await system.add("ada")
    old = (await login(client, "ada")).json()
    token = old["refresh_token"]
    sent = {"headers": bearer(token)} if way == "bearer" else {"json": {"refresh_token": token}}
    new = (await client.post("/v1/auth/refresh", **sent)).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert (await client.get("/v1/auth/me", headers=bearer(new["access_token"]))).status_code == 200


@pytest.mark.line("P2", "C11", "P18")
async def test_a_refresh_token_used_twice_ends_its_family(system, client):
    await system.add("ada")
    first = (await login(client, "ada")).json()
    second = (await client.post("/v1/auth/refresh", headers=bearer(first["refresh_token"]))).json()
    assert (await client.post("/v1/auth/refresh", headers=bearer(first["refresh_token"]))).status_code == 401
    assert (await client.post("/v1/auth/refresh", headers=bearer(second["refresh_token"]))).status_code == 401
    assert (await client.get("/v1/auth/me", headers=bearer(second["access_token"]))).status_code == 401


@pytest.mark.line("P2")
async def test_of_many_refreshes_at_once_one_at_most_succeeds(system, client):
    await system.add("ada")
    token = (await login(client, "ada")).json()["refresh_token"]
    answers = await asyncio.gather(*(client.post("/v1/auth/refresh", headers=bearer(token)) for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [200] + [401] * 9


@pytest.mark.line("P2")
async def test_another_session_survives_the_end_of_one(system, client):
    await system.add("ada")
    one, other = (await login(client, "ada")).json(), (await login(client, "ada")).json()
    await client.post("/v1/auth/logout", headers=bearer(one["access_token"]))
    assert (await client.get("/v1/auth/me", headers=bearer(one["access_token"]))).status_code == 401
    assert (await client.post("/v1/auth/refresh", headers=bearer(one["refresh_token"]))).status_code == 401
    assert (await client.get("/v1/auth/me", headers=bearer(other["access_token"]))).status_code == 200


async def test_a_refresh_token_lasts_thirty_days(system, client):
    await system.add("ada")
    token = (await login(client, "ada")).json()["refresh_token"]
    system.clock.step(30 * 86_400)
    assert (await client.post("/v1/auth/refresh", headers=bearer(token))).status_code == 401


async def test_a_session_that_is_used_lives_on_for_another_thirty_days(system, client):
    await system.add("ada")
    tokens = (await login(client, "ada")).json()
    for _ in range(3):
        system.clock.step(20 * 86_400)
        answer = await client.post("/v1/auth/refresh", headers=bearer(tokens["refresh_token"]))
        assert answer.status_code == 200
        tokens = answer.json()
    assert (await client.get("/v1/auth/me", headers=bearer(tokens["access_token"]))).status_code == 200
    system.clock.step(30 * 86_400)
    assert (await client.post("/v1/auth/refresh", headers=bearer(tokens["refresh_token"]))).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b", "." * 200, "é", "a.b.c"])
@pytest.mark.line("P2")
async def test_a_made_up_refresh_token_is_refused(client, token):
    answer = await client.post("/v1/auth/refresh", json={"refresh_token": token})
    assert answer.status_code in {400, 401}


@pytest.mark.line("P2")
async def test_an_access_token_is_no_refresh_token(system, client):
    await system.add("ada")
    token = (await login(client, "ada")).json()["access_token"]
    assert (await client.post("/v1/auth/refresh", headers=bearer(token))).status_code in {400, 401}


@pytest.mark.line("C1")
async def test_a_ticket_lets_one_socket_in_once(system):
    async with system.as_user("ada") as client:
        data = (await client.post("/v1/auth/ws-ticket")).json()["data"]
    assert data["expires_in"] == 30
    assert system.services.access.redeem_ticket(data["ticket"]).username == "ada"
    assert system.services.access.redeem_ticket(data["ticket"]) is None


@pytest.mark.line("C1")
async def test_a_ticket_is_good_for_thirty_seconds(system):
    async with system.as_user("ada") as client:
        ticket = (await client.post("/v1/auth/ws-ticket")).json()["data"]["ticket"]
    system.clock.step(30)
    assert system.services.access.redeem_ticket(ticket) is None


async def test_changing_the_password_ends_every_session(system):
    async with system.as_user("ada") as client:
        other = (await login(client, "ada")).json()["access_token"]
        change = {"current_password": PASSWORD, "new_password": "another password"}
        assert (await client.post("/v1/auth/password", json=change)).status_code == 200
        assert (await client.get("/v1/auth/me")).status_code == 401
        assert (await client.get("/v1/auth/me", headers=bearer(other))).status_code == 401
        assert (await login(client, "ada")).status_code == 401
        assert (await login(client, "ada", "another password")).status_code == 200


async def test_the_password_changes_only_for_who_knows_it(system):
    async with system.as_user("ada") as client:
        change = {"current_password": "a wrong guess", "new_password": "another password"}
        answer = await client.post("/v1/auth/password", json=change)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "current_password"


@pytest.mark.line("C10")
async def test_the_eleventh_guess_in_a_minute_is_refused(system, client):
    await system.add("ada")
    statuses = [(await login(client, "ada", "wrong password")).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


async def test_nobody_locks_somebody_else_out(system, client):
    await system.add("ada")
    for _ in range(20):
        await login(client, "ada", "wrong password")
    async with system.client(ip="198.51.100.7") as elsewhere:
        assert (await login(elsewhere, "ada")).status_code == 200


async def test_guesses_at_one_name_leave_others_at_the_same_address_alone(system, client):
    await system.add("ada")
    await system.add("bob", Role.VIEWER)
    for _ in range(20):
        await login(client, "ada", "wrong password")
    assert (await login(client, "bob")).status_code == 200


async def test_without_limits_everybody_may_try():
    system = build(quota=NoQuota())
    await system.add("ada")
    async with system.client() as client:
        answers = [await login(client, "ada", "wrong password") for _ in range(15)]
    assert {a.status_code for a in answers} == {401}
    assert "x-ratelimit-limit" not in answers[0].headers


async def test_an_outage_of_the_store_is_503_and_not_401():
    system = build(store=MemoryAccess())
    async with system.as_user("ada") as client:
        system.store.is_down = True
        answer = await client.get("/v1/auth/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
