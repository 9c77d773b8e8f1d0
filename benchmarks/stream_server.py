"""The server that the benchmarks listen to: `openbell serve`, with a market whose ticks are asked for on its input.

A line of input is the number of ticks a second from then on. Three things are set aside from here and all else is as
shipped: the feed, the list of instruments, and the ten messages a second that one socket may send.
"""

import argparse
import asyncio
import dataclasses
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from openbell.bootstrap import market, serving
from openbell.bootstrap.system import System
from openbell.config import Settings, load
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.values import SCALE
from openbell.streaming.session import SessionLimits

SYMBOL = "BTC/USD"
PRICE, CHEAP = 50_000 * SCALE, 100 * SCALE
"""Of that instrument, and of every other."""
DEPTH = 1_000_000 * SCALE
CANDLES, COINS = 1_000, 20
QUOTES_EVERY_S = 10.0
"""Often enough that the gate takes no price for stale."""
BURST_S = 0.001
"""Shortest time between two looks at how many ticks are due."""
IDLE_S = 0.05
LATE_MAX_S = 0.01
"""What could not be told for longer than this is left out."""


class AskedFor:
    """A feed: quotes for every instrument now and then, and trades of one as often as was asked for."""

    name = "benchmark"

    def __init__(self, system: System) -> None:
        self._instruments = list(system.followed.master)
        self._now_ns = system.followed.clock.now_ns
        self._a_second = 0.0

    def instruments(self) -> Sequence[Instrument]:
        """List what it speaks of."""
        return self._instruments

    async def events(self) -> AsyncIterator[MarketEvent]:
        """Yield events at the rate that was asked for last. Each trade is named after the instant it is told at."""
        asyncio.get_running_loop().add_reader(0, self._listen)
        last, quoted, due, count = time.perf_counter(), 0.0, 0.0, 0
        while True:
            now = time.perf_counter()
            if now - quoted > QUOTES_EVERY_S:
                quoted = now
                for instrument in self._instruments:
                    price = PRICE if instrument.symbol == SYMBOL else CHEAP
                    yield Quote(instrument.symbol, self._now_ns(), price - SCALE, DEPTH, price + SCALE, DEPTH)
            due = min(due + (now - last) * self._a_second, max(1.0, self._a_second * LATE_MAX_S))
            last = now
            while due >= 1:
                due, count = due - 1, count + 1
                price, name = PRICE + count % 100 * SCALE // 100, str(time.perf_counter_ns())
                yield Trade(SYMBOL, self._now_ns(), price, SCALE, 1, name)
            wait = (1 - due) / self._a_second if self._a_second else IDLE_S
            await asyncio.sleep(min(max(wait, BURST_S), IDLE_S))

    def _listen(self) -> None:
        said = os.read(0, 4_096).split()
        if said:
            self._a_second = float(said[-1])
        else:
            asyncio.get_running_loop().remove_reader(0)


def candles(now_ns: int) -> list[Bar]:
    """Give finished candles of the last minutes."""
    minute = Timeframe.M1.length_ns
    first = now_ns - now_ns % minute - CANDLES * minute
    return [
        Bar(SYMBOL, Timeframe.M1, first + place * minute, PRICE, PRICE + SCALE, PRICE - SCALE, PRICE, SCALE)
        for place in range(CANDLES)
    ]


def build(settings: Settings) -> System:
    """Put the system together as it always is, then give it our feed."""
    system = BUILD(settings)
    system.board.restore(candles(system.followed.clock.now_ns()))
    followed = msgspec.structs.replace(system.followed, open_feed=lambda _prices: AskedFor(system))
    return dataclasses.replace(system, followed=followed)


def instruments(sessions: str) -> list[Instrument]:
    """List what ships, and more coins."""
    shipped = LISTED(sessions)
    coin = next(one for one in shipped if one.symbol == SYMBOL)
    return [*shipped, *(msgspec.structs.replace(coin, symbol=f"COIN{number}/USD") for number in range(COINS))]


def socket_limits(settings: Settings) -> SessionLimits:
    """Let a socket say as much as it likes."""
    return msgspec.structs.replace(LIMITS(settings), messages_per_second=1_000_000, messages_burst=1_000_000)


BUILD, LIMITS, LISTED = serving.build, serving.socket_limits, market.default_instruments

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("data_dir", type=Path)
    given = parser.parse_args()
    serving.build, serving.socket_limits, market.default_instruments = build, socket_limits, instruments
    overrides = {"data_dir": given.data_dir, "port": given.port, "feed": "none", "fill_profile": "ideal"}
    serving.serve(load(overrides=overrides))
