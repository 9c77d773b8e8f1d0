"""Rate limits that survive a restart (ports.QuotaStore)."""

import struct
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import quotas
from openbell.adapters.sql.upsert import insert_or_replace
from openbell.domain.values import Nanos
from openbell.ports import KeptBucket

_BYTES = 8
"""Of one instant."""


class SqlQuotas:
    """Buckets as they were written last."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def load(self, *, now_ns: Nanos) -> list[KeptBucket]:
        """Give every bucket that is not over."""
        statement = select(quotas.c.name, quotas.c.times, quotas.c.expires_ns).where(quotas.c.expires_ns > now_ns)
        return await self._runner.read(
            lambda connection: [
                KeptBucket(name, _unpacked(times), expires_ns)
                for name, times, expires_ns in connection.execute(statement)
            ]
        )

    async def save(self, buckets: Sequence[KeptBucket], *, now_ns: Nanos) -> None:
        """Replace these buckets in one transaction; those that are over are dropped."""

        def work(connection: Connection) -> None:
            connection.execute(delete(quotas).where(quotas.c.expires_ns <= now_ns))
            for bucket in buckets:
                row = {"name": bucket.name, "times": _packed(bucket.times), "expires_ns": bucket.expires_ns}
                insert_or_replace(connection, quotas, row)

        await self._runner.write(work)


def _packed(times: Sequence[Nanos]) -> bytes:
    return struct.pack(f">{len(times)}q", *times)


def _unpacked(kept: bytes) -> tuple[Nanos, ...]:
    return struct.unpack(f">{len(kept) // _BYTES}q", kept)
