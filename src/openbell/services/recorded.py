"""Closes from the catalog: of a dataset, and of the very data that a run saw."""

from collections.abc import Mapping
from typing import Any

from openbell.analytics.returns import Series
from openbell.analytics.tear_sheet.sampling import closes_to_draw
from openbell.domain.instants import parse_instant
from openbell.domain.values import Nanos
from openbell.ports import Catalog


def closes_of_dataset(
    catalog: Catalog, dataset_id: str, *, from_ns: Nanos | None = None, to_ns: Nanos | None = None
) -> Series | None:
    """Give the closes of bars in [from, to); None where there is no such dataset, or it has no bars."""
    dataset = catalog.dataset(dataset_id)
    if dataset is None or dataset.timeframe is None:
        return None
    bars = catalog.bars(dataset.dataset_id, start_ns=from_ns, end_ns=to_ns)
    return closes_to_draw(bars.ts_ns, bars.close, length_ns=dataset.timeframe.length_ns)


def closes_of_run(catalog: Catalog, result: Mapping[str, Any]) -> Series | None:
    """Give the closes that a run saw, by its result; None where the data is not the same any more."""
    data = result["data"]
    dataset = catalog.dataset(data["dataset_id"])
    if dataset is None or dataset.digest != data["digest"]:
        return None
    start, end = (parse_instant(data[name]) for name in ("start", "end"))
    return closes_of_dataset(catalog, dataset.dataset_id, from_ns=start, to_ns=end)
