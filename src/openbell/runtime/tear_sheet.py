"""A finished backtest as one page to read: charts, metrics and trades."""

from openbell import __version__
from openbell.analytics.tear_sheet import FillMark, PriceSeries, TearSheetReport, render
from openbell.domain.values import SCALE, text_of
from openbell.runtime.backtest import Played
from openbell.runtime.jobs import Prepared
from openbell.runtime.result import equity_curve, open_trips, result_of, trades_of

NOTES = (
    "An order decided on a bar's close trades at the next bar's open, never earlier.",
    "What is held at the end is worth its last close; it is not sold.",
    "Prices are as recorded: splits and dividends inside the data are not adjusted for.",
)


def tear_sheet_of(played: Played, prepared: Prepared) -> str:
    """Give the run as one HTML page that needs nothing but itself."""
    result = result_of(played, prepared.request, digest=prepared.dataset.digest)
    history = trades_of(played)
    data = result["data"]
    closes = [value / SCALE for value in prepared.bars.close.tolist()]
    return render(
        TearSheetReport(
            title=f"{prepared.request.kind} on {prepared.dataset.dataset_id}",
            strategy=prepared.request.kind,
            symbols=[played.instrument.symbol],
            data_description=f"{data['bars']:,} bars of {data['timeframe']}, {prepared.dataset.source}",
            period_start_ns=played.ts_ns[0] - prepared.request.timeframe.length_ns,
            period_end_ns=played.ts_ns[-1],
            initial_cash=result["initial_cash"],
            final_equity=result["final_equity"],
            equity=equity_curve(played),
            metrics=result["metrics"],
            currency=played.instrument.currency,
            parameters=played.parameters,
            prices=PriceSeries(
                symbol=played.instrument.symbol,
                points=list(zip(played.ts_ns, closes, strict=True)),
                fills=[
                    FillMark(
                        ts_ns=fill.ts_ns,
                        side=fill.side.value,
                        price=fill.price / SCALE,
                        quantity=text_of(fill.quantity, 0),
                    )
                    for fill in (event.fill for event in played.fills)
                ],
            ),
            round_trips=history.closed,
            open_trips=open_trips(history),
            versions={"openbell": __version__, "data": data["digest"], "fill model": prepared.request.fill_model},
            notes=NOTES,
        )
    )
