"""A server that records what it follows, and another that plays the recording."""

import asyncio

import pytest

from platform_floor import open_floor


@pytest.mark.line("E5")
async def test_e5_the_live_market_is_recorded_when_wanted_and_can_be_followed_again(tmp_path):
    async with open_floor(tmp_path, record_feed="on", record_kinds="trades,quotes") as floor:
        for price in ("100", "101", "102"):
            floor.trade("BTC/USD", price)
            floor.price("BTC/USD", price, "103")
        await asyncio.sleep(0.05)
    async with open_floor(tmp_path) as floor:
        client = await floor.client()
        rows = (await client.get("/v1/catalog", params={"symbol": "BTC/USD", "kind": "trades"})).json()["data"]
        [recording] = rows
        assert (recording["rows"], recording["source"]) == (3, "recording of none")
    replay = {"feed": "replay", "replay_dataset": recording["dataset_id"], "replay_start": "immediately"}
    async with open_floor(tmp_path, **replay) as floor:
        await asyncio.wait_for(floor.system.replayed.wait(), 30)
        client = await floor.client("bob")
        assert (await client.get("/v1/instruments/BTC-USD")).json()["data"]["current_price"] == "102.00"


async def test_e5_nothing_is_recorded_unless_it_is_wanted(tmp_path):
    async with open_floor(tmp_path) as floor:
        await asyncio.sleep(0.05)
        floor.trade("BTC/USD", "100")
        assert floor.system.recorder is None
    assert not (tmp_path / "catalog").exists()
