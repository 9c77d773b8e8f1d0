"""Callers are counted by address, and those of one IPv6 network together."""

import pytest

from edge_system import PASSWORD, build
from openbell.services.neighbours import neighbourhood


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("unix:socket", "unix:socket"),
    ],
)
def test_a_network_is_counted_as_one(address, counted_as):
    assert neighbourhood(address) == counted_as


async def test_changing_the_address_within_a_network_gives_no_more_guesses():
    system, seen = build(), []
    await system.add("ada")
    for number in range(11):
        async with system.client(ip=f"2001:db8:1:2::{number:x}") as guesser:
            guess = await guesser.post("/v1/auth/login", json={"email": "ada", "password": "no"})
            seen.append(guess.status_code)
    assert seen == [401] * 10 + [429]
    async with system.client(ip="2001:db8:1:3::1") as own:
        assert (await own.post("/v1/auth/login", json={"email": "ada", "password": PASSWORD})).status_code == 200


async def test_nor_does_it_give_more_requests():
    system = build()
    left = []
    for number in range(2):
        async with system.client(ip=f"2001:db8:1:2::{number:x}") as nobody:
            left.append(int((await nobody.get("/v1/orders")).headers["x-ratelimit-remaining"]))
    assert left == [99, 98]
