"""Checks of a strategy: that it does not see the future, and that it decides the same with more history.

Look-ahead: the run is played again with the bars from a cut on taken away, and with others in their place. Whatever
was done before the cut must be done again, to the last fill. Recursion: the run is played again from a later first
bar, with as much history as the strategy asks for. Once both runs are flat at the same time, they must do the same; if
they do not, an indicator still remembers what was before its warm-up.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from openbell.domain.instants import instant_text
from openbell.domain.study import Checks
from openbell.ports import BarColumns
from openbell.runtime.backtest import Played
from openbell.runtime.trials import Bench, sliced

CUT_FIRST = 0.3
CUT_LAST = 0.9
"""Parts of the data between which it is cut."""
NOISE = 0.02
"""Deviation of the returns that stand in for the future."""
_PRICES = ("open", "high", "low", "close")


class Deal(NamedTuple):
    """A fill, as far as two runs can be compared by it."""

    ts_ns: int
    side: str
    quantity: int
    price: int
    position: int


class Verdict(NamedTuple):
    """What one cut showed: how many fills were compared, how many differ, and the first that does."""

    cut_ns: int
    compared: int
    different: int
    first_ns: int | None


def check(bench: Bench, study: Checks, *, on_part: Callable[[float], None] | None = None) -> dict[str, Any]:
    """Do all checks and describe what they showed. Raises RunFailed."""
    whole = deals_of(bench.play({}))
    cuts = [round(bench.bar_count * part) for part in np.linspace(CUT_FIRST, CUT_LAST, study.cuts)]
    ahead, recursion = [], []
    for place, cut in enumerate(cuts):
        ahead += [look_ahead(bench, whole, cut, other) for other in (_without_future, _with_noise)]
        recursion.append(recursive(bench, whole, cut))
        if on_part is not None:
            on_part((place + 1) / len(cuts))
    return {
        "type": "checks",
        "fills": len(whole),
        "look_ahead": _document(ahead),
        "recursive": _document(recursion),
        "warm_up_bars": bench.warm_up_bars({}),
    }


def look_ahead(
    bench: Bench, whole: Sequence[Deal], cut: int, future: Callable[[BarColumns, int], BarColumns]
) -> Verdict:
    """Play with another future from a bar on, and compare what was done before it."""
    cut_ns = int(bench.prepared.bars.ts_ns[cut])
    prepared = msgspec.structs.replace(bench.prepared, bars=future(bench.prepared.bars, cut))
    other = deals_of(Bench(prepared, bench.kinds).play({}))
    # What trades in the bar of the cut was decided before it; without that bar there is nothing to compare it with.
    last = cut_ns - 1 if future is _without_future else cut_ns
    return _compared(cut_ns, [one for one in whole if one.ts_ns <= last], [one for one in other if one.ts_ns <= last])


def recursive(bench: Bench, whole: Sequence[Deal], cut: int) -> Verdict:
    """Play from a later first bar, and compare what was done once both runs were flat together."""
    cut_ns = int(bench.prepared.bars.ts_ns[cut])
    other = deals_of(bench.play({}, first=cut, history=bench.warm_up_bars({})))
    start = _both_flat(whole, other, cut_ns)
    if start is None:
        return Verdict(cut_ns, 0, 0, None)
    return _compared(cut_ns, [one for one in whole if one.ts_ns > start], [one for one in other if one.ts_ns > start])


def deals_of(played: Played) -> list[Deal]:
    """Give the fills of a run."""
    return [
        Deal(event.fill.ts_ns, event.fill.side.value, event.fill.quantity, event.fill.price, event.position_quantity)
        for event in played.fills
    ]


def _compared(cut_ns: int, ours: Sequence[Deal], theirs: Sequence[Deal]) -> Verdict:
    first, second = ({one[:4] for one in deals} for deals in (ours, theirs))
    different = sorted(first ^ second)
    return Verdict(cut_ns, len(first | second), len(different), different[0][0] if different else None)


def _both_flat(ours: Sequence[Deal], theirs: Sequence[Deal], cut_ns: int) -> int | None:
    """Give the first instant from a cut on after which neither run holds anything."""
    # What trades in the first bar was decided before it: the run that begins there cannot have decided it.
    changes = sorted({cut_ns, *(one.ts_ns for deals in (ours, theirs) for one in deals if one.ts_ns >= cut_ns)})
    return next((ts for ts in changes if not _held(ours, ts) and not _held(theirs, ts)), None)


def _held(deals: Sequence[Deal], ts_ns: int) -> int:
    return next((one.position for one in reversed(deals) if one.ts_ns <= ts_ns), 0)


def _without_future(bars: BarColumns, cut: int) -> BarColumns:
    return sliced(bars, 0, cut)


def _with_noise(bars: BarColumns, cut: int) -> BarColumns:
    """Give the bars with other prices after a cut; all of a bar move together, so that it stays a bar.

    Of the bar of the cut only the close moves, to the other end of its range: what rests at the venue meets the same
    bar, and who knows how it will close decides otherwise.
    """
    steps = np.random.default_rng(cut).normal(0.0, NOISE, len(bars.ts_ns) - cut - 1)
    factors = np.exp(np.cumsum(steps))
    moved = {}
    for name in _PRICES:
        prices = getattr(bars, name)
        tick = int(np.gcd.reduce(prices)) or 1
        later = np.maximum(tick, (prices[cut + 1 :] * factors).astype(np.int64) // tick * tick)
        moved[name] = np.concatenate([prices[: cut + 1], later])
    moved["close"][cut] = bars.low[cut] + bars.high[cut] - bars.close[cut]
    return msgspec.structs.replace(bars, **moved)


def _document(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "passed": not any(one.different for one in verdicts),
        "compared": sum(one.compared for one in verdicts),
        "different": sum(one.different for one in verdicts),
        "cuts": [
            {
                "cut": instant_text(one.cut_ns),
                "compared": one.compared,
                "different": one.different,
                "first_difference": None if one.first_ns is None else instant_text(one.first_ns),
            }
            for one in verdicts
        ],
    }
