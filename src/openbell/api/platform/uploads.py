"""Files on their way into the catalog: POST /v1/catalog/datasets and /v1/catalog/validations, the body is the file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request
from starlette.requests import ClientDisconnect

from openbell.api.deps import Deps, Trader
from openbell.api.errors import ApiError, Detail
from openbell.api.limits import Router
from openbell.api.platform.catalog import refusals
from openbell.api.platform.schemas_catalog import (
    KINDS,
    AnyTimeframe,
    ImportedAnswer,
    ValidationAnswer,
    dataset_detail,
    report_data,
)
from openbell.services.datasets import ImportReport, ImportRequest

router = Router(prefix="/v1/catalog", tag="catalog")

PACKED_TYPES = frozenset({"application/gzip", "application/x-gzip"})
PLAIN_TYPES = frozenset(
    {
        "",
        "text/csv",
        "text/plain",
        "application/csv",
        "application/octet-stream",
        "application/vnd.apache.parquet",
        "application/x-parquet",
        # What curl says of --data-binary unless it is told otherwise.
        "application/x-www-form-urlencoded",
    }
)
FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself: CSV or Parquet, or CSV packed with gzip. Not a form.",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}}
            for name in ("text/csv", "application/vnd.apache.parquet", "application/gzip", "application/octet-stream")
        },
    }
}


async def _wanted(
    symbol: Annotated[str, Query(max_length=32, description="Symbol that the data belongs to.")],
    timeframe: Annotated[AnyTimeframe | None, Query(description="Length of a bar; needed for bars.")] = None,
    kind: Annotated[KINDS, Query(description="What the file holds.")] = "bars",
    calendar: Annotated[
        str, Query(max_length=16, description="Trading hours that gaps are counted by: 24/7, XNYS or XNSE.")
    ] = "",
) -> ImportRequest:
    return ImportRequest(symbol=symbol, timeframe=timeframe, kind=kind, calendar_name=calendar)


Wanted = Annotated[ImportRequest, Depends(_wanted)]


@router.post("/datasets", status_code=201, openapi_extra=FILE_BODY)
async def import_dataset(request: Request, wanted: Wanted, services: Deps, principal: Trader) -> ImportedAnswer:
    """Check a file and keep it whole, or keep nothing and name the lines that are wrong."""
    with refusals():
        report = await services.datasets.receive(principal, _pieces(request), wanted, is_gzip=_is_packed(request))
    if report.dataset is None or report.survey is None:
        raise _rejected(report)
    return ImportedAnswer(message="Dataset imported", data=dataset_detail(report.dataset, report.survey))


@router.post("/validations", openapi_extra=FILE_BODY)
async def validate_file(request: Request, wanted: Wanted, services: Deps, principal: Trader) -> ValidationAnswer:
    """Check a file and say what was seen; nothing is kept."""
    only_checked = msgspec.structs.replace(wanted, is_kept=False)
    with refusals():
        report = await services.datasets.receive(principal, _pieces(request), only_checked, is_gzip=_is_packed(request))
    return ValidationAnswer(data=report_data(report))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect as gone:
        raise ApiError(400, "BAD_REQUEST", "The connection ended before the file did.") from gone


def _is_packed(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if kind not in PLAIN_TYPES | PACKED_TYPES or encoding not in {"", "identity", "gzip"}:
        raise ApiError(
            415, "UNSUPPORTED_MEDIA_TYPE", "Send the file itself as the body: CSV, Parquet, or CSV packed with gzip."
        )
    return kind in PACKED_TYPES or encoding == "gzip"


def _rejected(report: ImportReport) -> ApiError:
    details = [
        Detail(f"line {one.line}" if one.line else "", f"{one.field} {one.problem}".strip())
        for one in report.findings
        if one.is_error
    ]
    message = f"Nothing was kept: {report.errors:,} errors in {report.rows:,} rows."
    beside = {"report": report_data(report).model_dump(mode="json")}
    return ApiError(422, "DATASET_REJECTED", message, details=details, beside=beside)
