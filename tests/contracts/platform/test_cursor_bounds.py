"""Numbers that a cursor or a filter can carry, and that no column holds, are refused in every list and database."""

from base64 import urlsafe_b64encode

import pytest

from live_system import live_system

LISTS = ("/v1/orders", "/v1/alerts", "/v1/audit", "/api/orders", "/api/trades")
PLACES = (2**63, -(2**63) - 1, 10**40)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def cursor(place: int) -> str:
    return urlsafe_b64encode(f"[{place}]".encode()).decode().rstrip("=")


async def test_a_cursor_past_64_bits_is_no_cursor_of_ours(database_url, tmp_path):
    async with live_system(tmp_path / "data", database_url=database_url) as live, live.signed_in() as client:
        answers = {
            (path, place): (await client.get(path, params={"cursor": cursor(place)})).status_code
            for path in LISTS
            for place in PLACES
        }
        assert set(answers.values()) == {400}, answers
        last = await client.get("/v1/orders", params={"cursor": cursor(2**63 - 1)})
        assert last.status_code == 200, "the largest place there could be"
