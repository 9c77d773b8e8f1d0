"""Health: a public sign of life, the platform document's report, readiness, and counters."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from openbell.api.deps import Deps, Reader, read_admin
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.transport import is_local
from openbell.api.values import timestamp

router = Router(tag="health")


class LifeAnswer(BaseModel):
    """The least that anybody may know."""

    status: str
    version: str
    uptime_seconds: int


class HealthAnswer(BaseModel):
    """The verdict and the parts it comes from."""

    status: str
    services: dict[str, dict[str, Any]]
    timestamp: str


@router.get("/health")
async def life(services: Deps) -> LifeAnswer:
    """Tell that the server answers, and how the system is on the whole."""
    health = services.health
    report = await health.report()
    return LifeAnswer(status=report.status, version=health.version, uptime_seconds=health.uptime_s())


@router.get("/ready")
async def ready(services: Deps) -> Response:
    """Tell a load balancer whether to send requests here: 503 while a part that is needed does not work."""
    status = (await services.health.report()).status
    return JSONResponse({"status": status}, 503 if status == "unhealthy" else 200)


@router.get("/v1/health")
async def health(services: Deps, _: Reader) -> HealthAnswer:
    """Show how each part is; the answer is 200 whatever the verdict."""
    report = await services.health.report()
    parts = {name: _shown(part) for name, part in report.services.items()}
    return HealthAnswer(status=report.status, services=parts, timestamp=timestamp(report.ts_ns))


@router.get("/v1/health/services/{service_name}")
async def service_health(service_name: str, services: Deps, _: Reader) -> dict[str, Any]:
    """Show how one part is."""
    report = await services.health.report()
    if service_name not in report.services:
        raise not_found("service", service_name)
    return {"service": service_name, **_shown(report.services[service_name]), "timestamp": timestamp(report.ts_ns)}


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give counters to Prometheus on this machine, or to an admin."""
    if not is_local(request):
        await read_admin(request)
    return Response(generate_latest(request.app.state.settings.registry), media_type=CONTENT_TYPE_LATEST)


def _shown(part: Mapping[str, Any]) -> dict[str, Any]:
    """Write a part's instants, which probes give in nanoseconds, as the documents do."""
    seen = part.get("last_update")
    return {**part, "last_update": timestamp(seen)} if isinstance(seen, int) else dict(part)
