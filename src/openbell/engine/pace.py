"""How fast orders go out: the last second's orders by ledger, and orders alike. Volatile, never stored."""

from collections import deque
from collections.abc import Hashable

from openbell.domain.values import NANOS_PER_SECOND, Nanos

ALIKE_MAX = 10_000
"""Fingerprints remembered at once."""


class Pace:
    """Counts what was let out. A clock that steps back forgets the orders that now lie in the future."""

    def __init__(self) -> None:
        self._times: dict[str, deque[Nanos]] = {}
        self._alike: dict[Hashable, Nanos] = {}

    def in_last_second(self, key: str, now_ns: Nanos) -> int:
        """Count the orders noted under a key within the second up to now."""
        times = self._times.get(key)
        if not times:
            return 0
        if times[-1] > now_ns:
            times.clear()
        while times and times[0] <= now_ns - NANOS_PER_SECOND:
            times.popleft()
        return len(times)

    def note(self, key: str, now_ns: Nanos) -> None:
        """Remember that an order went out."""
        self.in_last_second(key, now_ns)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = deque()
        times.append(now_ns)

    def age_of_alike(self, fingerprint: Hashable, now_ns: Nanos) -> Nanos | None:
        """Give how long ago an order with this fingerprint went out, or None when none did."""
        seen_ns = self._alike.get(fingerprint)
        return now_ns - seen_ns if seen_ns is not None and seen_ns <= now_ns else None

    def note_alike(self, fingerprint: Hashable, now_ns: Nanos) -> None:
        """Remember an order's fingerprint."""
        if len(self._alike) >= ALIKE_MAX:
            self._alike.clear()
        self._alike[fingerprint] = now_ns
