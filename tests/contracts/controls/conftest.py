"""The controls over a whole system: real engine, real journal, real routes."""

import pytest

from live_system import live_system


@pytest.fixture
async def live(tmp_path):
    async with live_system(tmp_path / "data") as one:
        one.quote("BTC/USD", "40000")
        one.quote("AAPL", "150")
        yield one


@pytest.fixture
async def admin(live):
    async with live.signed_in() as client:
        yield client
