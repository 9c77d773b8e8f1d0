"""A public sign of life: /api/v1/health."""

from pydantic import BaseModel

from openbell.api.deps import CurrentExchange, Deps
from openbell.api.limits import Router
from openbell.api.values import timestamp

router = Router(prefix="/api/v1/health", tag="desk")


class LifeAnswer(BaseModel):
    """The least that anybody may know."""

    status: str
    version: str
    uptime_seconds: int
    timestamp: str


@router.get("")
async def desk_health(services: Deps, exchange: CurrentExchange) -> LifeAnswer:
    """Tell that the server answers, and how the system is on the whole."""
    health = services.health
    report = await health.report()
    return LifeAnswer(
        status=report.status,
        version=health.version,
        uptime_seconds=health.uptime_s(),
        timestamp=timestamp(exchange.received_ns),
    )
