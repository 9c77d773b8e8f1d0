"""Tells telemetry: on every change, at least every second, and an alert when it lags behind the feed."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec
import structlog

from openbell.domain.alert import Severity
from openbell.domain.commands import RaiseAlert
from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent, Quote, Trade
from openbell.domain.telemetry import Reading
from openbell.ports import Trading, Unavailable
from openbell.services.latency import Episodes, Latency
from openbell.services.telemetry import Telemetry

log = structlog.get_logger(__name__)

HEARTBEAT_S = 0.9
"""Longest time between two broadcasts: a second, with room for a busy loop."""
CONFLATION_S = 0.1
"""Shortest time between two broadcasts."""
SAMPLE_S = 1.0
SAVE_S = 60.0

Tell = Callable[[Reading], None]


class Broadcast:
    """Hears of commits and prices, and tells readings. Implements ports.Publisher."""

    def __init__(self, *, telemetry: Telemetry, trading: Trading, tell: Tell) -> None:
        self._telemetry = telemetry
        self._trading = trading
        self._tell = tell
        self._latency = Latency()
        self._episodes = Episodes()
        self._held: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[object]] = set()

    def events(self, records: Sequence[Recorded]) -> None:
        """Count committed events; those of the account, or of nobody in particular, are a change."""
        account_id = self._telemetry.account_id
        if account_id:
            self._telemetry.count(records)
            if any(recorded.account_id in ("", account_id) for recorded in records):
                self._changed.set()

    def market(self, event: MarketEvent) -> None:
        """Take a price: for volatility, for latency, and as a change when the instrument is held."""
        if type(event) is Quote:
            self._telemetry.observe(event)
        elif type(event) is not Trade:
            return
        traded = self._telemetry.traded
        if traded and event.symbol not in traded:
            return
        at_s = asyncio.get_running_loop().time()
        self._latency.heard(max(0, self._trading.now_ns() - event.ts_ns) / 1e6, at_s=at_s)
        if event.symbol in self._held:
            self._latency.waits(at_s=at_s)
            self._changed.set()

    async def run(self) -> None:
        """Broadcast, for ever; at once over when there is no account to tell of."""
        clock = asyncio.get_running_loop().time
        sent: Reading | None = None
        sent_s = looked_s = sampled_s = float("-inf")
        saved_s = clock()
        while self._telemetry.account_id:
            await self._next_look(due_s=sent_s + HEARTBEAT_S, earliest_s=looked_s + CONFLATION_S)
            looked_s = clock()
            if looked_s - sampled_s >= SAMPLE_S:
                sampled_s = looked_s
                self._telemetry.sample()
            now = self._telemetry.reading()
            is_due = looked_s - sent_s >= HEARTBEAT_S
            if now is not None and (is_due or sent is None or not now.says_the_same(sent)):
                sent, sent_s = now, looked_s
                self._send(now, looked_s)
            if looked_s - saved_s >= SAVE_S:
                saved_s = looked_s
                self._in_background(self._save())

    async def close(self) -> None:
        """Keep what is counted."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._telemetry.account_id:
            await self._save()

    async def _next_look(self, *, due_s: float, earliest_s: float) -> None:
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(max(0.0, due_s - clock())):
                await self._changed.wait()
        except TimeoutError:
            pass
        await asyncio.sleep(max(0.0, earliest_s - clock()))
        self._changed.clear()

    def _send(self, reading: Reading, at_s: float) -> None:
        latency_ms = self._latency.at_broadcast(at_s=at_s)
        self._tell(msgspec.structs.replace(reading, latency_ms=latency_ms))
        self._held = frozenset(reading.inventory)
        limit_ms = int(self._telemetry.parameters["latency_alert_ms"])
        if self._episodes.begins(latency_ms, above_ms=limit_ms, at_s=at_s):
            self._in_background(self._alert(latency_ms or 0.0, limit_ms))

    async def _alert(self, latency_ms: float, limit_ms: int) -> None:
        alert = RaiseAlert(
            ts_ns=self._trading.now_ns(),
            account_id=self._telemetry.account_id,
            severity=Severity.WARNING,
            code="TELEMETRY_LATENCY",
            message=f"telemetry is {latency_ms:.0f} ms behind the feed, allowed are {limit_ms} ms",
            context={"latency_ms": f"{latency_ms:.1f}", "limit_ms": str(limit_ms)},
        )
        try:
            await self._trading.submit(alert)
        except Unavailable as outage:
            log.warning("latency alert not recorded", latency_ms=latency_ms, reason=str(outage))

    async def _save(self) -> None:
        try:
            await self._telemetry.save()
        except Unavailable as outage:
            log.warning("telemetry not kept", reason=str(outage))

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
