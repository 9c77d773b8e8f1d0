"""The dead man's switch: /v1/controls/cancel-after."""

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.deps import Deps, Reader, Trader
from openbell.api.errors import invalid, refused
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer
from openbell.api.values import timestamp
from openbell.domain.risk import Refusal
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.dead_man import DeadMan

router = Router(prefix="/v1/controls", tag="controls")
router.route_class = IdempotentRoute


class CancelAfterRequest(Ask):
    """When to cancel everything."""

    timeout_s: int = Field(strict=True, description="0 takes it back, else 5 to 300 seconds from now.", examples=[60])


class CancelAfterData(Answer):
    """How the switch stands."""

    active: bool
    cancel_at: str | None
    remaining_s: float = Field(description="Seconds until all working orders of the account are canceled; 0 when off.")


class CancelAfterAnswer(Answer):
    """How the switch stands."""

    data: CancelAfterData


@router.post("/cancel-after")
async def set_cancel_after(body: CancelAfterRequest, services: Deps, principal: Trader) -> CancelAfterAnswer:
    """Have all working orders of the account canceled unless this is asked again in time. Outlives a restart."""
    if body.timeout_s and not 5 <= body.timeout_s <= 300:
        raise invalid("timeout_s", "Expected 0, or 5 to 300.")
    stands = await services.dead_men.set(principal.account_id, timeout_s=body.timeout_s, actor=principal.user_id)
    if isinstance(stands, Refusal):
        raise refused(stands)
    return _answer(stands)


@router.get("/cancel-after")
async def get_cancel_after(services: Deps, principal: Reader) -> CancelAfterAnswer:
    """Tell how much time is left."""
    return _answer(services.dead_men.get(principal.account_id))


def _answer(stands: DeadMan) -> CancelAfterAnswer:
    data = CancelAfterData(
        active=stands.expires_ns is not None,
        cancel_at=None if stands.expires_ns is None else timestamp(stands.expires_ns),
        remaining_s=round(stands.remaining_ns / NANOS_PER_SECOND, 3),
    )
    return CancelAfterAnswer(data=data)
