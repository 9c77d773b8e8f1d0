"""What is remembered about callers never outlives what it was true of."""

import pytest

from edge_system import build
from openbell.domain.access import Scope
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


async def test_a_session_ended_by_another_process_is_seen_within_a_second(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).access_token
    principal = await who(system, token)
    await system.store.revoke_session(principal.session_id, at_ns=system.clock.now_ns())
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


async def test_memory_is_bounded(system):
    await system.add("ada")
    principals = system.services.access._principals
    token = (await system.sign_in("ada")).access_token
    await who(system, token)
    known = principals._known[token]
    principals._known.update({str(number): known for number in range(REMEMBERED_MAX)})
    await who(system, (await system.sign_in("ada")).access_token)
    assert len(principals._known) == 1
