"""Strategies: /v1/strategies. Create from a kind, configure, start, pause, resume, stop, delete."""

import secrets

from fastapi import Response

from openbell.api.deps import Deps, Reader, Services, Trader
from openbell.api.errors import ApiError, invalid
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.outcomes import present_strategy
from openbell.api.platform.orders import IfMatch
from openbell.api.platform.schemas import AgeMeta, CountMeta, ModeFilter, Reach, within
from openbell.api.platform.schemas_strategies import (
    ActivityFilter,
    KindsAnswer,
    StrategiesAnswer,
    StrategiesMeta,
    StrategyAnswer,
    StrategyDetail,
    StrategyMessage,
    StrategyPatch,
    StrategyRequest,
    kind_data,
    strategy_detail,
    strategy_row,
    written,
)
from openbell.api.values import timestamp
from openbell.domain.access import Principal
from openbell.domain.strategy import RunState, Strategy, StrategyConfig
from openbell.services.performance import Performance
from openbell.services.refused import AccessCode, AccessRefused
from openbell.services.strategies import NewStrategy, Result, StrategyChange

router = Router(prefix="/v1", tag="strategies")
router.route_class = IdempotentRoute


@router.get("/strategy-kinds")
async def list_kinds(services: Deps, _: Reader) -> KindsAnswer:
    """List what strategies can be made from, with their parameters."""
    kinds = services.strategies.kinds()
    return KindsAnswer(data=[kind_data(kind) for kind in kinds], meta=CountMeta(total_count=len(kinds)))


@router.get("/strategies")
async def list_strategies(
    services: Deps, _: Reader, account_id: Reach, status: ActivityFilter = "all", mode: ModeFilter = None
) -> StrategiesAnswer:
    """List strategies, oldest first."""
    rows = [strategy_row(one) for one in services.strategies.list(account_id) if mode in (None, one.config.mode)]
    shown = [row for row in rows if status in ("all", row.status)]
    active = sum(row.status == "active" for row in shown)
    return StrategiesAnswer(data=shown, meta=StrategiesMeta(total_count=len(shown), active_count=active))


@router.post("/strategies", response_model=StrategyMessage, status_code=201)
async def create_strategy(body: StrategyRequest, services: Deps, principal: Trader) -> Response:
    """Add a strategy and start it, unless `status` is inactive."""
    strategy = await _created(services, principal, body)
    if body.status == "active":
        strategy = await _run(services, principal, strategy.config.strategy_id, RunState.RUNNING)
    return written(StrategyMessage(message="Strategy created", data=await _detail(services, strategy)), status=201)


@router.get("/strategies/{strategy_id}", response_model=StrategyAnswer)
async def get_strategy(strategy_id: str, services: Deps, _: Reader, account_id: Reach) -> Response:
    """Give one strategy with its configuration and performance."""
    strategy = present_strategy(services.strategies.get(strategy_id, account_id=account_id), strategy_id)
    made = await _performance(services, strategy)
    return written(StrategyAnswer(data=strategy_detail(strategy, made), meta=AgeMeta(as_of=timestamp(made.as_of_ns))))


@router.patch("/strategies/{strategy_id}", response_model=StrategyMessage)
async def update_strategy(
    strategy_id: str, body: StrategyPatch, services: Deps, principal: Trader, if_match: IfMatch = None
) -> Response:
    """Change settings and start or stop. One wrong key and no setting changes. For its owner, or an admin."""
    if not body.model_fields_set:
        raise invalid("", "Give at least one of status, config, name and description.")
    revision = int(if_match.strip('"')) if if_match else body.expected_revision
    # Some settings change only while it is stopped: so it is stopped before, and started after.
    if body.status == "inactive":
        await _run(services, principal, strategy_id, RunState.STOPPED)
    strategy = await _configured(services, principal, strategy_id, body, revision)
    if body.status == "active":
        strategy = await _run(services, principal, strategy_id, RunState.RUNNING)
    return written(StrategyMessage(message="Strategy updated successfully", data=await _detail(services, strategy)))


@router.put("/strategies/{strategy_id}/start", response_model=StrategyMessage)
async def start_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Start a strategy."""
    strategy = await _run(services, principal, strategy_id, RunState.RUNNING)
    return written(StrategyMessage(message="Strategy started", data=await _detail(services, strategy)))


@router.put("/strategies/{strategy_id}/pause", response_model=StrategyMessage)
async def pause_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Pause a strategy: it manages exits only."""
    strategy = await _run(services, principal, strategy_id, RunState.PAUSED)
    return written(StrategyMessage(message="Strategy paused", data=await _detail(services, strategy)))


@router.put("/strategies/{strategy_id}/resume", response_model=StrategyMessage)
async def resume_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Let a paused strategy run again."""
    strategy = await _run(services, principal, strategy_id, RunState.RUNNING)
    return written(StrategyMessage(message="Strategy resumed", data=await _detail(services, strategy)))


@router.put("/strategies/{strategy_id}/stop", response_model=StrategyMessage)
async def stop_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Stop a strategy and cancel its working orders."""
    strategy = await _run(services, principal, strategy_id, RunState.STOPPED)
    return written(StrategyMessage(message="Strategy stopped", data=await _detail(services, strategy)))


@router.delete("/strategies/{strategy_id}", response_model=StrategyMessage)
async def delete_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Stop and remove a strategy; its positions and cash go to the manual ledger, its history stays."""
    owner = _owner(services, principal, strategy_id)
    detail = await _detail(
        services, present_strategy(services.strategies.get(strategy_id, account_id=owner), strategy_id)
    )
    gone = await services.strategies.delete(strategy_id, account_id=owner, actor=principal.user_id)
    last = strategy_row(present_strategy(gone, strategy_id)).model_dump()
    return written(
        StrategyMessage(message="Strategy deleted", data=StrategyDetail.model_validate(detail.model_dump() | last))
    )


async def _created(services: Services, principal: Principal, body: StrategyRequest) -> Strategy:
    wanted = _wanted(body, principal)
    if body.source is None:
        made = await services.strategies.create(wanted, actor=principal.user_id)
    else:
        made = await _submitted(services, principal, body, wanted)
    return present_strategy(made, wanted.config.strategy_id)


async def _submitted(services: Services, principal: Principal, body: StrategyRequest, wanted: NewStrategy) -> Result:
    try:
        return await services.submissions.create(
            str(body.source), wanted.config, arguments=wanted.settings, mfa_token=body.mfa_token, caller=principal
        )
    except AccessRefused as refused:
        # Who calls is known here, and what is missing is the right to do this: 401 is for sign-ins.
        if refused.code is AccessCode.MFA_REQUIRED:
            raise ApiError(403, refused.code, refused.message) from refused
        raise


def _wanted(body: StrategyRequest, principal: Principal) -> NewStrategy:
    strategy_id = body.strategy_id or f"{body.kind[:40] or 'submitted'}-{secrets.token_hex(4)}"
    config = StrategyConfig(
        strategy_id=strategy_id,
        account_id=principal.account_id,
        owner_id=principal.user_id,
        name=body.name or strategy_id,
        kind=body.kind,
        symbols=tuple(body.symbols),
        timeframe=body.timeframe,
        mode=body.mode,
        description=body.description,
        allocated=body.allocated_capital,
    )
    return NewStrategy(config=config, settings=body.config | body.parameters)


async def _configured(
    services: Services, principal: Principal, strategy_id: str, body: StrategyPatch, revision: int | None
) -> Strategy:
    owner = _owner(services, principal, strategy_id)
    if body.config is None and body.name is None and body.description is None:
        return present_strategy(services.strategies.get(strategy_id, account_id=owner), strategy_id)
    changed = await services.strategies.configure(
        strategy_id,
        account_id=owner,
        settings=body.config or {},
        change=StrategyChange(name=body.name, description=body.description, expected_revision=revision),
        actor=principal.user_id,
    )
    return present_strategy(changed, strategy_id)


async def _run(services: Services, principal: Principal, strategy_id: str, state: RunState) -> Strategy:
    owner = _owner(services, principal, strategy_id)
    result = await services.strategies.run(strategy_id, state, account_id=owner, actor=principal.user_id)
    return present_strategy(result, strategy_id)


def _owner(services: Services, principal: Principal, strategy_id: str) -> str | None:
    """Give whose strategy is meant: the caller's own of that name first, then, for an admin, anybody's."""
    own = services.strategies.get(strategy_id, account_id=principal.account_id)
    return within(principal.account_id, principal.role) if own is None else principal.account_id


async def _detail(services: Services, strategy: Strategy) -> StrategyDetail:
    return strategy_detail(strategy, await _performance(services, strategy))


async def _performance(services: Services, strategy: Strategy) -> Performance:
    return await services.performance.of(strategy.config.account_id, strategy_id=strategy.config.strategy_id)
