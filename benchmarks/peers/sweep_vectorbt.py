"""A sweep of the crossover in vectorbt: `sweep_vectorbt.py COLUMNS PAIRS UNITS`.

COLUMNS is a NumPy archive of bars, PAIRS the windows as JSON. Which bars trade is worked out beforehand, so that only
the engine is timed. Written to the output: the fills of each pair, the seconds of processor time, and the memory held
at most. The first run compiles, on a few bars, and is left out.
"""

import json
import resource
import sys
import time
import warnings

import numpy as np

CASH, FEE = 10_000_000, 0.001


def crossings(close: np.ndarray, fast: int, slow: int) -> tuple[np.ndarray, np.ndarray]:
    """Mark the bars at whose open a cross up and a cross down are traded."""
    sums = np.concatenate(([0], np.cumsum(close)))
    spread = np.zeros(len(close), dtype=np.int64)
    spread[slow - 1 :] = (sums[slow:] - sums[slow - fast : -fast]) * slow - (sums[slow:] - sums[:-slow]) * fast
    before, now = spread[:-1], spread[1:]
    up, down = np.zeros(len(close), dtype=bool), np.zeros(len(close), dtype=bool)
    up[slow + 1 :] = ((before <= 0) & (now > 0))[slow - 1 : -1]
    down[slow + 1 :] = ((before >= 0) & (now < 0))[slow - 1 : -1]
    return up, down


def main() -> None:
    import vectorbt as vbt

    warnings.simplefilter("ignore")
    with np.load(sys.argv[1]) as archive:
        bars = {column: archive[column] for column in archive.files}
    pairs, units = json.loads(sys.argv[2]), int(sys.argv[3])
    cents = np.round(bars["close"] * 100).astype(np.int64)
    ups, downs = np.empty((len(cents), len(pairs)), dtype=bool), np.empty((len(cents), len(pairs)), dtype=bool)
    for column, (fast, slow) in enumerate(pairs):
        ups[:, column], downs[:, column] = crossings(cents, fast, slow)

    def run(first: int) -> np.ndarray:
        price = bars["open"][:first, None]
        portfolio = vbt.Portfolio.from_signals(
            bars["close"][:first, None], ups[:first], downs[:first], price=price, size=units, fees=FEE, init_cash=CASH
        )
        return np.bincount(portfolio.orders.records["col"], minlength=len(pairs))

    run(200)
    begin = time.process_time()
    fills = run(len(cents))
    seconds = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"fills": fills.tolist(), "seconds": seconds, "memory": memory}))


main()
