"""The audit log: GET /v1/audit, for admins."""

from typing import Annotated, Any

import msgspec
from fastapi import Query
from pydantic import Field

from openbell.api.deps import Admin, Deps
from openbell.api.limits import Router
from openbell.api.paging import Paged
from openbell.api.platform.schemas import Answer, FromDate, PageMeta, ToDate, page_meta
from openbell.api.values import timestamp
from openbell.domain.audit import AuditRow
from openbell.services.audit import AuditFilter

router = Router(prefix="/v1/audit", tag="audit")

ActorFilter = Annotated[str | None, Query(max_length=64, description="Only what this user did, by user id.")]
ActionFilter = Annotated[str | None, Query(max_length=64, description="Only this action, such as order.place.")]


class AuditData(Answer):
    """One row: what was done, by whom, from where, and the hashes that hold it in its place."""

    sequence: int
    time: str
    actor: str = Field(description="A user id, `operator` for the command line, or `system`.")
    role: str
    credential: str = Field(description="The session or key the caller came with.")
    contract: str = Field(description="platform, terminal, desk, telemetry or cli.")
    client_ip: str
    request_id: str
    action: str = Field(examples=["order.place"])
    subject: str
    outcome: str = Field(description="`done`, or `refused` and why.", examples=["done"])
    detail: dict[str, Any]
    prev_hash: str
    hash: str


class AuditAnswer(Answer):
    """A page of the audit log, newest first."""

    data: list[AuditData]
    meta: PageMeta


@router.get("")
async def list_audit(
    *,
    services: Deps,
    _: Admin,
    paging: Paged,
    actor: ActorFilter = None,
    action: ActionFilter = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
) -> AuditAnswer:
    """List who did what, newest first."""
    wanted = AuditFilter(
        actor_id=actor,
        action=action,
        from_ns=from_date,
        to_ns=to_date,
        offset=paging.offset,
        limit=paging.per_page,
        cursor=paging.cursor,
    )
    page = await services.audit.list(wanted)
    return AuditAnswer(data=[audit_data(row) for row in page.rows], meta=page_meta(paging, page))


def audit_data(row: AuditRow) -> AuditData:
    """Write a row."""
    entry = row.entry
    return AuditData(
        sequence=row.sequence,
        time=timestamp(entry.ts_ns),
        actor=entry.actor_id,
        role=entry.role,
        credential=entry.credential,
        contract=entry.contract,
        client_ip=entry.client_ip,
        request_id=entry.request_id,
        action=entry.action,
        subject=entry.subject,
        outcome=entry.outcome,
        detail=msgspec.json.decode(entry.detail),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )
