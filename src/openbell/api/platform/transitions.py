"""Changing what money a strategy trades: /v1/controls/approvals and /v1/controls/mode-transition."""

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.deps import Admin, Deps
from openbell.api.errors import ApiError, not_found, refused
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, AnyMode, CountMeta
from openbell.api.values import timestamp
from openbell.domain.account import Mode
from openbell.domain.approval import Approval
from openbell.domain.risk import Refusal
from openbell.domain.strategy import Strategy
from openbell.services.transitions import Approved, TransitionCode

router = Router(prefix="/v1/controls", tag="controls")
# To approve is no idempotent route: a kept answer would keep the code, which is shown once and stored as its hash.
transition_router = Router(prefix="/v1/controls", tag="controls")
transition_router.route_class = IdempotentRoute


class ApprovalRequest(Ask):
    """What is to be approved."""

    strategy_id: str = Field(max_length=64)
    from_mode: AnyMode
    to_mode: AnyMode
    reason: str = Field("", max_length=500)


class ApproveRequest(Ask):
    """How an admin who is the only one shows that it is really them."""

    mfa_token: str = Field("", max_length=32, description="A fresh one-time code; needed from an only admin alone.")


class TransitionRequest(Ask):
    """A change of mode, and the code that approves it."""

    strategy_id: str = Field(max_length=64)
    from_mode: AnyMode = Field(examples=["PAPER"])
    to_mode: AnyMode = Field(examples=["LIVE"])
    approval_code: str = Field(min_length=1, max_length=128)


class ApprovalData(Answer):
    """A request for approval and what became of it."""

    approval_id: str
    strategy_id: str
    from_mode: Mode
    to_mode: Mode
    config_hash: str = Field(description="SHA-256 of the configuration that is approved; another one voids it.")
    reason: str
    requested_by: str
    requested_at: str
    expires_at: str
    approved_by: str | None
    approved_at: str | None
    used_at: str | None


class NewCodeData(ApprovalData):
    """An approval with its code, shown this once."""

    approval_code: str


class ApprovalAnswer(Answer):
    """One request."""

    data: ApprovalData


class NewCodeAnswer(Answer):
    """One approval."""

    data: NewCodeData


class ApprovalsAnswer(Answer):
    """The latest requests, newest first."""

    data: list[ApprovalData]
    meta: CountMeta


class TransitionData(Answer):
    """What money the strategy trades now."""

    strategy_id: str
    mode: Mode
    previous_mode: Mode
    transitioned_at: str


class TransitionAnswer(Answer):
    """What was done."""

    message: str
    data: TransitionData


@transition_router.post("/approvals", status_code=201)
async def request_approval(body: ApprovalRequest, services: Deps, principal: Admin) -> ApprovalAnswer:
    """Ask another admin to approve a change of mode. It holds for ten minutes and the present configuration."""
    asked = await services.transitions.request(
        principal, body.strategy_id, from_mode=body.from_mode, to_mode=body.to_mode, reason=body.reason
    )
    if not isinstance(asked, Approval):
        raise _error(asked, "strategy", body.strategy_id)
    return ApprovalAnswer(data=_data(asked))


@router.get("/approvals")
async def list_approvals(services: Deps, _: Admin) -> ApprovalsAnswer:
    """List the latest requests."""
    found = await services.transitions.list()
    return ApprovalsAnswer(data=[_data(one) for one in found], meta=CountMeta(total_count=len(found)))


@router.post("/approvals/{approval_id}/approve")
async def approve(
    approval_id: str, services: Deps, principal: Admin, body: ApproveRequest | None = None
) -> NewCodeAnswer:
    """Approve what another admin asked for; the code in the answer is good once."""
    mfa_token = body.mfa_token if body is not None else ""
    approved = await services.transitions.approve(principal, approval_id, mfa_token=mfa_token)
    if not isinstance(approved, Approved):
        raise _error(approved, "approval", approval_id)
    return NewCodeAnswer(data=NewCodeData(**_data(approved.approval).model_dump(), approval_code=approved.code))


@transition_router.post("/mode-transition")
async def change_mode(body: TransitionRequest, services: Deps, principal: Admin) -> TransitionAnswer:
    """Change what money a strategy trades, with an approval code. The strategy must be stopped and hold nothing."""
    changed = await services.transitions.transition(
        principal, body.strategy_id, from_mode=body.from_mode, to_mode=body.to_mode, code=body.approval_code
    )
    if not isinstance(changed, Strategy):
        raise _error(changed, "strategy", body.strategy_id)
    return TransitionAnswer(
        message=f"Strategy transitioned to {changed.config.mode} mode",
        data=TransitionData(
            strategy_id=body.strategy_id,
            mode=changed.config.mode,
            previous_mode=body.from_mode,
            transitioned_at=timestamp(changed.updated_ns),
        ),
    )


def _error(wrong: TransitionCode | Refusal | None, noun: str, identity: str) -> ApiError:
    if wrong is None:
        return not_found(noun, identity)
    if isinstance(wrong, Refusal):
        return refused(wrong)
    return ApiError(403 if wrong.is_forbidden else 409, wrong.code, wrong.message)


def _data(one: Approval) -> ApprovalData:
    return ApprovalData(
        approval_id=one.approval_id,
        strategy_id=one.strategy_id,
        from_mode=one.from_mode,
        to_mode=one.to_mode,
        config_hash=one.config_hash,
        reason=one.reason,
        requested_by=one.requested_by,
        requested_at=timestamp(one.requested_ns),
        expires_at=timestamp(one.expires_ns),
        approved_by=one.approved_by or None,
        approved_at=None if one.approved_ns is None else timestamp(one.approved_ns),
        used_at=None if one.used_ns is None else timestamp(one.used_ns),
    )
