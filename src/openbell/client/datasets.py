"""Recorded data: bring it, look at it, read its bars, take it away."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openbell.client.call import Call, Page, Repeat, body_of, data_of, page_of, place, query_of
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.models.datasets import Bars, CorporateAction, Dataset, ValidationReport

FILE = "application/octet-stream"
PACKED = "application/gzip"
_GZIP = b"\x1f\x8b"

_dataset = data_of(Dataset)
_datasets = page_of(Dataset)
_bars = data_of(Bars)
_report = data_of(ValidationReport)
_actions = data_of(tuple[CorporateAction, ...])


class _Gone(msgspec.Struct, frozen=True):
    dataset_id: str


_gone = data_of(_Gone)


def list_datasets(
    *, symbol: str | None = None, kind: str | None = None, timeframe: str | None = None, per_page: int = 100
) -> Call[Page[Dataset]]:
    """List datasets by id."""
    query = query_of({"symbol": symbol, "kind": kind, "timeframe": timeframe, "per_page": per_page})
    return Call(method="GET", path="/v1/catalog", query=query, read=_datasets)


def get_dataset(dataset_id: str) -> Call[Dataset]:
    """Give a dataset with its coverage and quality."""
    return Call(method="GET", path=place("v1", "catalog", "datasets", dataset_id), read=_dataset)


def upload_dataset(
    content: bytes, *, symbol: str, timeframe: str | None = None, kind: str = "bars", calendar: str | None = None
) -> Call[Dataset]:
    """Bring a CSV or Parquet file, or a CSV packed with gzip. Raises Refused, naming lines, when anything is wrong."""
    call = _file(content, symbol=symbol, timeframe=timeframe, kind=kind, calendar=calendar)
    return Call(
        method="POST",
        path="/v1/catalog/datasets",
        query=call,
        body=content,
        content_type=_type_of(content),
        read=_dataset,
        repeat=Repeat.UNSENT,
    )


def validate_dataset(
    content: bytes, *, symbol: str, timeframe: str | None = None, kind: str = "bars", calendar: str | None = None
) -> Call[ValidationReport]:
    """Have a file checked without keeping it."""
    return Call(
        method="POST",
        path="/v1/catalog/validations",
        query=_file(content, symbol=symbol, timeframe=timeframe, kind=kind, calendar=calendar),
        body=content,
        content_type=_type_of(content),
        read=_report,
    )


def get_bars(
    dataset_id: str,
    *,
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    timeframe: str | None = None,
    adjusted: str | None = None,
    limit: int | None = None,
) -> Call[Bars]:
    """Give bars: with a start the first ones from there, otherwise the latest; joined to a longer timeframe on wish."""
    query = query_of({"start": start, "end": end, "timeframe": timeframe, "adjusted": adjusted, "limit": limit})
    return Call(method="GET", path=place("v1", "catalog", "datasets", dataset_id, "bars"), query=query, read=_bars)


def export_dataset(dataset_id: str, *, file_format: str = "csv", adjusted: str | None = None) -> Call[bytes]:
    """Give a whole dataset as a file, csv or parquet."""
    query = query_of({"format": file_format, "adjusted": adjusted})
    return Call(method="GET", path=place("v1", "catalog", "datasets", dataset_id, "export"), query=query, read=bytes)


def delete_dataset(dataset_id: str) -> Call[str]:
    """Delete a dataset and give its id."""
    path = place("v1", "catalog", "datasets", dataset_id)
    return Call(method="DELETE", path=path, read=lambda body: _gone(body).dataset_id)


def get_actions(dataset_id: str) -> Call[tuple[CorporateAction, ...]]:
    """List splits and dividends by date."""
    return Call(method="GET", path=place("v1", "catalog", "datasets", dataset_id, "actions"), read=_actions)


def set_actions(dataset_id: str, actions: Sequence[CorporateAction]) -> Call[tuple[CorporateAction, ...]]:
    """Replace splits and dividends."""
    body = body_of({"actions": [msgspec.structs.asdict(one) | {"ex_date": str(one.ex_date)} for one in actions]})
    path = place("v1", "catalog", "datasets", dataset_id, "actions")
    return Call(method="PUT", path=path, body=body, read=_actions)


class DatasetMethods:
    """Everything about recorded data."""

    list = Endpoint(list_datasets)
    iter = Listing(list_datasets)
    get = Endpoint(get_dataset)
    upload = Endpoint(upload_dataset)
    validate = Endpoint(validate_dataset)
    bars = Endpoint(get_bars)
    export = Endpoint(export_dataset)
    delete = Endpoint(delete_dataset)
    actions = Endpoint(get_actions)
    set_actions = Endpoint(set_actions)


class Datasets(DatasetMethods, Resource):
    """Recorded data, blocking."""


class AsyncDatasets(DatasetMethods, AsyncResource):
    """Recorded data, awaited."""


def _file(content: bytes, *, symbol: str, timeframe: str | None, kind: str, calendar: str | None) -> dict[str, str]:
    if not content:
        raise ValueError("the file is empty")
    return query_of({"symbol": symbol, "timeframe": timeframe, "kind": kind, "calendar": calendar})


def _type_of(content: bytes) -> str:
    return PACKED if content.startswith(_GZIP) else FILE
