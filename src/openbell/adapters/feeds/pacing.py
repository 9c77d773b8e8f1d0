"""Market time that runs with the clock, faster or slower, and never backwards."""

import asyncio

from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Clock

SLEEP_MAX_S = 0.5
"""Longest sleep at a stretch, so that a stepped clock is noticed."""


class Pacer:
    """Follows a clock from a starting instant at a multiple of its speed. A clock set back makes a pause of nothing."""

    def __init__(self, clock: Clock, *, speed: float, start_ns: Nanos) -> None:
        if speed <= 0:
            raise ValueError("speed must be positive")
        self._clock = clock
        self._speed = speed
        self._market_ns = float(0)
        self._start_ns = start_ns
        self._seen_ns = clock.now_ns()

    def now_ns(self) -> Nanos:
        """Give the present market time."""
        seen_ns = self._clock.now_ns()
        self._market_ns += max(0, seen_ns - self._seen_ns) * self._speed
        self._seen_ns = seen_ns
        return self._start_ns + int(self._market_ns)

    def restart_at(self, ts_ns: Nanos) -> None:
        """Set market time: what was missed is not made up for."""
        self._start_ns, self._market_ns = ts_ns, 0.0

    async def wait_until(self, ts_ns: Nanos) -> None:
        """Sleep until market time has reached an instant."""
        # No event could be waited for instead: it is time itself that has to pass.
        while (wait_ns := ts_ns - self.now_ns()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(wait_ns / NANOS_PER_SECOND / self._speed, SLEEP_MAX_S))
