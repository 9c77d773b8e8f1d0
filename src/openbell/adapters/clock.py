"""The time: of this machine, or as somebody sets it."""

import time

import structlog

from openbell.domain.values import NANOS_PER_SECOND, Nanos

log = structlog.get_logger(__name__)

BEHIND_NS_MAX = 24 * 3_600 * NANOS_PER_SECOND
"""How far behind what was recorded the clock may be at a start; further off, what was recorded is wrong."""


class SystemClock:
    """This machine's time, which never goes back.

    When the wall clock is set back, time goes on from where it was at the pace of the monotonic clock: no token
    comes to life again and no bar repeats. When it is set forward, time follows.
    """

    def __init__(self) -> None:
        self._wall_ns = time.time_ns()
        self._steady_ns = time.monotonic_ns()

    def now_ns(self) -> Nanos:
        """Give the present instant, not before any that was given."""
        # The wall is read first: read second it could run ahead of the pair a little more with every call.
        wall_ns = time.time_ns()
        steady_ns = time.monotonic_ns()
        self._wall_ns = max(wall_ns, self._wall_ns + steady_ns - self._steady_ns)
        self._steady_ns = steady_ns
        return self._wall_ns

    def go_on_from(self, recorded_ns: Nanos) -> None:
        """Let time be no earlier than the latest instant an earlier run recorded: a restart revives nothing either.

        A clock more than a day behind is believed, and it is logged: then the earlier run's was wrong.
        """
        behind_ns = recorded_ns - self.now_ns()
        if behind_ns > BEHIND_NS_MAX:
            log.error("clock_far_behind_the_journal", seconds=behind_ns // NANOS_PER_SECOND)
        elif behind_ns > 0:
            log.warning("clock_behind_the_journal", seconds=behind_ns // NANOS_PER_SECOND)
            self._wall_ns = recorded_ns


class ManualClock:
    """A clock that stands still until it is set: time of a recording, or of a test."""

    def __init__(self, now_ns: Nanos = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> Nanos:
        """Give the instant that was set last."""
        return self._now_ns

    def set(self, now_ns: Nanos) -> None:
        """Move to an instant. Raises ValueError for one that is past: recordings are in order of time."""
        if now_ns < self._now_ns:
            raise ValueError(f"time does not go back: from {self._now_ns} to {now_ns}")
        self._now_ns = now_ns

    def advance(self, by_ns: Nanos) -> None:
        """Move on by nanoseconds."""
        self.set(self._now_ns + by_ns)
