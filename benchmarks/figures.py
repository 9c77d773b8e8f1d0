"""What every benchmark has in common: its sizes, a figure with its spread, and how figures are shown."""

import argparse
import contextlib
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Size(IntEnum):
    """How long a benchmark may take: SMALLEST proves that it runs, SHORT gives a first idea, FULL gives the figures."""

    SMALLEST = 0
    SHORT = 1
    FULL = 2

    def pick(self, smallest: T, short: T, full: T) -> T:
        """Give the value meant for this size."""
        return (smallest, short, full)[self]


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measured figure: the median of some repeats, with the lowest and the highest of them beside it."""

    name: str
    unit: str
    median: float
    low: float
    high: float
    repeats: int
    is_less_better: bool = True
    target: float | None = None
    """What the project wants to reach; None where it has set itself nothing."""
    role: str = "figure"
    """`limit` for what the machine gives without Openbell, `peer` for another program beside it; else `figure`."""
    note: str = ""
    who: str = ""
    """Whose figure it is, where the same is measured of several: they share a chart."""
    at: float | None = None
    """The place on a curve, where the same is measured at several sizes: they share a chart too."""
    axis: str = ""
    """What the places of the curve are counted in."""

    @property
    def title(self) -> str:
        """Name with whose it is, or at what size."""
        size = "" if self.at is None else f", {self.at:,.0f} {self.axis}"
        return f"{self.who}: {self.name}{size}" if self.who else f"{self.name}{size}"

    @property
    def reached(self) -> float | None:
        """Part of the target that was reached: 1 and more is met."""
        if self.target is None or not self.median or not self.repeats:
            return None
        return self.target / self.median if self.is_less_better else self.median / self.target


def figure(
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    is_less_better: bool = True,
    target: float | None = None,
    role: str = "figure",
    note: str = "",
    who: str = "",
    at: float | None = None,
    axis: str = "",
) -> Figure:
    """Make a figure of what the repeats gave."""
    return Figure(
        name=name,
        unit=unit,
        median=statistics.median(values),
        low=min(values),
        high=max(values),
        repeats=len(values),
        is_less_better=is_less_better,
        target=target,
        role=role,
        note=note,
        who=who,
        at=at,
        axis=axis,
    )


def absent(
    name: str, *, unit: str, who: str = "", why: str = "not installed", at: float | None = None, axis: str = ""
) -> Figure:
    """Make the figure of what could not be measured, which says why."""
    role = "peer" if who else "figure"
    return Figure(
        name=name, unit=unit, median=0, low=0, high=0, repeats=0, role=role, note=why, who=who, at=at, axis=axis
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    """Time work that keeps one core busy, by the processor time it takes: others on the machine then matter less."""
    begin = time.process_time_ns()
    work()
    return (time.process_time_ns() - begin) / 1e9


def repeated(make: Callable[[], Callable[[], object]], *, count: int, repeats: int) -> list[float]:
    """Give the microseconds a piece of `count` pieces of work, once a repeat. `make` prepares a repeat, untimed."""
    return [cpu_seconds(make()) / count * 1e6 for _ in range(repeats)]


def quantile(values: Sequence[float], part: float) -> float:
    """Give the value that `part` of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(part * len(ranked)) - 1)]


def number(value: float) -> str:
    """Write a measured value with about three digits that matter."""
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(figures: Sequence[Figure]) -> str:
    """Lay figures out for a terminal."""
    rows = [("", "median", "lowest", "highest", "unit", "target", "reached")]
    for one in figures:
        target = "" if one.target is None else number(one.target)
        reached = "" if one.reached is None else f"{one.reached:.2f}"
        name = one.title if one.role == "figure" else f"{one.role}: {one.title}"
        seen = [number(value) for value in (one.median, one.low, one.high)] if one.repeats else [one.note, "", ""]
        rows.append((name, *seen, one.unit, target, reached))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main(measure: Callable[[Size], list[Figure]], *, about: str) -> None:
    """Run one benchmark from the command line: its figures as JSON on standard output, as a table on standard error."""
    parser = argparse.ArgumentParser(description=about)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--short", dest="size", action="store_const", const=Size.SHORT, help="take seconds, not minutes")
    sizes.add_argument("--smallest", dest="size", action="store_const", const=Size.SMALLEST, help="only see it run")
    parser.set_defaults(size=Size.FULL)
    size = parser.parse_args().size
    with contextlib.redirect_stdout(sys.stderr):
        # What the product says for people must not get in between the figures.
        figures = measure(size)
    sys.stderr.write(table(figures) + "\n")
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(figures)).decode() + "\n")
