"""How many requests passed lately: an exact count over a sliding window, and what is told about it.

Each bucket remembers when its requests of the last period passed. A request passes when fewer than the limit did, so
that no stretch of time as long as the period, wherever it begins, ever sees more than the limit. (A bucket that refills
by the second would let twice the limit through in its first minute.) Counting one costs about a microsecond.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import KeptBucket

BUCKETS_MAX = 50_000
"""Buckets kept in memory."""
TIMES_MAX = 1_000_000
"""Requests remembered over all buckets, about 40 MB. Beyond either limit the buckets with least in them go first."""
ROOM = 0.9
"""Share of either limit that is left after forgetting, so that forgetting is rare."""


class Limit(msgspec.Struct, frozen=True):
    """So many requests in any stretch of so many seconds; all of them may come at once."""

    requests: int
    period_s: int = 60

    @property
    def period_ns(self) -> Nanos:
        """The period in nanoseconds."""
        return self.period_s * NANOS_PER_SECOND


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the limiter says to one request. Times are in seconds, rounded up; `reset_s` is when the bucket is full."""

    is_allowed: bool
    bucket: str
    limit: int
    period_s: int
    remaining: int
    reset_s: int
    retry_after_s: int


class Limits(Protocol):
    """Whatever counts requests: this process, or a store that several processes share."""

    async def take(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request of `key` against a bucket, if it is allowed."""
        ...

    def take_now(self, bucket: str, key: str, limit: Limit) -> Verdict | None:
        """Count one request without waiting; None, and nothing counted, where it is over or `take` would wait."""
        ...

    def give_back(self, bucket: str, key: str) -> None:
        """Take back what `take_now` has just counted: the request is counted elsewhere."""
        ...


class _Bucket:
    """When the requests of the last period passed, oldest first, and how many of them nobody has kept yet."""

    __slots__ = ("period_ns", "times", "unkept")

    def __init__(self, period_ns: int) -> None:
        self.times: deque[int] = deque()
        self.period_ns = period_ns
        self.unkept = 0


class Limiter:
    """Counts in memory.

    There is no await inside `count`, so that on one event loop it is exact however many ask at once. Time is
    monotonic: setting the clock gives nobody a fresh quota.
    """

    def __init__(self, *, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now = monotonic_ns
        self._buckets: dict[str, _Bucket] = {}
        self._unkept: set[str] = set()
        self._given_out: dict[str, int] = {}
        self._times = 0

    async def take(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request, if it is allowed."""
        return self.count(bucket, key, limit)

    def take_now(self, bucket: str, key: str, limit: Limit) -> Verdict | None:
        """Count one request; None, and nothing counted, where it is over."""
        verdict = self.count(bucket, key, limit)
        return verdict if verdict.is_allowed else None

    def give_back(self, bucket: str, key: str) -> None:
        """Take back the latest request."""
        found = self._buckets.get(name_of(bucket, key))
        if found is not None and found.times and found.unkept:
            found.times.pop()
            found.unkept -= 1
            self._times -= 1

    def count(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request of `key` against a bucket, if it is allowed."""
        now, name = self._now(), name_of(bucket, key)
        found = self._buckets.get(name)
        if found is None:
            found = self._room_for(name, limit.period_ns)
        times, period = found.times, limit.period_ns
        found.period_ns = period
        while times and times[0] <= now - period:
            times.popleft()
            self._times -= 1
        over = len(times) - limit.requests
        if over >= 0:
            wait = times[over] + period - now
        else:
            wait = 0
            times.append(now)
            self._times += 1
            found.unkept += 1
            self._unkept.add(name)
        full = times[-1] + period - now
        return verdict_of(bucket, limit, passed=len(times), full_ns=full, wait_ns=wait)

    def unkept(self, bucket: str, key: str) -> int:
        """Tell how many requests of a bucket passed and are not known to be kept."""
        found = self._buckets.get(name_of(bucket, key))
        return found.unkept if found is not None else 0

    def changed(self, now_ns: Nanos) -> list[KeptBucket]:
        """Give every bucket that has something unkept, in wall-clock time. `kept` or `not_kept` is to follow."""
        ahead = now_ns - self._now()
        changed = []
        for name in self._unkept:
            found = self._buckets.get(name)
            if found is not None and found.times:
                self._given_out[name] = found.unkept
                times = tuple([at + ahead for at in found.times])
                changed.append(KeptBucket(name, times, times[-1] + found.period_ns))
        self._unkept = set()
        return changed

    def kept(self) -> None:
        """Learn that what `changed` gave out last is durable."""
        for name, count in self._given_out.items():
            found = self._buckets.get(name)
            if found is not None:
                found.unkept -= count
        self._given_out.clear()

    def not_kept(self) -> None:
        """Learn that what `changed` gave out last is not durable: it will be given out again."""
        self._unkept.update(self._given_out)
        self._given_out.clear()

    def restore(self, kept: Iterable[KeptBucket], now_ns: Nanos) -> None:
        """Take up kept buckets after a restart. What lies in the future, as the clock was set back, counts as now."""
        now = self._now()
        for bucket in kept:
            found = self._buckets[bucket.name] = _Bucket(bucket.expires_ns - bucket.times[-1])
            found.times.extend(now - max(0, now_ns - at) for at in bucket.times)
            self._times += len(found.times)

    def _room_for(self, name: str, period_ns: int) -> _Bucket:
        if len(self._buckets) >= BUCKETS_MAX or self._times >= TIMES_MAX:
            self._forget()
        made = self._buckets[name] = _Bucket(period_ns)
        return made

    def _forget(self) -> None:
        now = self._now()
        live = {n: b for n, b in self._buckets.items() if b.times and b.times[-1] + b.period_ns > now}
        times = sum(len(bucket.times) for bucket in live.values())
        for name in sorted(live, key=lambda name: len(live[name].times)):
            if len(live) <= BUCKETS_MAX * ROOM and times <= TIMES_MAX * ROOM:
                break
            times -= len(live.pop(name).times)
        self._buckets, self._times = live, times


def name_of(bucket: str, key: str) -> str:
    """Give the name under which one caller's share of a bucket is counted."""
    return f"{bucket}:{key}"


def verdict_of(bucket: str, limit: Limit, *, passed: int, full_ns: Nanos, wait_ns: Nanos) -> Verdict:
    """Put a verdict together from what was counted: requests, time until full, time to wait (0: passes)."""
    return Verdict(
        is_allowed=wait_ns <= 0,
        bucket=bucket,
        limit=limit.requests,
        period_s=limit.period_s,
        remaining=max(0, limit.requests - passed),
        reset_s=math.ceil(full_ns / NANOS_PER_SECOND),
        retry_after_s=math.ceil(max(0, wait_ns) / NANOS_PER_SECOND),
    )
