"""Records what a live feed says into the catalog: in batches, into files that rotate, within bounds.

The server's loop only appends to a list; a thread writes. What has been written of a file that is still growing
survives a crash, as the next start makes a dataset of it. Trading never waits for a recording: what cannot be kept is
dropped, counted and told of.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from openbell.adapters.catalog.recorded_rows import kind_of_event
from openbell.adapters.catalog.spool import RecordingLimits, Spools
from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 1.0
PENDING_MAX = 200_000
"""Events in memory that wait for the thread; later ones are dropped."""


class FeedRecorder:
    """Implements ports.Publisher: keeps the market events of some kinds."""

    def __init__(
        self,
        folder: Path,
        *,
        feed_name: str,
        kinds: frozenset[str],
        limits: RecordingLimits,
        on_sealed: Callable[[], object],
    ) -> None:
        self.dropped = 0
        self._kinds = kinds
        self._pending: list[tuple[str, MarketEvent]] = []
        self._spools = Spools(folder, feed_name=feed_name, limits=limits)
        self._on_sealed = on_sealed
        self._told = 0

    def events(self, records: Sequence[Recorded]) -> None:
        """Leave private events to the journal."""

    def market(self, event: MarketEvent) -> None:
        """Take one event."""
        kind = kind_of_event(event)
        if kind not in self._kinds:
            return
        if len(self._pending) >= PENDING_MAX:
            self.dropped += 1
            return
        self._pending.append((kind, event))

    async def run(self) -> None:
        """Write what comes, for ever; on being cancelled make datasets of all that is open."""
        await asyncio.to_thread(self._guarded, self._spools.recover)
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self._flush()
        finally:
            await self._flush()
            await asyncio.to_thread(self._guarded, self._spools.close)

    async def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending:
            await asyncio.to_thread(self._guarded, lambda: self._write(pending))
        if self.dropped > self._told:
            log.warning("recording_dropped", events=self.dropped - self._told)
            self._told = self.dropped

    def _write(self, pending: list[tuple[str, MarketEvent]]) -> int:
        series: dict[tuple[str, str], list[MarketEvent]] = defaultdict(list)
        for kind, event in pending:
            series[kind, event.symbol].append(event)
        sealed = 0
        for (kind, symbol), events in series.items():
            kept, closed = self._spools.append(kind, symbol, events)
            self.dropped += len(events) - kept
            sealed += closed
        return sealed

    def _guarded(self, work: Callable[[], int]) -> None:
        """Do something to files; a disk that is full or gone ends recordings, never the server."""
        try:
            if work():
                self._on_sealed()
        except OSError as problem:
            log.warning("recording_failed", reason=problem.strerror)
            with contextlib.suppress(OSError):
                self._spools.drop()
