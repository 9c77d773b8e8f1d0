"""Controls: /v1/controls/kill-switch stops trading, for one strategy or for all."""

from typing import Literal

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.deps import Controller, Deps, Reader, Services
from openbell.api.errors import ApiError, not_found, refused
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, CountMeta
from openbell.api.values import timestamp
from openbell.domain.access import Principal, Role
from openbell.domain.risk import KillScope, Refusal
from openbell.services.controls import KillReport, Reach
from openbell.services.refused import AccessCode

router = Router(prefix="/v1/controls", tag="controls")
router.route_class = IdempotentRoute


class KillSwitchRequest(Ask):
    """What to stop or to release."""

    action: Literal["activate", "deactivate"]
    strategy_id: str | None = Field(None, max_length=64, description="Only this strategy; without it, everything.")
    account_id: str | None = Field(None, max_length=64, description="All of this account, or its strategy.")
    reason: str = Field("", max_length=500, description="For the record.", examples=["Unusual market volatility"])
    mfa_token: str = Field("", max_length=64, description="To release: a code of your second factor.")


class KillSwitchData(Answer):
    """What the switch did."""

    kill_switch_active: bool
    affected_strategies: list[str]
    activated_at: str = Field(description="When it was latched; for a release, when it was released.")
    canceled_orders: int = Field(description="Working orders whose cancel is known.")
    outstanding_orders: list[str] = Field(description="Orders whose cancel is not known yet.")


class KillSwitchAnswer(Answer):
    """What was done."""

    message: str
    data: KillSwitchData


class LatchedSwitch(Answer):
    """A switch that is on."""

    scope: KillScope
    account_id: str | None
    strategy_id: str | None
    reason: str
    activated_by: str
    activated_at: str


class SwitchesAnswer(Answer):
    """All switches that are on and concern the caller."""

    data: list[LatchedSwitch]
    meta: CountMeta


@router.post("/kill-switch")
async def set_kill_switch(body: KillSwitchRequest, services: Deps, principal: Controller) -> KillSwitchAnswer:
    """Latch or release a kill switch. Owners may stop what is theirs; all trading, and any release, is for admins."""
    if body.action == "deactivate" and principal.role is Role.ADMIN:
        await _prove(services, principal, body.mfa_token)
    act = services.controls.activate if body.action == "activate" else services.controls.release
    reach = Reach(strategy_id=body.strategy_id, account_id=body.account_id)
    report = await act(caller=principal, reach=reach, reason=body.reason)
    return _answer(report, body)


@router.get("/kill-switch")
async def list_kill_switches(services: Deps, principal: Reader) -> SwitchesAnswer:
    """List the switches that are on."""
    own = (principal.account_id, f"{principal.account_id}/")
    shown = [
        one
        for one in services.controls.switches()
        if principal.role is Role.ADMIN or not one.target or one.target == own[0] or one.target.startswith(own[1])
    ]
    return SwitchesAnswer(
        data=[
            LatchedSwitch(
                scope=one.scope,
                account_id=one.target.partition("/")[0] or None,
                strategy_id=one.target.partition("/")[2] or None,
                reason=one.reason,
                activated_by=one.activated_by,
                activated_at=timestamp(one.activated_ns),
            )
            for one in shown
        ],
        meta=CountMeta(total_count=len(shown)),
    )


async def _prove(services: Services, admin: Principal, mfa_token: str) -> None:
    """Ask an admin with a second factor for one of its codes: letting trade again is worth a stolen session."""
    if not await services.mfa.is_enabled(admin.user_id):
        return
    if not mfa_token:
        raise ApiError(403, AccessCode.MFA_REQUIRED, "Send a code of your second factor as mfa_token.")
    await services.mfa.check(admin.user_id, mfa_token)


def _answer(report: KillReport | Refusal | None, body: KillSwitchRequest) -> KillSwitchAnswer:
    if report is None:
        raise not_found(*(("strategy", body.strategy_id) if body.strategy_id else ("account", body.account_id or "")))
    if isinstance(report, Refusal):
        raise refused(report)
    done = "activated" if body.action == "activate" else "deactivated"
    whole = f"account {body.account_id}" if body.account_id else "all strategies"
    return KillSwitchAnswer(
        message=f"Kill switch {done} for {body.strategy_id or whole}",
        data=KillSwitchData(
            kill_switch_active=report.is_active,
            affected_strategies=report.strategy_ids,
            activated_at=timestamp(report.at_ns),
            canceled_orders=report.canceled_orders,
            outstanding_orders=report.outstanding_order_ids,
        ),
    )
