"""Signing in and socket tickets at their very limits."""

import pytest
from msgspec.structs import replace

from edge_system import PASSWORD, build
from openbell.services import access
from openbell.services.passwords import LENGTH_MAX
from openbell.services.refused import AccessRefused
from openbell.services.users import NewUser


@pytest.fixture
def system():
    return build()


async def test_of_a_long_password_every_character_counts(system):
    password = (PASSWORD * LENGTH_MAX)[:LENGTH_MAX]
    await system.services.users.create(NewUser(email="ada@example.com", username="ada", password=password))
    await system.services.access.login("ada", password)
    for wrong in (password[:-1], password + "x"):
        with pytest.raises(AccessRefused):
            await system.services.access.login("ada", wrong)


async def test_a_ticket_is_good_for_less_than_its_thirty_seconds(system):
    ada = await system.add("ada")
    tickets = [system.services.access.issue_ticket(ada) for _ in range(2)]
    system.clock.now += access.TICKET_TTL_S * 1_000_000_000 - 1
    assert system.services.access.redeem_ticket(tickets[0]) == ada
    system.clock.now += 1
    assert system.services.access.redeem_ticket(tickets[1]) is None


async def test_only_so_many_tickets_wait_until_the_oldest_are_over(system, monkeypatch):
    monkeypatch.setattr(access, "TICKETS_MAX", 2)
    ada = await system.add("ada")
    for _ in range(2):
        system.services.access.issue_ticket(ada)
    system.clock.now += access.TICKET_TTL_S * 1_000_000_000 - 1
    with pytest.raises(AccessRefused, match="Too many tickets"):
        system.services.access.issue_ticket(ada)
    system.clock.now += 1
    assert system.services.access.redeem_ticket(system.services.access.issue_ticket(ada)) == ada


async def refusal(system, token):
    with pytest.raises(AccessRefused) as refused:
        await system.services.access.refresh(token)
    return refused.value.code


async def test_who_was_deactivated_by_another_process_refreshes_nothing(system):
    ada = await system.add("ada")
    token = (await system.sign_in("ada")).refresh_token
    await system.store.update_user(replace(ada, is_active=False))
    assert await refusal(system, token) == (await refusal(system, "made.up"))


async def test_a_refresh_token_that_cannot_be_one_ends_no_session(system):
    await system.add("ada")
    token = (await system.sign_in("ada")).refresh_token
    session_id = token.partition(".")[0]
    longest = f"{session_id}.".ljust(access.REFRESH_LENGTH_MAX + 1, "x")
    assert await refusal(system, longest) == await refusal(system, session_id) == await refusal(system, "made.up")
    renewed = await system.services.access.refresh(token)
    with pytest.raises(AccessRefused):
        await system.services.access.refresh(longest[:-1])
    with pytest.raises(AccessRefused):
        await system.services.access.refresh(renewed.refresh_token)
