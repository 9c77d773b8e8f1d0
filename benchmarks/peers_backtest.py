"""Other backtest libraries on the benchmark's bars, in an environment of their own, since their licences are not ours.

Each has to make the same trades before its time counts; what is not installed says so.
"""

import subprocess
import tempfile
from pathlib import Path

import msgspec
import numpy as np
from figures import Figure, absent, figure
from surroundings import PEERS, PYTHON, has_module

from openbell.domain.values import SCALE
from openbell.ports import BarColumns

Fills = list[tuple[int, int]]
"""Bar and signed units of each fill."""
SECONDS_MAX = 180
LIBRARIES = {
    "Numba loop": "numba",
    "backtesting.py": "backtesting",
    "backtrader": "backtrader",
    "vectorbt": "vectorbt",
    "NautilusTrader": "nautilus_trader",
}
LIMIT = "Numba loop"
UNIT = "bars/s"


class Seen(msgspec.Struct, frozen=True):
    """What a library gave."""

    fills: Fills
    seconds: list[float]


def kept(bars: BarColumns, folder: Path) -> Path:
    """Write bars down for another program."""
    path = folder / "bars.npz"
    columns = {name: getattr(bars, name) / SCALE for name in ("open", "high", "low", "close", "volume")}
    np.savez(path, ts_ns=bars.ts_ns, **columns)
    return path


def played(module: str, path: Path, numbers: list[int]) -> Seen | None:
    """Run a library; None when it takes far too long."""
    words = [str(PYTHON), str(PEERS / "backtests.py"), module, str(path), *map(str, numbers)]
    try:
        done = subprocess.run(words, capture_output=True, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return None
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Seen)


class SeenSweep(msgspec.Struct, frozen=True):
    """What a sweep in vectorbt gave: the fills of each pair, processor time, and the memory held at most, in bytes."""

    fills: list[int]
    seconds: float
    memory: int


def swept(bars: BarColumns, pairs: list[tuple[int, int]], *, units: int) -> SeenSweep | None:
    """Sweep over pairs of windows in vectorbt; None where it is not installed, or has not the memory or the time."""
    if not has_module("vectorbt"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        given = [str(kept(bars, Path(folder))), msgspec.json.encode(pairs).decode(), str(units)]
        words = [str(PYTHON), str(PEERS / "sweep_vectorbt.py"), *given]
        try:
            done = subprocess.run(words, capture_output=True, timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return None
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=SeenSweep) if done.returncode == 0 else None


def peers(
    name: str, bars: BarColumns, expected: Fills, *, fast: int, slow: int, units: int, repeats: int
) -> list[Figure]:
    """Measure every library on some bars."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        path = kept(bars, Path(folder))
        for who, module in LIBRARIES.items():
            if not has_module(module):
                figures.append(absent(name, unit=UNIT, who=who))
                continue
            seen = played(module, path, [fast, slow, units, repeats])
            if seen is None:
                figures.append(absent(name, unit=UNIT, who=who, why=f"no answer within {SECONDS_MAX} s"))
                continue
            assert seen.fills == expected, f"{who} trades otherwise: {len(seen.fills)} fills for {len(expected)}"
            rates = [len(bars.ts_ns) / max(seconds, 1e-9) for seconds in seen.seconds]
            role = "limit" if who == LIMIT else "peer"
            figures.append(figure(name, rates, unit=UNIT, is_less_better=False, role=role, who=who))
    return figures
