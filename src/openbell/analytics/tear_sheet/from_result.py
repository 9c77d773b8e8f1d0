"""From a finished run's result, as it is kept, to what a tear sheet is made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from openbell.analytics.metrics import BY_NAME
from openbell.analytics.returns import Series
from openbell.analytics.round_trips import round_trips
from openbell.analytics.summary import summarize
from openbell.analytics.tear_sheet.report import Benchmark, FillMark, PriceSeries, TearSheetReport
from openbell.domain.instants import parse_instant
from openbell.domain.values import SCALE, parse

NOTES = (
    "An order decided on a bar's close trades at the next bar's open, never earlier.",
    "What is held at the end is worth its last close; it is not sold.",
    "Prices are as recorded: splits and dividends inside the data are not adjusted for.",
)


CHANGED = "The data has changed or is gone since this run: its price is known at the fills alone."
"""The note for a report without prices."""


def report_of_result(
    result: Mapping[str, Any],
    *,
    strategy: str | None = None,
    prices: Series | None = None,
    benchmark: Benchmark | None = None,
    notes: Sequence[str] = (),
) -> TearSheetReport:
    """Return the report of a run.

    `prices` are the closes of its data; without them the price is drawn through the fills alone, and says so. The
    benchmark is the traded instrument, bought and held, where no other is given.
    """
    data, request, fills = result["data"], result["request"], result["fills"]
    symbol = request["symbol"]
    multiplier = parse(result.get("multiplier", "1"))
    history = round_trips([_as_fill(one) for one in fills], symbol=symbol, multiplier=multiplier)
    marks = [_as_mark(one) for one in fills]
    equity = equity_of(result)
    if benchmark is None and prices:
        benchmark = Benchmark(name=f"{symbol} held", points=prices)
    return TearSheetReport(
        title=f"{result['strategy']} on {data['dataset_id']}",
        strategy=strategy or result["strategy"],
        symbols=[symbol],
        data_description=f"{data['dataset_id']}: {data['bars']:,} bars of {data['timeframe']}",
        period_start_ns=parse_instant(data["start"]),
        period_end_ns=parse_instant(data["end"]),
        initial_cash=result["initial_cash"],
        final_equity=result["final_equity"],
        equity=equity,
        metrics={**result["metrics"], **_beside(equity, benchmark)},
        currency=result.get("currency", "USD"),
        parameters=result["parameters"],
        benchmark=benchmark,
        prices=_priced(symbol, prices, marks),
        round_trips=history.closed,
        open_trips=() if history.open is None else (history.open,),
        versions=_versions(result),
        notes=(*NOTES, *notes),
    )


def equity_of(result: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Return the equity curve of a result."""
    # A day's equity belongs to the day it was made on, not to the midnight that ends it.
    return [(parse_instant(point["ts"]) - 1, parse(point["equity"]) / SCALE) for point in result["equity_curve"]]


def _beside(equity: Series, benchmark: Benchmark | None) -> dict[str, float | int | None]:
    if benchmark is None or not len(equity):
        return {}
    start, end = equity[0][0], equity[-1][0]
    points = [point for point in benchmark.points if start <= point[0] <= end]
    made = summarize(equity, benchmark=points)
    return {name: value for name, value in made.items() if BY_NAME[name].group == "Benchmark"}


def _priced(symbol: str, prices: Series | None, marks: Sequence[FillMark]) -> Sequence[PriceSeries]:
    if prices:
        return (PriceSeries(symbol=symbol, points=prices, fills=marks),)
    if marks:
        points = [(mark.ts_ns, mark.price) for mark in marks]
        return (PriceSeries(symbol=symbol, points=points, fills=marks, label="Price at fills only"),)
    return ()


def _versions(result: Mapping[str, Any]) -> dict[str, str]:
    data, request = result["data"], result["request"]
    return {
        "Code": f"openbell {result['code_version']}",
        "Data (SHA-256)": data["digest"],
        "Fill model": request["fill_model"],
        "Fee rate": request["fee_rate"],
        "Seed": str(request["seed"]),
    }


def _as_fill(fill: Mapping[str, Any]) -> tuple[int, int, int, int]:
    sign = 1 if fill["side"] == "BUY" else -1
    return parse_instant(fill["ts"]), sign * parse(fill["quantity"]), parse(fill["price"]), parse(fill["fee"])


def _as_mark(fill: Mapping[str, Any]) -> FillMark:
    return FillMark(
        ts_ns=parse_instant(fill["ts"]),
        side="BUY" if fill["side"] == "BUY" else "SELL",
        price=parse(fill["price"]) / SCALE,
        quantity=fill["quantity"],
    )
