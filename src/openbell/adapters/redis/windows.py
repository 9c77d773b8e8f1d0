"""Sliding windows counted in Redis or Valkey (ports.SharedWindows): one script, run there as one step.

Time is the store's own, so that servers whose clocks differ count alike; should it be set back, it stands still.
"""

from openbell.adapters.redis.link import RedisLink, silent
from openbell.domain.values import Nanos
from openbell.ports import WindowCount

PREFIX = "openbell:limit:"
ANSWER_SECONDS_MAX = 1.0
NANOS_PER_MICRO = 1_000

_TAKE = """
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('LINDEX', KEYS[1], -1) or 0)
if last > now then now = last end
local first = redis.call('LINDEX', KEYS[1], 0)
while first and tonumber(first) <= now - period do
  redis.call('LPOP', KEYS[1])
  first = redis.call('LINDEX', KEYS[1], 0)
end
local passed = redis.call('LLEN', KEYS[1])
local wait = 0
if passed >= limit then
  wait = tonumber(redis.call('LINDEX', KEYS[1], passed - limit)) + period - now
else
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(period / 1000))
  passed = passed + 1
end
local full = tonumber(redis.call('LINDEX', KEYS[1], -1)) + period - now
return {passed, wait, full}
"""


class RedisWindows:
    """Windows by name, in one Redis database. Making it raises ImportError where the client is not installed."""

    def __init__(self, url: str) -> None:
        self._link = RedisLink(url, answer_seconds_max=ANSWER_SECONDS_MAX)
        self._redis = self._link.redis
        self._take = self._redis.register_script(_TAKE)
        self.address = self._link.address

    async def take(self, name: str, *, requests: int, period_ns: Nanos) -> WindowCount:
        """Count one request, if it is allowed. Raises Unavailable."""
        try:
            passed, wait, full = await self._take(keys=[PREFIX + name], args=[requests, period_ns // NANOS_PER_MICRO])
        except self._link.outages as problem:
            raise silent(problem) from problem
        return WindowCount(passed=passed, wait_ns=wait * NANOS_PER_MICRO, full_ns=full * NANOS_PER_MICRO)

    async def ping(self) -> None:
        """Prove that it answers. Raises Unavailable."""
        await self._link.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()
