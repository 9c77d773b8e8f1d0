"""How fast somebody may talk: so many messages a second, with a burst saved up while silent."""

from openbell.domain.values import NANOS_PER_SECOND, Nanos


class Pace:
    """A bucket of tokens for one connection; each message takes one."""

    def __init__(self, per_second: int, *, burst: int, now_ns: Nanos) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._tokens = float(burst)
        self._counted_ns = now_ns

    def would_admit(self, now_ns: Nanos) -> bool:
        """Tell whether a message would be admitted now; counts nothing."""
        passed = max(0, now_ns - self._counted_ns) / NANOS_PER_SECOND
        return self._tokens + passed * self._per_second >= 1

    def admits(self, now_ns: Nanos) -> bool:
        """Count one message; False when it comes too soon."""
        passed = max(0, now_ns - self._counted_ns) / NANOS_PER_SECOND
        self._counted_ns = now_ns
        self._tokens = min(self._burst, self._tokens + passed * self._per_second)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
