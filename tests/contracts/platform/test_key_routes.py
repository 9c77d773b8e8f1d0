"""E7, P18: API keys."""

import msgspec
import pytest

from openbell.domain.access import Role


async def make(client, **wanted):
    answer = await client.post("/v1/keys", json={"name": "bot"} | wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize("way", ["x-api-key", "bearer"])
@pytest.mark.line("E7", "P3")
async def test_a_key_opens_the_door_in_either_header(system, way):
    async with system.as_user("ada") as client, system.client() as bot:
        key = (await make(client))["api_key"]
        headers = {"x-api-key": key} if way == "x-api-key" else {"authorization": f"Bearer {key}"}
        answer = await bot.get("/v1/auth/me", headers=headers)
    assert answer.json()["data"]["username"] == "ada"


@pytest.mark.line("E7")
async def test_the_secret_is_shown_once_and_not_kept(system):
    async with system.as_user("ada") as client:
        made = await make(client)
        listed = (await client.get("/v1/keys")).json()["data"]
    secret = made["api_key"].rpartition("_")[2]
    assert [key["key_id"] for key in listed] == [made["key_id"]]
    assert secret not in str(listed)
    assert secret not in str(await system.store.keys(made["user_id"]))


@pytest.mark.line("E7")
async def test_a_key_may_no_more_than_it_says(system):
    async with system.as_user("root", Role.ADMIN) as client, system.client() as bot:
        key = await make(client, scopes=["read"])
        assert (await bot.get("/v1/users", headers={"x-api-key": key["api_key"]})).status_code == 403


async def test_a_key_may_all_that_its_owner_may(system):
    async with system.as_user("vera", Role.VIEWER) as client:
        assert (await make(client, scopes=["read"]))["scopes"] == ["read"]


@pytest.mark.line("E7")
async def test_a_key_may_no_more_than_its_owner(system):
    async with system.as_user("vera", Role.VIEWER) as client:
        answer = await client.post("/v1/keys", json={"name": "bot", "scopes": ["trade"]})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [{"field": "scopes", "message": "Choose from: read."}]


async def test_a_key_makes_no_other_key(system):
    async with system.as_user("ada") as client, system.client() as bot:
        key = await make(client, allowed_networks=["203.0.113.0/24"])
        answer = await bot.post("/v1/keys", json={"name": "free"}, headers={"x-api-key": key["api_key"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_a_key_ends_itself_and_no_other(system):
    async with system.as_user("ada") as client, system.client() as bot:
        one, other = await make(client), await make(client)
        headers = {"x-api-key": one["api_key"]}
        assert (await bot.delete(f"/v1/keys/{other['key_id']}", headers=headers)).status_code == 403
        assert (await bot.delete(f"/v1/keys/{one['key_id']}", headers=headers)).status_code == 200
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 401
        assert (await bot.get("/v1/auth/me", headers={"x-api-key": other["api_key"]})).status_code == 200


@pytest.mark.line("E7", "P18")
async def test_a_revoked_key_is_void_at_once(system):
    async with system.as_user("ada") as client, system.client() as bot:
        key = await make(client)
        headers = {"x-api-key": key["api_key"]}
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 200
        assert (await client.delete(f"/v1/keys/{key['key_id']}")).json()["data"]["revoked_at"]
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 401


async def test_a_key_revoked_by_another_process_is_void_within_a_second(system):
    async with system.as_user("ada") as client, system.client() as bot:
        key = await make(client)
        headers = {"x-api-key": key["api_key"]}
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 200
        (kept,) = await system.store.keys(key["user_id"])
        await system.store.update_key(msgspec.structs.replace(kept, revoked_ns=system.clock.now_ns()))
        system.clock.step(1)
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 401


async def test_a_key_ends_when_it_says(system):
    async with system.as_user("ada") as client, system.client() as bot:
        key = await make(client, expires_at="2027-01-15T08:01:00Z")
        headers = {"x-api-key": key["api_key"]}
        system.clock.step(59)
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 200
        system.clock.step(1)
        assert (await bot.get("/v1/auth/me", headers=headers)).status_code == 401


@pytest.mark.line("P18")
async def test_a_key_works_from_its_networks_only(system):
    async with system.as_user("ada") as client:
        key = await make(client, allowed_networks=["10.0.0.0/8", "2001:db8::/32"])
    seen = {}
    for ip in ("10.1.2.3", "2001:db8::1", "11.0.0.1", "", "::ffff:10.1.2.3", "::ffff:11.0.0.1", "10.1.2.3:80"):
        async with system.client(ip=ip, headers={"x-api-key": key["api_key"]}) as bot:
            seen[ip] = (await bot.get("/v1/auth/me")).status_code
    let_in = {ip for ip, status in seen.items() if status == 200}
    assert let_in == {"10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"} and set(seen.values()) == {200, 401}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"allowed_networks": ["10.0.0.1/8"]}, "allowed_networks"),
        ({"allowed_networks": ["anywhere"]}, "allowed_networks"),
        ({"allowed_networks": ["fe80::1%a b"]}, "allowed_networks"),
        ({"allowed_networks": ["::%x 0.0.0.0/0"]}, "allowed_networks"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2027-01-15T08:00:00Z"}, "expires_at"),  # now
        ({"expires_at": "9999-12-31T23:59:59Z"}, "expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, "expires_at"),
        ({"scopes": []}, "scopes"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_key_that_cannot_be_made_is_refused_by_field(system, change, field):
    async with system.as_user("ada") as client:
        answer = await client.post("/v1/keys", json={"name": "bot"} | change)
    assert answer.status_code == 400
    assert [d["field"] for d in answer.json()["error"]["details"]] == [field]


async def test_a_key_has_fifty_networks_at_most(system):
    networks = [f"10.{number}.0.0/16" for number in range(51)]
    async with system.as_user("ada") as client:
        assert (await make(client, allowed_networks=networks[:50]))["allowed_networks"] == networks[:50]
        answer = await client.post("/v1/keys", json={"name": "bot", "allowed_networks": networks})
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "allowed_networks")


async def test_a_user_holds_fifty_keys_and_makes_room_by_revoking(system):
    async with system.as_user("ada") as client:
        made = [await make(client) for _ in range(50)]
        refused = await client.post("/v1/keys", json={"name": "one more"})
        assert (refused.status_code, "At most 50 keys" in refused.text) == (400, True)
        await client.delete(f"/v1/keys/{made[0]['key_id']}")
        assert (await client.post("/v1/keys", json={"name": "one more"})).status_code == 201


@pytest.mark.line("E7", "C36")
async def test_foreign_keys_are_as_if_they_were_not_there(system):
    async with system.as_user("ada") as ada, system.as_user("eve") as eve:
        key = await make(ada)
        owner = {"user_id": key["user_id"]}
        assert (await eve.delete(f"/v1/keys/{key['key_id']}")).status_code == 404
        assert (await eve.delete(f"/v1/keys/{key['key_id']}", params=owner)).status_code == 404
        assert (await eve.get("/v1/keys", params=owner)).status_code == 404
        assert (await eve.post("/v1/keys", json={"name": "x"} | owner)).status_code == 404


async def test_an_admin_makes_and_ends_keys_for_others(system):
    ada = await system.add("ada")
    async with system.as_user("root", Role.ADMIN) as root:
        key = await make(root, user_id=ada.user_id, scopes=["trade"])
        assert key["user_id"] == ada.user_id
        ended = await root.delete(f"/v1/keys/{key['key_id']}", params={"user_id": ada.user_id})
    assert ended.status_code == 200


async def test_the_keys_of_a_demoted_owner_shrink_with_them(system):
    async with system.as_user("root", Role.ADMIN) as root, system.as_user("second", Role.ADMIN) as second:
        key = await make(second, scopes=["admin", "read"])
        await root.patch(f"/v1/users/{key['user_id']}", json={"role": "read-only"})
        headers = {"x-api-key": key["api_key"], "authorization": ""}
        async with system.client(headers=headers) as bot:
            assert (await bot.get("/v1/users")).status_code == 403
            assert (await bot.get("/v1/auth/me")).status_code == 200
