"""Closes from the catalog: of a dataset, and of the very data that a run saw."""

from collections.abc import Mapping
from typing import Any

from openbell.analytics.returns import Series
from openbell.analytics.tear_sheet.sampling import closes_to_draw
from openbell.domain.dataset import Adjustment
from openbell.domain.instants import parse_instant
from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos
from openbell.ports import Catalog


def closes_of_dataset(
    catalog: Catalog,
    dataset_id: str,
    *,
    from_ns: Nanos | None = None,
    to_ns: Nanos | None = None,
    timeframe: Timeframe | None = None,
    adjustment: Adjustment = Adjustment.NONE,
) -> Series | None:
    """Give the closes of bars in [from, to); None where there is no such dataset, or it has no bars."""
    dataset = catalog.dataset(dataset_id)
    if dataset is None or dataset.timeframe is None:
        return None
    length = timeframe or dataset.timeframe
    bars = catalog.bars(dataset.dataset_id, start_ns=from_ns, end_ns=to_ns, timeframe=length, adjustment=adjustment)
    return closes_to_draw(bars.ts_ns, bars.close, length_ns=length.length_ns)


def closes_of_run(catalog: Catalog, result: Mapping[str, Any]) -> Series | None:
    """Give the closes that a run saw, by its result; None where the data is not the same any more."""
    data = result["data"]
    adjustment = Adjustment(data.get("adjustment", Adjustment.NONE))
    dataset = catalog.dataset(data["dataset_id"])
    if dataset is None or catalog.version(dataset.dataset_id, adjustment) != data["digest"]:
        return None
    start, end = (parse_instant(data[name]) for name in ("start", "end"))
    return closes_of_dataset(
        catalog,
        dataset.dataset_id,
        from_ns=start,
        to_ns=end,
        timeframe=Timeframe(data["timeframe"]),
        adjustment=adjustment,
    )
