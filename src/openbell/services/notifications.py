"""Alerts on their way out: one bounded queue a channel, tried again with growing pauses, never in trading's way."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
import structlog

from openbell.domain.alert import Alert, Severity
from openbell.domain.events import AlertRaised, Recorded
from openbell.domain.market import MarketEvent
from openbell.ports import NotDelivered, Notifier

log = structlog.get_logger(__name__)

WAITING_MAX = 1_000
"""Alerts that may wait for one channel; beyond, the oldest is dropped: the newest matter most, and all are listed."""
ATTEMPTS_MAX = 6
PAUSE_S = 1.0
PAUSE_MAX_S = 60.0
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Route(msgspec.Struct, frozen=True):
    """A channel, and the least severity it is told of."""

    notifier: Notifier
    least: Severity

    def takes(self, severity: Severity) -> bool:
        """Tell whether the channel wants to hear of this."""
        return _RANK[severity] >= _RANK[self.least]


class _Lane:
    def __init__(self, route: Route) -> None:
        self.route = route
        self.waiting: deque[Alert] = deque()
        self.arrived = asyncio.Event()
        self.dropped = 0

    def put(self, alert: Alert) -> None:
        if len(self.waiting) >= WAITING_MAX:
            self.waiting.popleft()
            self.dropped += 1
        self.waiting.append(alert)
        self.arrived.set()


class Notifications:
    """Listens to committed events (ports.Publisher) and tells the channels of alerts.

    `jitter` gives a number from 0 to 1: pauses are spread, so that many servers do not knock at once.
    """

    def __init__(self, routes: Sequence[Route], *, jitter: Callable[[], float], pause_s: float = PAUSE_S) -> None:
        self._lanes = [_Lane(route) for route in routes]
        self._jitter = jitter
        self._pause_s = pause_s

    def events(self, records: Sequence[Recorded]) -> None:
        """Queue the alerts among committed events. Never waits."""
        for recorded in records:
            event = recorded.event
            if isinstance(event, AlertRaised):
                self._put(_alert(event, recorded.ts_ns))

    def market(self, event: MarketEvent) -> None:
        """Ignore the market."""

    def channels(self, severity: Severity) -> list[str]:
        """Name the channels that are told of alerts this severe."""
        return [lane.route.notifier.name for lane in self._lanes if lane.route.takes(severity)]

    async def run(self) -> None:
        """Deliver for ever; a channel that is slow or broken holds up no other."""
        await asyncio.gather(*(self._serve(lane) for lane in self._lanes))

    def _put(self, alert: Alert) -> None:
        for lane in self._lanes:
            if lane.route.takes(alert.severity):
                lane.put(alert)

    async def _serve(self, lane: _Lane) -> None:
        while True:
            await lane.arrived.wait()
            lane.arrived.clear()
            while lane.waiting:
                await self._deliver(lane.route.notifier, lane.waiting.popleft())
            if lane.dropped:
                log.warning("alerts dropped", channel=lane.route.notifier.name, count=lane.dropped)
                lane.dropped = 0

    async def _deliver(self, notifier: Notifier, alert: Alert) -> None:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                await notifier.send(alert)
            except NotDelivered as failure:
                said = {"channel": notifier.name, "alert_id": alert.alert_id, "reason": str(failure)}
                if failure.is_final or attempt == ATTEMPTS_MAX:
                    log.warning("alert not delivered", attempts=attempt, **said)
                    return
                log.info("alert not delivered yet", attempt=attempt, **said)
                await asyncio.sleep(self._pause(attempt))
            else:
                return

    def _pause(self, attempt: int) -> float:
        longest: float = min(PAUSE_MAX_S, self._pause_s * 2 ** (attempt - 1))
        return longest * (0.5 + self._jitter() / 2)


def _alert(event: AlertRaised, ts_ns: int) -> Alert:
    return Alert(
        alert_id=event.alert_id,
        account_id=event.account_id,
        severity=event.severity,
        code=event.code,
        message=event.message,
        context=event.context,
        created_ns=ts_ns,
    )
