"""Connections to one Redis or Valkey, and what counts as an outage of it."""

from typing import Any
from urllib.parse import urlsplit

from openbell.ports import Unavailable

CONNECTIONS = 8


class RedisLink:
    """A bounded pool of connections. Making it raises ImportError where the client is not installed."""

    def __init__(self, url: str, *, answer_seconds_max: float) -> None:
        # Only servers with Redis have its client.
        from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        self.outages = (RedisError, OSError, TimeoutError)
        # Whoever finds all connections in use waits for one: opening more in a rush would only be slower.
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=answer_seconds_max,
            socket_timeout=answer_seconds_max,
            socket_connect_timeout=answer_seconds_max,
        )
        self.redis: Any = Redis(connection_pool=self._pool)
        self.address = urlsplit(url).hostname or "localhost"

    async def ping(self) -> None:
        """Prove that it answers. Raises Unavailable."""
        try:
            await self.redis.ping()
        except self.outages as problem:
            raise silent(problem) from problem

    async def close(self) -> None:
        """Close the connections."""
        await self.redis.aclose()
        await self._pool.disconnect()


def silent(problem: BaseException) -> Unavailable:
    """Say an outage as the ports do."""
    return Unavailable(f"redis did not answer: {str(problem) or type(problem).__name__}")
