"""What ports.MfaStore promises: what is used up is so for everybody, at once and after a restart."""

import asyncio

import pytest

from openbell.domain.access import Role, SecondFactor, User

CODES = ["hash-1", "hash-2"]


async def add_user(database, user_id="u1"):
    await database.access.add_user(
        User(
            user_id=user_id,
            email=f"{user_id}@example.com",
            username=user_id,
            role=Role.TRADER,
            account_id="acc",
            password_hash="x",
            created_ns=1,
        )
    )


def factor(secret=b"sealed", user_id="u1"):
    return SecondFactor(user_id=user_id, sealed_secret=secret, created_ns=5)


@pytest.fixture
async def store(database):
    await add_user(database)
    await database.mfa.begin(factor(), code_hashes=CODES)
    return database.mfa


async def test_a_factor_waits_until_it_is_enabled(store):
    assert (await store.factor("u1")).enabled_ns is None
    assert await store.factor("nobody") is None
    assert await store.enable("u1", step=100, at_ns=7)
    kept = await store.factor("u1")
    assert (kept.sealed_secret, kept.enabled_ns, kept.last_step) == (b"sealed", 7, 100)


async def test_a_waiting_factor_is_replaced_with_its_codes(store):
    assert await store.begin(factor(b"other"), code_hashes=["hash-3"])
    assert (await store.factor("u1")).sealed_secret == b"other"
    assert await store.recovery_codes_left("u1") == 1


async def test_an_enabled_factor_is_not_replaced(store):
    await store.enable("u1", step=100, at_ns=7)
    assert not await store.begin(factor(b"other"), code_hashes=[])
    assert (await store.factor("u1")).sealed_secret == b"sealed"
    assert not await store.enable("u1", step=101, at_ns=8)


async def test_a_step_is_used_once_and_takes_those_before_along(store):
    assert not await store.use_step("u1", step=100)  # not enabled yet
    await store.enable("u1", step=100, at_ns=7)
    assert [await store.use_step("u1", step=step) for step in (100, 99, 101, 101)] == [False, False, True, False]


async def test_of_many_at_once_one_uses_a_step(store):
    await store.enable("u1", step=100, at_ns=7)
    won = await asyncio.gather(*(store.use_step("u1", step=101) for _ in range(20)))
    assert sorted(won) == [False] * 19 + [True]


async def test_of_many_at_once_one_uses_a_recovery_code(store):
    won = await asyncio.gather(*(store.use_recovery_code("u1", code_hash="hash-1", at_ns=9) for _ in range(20)))
    assert sorted(won) == [False] * 19 + [True]
    assert not await store.use_recovery_code("u1", code_hash="hash-9", at_ns=9)
    assert not await store.use_recovery_code("u2", code_hash="hash-2", at_ns=9)
    assert await store.recovery_codes_left("u1") == 1


async def test_what_is_used_stays_used_after_a_restart(reopen):
    database = reopen()
    await add_user(database)
    await database.mfa.begin(factor(), code_hashes=CODES)
    await database.mfa.enable("u1", step=100, at_ns=7)
    await database.mfa.use_recovery_code("u1", code_hash="hash-1", at_ns=9)
    store = reopen().mfa
    assert not await store.use_step("u1", step=100)
    assert not await store.use_recovery_code("u1", code_hash="hash-1", at_ns=9)


async def test_a_factor_goes_with_its_codes_and_with_its_user(store, database):
    await store.remove("u1")
    assert await store.factor("u1") is None and await store.recovery_codes_left("u1") == 0
    await store.begin(factor(), code_hashes=CODES)
    await database.access.delete_user("u1")
    assert await store.factor("u1") is None and await store.recovery_codes_left("u1") == 0
