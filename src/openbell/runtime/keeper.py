"""Keeps what is worth keeping beside the journal: finished candles and, every so often, a snapshot."""

import asyncio

import structlog

from openbell.domain.market import Timeframe
from openbell.ports import CandleStore, Journal, Unavailable
from openbell.runtime.board import MarketBoard
from openbell.runtime.recovery import SNAPSHOT_EVERY, snapshot_of
from openbell.runtime.views import LiveViews

log = structlog.get_logger(__name__)

KEPT_TIMEFRAMES = frozenset({Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1})
"""Shorter candles are gone with the process: they would fill the disk to save minutes of a chart."""
RESTORED_PER_SERIES = 1_000
KEEP_SECONDS = 1.0


class Keeper:
    """Writes candles and snapshots in the background."""

    def __init__(self, *, board: MarketBoard, candles: CandleStore, journal: Journal, views: LiveViews) -> None:
        self._board = board
        self._candles = candles
        self._journal = journal
        self._views = views
        self._snapshot_seq = views.last_seq()

    async def restore_candles(self) -> None:
        """Give the board the candles kept from before."""
        for instrument in self._board.instruments():
            for timeframe in KEPT_TIMEFRAMES:
                self._board.restore(await self._candles.latest(instrument.symbol, timeframe, limit=RESTORED_PER_SERIES))

    async def run(self) -> None:
        """Keep candles as they finish and a snapshot whenever enough has happened, for ever."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            if self._journal.scarce:
                continue  # what room there is, is for what ends trading
            try:
                await self.keep_candles()
            except Unavailable as outage:
                log.warning("candles not kept", reason=str(outage))
            if self._views.last_seq() - self._snapshot_seq >= SNAPSHOT_EVERY:
                self.keep_snapshot()

    async def keep_candles(self) -> None:
        """Write the candles finished since the last call."""
        bars = [bar for bar in self._board.take_unsaved() if bar.timeframe in KEPT_TIMEFRAMES]
        if bars:
            await self._candles.add(bars)

    def keep_snapshot(self) -> None:
        """Write a snapshot of the committed state."""
        self._snapshot_seq = self._views.last_seq()
        self._journal.save_snapshot(snapshot_of(self._views.state))
