# ruff: noqa: PLR0917 - pytest fills in fixtures by name
"""The messages have the keys of the documents, and their numbers are the exact tokens."""

from openbell.domain.events import OrderAccepted, OrderFilled, Recorded
from openbell.domain.market import Bar, BookSnapshot, Timeframe, Trade
from openbell.domain.order import OrderStatus
from openbell.domain.position import Position
from openbell.domain.values import parse
from openbell.streaming import wire
from openbell.streaming.topics import Channel

# Keys as the terminal document lists them; `?` ones only where they are always sent.
TICK = {"instrument", "price", "quantity", "timestamp", "trade_id"}
CANDLE = {"instrument", "timeframe", "open", "high", "low", "close", "volume", "timestamp", "is_final"}
BOOK = {"instrument", "bids", "asks", "timestamp"}
ORDER = {"order_id", "strategy_id", "status", "filled_quantity", "average_price", "timestamp"}
POSITION = {"position_id", "strategy_id", "instrument", "unrealized_pnl", "current_price", "timestamp"}
TRADE = {
    *("trade_id", "order_id", "strategy_id", "instrument", "side", "quantity", "price", "timestamp"),
    "execution_mode",
}


def filled(fill):
    return OrderFilled(
        order_id="o1",
        fill=fill(),
        position_id="p1",
        position_quantity=parse("1"),
        position_cost=parse("50000.10"),
        is_new_position=True,
        cash_flow=-parse("50005.10"),
    )


def test_a_tick_has_the_documents_keys_and_exact_numbers(now):
    said = wire.tick(
        Channel.TICKS, Trade("BTC/USD", now, parse("50000.1"), parse("0.00000001"), 1, 'a"b'), seq=3, prev_seq=1
    )
    assert b'"price":50000.1,' in said
    assert b'"quantity":0.00000001,' in said
    assert b'"trade_id":"a\\"b"' in said


def test_market_messages_have_the_documents_keys(hub, desk, new_ear, listen, topic, now):
    desk.top = BookSnapshot("BTC/USD", now, 9, ((parse("1.5"), parse("2")),), ((parse("1.6"), parse("3")),))
    ear = listen(new_ear(), topic("ticks"), topic("candles", "1m"), topic("orderbook", "10"))
    ear.heard()
    hub.market(Trade("BTC/USD", now, parse("1.55"), parse("1"), 1, "t1"))
    hub.market(Bar("BTC/USD", Timeframe.M1, now, 4, 5, 3, 4, 7, is_final=False))
    hub.market(desk.top)
    said = {one["type"]: one for one in ear.heard()}
    assert said["tick"]["data"].keys() >= TICK
    assert said["candle"]["data"].keys() >= CANDLE
    assert said["orderbook"]["data"].keys() >= BOOK
    assert said["orderbook"]["data"]["bids"] == [{"price": 1.5, "quantity": 2}]


def test_a_fill_says_order_trade_and_position_to_its_owner(hub, desk, new_ear, listen, order, fill, now):
    ear = listen(new_ear())
    desk.orders["o1"] = order(
        status=OrderStatus.PARTIALLY_FILLED, filled_quantity=parse("1"), filled_value=parse("1") * parse("50000.10")
    )
    hub.events([Recorded(1, now, "a1", 8, filled(fill))])
    said = {one["type"]: one for one in ear.heard()}
    assert said["order_update"]["data"].keys() >= ORDER
    assert said["order_update"]["data"]["status"] == "PARTIALLY_FILLED"
    assert said["trade"]["data"].keys() >= TRADE
    assert said["position_update"]["data"].keys() >= POSITION
    assert said["position_update"]["data"]["unrealized_pnl"] == -0.1


def test_the_monitoring_channels_say_decimal_text(hub, desk, new_ear, listen, order, fill, topic, now):
    ear = listen(new_ear(), *(topic(one)._replace(symbol="") for one in ("order_fills", "trade_notifications")))
    ear.heard()
    desk.orders["o1"] = order(filled_quantity=parse("1"), filled_value=parse("1") * parse("50000.10"))
    hub.events([Recorded(1, now, "a1", 8, filled(fill))])
    said = {one["type"]: one["data"] for one in ear.heard()}
    assert said["trade_notification"]["price"] == "50000.10"
    assert said["order_fill"]["remaining_quantity"] == "1.00"


def test_an_order_waiting_at_the_venue_is_submitted(hub, desk, new_ear, listen, order, now):
    ear = listen(new_ear())
    desk.orders["o1"] = order(status=OrderStatus.PENDING_CANCEL)
    hub.events([Recorded(1, now, "a1", 8, OrderAccepted(order_id="o1"))])
    [said] = ear.heard()
    assert said["data"]["status"] == "SUBMITTED"
    assert said["data"]["status_detail"] == "PENDING_CANCEL"
    assert "average_price" not in said["data"]


def test_a_mark_that_moves_updates_position_and_portfolio_once_a_second(hub, desk, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("portfolio_updates")._replace(symbol=""))
    desk.held = [
        Position(position_id="p1", account_id="a1", strategy_id="manual", symbol="BTC/USD", quantity=parse("1"))
    ]
    hub.pulse(now)
    ear.heard()
    desk.marks["BTC/USD"] = parse("50001")
    hub.pulse(now + 1)
    assert ear.heard() == []
    hub.pulse(now + 1_000_000_000)
    assert {one["type"] for one in ear.heard()} == {"portfolio_update", "position_update"}
    hub.pulse(now + 2_000_000_000)
    assert ear.heard() == []
