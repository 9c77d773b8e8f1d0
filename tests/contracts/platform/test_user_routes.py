"""E7: users and what their roles let them do."""

import pytest

from edge_system import PASSWORD
from openbell.domain.access import Role
from openbell.domain.commands import OpenAccount, SetKillSwitch
from openbell.domain.risk import KillScope
from openbell.domain.values import SCALE

NEW = {"email": "new@example.com", "password": PASSWORD}


@pytest.mark.line("E7")
async def test_a_new_user_comes_with_an_account_of_100_000_dollars(system):
    async with system.as_user("root", Role.ADMIN) as client:
        answer = await client.post("/v1/users", json=NEW)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["username"], data["role"], data["is_active"]) == ("new", "user", True)
    opened = system.book.commands[-1]
    assert isinstance(opened, OpenAccount)
    assert (opened.account_id, opened.owner_id) == (data["account_id"], data["user_id"])
    assert opened.deposits == {"USD": 100_000 * SCALE}


async def test_a_user_may_share_an_account_that_is_there(system):
    async with system.as_user("root", Role.ADMIN) as client:
        mine = (await client.get("/v1/auth/me")).json()["data"]["account_id"]
        data = (await client.post("/v1/users", json=NEW | {"account_id": mine})).json()["data"]
        none = await client.post("/v1/users", json=NEW | {"email": "b@example.com", "account_id": "acc_nowhere"})
    assert data["account_id"] == mine
    assert none.json()["error"]["details"][0]["field"] == "account_id"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"email": "ROOT@example.com"}, 409, "email"),
        ({"username": "Root"}, 409, "username"),
        ({"email": "nobody"}, 400, "email"),
        ({"email": "ro\u200bot@example.com"}, 400, "email"),  # nobody sees the character between
        ({"email": "root\u202e@example.com"}, 400, "email"),
        ({"username": "not a name"}, 400, "username"),
        ({"password": "too short"}, 400, "password"),
        ({"password": "x" * 2_000}, 400, "password"),
        ({"role": "owner"}, 400, "role"),
        ({"is_admin": True}, 400, "is_admin"),
    ],
)
async def test_a_user_who_cannot_be_added_is_told_which_field(system, change, status, field):
    async with system.as_user("root", Role.ADMIN) as client:
        answer = await client.post("/v1/users", json=NEW | change)
    assert answer.status_code == status
    assert [d["field"] for d in answer.json()["error"]["details"]] == [field]
    assert len(await system.store.users()) == 1


@pytest.mark.line("E7")
async def test_users_are_listed_in_pages(system):
    for number in range(3):
        await system.add(f"user{number}")
        system.clock.step(1)
    async with system.as_user("root", Role.ADMIN) as client:
        body = (await client.get("/v1/users", params={"page": 2, "per_page": 3})).json()
    assert [user["username"] for user in body["data"]] == ["root"]
    assert body["meta"]["total_count"] == 4


@pytest.mark.parametrize("role", [Role.TRADER, Role.VIEWER])
@pytest.mark.line("E7")
async def test_only_admins_manage_users(system, role):
    ada = await system.add("ada")
    async with system.as_user("eve", role) as client:
        tries = [
            await client.post("/v1/users", json=NEW),
            await client.get("/v1/users"),
            await client.patch(f"/v1/users/{ada.user_id}", json={"role": "admin"}),
            await client.delete(f"/v1/users/{ada.user_id}"),
        ]
    assert {answer.status_code for answer in tries} == {403}


@pytest.mark.line("E7", "C36")
async def test_others_are_as_if_they_were_not_there(system):
    ada = await system.add("ada")
    async with system.as_user("eve") as client:
        me = (await client.get("/v1/auth/me")).json()["data"]["user_id"]
        assert (await client.get(f"/v1/users/{me}")).status_code == 200
        foreign = await client.get(f"/v1/users/{ada.user_id}")
        missing = await client.get("/v1/users/usr_nobody")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["error"] == missing.json()["error"]


async def test_a_changed_role_counts_from_the_next_request_on(system):
    eve = await system.add("eve")
    token = (await system.sign_in("eve")).access_token
    async with system.as_user("root", Role.ADMIN) as root, system.client() as client:
        headers = {"authorization": f"Bearer {token}"}
        assert (await client.get("/v1/users", headers=headers)).status_code == 403
        await root.patch(f"/v1/users/{eve.user_id}", json={"role": "admin"})
        assert (await client.get("/v1/users", headers=headers)).status_code == 200


async def test_a_deactivated_user_is_out_at_once_and_stays_out(system):
    eve = await system.add("eve")
    token = (await system.sign_in("eve")).access_token
    async with system.as_user("root", Role.ADMIN) as root, system.client() as client:
        await root.patch(f"/v1/users/{eve.user_id}", json={"is_active": False})
        headers = {"authorization": f"Bearer {token}"}
        assert (await client.get("/v1/auth/me", headers=headers)).status_code == 401
        await root.patch(f"/v1/users/{eve.user_id}", json={"is_active": True})
        assert (await client.get("/v1/auth/me", headers=headers)).status_code == 401


@pytest.mark.line("E7")
async def test_a_deleted_user_is_gone_and_their_account_stopped(system):
    eve = await system.add("eve")
    token = (await system.sign_in("eve")).access_token
    async with system.as_user("root", Role.ADMIN) as root, system.client() as client:
        answer = await root.delete(f"/v1/users/{eve.user_id}")
        assert answer.json()["data"] == {"user_id": eve.user_id}
        assert (await client.get("/v1/auth/me", headers={"authorization": f"Bearer {token}"})).status_code == 401
        assert (await root.delete(f"/v1/users/{eve.user_id}")).status_code == 404
    stopped = system.book.commands[-1]
    assert isinstance(stopped, SetKillSwitch)
    assert (stopped.scope, stopped.target, stopped.is_active) == (KillScope.ACCOUNT, eve.account_id, True)


async def test_nobody_deletes_themselves(system):
    async with system.as_user("root", Role.ADMIN) as client:
        me = (await client.get("/v1/auth/me")).json()["data"]["user_id"]
        answer = await client.delete(f"/v1/users/{me}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "OWN_USER")


@pytest.mark.parametrize("change", [{"role": "user"}, {"is_active": False}])
async def test_the_last_admin_stays_one(system, change):
    async with system.as_user("root", Role.ADMIN) as client:
        me = (await client.get("/v1/auth/me")).json()["data"]["user_id"]
        assert (await client.patch(f"/v1/users/{me}", json=change)).json()["error"]["code"] == "LAST_ADMIN"
        await system.add("second", Role.ADMIN)
        assert (await client.patch(f"/v1/users/{me}", json=change)).status_code == 200


async def test_the_first_admin_is_made_once(system):
    password = await system.services.users.ensure_admin("admin@example.com", None)
    assert await system.services.users.ensure_admin("other@example.com", None) is None
    signed_in = await system.services.access.login("admin@example.com", password)
    assert signed_in.user.role is Role.ADMIN


async def test_a_chosen_first_password_is_not_shown(system):
    assert await system.services.users.ensure_admin("admin@example.com", PASSWORD) is None
    assert (await system.services.access.login("admin", PASSWORD)).user.email == "admin@example.com"
