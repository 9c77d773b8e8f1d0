"""What is remembered about callers never outlives what it was true of."""

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from edge_system import build
from openbell.domain.access import Scope
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.keys import NewKey
from openbell.services.principals import REMEMBERED_MAX


class CountingStore:
    """Counts how often sessions are asked for."""

    def __init__(self, store):
        self.store, self.asked = store, 0
        self.session_of_store, store.session = store.session, self.session

    async def session(self, session_id):
        self.asked += 1
        return await self.session_of_store(session_id)


class SlowStore(CountingStore):
    """Gives a session as it was when it was asked for, once it is told to."""

    def __init__(self, store):
        super().__init__(store)
        self.go = asyncio.Event()

    async def session(self, session_id):
        found = await super().session(session_id)
        await self.go.wait()
        return found


@pytest.fixture
def system():
    return build()


async def who(system, credential):
    return await system.services.access.authenticate(credential, client_ip="203.0.113.9")


async def test_the_store_is_asked_once_a_second_at_most(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    store = CountingStore(system.store)
    for _ in range(100):
        assert await who(system, token)
    assert store.asked == 1
    system.clock.step(1)
    assert await who(system, token)
    assert store.asked == 2


async def test_who_was_looked_up_is_known_for_a_second_and_no_longer(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    known = partial(system.services.access._principals.known, client_ip="203.0.113.9")
    assert known(token) is None
    principal = await who(system, token)
    system.clock.step(0.999)
    assert known(token) == principal
    system.clock.step(0.001)
    assert known(token) is None


async def test_who_was_looked_up_is_not_known_past_the_end_of_the_token(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    system.clock.step(3_599.5)
    assert await who(system, token)
    system.clock.step(0.5)
    assert system.services.access._principals.known(token, client_ip="203.0.113.9") is None
    assert await who(system, token) is None


async def test_a_key_is_known_at_its_own_addresses_only(system):
    await system.add("ada")
    session = await who(system, (await system.sign_in("ada")).access_token)
    wanted = NewKey(name="bot", scopes=frozenset({Scope.READ}), allowed_networks=("203.0.113.0/24",))
    secret = (await system.services.keys.create(session, wanted)).secret
    assert await who(system, secret)
    known = system.services.access._principals.known
    assert known(secret, client_ip="203.0.113.255") and known(secret, client_ip="203.0.114.1") is None


async def test_requests_that_come_at_once_are_looked_up_once(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    store = SlowStore(system.store)
    asking = [asyncio.create_task(who(system, token)) for _ in range(32)]
    await asyncio.sleep(0)
    asking[0].cancel()
    store.go.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert all(one == found[1] for one in found[1:])
    assert (store.asked, found[1].username) == (1, "ada")


async def test_who_signs_out_while_being_looked_up_is_not_remembered(system):
    await system.add("ada")
    signed_in = await system.sign_in("ada")
    principal = await who(system, signed_in.access_token)
    system.clock.step(1)
    store = SlowStore(system.store)
    before = asyncio.create_task(who(system, signed_in.access_token))
    await asyncio.sleep(0.01)
    signing_out = asyncio.create_task(system.services.access.logout(principal))
    await asyncio.sleep(0.01)
    after = asyncio.create_task(who(system, signed_in.access_token))
    await asyncio.sleep(0.01)
    store.go.set()
    await asyncio.gather(before, signing_out)
    assert await after is None
    assert await who(system, signed_in.access_token) is None


async def test_a_session_ended_by_another_process_is_seen_within_a_second(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    principal = await who(system, token)
    await system.store.revoke_session(principal.session_id, at_ns=system.clock.now_ns())
    system.clock.step(1)
    assert await who(system, token) is None


async def test_who_is_deactivated_by_another_process_is_out_within_a_second(system):
    ada = await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    wanted = NewKey(name="bot", scopes=frozenset({Scope.READ}))
    made = await system.services.keys.create(await who(system, token), wanted)
    assert await who(system, made.secret)
    await system.store.update_user(replace(ada, is_active=False))
    system.clock.step(1)
    assert [await who(system, secret) for secret in (token, made.secret)] == [None, None]


async def test_an_access_token_ends_with_its_session(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    session_id = (await who(system, token)).session_id
    end = system.clock.now + 60 * NANOS_PER_SECOND
    system.store.by_session[session_id] = replace(system.store.by_session[session_id], expires_ns=end)
    system.clock.now = end - 1
    assert await who(system, token)
    system.clock.now = end
    assert await who(system, token) is None


async def test_a_session_that_a_key_began_is_looked_up_like_any_other_and_ends_with_its_key(system):
    ada = await system.add("ada")
    session = await who(system, (await system.sign_in("ada")).access_token)
    wanted = NewKey(name="bot", scopes=frozenset({Scope.READ}), allowed_networks=("203.0.113.0/24",))
    made = await system.services.keys.create(session, wanted)
    token = (await system.services.access.begin(ada, key_id=made.key.key_id)).access_token
    store = CountingStore(system.store)
    callers = [await who(system, token) for _ in range(10)]
    assert store.asked == 1
    assert {(caller.key_id, caller.scopes) for caller in callers} == {(made.key.key_id, wanted.scopes)}
    assert await system.services.access.authenticate(token, client_ip="203.0.114.1") is None
    await system.store.update_key(replace(made.key, revoked_ns=system.clock.now))
    system.clock.step(1)
    assert await who(system, token) is None


async def test_an_open_socket_can_ask_whether_its_caller_still_holds(system):
    await system.add("ada")
    access = system.services.access
    session = await who(system, (await system.sign_in("ada")).access_token)
    made = await system.services.keys.create(session, NewKey(name="bot", scopes=frozenset({Scope.READ})))
    key = await who(system, made.secret)
    assert [await access.is_current(p) for p in (session, key)] == [True, True]
    await system.services.keys.revoke(session, made.key.key_id)
    assert [await access.is_current(p) for p in (session, key)] == [True, False]
    await access.logout(session)
    assert not await access.is_current(session)


async def test_what_is_not_good_is_not_remembered(system):
    principals = system.services.access._principals
    for number in range(100):
        assert await who(system, f"ob_{number}_x") is None
    assert not principals._known


@pytest.mark.parametrize("whom", ["user_id", "session_id", "key_id"])
async def test_only_who_was_meant_is_looked_up_anew(system, whom):
    secrets = {}
    for name in ("ada", "bob"):
        await system.add(name)
        token = (await system.sign_in(name)).access_token
        caller = await who(system, token)
        made = await system.services.keys.create(caller, NewKey(name="bot", scopes=frozenset({Scope.READ})))
        secrets |= {f"{name}'s session": token, f"{name}'s key": made.secret}
    for secret in secrets.values():
        await who(system, secret)
    principals = system.services.access._principals
    meant = await who(system, secrets["ada's key" if whom == "key_id" else "ada's session"])
    principals.forget(**{whom: getattr(meant, whom)})
    known = {name for name, secret in secrets.items() if principals.known(secret, client_ip="203.0.113.9")}
    forgotten = {"user_id": {"ada's session", "ada's key"}, "session_id": {"ada's session"}, "key_id": {"ada's key"}}
    assert known == secrets.keys() - forgotten[whom]


async def test_memory_is_bounded(system):
    await system.add("ada")
    principals = system.services.access._principals
    token = (await system.sign_in("ada")).access_token
    await who(system, token)
    known = principals._known[token]
    principals._known.update({str(number): known for number in range(1, REMEMBERED_MAX)})
    await who(system, (await system.sign_in("ada")).access_token)
    assert len(principals._known) == 1
