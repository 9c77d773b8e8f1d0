"""How a backtest's bars reach the core: one plain way, and faster ones that are held to it."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from openbell.engine.lanes import Rows
from openbell.engine.lines import Integers
from openbell.runtime.parts import Part
from openbell.runtime.stage import Stage

Drive: TypeAlias = Callable[[Part], Integers]
"""Plays a part and gives the equity after each of its instants."""


class Driver(StrEnum):
    """How bars reach the core. All lead to the same events; PLAIN steps each bar and is what the others are held to."""

    PLAIN = "PLAIN"
    EVERY_BAR = "EVERY_BAR"
    WAKE = "WAKE"
    """Skips the bars that the strategies say cannot matter; where one does not say, as EVERY_BAR."""


class _Plain:
    """One step a bar, as on paper. The equity is what the core says it is."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __call__(self, part: Part) -> Integers:
        stage, equity = self._stage, []
        tells_time = stage.scene.tells_time
        stage.curve.begin(part)
        for place, bar in enumerate(part.in_order(stage.scene.timeframe)):
            stage.meet(bar, place)
            stage.step(bar, place)
            if part.lasts[place]:
                if tells_time:
                    stage.tell_time(bar.end_ns, place)
                equity.append(stage.equity())
        return np.array(equity, dtype=np.int64)


class _EveryBar:
    """Every bar reaches the strategies, by way of the core's replay."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._replay = stage.core.replay(stage, stage.scene.timeframe)

    def __call__(self, part: Part) -> Integers:
        self._replay.load(part.bars, part.places_listed())
        self._stage.curve.begin(part)
        self._run(Rows([self._replay.lanes[symbol] for symbol in part.bars], part.owners, part.rows), part)
        return self._stage.curve.end(len(part.ends_ns))[part.lasts]

    def _run(self, rows: Rows, part: Part) -> None:
        tells_time = part.lasts.tolist() if self._stage.scene.tells_time else None
        self._replay.run(rows, ends_ns=part.ends_ns.tolist(), tells_time=tells_time)


class _Wake(_EveryBar):
    """Only the bars that matter reach the strategies, where all of them say which these are."""

    def _run(self, rows: Rows, part: Part) -> None:
        if self._stage.scene.tells_time or not self._replay.run_woken(rows):
            super()._run(rows, part)


DRIVERS: dict[Driver, Callable[[Stage], Drive]] = {
    Driver.PLAIN: _Plain,
    Driver.EVERY_BAR: _EveryBar,
    Driver.WAKE: _Wake,
}
