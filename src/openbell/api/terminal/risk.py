"""Risk: /api/risk. Figures, limits, alerts, and the emergency stop."""

from fastapi import Response

from openbell.api.deps import Controller, Deps, Reader
from openbell.api.errors import invalid, not_found, refused
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.numbers import answer, present
from openbell.api.terminal.schemas import LIST_DEFAULT, Cursor, ListLimit
from openbell.api.terminal.schemas_risk import (
    AlertsAnswer,
    LimitsAnswer,
    LimitsRequest,
    PortfolioRiskAnswer,
    PositionRisksAnswer,
    StopAnswer,
    StopRequest,
    alert_data,
    limits_data,
    portfolio_risk_data,
    position_risk_data,
    stop_data,
)
from openbell.domain.risk import Refusal

router = Router(prefix="/api/risk", tag="terminal: risk")
router.route_class = IdempotentRoute


@router.get("/portfolio", response_model=PortfolioRiskAnswer)
async def get_portfolio_risk(services: Deps, principal: Reader) -> Response:
    """Give the risk of the own account."""
    found = await services.risk.portfolio(principal.account_id)
    if found is None:
        raise not_found("account", principal.account_id)
    return answer(portfolio_risk_data(found))


@router.get("/positions", response_model=PositionRisksAnswer)
async def list_position_risks(services: Deps, principal: Reader) -> Response:
    """Give the risk of each position, the largest exposure first."""
    rows = services.risk.positions(principal.account_id)
    return answer(PositionRisksAnswer(positions=[position_risk_data(one) for one in rows]))


@router.post("/emergency-stop", response_model=StopAnswer)
async def emergency_stop(services: Deps, principal: Controller, body: StopRequest | None = None) -> Response:
    """Stop all trading within reach: an admin's stops everything, others' their own account.

    Answers once every cancel is known, or found outstanding. Only an admin can release the switch, at
    /v1/controls/kill-switch. Twice is harmless.
    """
    given = body or StopRequest.model_validate({})
    report = await services.emergency.stop(caller=principal, reason=given.reason)
    if isinstance(report, Refusal):
        raise refused(report)
    flattened = await services.emergency.flatten(caller=principal) if given.flatten else []
    return answer(stop_data(report, flattened))


@router.get("/limits", response_model=LimitsAnswer)
async def get_limits(services: Deps, principal: Reader) -> Response:
    """Give the limits of the own account."""
    return answer(limits_data(services.risk.limits(principal.account_id)))


@router.put("/limits", response_model=LimitsAnswer)
async def set_limits(body: LimitsRequest, services: Deps, principal: Controller) -> Response:
    """Change limits of the own account; what is left out keeps, null lifts a limit."""
    changes = body.changes()
    if not changes:
        raise invalid("", "Give at least one limit that is to change.")
    refusal = await services.risk.set_limits(principal.account_id, changes, actor=principal.user_id)
    if refusal is not None:
        raise refused(refusal)
    return answer(limits_data(services.risk.limits(principal.account_id)))


@router.get("/alerts", response_model=AlertsAnswer)
async def list_risk_alerts(
    services: Deps, principal: Reader, limit: ListLimit = LIST_DEFAULT, cursor: Cursor = ""
) -> Response:
    """List the warnings and worse that nobody has acknowledged, newest first."""
    page = await services.risk.alerts(principal.account_id, limit=limit, cursor=cursor)
    rows = [alert_data(one) for one in page.rows]
    return answer(AlertsAnswer(alerts=rows, **present({"next_cursor": page.next_cursor or None})))
