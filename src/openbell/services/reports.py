"""The tear sheet of a finished run, made from what is kept of it."""

from typing import Any

from openbell.analytics.round_trips import round_trips
from openbell.analytics.study_page import study_page
from openbell.analytics.tear_sheet import FillMark, PriceSeries, TearSheetReport, render
from openbell.domain.instants import parse_instant
from openbell.domain.run import Run
from openbell.domain.values import SCALE, parse

NOTES = (
    "An order decided on a bar's close trades at the next bar's open, never earlier.",
    "What is held at the end is worth its last close; it is not sold.",
)


def report_of(run: Run) -> str | None:
    """Give a completed run as one HTML page that needs nothing but itself; None before it is completed."""
    result = run.result
    if result is None:
        return None
    if run.request.study is not None:
        study = result["study"]
        title = f"{study['type'].replace('_', ' ').capitalize()}: {run.request.kind} on {run.request.dataset_id}"
        return study_page(study, title=title, subtitle=f"Run {run.run_id}")
    fills = result["fills"]
    history = round_trips([_as_fill(one) for one in fills], symbol=run.request.symbol)
    data = result["data"]
    marks = [_as_mark(one) for one in fills]
    return render(
        TearSheetReport(
            title=f"{run.request.kind} on {data['dataset_id']}",
            strategy=run.strategy_id,
            symbols=[run.request.symbol],
            data_description=f"{data['dataset_id']}: {data['bars']:,} bars of {data['timeframe']}",
            period_start_ns=parse_instant(data["start"]),
            period_end_ns=parse_instant(data["end"]),
            initial_cash=result["initial_cash"],
            final_equity=result["final_equity"],
            # A day's equity belongs to the day it was made on, not to the midnight that ends it.
            equity=[
                (parse_instant(point["ts"]) - 1, parse(point["equity"]) / SCALE) for point in result["equity_curve"]
            ],
            metrics=result["metrics"],
            parameters=result["parameters"],
            prices=PriceSeries(
                symbol=run.request.symbol, points=[(mark.ts_ns, mark.price) for mark in marks], fills=marks
            )
            if marks
            else None,
            round_trips=history.closed,
            open_trips=() if history.open is None else (history.open,),
            versions={"openbell": result["code_version"], "data": data["digest"], "fill model": run.request.fill_model},
            notes=NOTES,
        )
    )


def _as_fill(fill: dict[str, Any]) -> tuple[int, int, int, int]:
    sign = 1 if fill["side"] == "BUY" else -1
    return parse_instant(fill["ts"]), sign * parse(fill["quantity"]), parse(fill["price"]), parse(fill["fee"])


def _as_mark(fill: dict[str, Any]) -> FillMark:
    return FillMark(
        ts_ns=parse_instant(fill["ts"]),
        side="BUY" if fill["side"] == "BUY" else "SELL",
        price=parse(fill["price"]) / SCALE,
        quantity=fill["quantity"],
    )
