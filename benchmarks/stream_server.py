"""The server that `stream.py` measures: the whole product, with a market that trades at a given rate."""

import argparse
import asyncio
import time
from pathlib import Path

import uvicorn
import uvloop

from openbell.bootstrap import build
from openbell.bootstrap.serving import web_app
from openbell.bootstrap.system import System
from openbell.config import load
from openbell.domain.market import Trade
from openbell.domain.values import SCALE
from openbell.streaming.protocol import stream_protocol

SYMBOL = "BTC/USD"
PRICE = 50_000 * SCALE
BURST_SECONDS = 0.005
"""Time between two looks at how many trades are due."""


async def trade(system: System, *, a_second: float) -> None:
    """Let trades happen at a rate, for ever. Each is named after the instant it happened at."""
    begin, count = time.perf_counter(), 0
    while True:
        due = int((time.perf_counter() - begin) * a_second)
        for place in range(count, due):
            price = PRICE + place % 100 * SCALE // 100
            name = str(time.perf_counter_ns())
            system.engine.observe(Trade(SYMBOL, system.engine.now_ns(), price, SCALE, 1, name))
        count = due
        await asyncio.sleep(BURST_SECONDS)


async def serve(port: int, data_dir: Path, a_second: float) -> None:
    """Serve as `openbell serve` does, until told to stop."""
    system = build(load(overrides={"data_dir": data_dir, "port": port, "feed": "none"}))
    config = uvicorn.Config(
        web_app(system),
        port=port,
        log_level="warning",
        access_log=False,
        ws=stream_protocol(),
        ws_per_message_deflate=False,
        http="httptools",
        timeout_graceful_shutdown=1,
    )
    trading = asyncio.create_task(trade(system, a_second=a_second))
    try:
        await uvicorn.Server(config).serve()
    finally:
        trading.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("a_second", type=float)
    given = parser.parse_args()
    uvloop.run(serve(given.port, given.data_dir, given.a_second))
