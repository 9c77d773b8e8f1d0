"""What is told of a finished backtest: amounts as decimal text, times as text, metrics beside them.

Everything in it follows from the request and the data, so that two equal runs give equal bytes.
"""

from collections.abc import Sequence
from typing import Any

from openbell import __version__
from openbell.analytics.round_trips import OpenTrip, RoundTrip, TradeHistory, round_trips
from openbell.analytics.summary import summarize
from openbell.domain.events import OrderFilled
from openbell.domain.instants import instant_text
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE, text_of
from openbell.runtime.backtest import Played

EQUITY_POINTS_MAX = 10_000
"""Points of the equity curve that are kept: all of a long daily series, a thinned one of minutes."""


def result_of(played: Played, request: BacktestRequest, *, digest: str) -> dict[str, Any]:
    """Describe a run as one JSON document."""
    history = trades_of(played)
    curve = equity_curve(played)
    return {
        "final_equity": text_of(played.equity[-1]),
        "initial_cash": text_of(request.initial_cash),
        "total_fees": text_of(sum(event.fill.fee for event in played.fills)),
        "borrow_cost": text_of(played.borrow_cost),
        "fill_count": len(played.fills),
        "order_count": played.orders,
        "denials": played.denials,
        "metrics": summarize(curve, round_trips=history.closed, open_trips=open_trips(history)),
        "fills": [fill_document(event) for event in played.fills],
        "trades": [trade_document(trip) for trip in history.closed],
        "open_trade": _open_trade(history),
        "equity_curve": thinned(list(zip(played.ts_ns, played.equity, strict=True))),
        "currency": played.instrument.currency,
        "multiplier": text_of(played.instrument.multiplier, 0),
        "strategy": request.kind,
        "parameters": played.parameters,
        "request": {
            "symbol": request.symbol,
            "fee_rate": text_of(request.fee_rate),
            "fill_model": request.fill_model,
            "seed": request.seed,
        },
        "data": {
            "dataset_id": request.dataset_id,
            "timeframe": request.timeframe.value,
            "bars": len(played.ts_ns),
            "start": instant_text(played.ts_ns[0] - request.timeframe.length_ns),
            "end": instant_text(played.ts_ns[-1]),
            "adjustment": request.adjustment.value,
            "digest": digest,
        },
        "code_version": __version__,
    }


def equity_curve(played: Played) -> list[tuple[int, float]]:
    """Give equity by time for the metrics, which are floats."""
    # A day's equity belongs to the day it was made on, not to the midnight that ends it.
    return [(ts - 1, equity / SCALE) for ts, equity in zip(played.ts_ns, played.equity, strict=True)]


def trades_of(played: Played) -> TradeHistory:
    """Cut the fills into round trips."""
    fills = ((f.ts_ns, f.side.sign * f.quantity, f.price, f.fee) for f in (event.fill for event in played.fills))
    return round_trips(fills, symbol=played.instrument.symbol, multiplier=played.instrument.multiplier)


def open_trips(history: TradeHistory) -> tuple[OpenTrip, ...]:
    """Give the trade that is still open as a sequence of one, or none."""
    return () if history.open is None else (history.open,)


def fill_document(event: OrderFilled) -> dict[str, str | None]:
    """Describe a fill."""
    fill = event.fill
    return {
        "ts": instant_text(fill.ts_ns),
        "side": fill.side.value,
        "quantity": text_of(fill.quantity, 0),
        "price": text_of(fill.price),
        "fee": text_of(fill.fee),
        "mark": None if fill.mark is None else text_of(fill.mark),
        "liquidity": fill.liquidity.value,
        "realized_pnl": text_of(fill.realized_pnl),
        "position": text_of(event.position_quantity, 0),
        "order_id": fill.order_id,
        "model": fill.model,
    }


def trade_document(trip: RoundTrip) -> dict[str, str | float | None]:
    """Describe a round trip."""
    return {
        "entry_ts": instant_text(trip.entry_ts_ns),
        "exit_ts": instant_text(trip.exit_ts_ns),
        "quantity": text_of(trip.quantity, 0),
        "entry_price": text_of(trip.entry_price),
        "exit_price": text_of(trip.exit_price),
        "fees": text_of(trip.fees),
        "net_pnl": text_of(trip.net_pnl),
        "return": trip.return_fraction,
    }


def _open_trade(history: TradeHistory) -> dict[str, str] | None:
    trip = history.open
    if trip is None:
        return None
    return {
        "entry_ts": instant_text(trip.entry_ts_ns),
        "quantity": text_of(trip.quantity, 0),
        "entry_price": text_of(trip.entry_price),
        "fees": text_of(trip.fees),
    }


def thinned(curve: Sequence[tuple[int, int]]) -> list[dict[str, str]]:
    """Give evenly spaced points of an equity curve, the last one always among them."""
    count = len(curve)
    stride = -(-count // EQUITY_POINTS_MAX)
    places = [*range(0, count - 1, stride), count - 1]
    return [{"ts": instant_text(curve[i][0]), "equity": text_of(curve[i][1])} for i in places]
