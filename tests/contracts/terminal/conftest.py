"""The terminal contract over a whole system."""

import pytest

from terminal_system import started


@pytest.fixture
async def terminal(tmp_path):
    async with started(tmp_path / "data") as one:
        one.quote("AAPL", "149.99", "150.01")
        one.quote("BTC/USD", "39990", "40010")
        yield one


@pytest.fixture
async def client(terminal):
    async with terminal.as_user("ada") as client:
        yield client
