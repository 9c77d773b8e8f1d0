"""What is done to somebody's rights while something else is done to them: neither undoes the other."""

import asyncio
from contextlib import suppress

import pytest

from edge_system import PASSWORD, build
from openbell.adapters.sql.database import open_database
from openbell.domain.access import Role, Scope
from openbell.services import keys
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from openbell.services.refused import AccessCode, AccessRefused
from openbell.services.users import UserChange

NEW_PASSWORD = "another horse"


@pytest.fixture
def system(tmp_path):
    database = open_database(tmp_path)
    yield build(store=database.access)
    database.close()


class Held:
    """Passwords that are hashed and compared no sooner than the test lets them."""

    def __init__(self, system, monkeypatch, name):
        self.is_asked, self.go = asyncio.Event(), asyncio.Event()
        work = getattr(system.services.users._passwords, name)

        async def held(*given):
            done = await work(*given)
            self.is_asked.set()
            await self.go.wait()
            return done

        monkeypatch.setattr(system.services.users._passwords, name, held)

    async def meanwhile(self, first, second):
        """Do one thing while the other waits for a password."""
        begun = asyncio.ensure_future(first)
        await self.is_asked.wait()
        await second
        self.go.set()
        return await begun


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.VIEWER}])
async def test_a_password_on_its_way_gives_nobody_back_what_they_lost(system, monkeypatch, change):
    ada = await system.add("ada")
    caller, users = principal_of(ada, scopes=frozenset(Scope)), system.services.users
    await Held(system, monkeypatch, "hash").meanwhile(
        users.change_password(caller, current=PASSWORD, new=NEW_PASSWORD),
        users.update(ada.user_id, UserChange(**change)),
    )
    now = await system.store.user(ada.user_id)
    assert {name: getattr(now, name) for name in change} == change


async def test_a_sign_in_on_its_way_with_the_old_password_leaves_no_session(system, monkeypatch):
    ada = await system.add("ada")
    change = UserChange(password=NEW_PASSWORD)
    with pytest.raises(AccessRefused) as refused:
        await Held(system, monkeypatch, "matches").meanwhile(
            system.services.access.login("ada", PASSWORD), system.services.users.update(ada.user_id, change)
        )
    assert refused.value.code is AccessCode.INVALID_CREDENTIALS
    assert all(session.revoked_ns is not None for session in await system.store.sessions(ada.user_id))


async def test_of_two_last_admins_who_go_at_once_one_stays(system):
    one, other = [await system.add(name, Role.ADMIN) for name in ("one", "other")]
    users = system.services.users
    gone = (
        users.update(one.user_id, UserChange(role=Role.VIEWER)),
        users.update(other.user_id, UserChange(is_active=False)),
    )
    await asyncio.gather(*gone, return_exceptions=True)
    assert len([user for user in await users.list() if user.is_active and user.role is Role.ADMIN]) == 1


async def test_of_two_last_admins_who_delete_each_other_one_stays(system):
    one, other = [await system.add(name, Role.ADMIN) for name in ("one", "other")]
    callers = [principal_of(user, scopes=frozenset(Scope)) for user in (other, one)]
    gone = [
        system.services.users.delete(caller, user.user_id) for caller, user in zip(callers, (one, other), strict=True)
    ]
    await asyncio.gather(*gone, return_exceptions=True)
    assert len(await system.services.users.list()) == 1


async def test_many_keys_made_at_once_are_no_more_than_may_be(system, monkeypatch):
    monkeypatch.setattr(keys, "KEYS_MAX", 3)
    ada = await system.add("ada")
    caller, wanted = principal_of(ada, scopes=frozenset(Scope)), NewKey(name="k", scopes=frozenset({Scope.READ}))

    async def make():
        with suppress(AccessRefused):
            await system.services.keys.create(caller, wanted)

    await asyncio.gather(*(make() for _ in range(10)))
    assert len(await system.store.keys(ada.user_id)) == 3


async def test_a_key_for_a_user_who_is_deleted_meanwhile_is_not_made(system, monkeypatch):
    root, ada = await system.add("root", Role.ADMIN), await system.add("ada")
    caller, held = principal_of(root, scopes=frozenset(Scope)), system.store.keys

    async def deleted_meanwhile(user_id):
        found = await held(user_id)
        await system.services.users.delete(caller, user_id)
        return found

    monkeypatch.setattr(system.store, "keys", deleted_meanwhile)
    with pytest.raises(AccessRefused) as refused:
        await system.services.keys.create(
            principal_of(ada, scopes=frozenset(Scope)), NewKey(name="k", scopes=frozenset({Scope.READ}))
        )
    assert refused.value.code is AccessCode.NOT_FOUND
    assert await held(ada.user_id) == []


async def test_a_new_password_from_an_admin_is_not_overwritten_with_the_old_one_as_proof(system, monkeypatch):
    ada = await system.add("ada")
    caller, users = principal_of(ada, scopes=frozenset(Scope)), system.services.users
    with pytest.raises(AccessRefused, match="not your password"):
        await Held(system, monkeypatch, "matches").meanwhile(
            users.change_password(caller, current=PASSWORD, new="somebody else's"),
            users.update(ada.user_id, UserChange(password=NEW_PASSWORD)),
        )
    assert (await system.services.access.login("ada", NEW_PASSWORD)).user.user_id == ada.user_id


async def test_a_user_who_is_deleted_while_signing_in_is_refused_as_anybody(system, monkeypatch):
    root, ada = await system.add("root", Role.ADMIN), await system.add("ada")
    caller = principal_of(root, scopes=frozenset(Scope))
    with pytest.raises(AccessRefused) as refused:
        await Held(system, monkeypatch, "matches").meanwhile(
            system.services.access.login("ada", PASSWORD), system.services.users.delete(caller, ada.user_id)
        )
    assert refused.value.code is AccessCode.INVALID_CREDENTIALS
