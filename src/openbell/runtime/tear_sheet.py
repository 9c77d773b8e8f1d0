"""A finished backtest as one page to read: charts, metrics and trades."""

from collections.abc import Mapping
from itertools import groupby

from openbell import __version__
from openbell.analytics.round_trips import TradeHistory, round_trips
from openbell.analytics.summary import summarize
from openbell.analytics.tear_sheet import render
from openbell.analytics.tear_sheet.from_result import NOTES, report_of_result
from openbell.analytics.tear_sheet.report import FillMark, PriceSeries, TearSheetReport
from openbell.analytics.tear_sheet.sampling import closes_to_draw
from openbell.domain.fill import Fill
from openbell.domain.values import SCALE, text_of
from openbell.ports import BarColumns
from openbell.runtime.backtest import Played
from openbell.runtime.jobs import Prepared
from openbell.runtime.result import equity_curve, open_trips, result_of
from openbell.runtime.scene import Scene


def tear_sheet_of(played: Played, prepared: Prepared) -> str:
    """Give the run as one HTML page that needs nothing but itself."""
    result = result_of(played, prepared.request, digest=prepared.dataset.digest)
    bars = prepared.bars
    prices = closes_to_draw(bars.ts_ns, bars.close, length_ns=prepared.request.timeframe.length_ns)
    return render(report_of_result(result, prices=prices))


def tear_sheet_of_scene(played: Played, scene: Scene, *, series: Mapping[str, BarColumns]) -> str:
    """Give a run of several instruments as one HTML page: each has a price chart of its own, with its own trades."""
    fills = sorted((event.fill for event in played.fills), key=lambda fill: fill.symbol)
    by_symbol = {symbol: list(some) for symbol, some in groupby(fills, key=lambda fill: fill.symbol)}
    histories = [_history(scene, symbol, some) for symbol, some in by_symbol.items()]
    closed = sorted((trip for one in histories for trip in one.closed), key=lambda trip: trip.exit_ts_ns)
    still_open = [trip for one in histories for trip in open_trips(one)]
    equity = equity_curve(played)
    kinds = ", ".join(dict.fromkeys(one.kind for one in scene.strategies))
    bars = sum(len(one.ts_ns) for one in series.values())
    report = TearSheetReport(
        title=f"{kinds} on {len(series)} instruments",
        strategy=kinds,
        symbols=list(series),
        data_description=f"{bars:,} bars of {scene.timeframe.value}",
        period_start_ns=min(int(one.ts_ns[0]) for one in series.values()),
        period_end_ns=played.ts_ns[-1],
        initial_cash=text_of(scene.initial_cash),
        final_equity=text_of(played.equity[-1]),
        equity=equity,
        metrics=summarize(equity, round_trips=closed, open_trips=still_open),
        currency=played.instrument.currency,
        parameters=played.parameters if len(scene.strategies) == 1 else {},
        prices=[_prices(scene, symbol, bars, by_symbol.get(symbol, [])) for symbol, bars in series.items()],
        round_trips=closed,
        open_trips=still_open,
        versions={"Code": f"openbell {__version__}"},
        notes=NOTES,
    )
    return render(report)


def _history(scene: Scene, symbol: str, fills: list[Fill]) -> TradeHistory:
    rows = ((one.ts_ns, one.side.sign * one.quantity, one.price, one.fee) for one in fills)
    return round_trips(rows, symbol=symbol, multiplier=scene.instruments[symbol].multiplier)


def _prices(scene: Scene, symbol: str, bars: BarColumns, fills: list[Fill]) -> PriceSeries:
    marks = [
        FillMark(
            ts_ns=one.ts_ns,
            side="BUY" if one.side.sign > 0 else "SELL",
            price=one.price / SCALE,
            quantity=text_of(one.quantity, 0),
        )
        for one in fills
    ]
    points = closes_to_draw(bars.ts_ns, bars.close, length_ns=scene.timeframe.length_ns)
    return PriceSeries(symbol=symbol, points=points, fills=marks)
