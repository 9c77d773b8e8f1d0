"""Where one is signed in: everybody sees and ends their own sessions, admins anybody's."""

import pytest

from openbell.domain.access import Role, Scope
from openbell.services.audit import AuditFilter
from openbell.services.principals import principal_of
from platform_floor import PASSWORD as FLOOR_PASSWORD
from platform_floor import open_floor

pytestmark = pytest.mark.line("P18", "C12")
PATH = "/v1/sessions"


def bearer(signed_in):
    return {"authorization": f"Bearer {signed_in.access_token}"}


async def test_a_session_is_shown_with_the_address_and_program_it_came_from(tmp_path):
    async with open_floor(tmp_path) as floor, await floor.client("ada") as client:
        login = {"email": "ada", "password": FLOOR_PASSWORD}
        made = await client.post("/v1/auth/login", json=login, headers={"user-agent": "phone\x07 1.0"})
        token = {"authorization": f"Bearer {made.json()['access_token']}"}
        refresh = {"authorization": f"Bearer {made.json()['refresh_token']}"}
        await client.post("/v1/auth/refresh", headers=refresh)
        answer = await client.get(PATH, headers=token)
        audited = [row.entry.action for row in await rows_of(floor, client, answer)]
    newest, oldest = answer.json()["data"]
    assert (newest["client_ip"], newest["user_agent"], newest["is_current"]) == ("127.0.0.1", "phone 1.0", True)
    assert newest["refreshed_at"] and oldest["refreshed_at"] is None and not oldest["is_current"]
    assert audited.count("session.end") == 1 and "token" not in answer.text and "hash" not in answer.text


async def rows_of(floor, client, answer):
    """End the older session and give the audit log."""
    assert (await client.delete(f"{PATH}/{answer.json()['data'][0]['session_id']}")).status_code == 200
    return (await floor.system.services.audit.list(AuditFilter(limit=50))).rows


async def test_an_ended_session_is_out_at_once_and_its_refresh_token_too(system):
    await system.add("ada")
    lost, here = await system.sign_in("ada"), await system.sign_in("ada")
    async with system.client(headers=bearer(here)) as client:
        other = next(one for one in (await client.get(PATH)).json()["data"] if not one["is_current"])
        assert (await client.delete(f"{PATH}/{other['session_id']}")).json()["data"] == {"ended": 1}
        assert (await client.get(PATH, headers=bearer(lost))).status_code == 401
        refresh = {"authorization": f"Bearer {lost.refresh_token}"}
        assert (await client.post("/v1/auth/refresh", headers=refresh)).status_code == 401
        assert (await client.delete(f"{PATH}/{other['session_id']}")).status_code == 404
        assert (await client.get(PATH)).status_code == 200


async def test_all_others_end_and_the_one_that_asks_stays(system):
    await system.add("ada")
    others = [await system.sign_in("ada") for _ in range(3)]
    async with system.client(headers=bearer(await system.sign_in("ada"))) as client:
        assert (await client.delete(PATH)).json()["data"] == {"ended": 3}
        assert [(await client.get(PATH, headers=bearer(one))).status_code for one in others] == [401] * 3
        assert (await client.get(PATH)).json()["meta"]["total_count"] == 1


async def test_a_session_that_ran_out_is_not_there_any_more(system):
    ada = await system.add("ada")
    await system.sign_in("ada")
    (session,) = await system.store.sessions(ada.user_id)
    caller = principal_of(ada, scopes=frozenset(Scope))
    system.clock.now = session.expires_ns - 1
    assert await system.services.sessions.list(caller) == [session]
    system.clock.now += 1
    assert await system.services.sessions.list(caller) == []


async def test_a_session_that_a_key_began_ends_itself_and_no_other(system):
    ada, here = await system.add("ada"), await system.sign_in("ada")
    async with system.client(headers=bearer(here)) as client:
        key = (await client.post("/v1/keys", json={"name": "bot"})).json()["data"]["key_id"]
        own = await system.services.access.begin(ada, key_id=key)
        ids = {one["is_current"]: one["session_id"] for one in (await client.get(PATH)).json()["data"]}
        for path, status in ((PATH, 403), (f"{PATH}/{ids[True]}", 403), (f"{PATH}/{ids[False]}", 200)):
            assert (await client.delete(path, headers=bearer(own))).status_code == status
        assert (await client.get(PATH, headers=bearer(own))).status_code == 401
        assert (await client.get(PATH)).status_code == 200


async def test_foreign_sessions_are_not_there_but_for_admins(system):
    ada = await system.add("ada")
    session = (await system.sign_in("ada")).access_token
    found = (await system.store.sessions(ada.user_id))[0].session_id
    async with system.as_user("eve") as eve:
        assert (await eve.get(PATH, params={"user_id": ada.user_id})).status_code == 404
        assert (await eve.delete(f"{PATH}/{found}")).status_code == 404
        assert (await eve.delete(f"{PATH}/{found}", params={"user_id": ada.user_id})).status_code == 404
    async with system.as_user("root", Role.ADMIN) as root:
        assert (await root.delete(f"{PATH}/{found}", params={"user_id": ada.user_id})).status_code == 200
        assert (await root.get(PATH, headers={"authorization": f"Bearer {session}"})).status_code == 401
