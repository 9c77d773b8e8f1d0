"""Passwords cost the same for everybody, off the event loop, with a bounded queue."""

import asyncio
import threading

import pytest

from openbell.services.passwords import WAITING_MAX, Passwords, check_password
from openbell.services.refused import AccessCode, AccessRefused
from timed import PATIENT_S


@pytest.fixture
def passwords():
    passwords = Passwords(time_cost=1, memory_kib=8)
    yield passwords
    passwords.close()


async def test_only_the_right_password_fits(passwords):
    kept = await passwords.hash("correct horse")
    assert await passwords.matches("correct horse", kept)
    assert not await passwords.matches("correct horsf", kept)
    assert not await passwords.matches("correct horse", "not a hash")


async def test_nobody_has_no_password(passwords):
    assert not await passwords.matches("nobody has this password", None)


@pytest.mark.usefixtures("decided_passwords")
async def test_the_default_cost_is_the_one_that_was_decided():
    passwords = Passwords()
    assert (await passwords.hash("correct horse")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    passwords.close()


class Recording:
    """The real hasher, which notes what it compared with."""

    def __init__(self, hasher):
        self._hasher, self.compared = hasher, []

    def verify(self, password_hash, password):
        self.compared.append(password_hash)
        return self._hasher.verify(password_hash, password)


async def test_an_unknown_user_costs_the_same_comparison_as_a_wrong_password(passwords):
    kept = await passwords.hash("correct horse")
    recording = passwords._hasher = Recording(passwords._hasher)
    assert not await passwords.matches("wrong password", kept)
    assert not await passwords.matches("wrong password", None)
    known, unknown = (one.split("$")[1:4] for one in recording.compared)
    assert known == unknown, "kind, version and cost"


@pytest.mark.usefixtures("decided_passwords")
async def test_the_loop_goes_on_while_passwords_are_hashed():
    passwords = Passwords()
    hashing = asyncio.gather(*(passwords.hash("correct horse") for _ in range(4)))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    passwords.close()
    assert turns > 100


async def test_a_flood_is_told_to_come_back(passwords):
    outcomes = await asyncio.gather(
        *(passwords.hash("correct horse") for _ in range(WAITING_MAX + 10)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, AccessRefused)]
    assert [error.code for error in refused] == [AccessCode.BUSY] * 10
    assert await passwords.hash("afterwards")


async def test_the_next_flood_is_told_so_too(passwords):
    for _ in range(2):
        flood = [passwords.hash("correct horse") for _ in range(WAITING_MAX + 10)]
        outcomes = await asyncio.gather(*flood, return_exceptions=True)
        assert sum(isinstance(outcome, AccessRefused) for outcome in outcomes) == 10


async def test_one_password_is_compared_at_a_time(passwords, monkeypatch):
    all_wait, threads = threading.Event(), []

    def verify(password_hash, password):
        threads.append(threading.get_ident())
        return all_wait.wait(PATIENT_S)

    monkeypatch.setattr(passwords, "_verify", verify)
    comparing = asyncio.gather(*(passwords.matches("correct horse", "a hash") for _ in range(4)))
    for _ in range(4):
        await asyncio.sleep(0)
    all_wait.set()
    assert await comparing == [True] * 4
    assert len(set(threads)) == 1


@pytest.mark.parametrize(("length", "is_fine"), [(9, False), (10, True), (256, True), (257, False)])
def test_a_new_password_has_10_to_256_characters(length, is_fine):
    if is_fine:
        check_password("x" * length)
    else:
        with pytest.raises(AccessRefused) as refused:
            check_password("x" * length)
        assert refused.value.field == "password"
