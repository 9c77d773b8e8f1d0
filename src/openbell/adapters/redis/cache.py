"""Answers kept in Redis or Valkey for a while (ports.SharedCache), where every server finds them."""

from openbell.adapters.redis.link import RedisLink, silent
from openbell.domain.values import Nanos

PREFIX = "openbell:cache:"
ANSWER_SECONDS_MAX = 0.1
"""What is looked up here can also be worked out: waiting for long is not worth it."""
NANOS_PER_MILLI = 1_000_000
VALUE_BYTES_MAX = 256 * 1024


class RedisCache:
    """Values by name, in one Redis database. Making it raises ImportError where the client is not installed."""

    def __init__(self, url: str) -> None:
        self._link = RedisLink(url, answer_seconds_max=ANSWER_SECONDS_MAX)

    async def get(self, name: str) -> bytes | None:
        """Give what is kept under a name. Raises Unavailable."""
        try:
            value: bytes | None = await self._link.redis.get(PREFIX + name)
        except self._link.outages as problem:
            raise silent(problem) from problem
        return value

    async def put(self, name: str, value: bytes, *, ttl_ns: Nanos) -> None:
        """Keep a value for a while, unless it is too large. Raises Unavailable."""
        if len(value) > VALUE_BYTES_MAX or ttl_ns < NANOS_PER_MILLI:
            return
        try:
            await self._link.redis.set(PREFIX + name, value, px=ttl_ns // NANOS_PER_MILLI)
        except self._link.outages as problem:
            raise silent(problem) from problem

    async def ping(self) -> None:
        """Prove that it answers. Raises Unavailable."""
        await self._link.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()
