"""Shared scenery: instruments, requests and events in plain numbers."""

import os
from pathlib import Path

import pytest

from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Bar, BookDelta, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.domain.venue import Admitted, VenueFilled
from openbell.engine.matching.fees import FeeSchedule
from openbell.engine.matching.profile import IDEAL
from openbell.engine.matching.venue import SimulatedVenue

SECOND = NANOS_PER_SECOND
MINUTE = 60 * SECOND
NOON = 1_700_000_000 // 86_400 * 86_400 * SECOND + 12 * 3600 * SECOND
SYMBOL = "XYZ"
FREE = FeeSchedule()


def shared_data(name):
    folder = Path(os.environ.get("OPENBELL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (folder / name).exists():
        pytest.skip(f"recorded data {name} is not on this machine")
    return folder / name


def instrument(symbol=SYMBOL, **changes):
    fields = {
        "symbol": symbol,
        "name": symbol,
        "asset_class": AssetClass.CRYPTO,
        "currency": "USD",
        "tick_size": SCALE // 100,
        "lot_size": SCALE,
        "quantity_min": SCALE,
        "quantity_max": 10**6 * SCALE,
    }
    return Instrument(**{**fields, **changes})


def venue(profile=IDEAL, fees=FREE, **changes):
    return SimulatedVenue({SYMBOL: instrument(**changes)}, profile, fees)


def order(
    order_id="o1", side="BUY", quantity=10, *, limit=None, stop=None, tif="GTC", post_only=False, ts=NOON, group=""
):
    kinds = {(False, False): "MARKET", (True, False): "LIMIT", (False, True): "STOP", (True, True): "STOP_LIMIT"}
    return Admitted(
        order_id=order_id,
        client_order_id=order_id,
        account_id="a",
        symbol=SYMBOL,
        side=Side(side),
        quantity=steps(quantity),
        order_type=OrderType(kinds[limit is not None, stop is not None]),
        limit_price=None if limit is None else steps(limit),
        stop_price=None if stop is None else steps(stop),
        time_in_force=TimeInForce(tif),
        post_only=post_only,
        reduce_only=False,
        ts_ns=ts,
        oco_group=group,
    )


def steps(number):
    return round(number * 100) * (SCALE // 100)


def bar(open_, high, low, close, *, volume=1000, ts=NOON, timeframe=Timeframe.M1, is_final=True):
    prices = [steps(price) for price in (open_, high, low, close)]
    return Bar(SYMBOL, timeframe, ts, *prices, steps(volume), is_final=is_final)


def quote(bid, bid_quantity, ask, ask_quantity, *, ts=NOON):
    return Quote(SYMBOL, ts, steps(bid), steps(bid_quantity), steps(ask), steps(ask_quantity))


def trade(price, quantity, *, aggressor=0, ts=NOON):
    return Trade(SYMBOL, ts, steps(price), steps(quantity), aggressor)


def snapshot(bids, asks, *, sequence=1, ts=NOON):
    return BookSnapshot(SYMBOL, ts, sequence, levels(bids), levels(asks))


def delta(bids=(), asks=(), *, first=2, last=None, ts=NOON):
    return BookDelta(SYMBOL, ts, first, last or first, levels(bids), levels(asks))


def levels(pairs):
    return tuple((steps(price), steps(quantity)) for price, quantity in pairs)


def fills(reports):
    """Give the fills among reports as (order, quantity, price) in whole units."""
    return [(r.order_id, r.quantity / SCALE, r.price / SCALE) for r in reports if isinstance(r, VenueFilled)]


def kinds(reports):
    return [type(report).__name__.removeprefix("Venue") for report in reports]
