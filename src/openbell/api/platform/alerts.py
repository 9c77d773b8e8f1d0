"""Alerts: /v1/alerts. List them, and mark one as seen."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, PlainValidator, WithJsonSchema

from openbell.api.asking import Ask
from openbell.api.deps import Admin, Deps, Reader, Trader
from openbell.api.errors import not_found
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.paging import Paged
from openbell.api.platform.schemas import Answer, FromDate, PageMeta, Reach, ToDate, page_meta, within
from openbell.api.values import timestamp
from openbell.domain.alert import Alert, Severity
from openbell.services.alerts import AlertFilter

router = Router(prefix="/v1/alerts", tag="alerts")
router.route_class = IdempotentRoute


def _severity(value: Any) -> Severity:
    try:
        return Severity(str(value).upper())
    except ValueError:
        raise ValueError(f"expected one of {', '.join(Severity)}") from None


SeverityFilter = Annotated[
    Annotated[Severity, PlainValidator(_severity), WithJsonSchema({"type": "string", "enum": list(Severity)})] | None,
    Query(description="How much it matters."),
]
AcknowledgedFilter = Annotated[bool | None, Query(description="Only those seen, or not seen, by somebody.")]


class AlertData(Answer):
    """Something a person should know of."""

    alert_id: str
    severity: Severity
    code: str = Field(description="Stable name of what happened.", examples=["DRAWDOWN"])
    message: str
    context: dict[str, str] = Field(description="What it is about; numbers as decimal text.")
    acknowledged: bool
    created_at: str
    acknowledged_at: str | None


class AlertsMeta(PageMeta):
    """Where the page lies, and how many of all that match nobody has seen."""

    unacknowledged_count: int = Field(examples=[2])


class AlertsAnswer(Answer):
    """A page of alerts, newest first."""

    data: list[AlertData]
    meta: AlertsMeta


class AlertMessage(Answer):
    """An alert after something was done to it."""

    message: str
    data: AlertData


class AlertTestRequest(Ask):
    """How severe a test is to be."""

    severity: Severity = Severity.WARNING


class AlertTestAnswer(AlertMessage):
    """The test alert, and the channels that are told of it."""

    channels: list[str] = Field(examples=[["log", "webhook"]])


@router.get("")
async def list_alerts(
    *,
    services: Deps,
    _: Reader,
    account_id: Reach,
    paging: Paged,
    severity: SeverityFilter = None,
    acknowledged: AcknowledgedFilter = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
) -> AlertsAnswer:
    """List alerts, newest first."""
    wanted = AlertFilter(
        account_id=account_id,
        severity=severity,
        is_acknowledged=acknowledged,
        from_ns=from_date,
        to_ns=to_date,
        offset=paging.offset,
        limit=paging.per_page,
        cursor=paging.cursor,
    )
    found = await services.alerts.list(wanted)
    meta = page_meta(paging, found.page).model_dump() | {"unacknowledged_count": found.unacknowledged}
    return AlertsAnswer(data=[_data(one) for one in found.page.rows], meta=AlertsMeta.model_validate(meta))


@router.patch("/{alert_id}/acknowledge")
async def acknowledge_alert(alert_id: str, services: Deps, principal: Trader) -> AlertMessage:
    """Mark an alert as seen; the first who did stays on record."""
    account_id = within(principal.account_id, principal.role)
    alert = await services.alerts.acknowledge(alert_id, account_id=account_id, actor=principal.user_id)
    if alert is None:
        raise not_found("alert", alert_id)
    return AlertMessage(message="Alert acknowledged", data=_data(alert))


@router.post("/test", status_code=201)
async def test_alert(body: AlertTestRequest, services: Deps, principal: Admin) -> AlertTestAnswer:
    """Raise an alert that means nothing, to see that it arrives wherever alerts are to arrive."""
    tried = await services.alerts.test(body.severity, account_id=principal.account_id, asked_by=principal.user_id)
    if tried.alert is None:
        raise not_found("account", principal.account_id)
    return AlertTestAnswer(message="Test alert raised", data=_data(tried.alert), channels=tried.channels)


def _data(alert: Alert) -> AlertData:
    return AlertData(
        alert_id=alert.alert_id,
        severity=alert.severity,
        code=alert.code,
        message=alert.message,
        context=alert.context,
        acknowledged=alert.acknowledged_ns is not None,
        created_at=timestamp(alert.created_ns),
        acknowledged_at=None if alert.acknowledged_ns is None else timestamp(alert.acknowledged_ns),
    )
