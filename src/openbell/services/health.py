"""Is the system well: probes asked at most once a second, and one verdict over them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Clock, Probe, Unavailable

PROBE_TIMEOUT_S = 0.8
REPORT_AGE_MAX_NS = NANOS_PER_SECOND

_WORSE = ("healthy", "degraded", "unhealthy")

NOT_CONFIGURED: Mapping[str, Any] = {"status": "healthy", "detail": "not configured"}
"""What a part says that this deployment does without."""
OPTIONAL_PARTS = ("redis",)


class Report(msgspec.Struct, frozen=True):
    """The verdict (the worst of the parts), the parts by name, and when they were looked at."""

    status: str
    services: dict[str, Mapping[str, Any]]
    ts_ns: Nanos


class Health:
    """Looks at the parts of the system through their probes."""

    def __init__(self, probes: Sequence[Probe], *, clock: Clock, version: str) -> None:
        self._probes = tuple(probes)
        self._clock = clock
        self._started_ns = clock.now_ns()
        self._looking = asyncio.Lock()
        self._report: Report | None = None
        self.version = version

    def uptime_s(self) -> int:
        """Give whole seconds since the start."""
        return (self._clock.now_ns() - self._started_ns) // NANOS_PER_SECOND

    async def report(self) -> Report:
        """Look at every part; a look is shared by all who ask within a second."""
        async with self._looking:
            now = self._clock.now_ns()
            if self._report is None or now - self._report.ts_ns >= REPORT_AGE_MAX_NS:
                self._report = await self._look(now)
            return self._report

    async def _look(self, now: Nanos) -> Report:
        answers = await asyncio.gather(*(_ask(probe) for probe in self._probes))
        services = {probe.name: answer for probe, answer in zip(self._probes, answers, strict=True)}
        for name in OPTIONAL_PARTS:
            services.setdefault(name, NOT_CONFIGURED)
        status = max((answer["status"] for answer in services.values()), key=_WORSE.index)
        return Report(status, services, now)


async def _ask(probe: Probe) -> Mapping[str, Any]:
    try:
        return await asyncio.wait_for(probe.check(), PROBE_TIMEOUT_S)
    except TimeoutError:
        return {"status": "unhealthy", "detail": f"no answer within {PROBE_TIMEOUT_S} s"}
    except (Unavailable, OSError) as error:
        return {"status": "unhealthy", "detail": type(error).__name__}
