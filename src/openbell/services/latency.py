"""Latency from a feed's event to the broadcast that tells of it, and episodes of too much of it."""

SILENCE_S = 5.0
"""After so long without an event there is no latency to tell; that the feed is stale is told by health."""
CLEAR_S = 5.0
"""An episode is over once latency has been acceptable for so long."""


class Latency:
    """The worst latency since the last broadcast. Times are seconds of one steady clock; lags are milliseconds."""

    def __init__(self) -> None:
        self._heard_s: float | None = None
        self._lag_ms = 0.0
        self._worst_ms: float | None = None
        self._waiting: tuple[float, float] | None = None

    def heard(self, lag_ms: float, *, at_s: float) -> None:
        """Take an event that arrived so long after its own time."""
        self._heard_s, self._lag_ms = at_s, lag_ms
        self._worst_ms = lag_ms if self._worst_ms is None else max(self._worst_ms, lag_ms)

    def waits(self, *, at_s: float) -> None:
        """Note that what was heard last changes what is to be told: from now on it waits for its broadcast."""
        if self._waiting is None:
            self._waiting = (self._lag_ms, at_s)

    def at_broadcast(self, *, at_s: float) -> float | None:
        """Give the latency of a broadcast made now, and begin anew."""
        if self._heard_s is None or at_s - self._heard_s > SILENCE_S:
            self._worst_ms = self._waiting = None
            return None
        found = self._lag_ms if self._worst_ms is None else self._worst_ms
        if self._waiting is not None:
            lag_ms, since_s = self._waiting
            found = max(found, lag_ms + (at_s - since_s) * 1_000)
        self._worst_ms = self._waiting = None
        return found


class Episodes:
    """Tells the beginning of each stretch of too much latency, once."""

    def __init__(self) -> None:
        self._is_on = False
        self._last_bad_s = 0.0

    def begins(self, latency_ms: float | None, *, above_ms: float, at_s: float) -> bool:
        """Take the latest latency; True when an episode begins with it."""
        if latency_ms is not None and latency_ms > above_ms:
            was_on, self._is_on, self._last_bad_s = self._is_on, True, at_s
            return not was_on
        if self._is_on and at_s - self._last_bad_s >= CLEAR_S:
            self._is_on = False
        return False
