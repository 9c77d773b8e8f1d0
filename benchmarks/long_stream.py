"""A recording of a hundred million bars through a backtest: bars a second, and the most memory it ever took.

Not among the scripts of `make bench`: `.venv/bin/python benchmarks/long_stream.py --bars 100000000 --slow 3000`.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np
from backtest import random_bars, request_for

from openbell.adapters.catalog.instruments import instrument_of
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.ports import BarColumns
from openbell.runtime.drivers import Driver
from openbell.runtime.scene import scene_of
from openbell.runtime.stream import stream
from openbell.strategies import SHIPPED

SYMBOL = "SYNTHETIC"
CHUNK_BARS = 1_000_000
MEMORY_MAX = 2 * 2**30


def chunks(count: int) -> Iterator[dict[str, BarColumns]]:
    """Yield the same walk again and again, each time later."""
    bars = random_bars(min(count, CHUNK_BARS))
    for number in range(-(-count // CHUNK_BARS)):
        later = bars.ts_ns + np.int64(number * CHUNK_BARS * 60 * NANOS_PER_SECOND)
        yield {SYMBOL: BarColumns(later, bars.open, bars.high, bars.low, bars.close, bars.volume)}


def main() -> None:
    """Run it and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=10_000_000)
    parser.add_argument("--slow", type=int, default=30, help="bars of the slow average: longer ones trade less")
    parser.add_argument("--driver", type=Driver, choices=list(Driver), default=Driver.WAKE)
    given = parser.parse_args()
    count, slow = given.bars, given.slow
    request = request_for(SYMBOL, Timeframe.M1, 1_000_000_000 * SCALE)
    request.parameters.update(fast=slow // 3, slow=slow)
    instrument = instrument_of(SYMBOL, random_bars(CHUNK_BARS))
    begin = time.process_time()
    scene = scene_of(request, instrument=instrument, kinds=SHIPPED)
    streamed = stream(scene, chunks=chunks(count), kinds=SHIPPED, driver=given.driver)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    print(f"{streamed.bars:,} bars, {streamed.fills:,} fills in {seconds:.1f} s of processor time")
    print(f"{streamed.bars / seconds:,.0f} bars/s, at most {peak / 2**20:,.0f} MiB")
    sys.exit(0 if peak < MEMORY_MAX else "that is more than 2 GiB")


if __name__ == "__main__":
    main()
