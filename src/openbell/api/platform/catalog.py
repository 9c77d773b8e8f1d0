"""Recorded data: /v1/catalog, what there is, how good it is, its bars, its exports, and what to take away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import msgspec
from fastapi import Query
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from openbell.api.deps import Deps, Reader, Trader
from openbell.api.errors import ApiError, Detail
from openbell.api.limits import Router
from openbell.api.paging import Paged
from openbell.api.platform.schemas import CountMeta, Instant, SymbolFilter, page_meta
from openbell.api.platform.schemas_bars import (
    ActionsAnswer,
    ActionsRequest,
    Adjusted,
    BarsAnswer,
    action_data,
    bars_document,
)
from openbell.api.platform.schemas_catalog import (
    KINDS,
    AnyTimeframe,
    DatasetAnswer,
    DatasetGoneAnswer,
    DatasetGoneData,
    DatasetId,
    DatasetRow,
    DatasetsAnswer,
    dataset_detail,
    dataset_row,
)
from openbell.domain.dataset import Adjustment, CorporateAction, InvalidAction
from openbell.services.datasets import BARS_MAX, DatasetFilter, DatasetRefused, Refused, WantedBars

router = Router(prefix="/v1/catalog", tag="catalog")

KindFilter = Annotated[KINDS | None, Query(description="Only this kind.")]
TimeframeFilter = Annotated[AnyTimeframe | None, Query(description="Only bars of this length.")]
STATUS_OF = {Refused.NOT_FOUND: 404, Refused.FORBIDDEN: 403, Refused.IN_USE: 409, Refused.INVALID: 400}
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@contextmanager
def refusals() -> Iterator[None]:
    """Say what the service refuses as an error answer."""
    try:
        yield
    except DatasetRefused as refused:
        details = [Detail(refused.field, refused.message)] if refused.code is Refused.INVALID else []
        code = "VALIDATION_ERROR" if refused.code is Refused.INVALID else str(refused.code)
        raise ApiError(STATUS_OF[refused.code], code, refused.message, details=details) from refused


@router.get("")
async def list_datasets(
    *,
    services: Deps,
    _: Reader,
    paging: Paged,
    symbol: SymbolFilter = None,
    kind: KindFilter = None,
    timeframe: TimeframeFilter = None,
) -> DatasetsAnswer:
    """List the datasets that there are, by id."""
    wanted = DatasetFilter(symbol=symbol, kind=kind, timeframe=timeframe, offset=paging.offset, limit=paging.per_page)
    page = await services.datasets.list(wanted)
    return DatasetsAnswer(data=[DatasetRow(**dataset_row(one)) for one in page.rows], meta=page_meta(paging, page))


@router.get("/datasets/{dataset_id}")
async def get_dataset(dataset_id: DatasetId, services: Deps, _: Reader) -> DatasetAnswer:
    """Give one dataset: what it is, how much it covers, and what its validation saw."""
    with refusals():
        dataset = await services.datasets.get(dataset_id)
        survey = await services.datasets.survey(dataset)
    return DatasetAnswer(data=dataset_detail(dataset, survey))


@router.get("/datasets/{dataset_id}/bars", response_model=BarsAnswer)
async def get_bars(
    *,
    dataset_id: DatasetId,
    services: Deps,
    _: Reader,
    start: Annotated[Instant | None, Query(description="Included; left out, the latest bars are given.")] = None,
    end: Annotated[Instant | None, Query(description="Excluded.")] = None,
    timeframe: Annotated[AnyTimeframe | None, Query(description="Join bars into ones of this length.")] = None,
    adjusted: Adjusted = Adjustment.NONE,
    limit: Annotated[int, Query(ge=1, le=BARS_MAX)] = 500,
) -> Response:
    """Give bars of a range: with a start the first ones from there, otherwise the latest ones before the end."""
    wanted = WantedBars(start_ns=start, end_ns=end, timeframe=timeframe, adjustment=adjusted, limit=limit)
    with refusals():
        page = await services.datasets.bars(dataset_id, wanted)
    document = await run_in_threadpool(bars_document, page, adjusted)
    return Response(msgspec.json.encode(document), media_type="application/json")


@router.get(
    "/datasets/{dataset_id}/export",
    response_class=Response,
    responses={200: {"description": "The file.", "content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
async def export_dataset(
    *,
    dataset_id: DatasetId,
    services: Deps,
    _: Reader,
    file_format: Annotated[Literal["csv", "parquet"], Query(alias="format")] = "csv",
    adjusted: Adjusted = Adjustment.NONE,
) -> StreamingResponse:
    """Give a whole dataset as a file that an import reads back."""
    with refusals():
        pieces = await services.datasets.export(dataset_id, file_format=file_format, adjustment=adjusted)
    view = "" if adjusted is Adjustment.NONE else f".{adjusted}"
    disposition = f'attachment; filename="{dataset_id}{view}.{file_format}"'
    headers = {"content-disposition": disposition, "x-adjustment": adjusted}
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)


@router.delete("/datasets/{dataset_id}")
async def delete_dataset(dataset_id: DatasetId, services: Deps, principal: Trader) -> DatasetGoneAnswer:
    """Delete a dataset that you brought; admins delete any that did not ship with the product."""
    with refusals():
        gone = await services.datasets.delete(principal, dataset_id)
    return DatasetGoneAnswer(message="Dataset deleted", data=DatasetGoneData(dataset_id=gone.dataset_id))


@router.get("/datasets/{dataset_id}/actions")
async def list_actions(dataset_id: DatasetId, services: Deps, _: Reader) -> ActionsAnswer:
    """List the splits and dividends that views of a dataset are adjusted for."""
    with refusals():
        actions = await services.datasets.actions(dataset_id)
    return ActionsAnswer(data=[action_data(one) for one in actions], meta=CountMeta(total_count=len(actions)))


@router.put("/datasets/{dataset_id}/actions")
async def set_actions(dataset_id: DatasetId, body: ActionsRequest, services: Deps, principal: Trader) -> ActionsAnswer:
    """Replace the splits and dividends of a dataset that you brought; admins of any."""
    with refusals():
        await services.datasets.set_actions(principal, dataset_id, _actions(body))
        actions = await services.datasets.actions(dataset_id)
    return ActionsAnswer(data=[action_data(one) for one in actions], meta=CountMeta(total_count=len(actions)))


def _actions(body: ActionsRequest) -> list[CorporateAction]:
    found = []
    for place, item in enumerate(body.actions):
        try:
            found.append(CorporateAction(**item.model_dump()))
        except InvalidAction as problem:
            raise DatasetRefused(Refused.INVALID, str(problem), field=f"actions.{place}") from problem
    return found
