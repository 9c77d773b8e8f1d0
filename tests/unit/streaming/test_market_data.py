# ruff: noqa: PLR0917 - pytest fills in fixtures by name
"""Market data: a snapshot, then every change; a slow reader loses the old and never the newest."""

from openbell.domain.market import Bar, BookDelta, BookSnapshot, Timeframe, Trade
from openbell.domain.run import BacktestRequest, Run
from openbell.domain.values import parse


def trade(now, price, trade_id="t"):
    return Trade("BTC/USD", now, parse(price), parse("1"), 1, trade_id)


def a_bar(ts_ns, close, *, is_final=False):
    return Bar("BTC/USD", Timeframe.M1, ts_ns, 1, 9, 1, close, 1, is_final=is_final)


def test_a_snapshot_is_followed_by_updates_without_a_gap(hub, desk, new_ear, listen, topic, now):
    other = listen(new_ear(), topic("ticks"))
    hub.market(trade(now, "1"))
    desk.trade = trade(now, "2")
    hub.market(desk.trade)
    ear = listen(new_ear(), topic("ticks"))
    hub.market(trade(now, "3"))
    acknowledged, snapshot, update = ear.heard()
    assert acknowledged["type"] == "subscribed"
    assert acknowledged["seq"] == snapshot["seq"] == 2
    assert snapshot["data"]["price"] == 2
    assert (update["seq"], update["prev_seq"]) == (3, 2)
    assert len(other.heard()) == 4


def test_numbers_link_the_messages_of_one_topic(hub, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("ticks"), topic("candles", "1m"))
    ear.heard()
    hub.market(trade(now, "1"))
    hub.market(a_bar(now, 2))
    hub.market(trade(now, "2"))
    ticks = [one for one in ear.heard() if one["type"] == "tick"]
    assert [(one["seq"], one["prev_seq"]) for one in ticks] == [(1, 0), (3, 1)]


def test_a_stalled_reader_holds_nobody_up_and_keeps_the_newest(hub, desk, new_ear, listen, topic, now):
    desk.top = BookSnapshot("BTC/USD", now, 0, ((parse("1"), parse("1")),), ())
    stalled, quick = listen(new_ear(), topic("orderbook", "5")), listen(new_ear(), topic("orderbook", "5"))
    stalled.heard(), quick.heard()
    for size in range(1, 101):
        desk.top = BookSnapshot("BTC/USD", now, size, ((parse("1"), parse(str(size))),), ())
        hub.market(BookDelta("BTC/USD", now, size, size, (), ()))
        assert quick.heard()[0]["data"]["bids"][0]["quantity"] == size
    assert stalled.outbox.waiting == 1
    assert stalled.heard()[0]["data"]["bids"][0]["quantity"] == 100


def test_finished_candles_survive_the_conflation_of_the_running_one(hub, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("candles", "1m"))
    ear.heard()
    for close in (2, 3):
        hub.market(a_bar(now, close))
    hub.market(a_bar(now, 4, is_final=True))
    hub.market(a_bar(now + 60, 5))
    said = [(one["data"]["close"] * 1e8, one["data"]["is_final"]) for one in ear.heard()]
    assert said == [(4, True), (5, False)]


def test_prints_of_a_stalled_reader_are_bounded(hub, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("trades"))
    ear.heard()
    for price in range(1, 1_001):
        hub.market(trade(now, str(price)))
    assert ear.outbox.waiting == 16
    assert ear.heard()[-1]["data"]["price"] == 1_000


def test_a_book_is_as_deep_as_was_asked_for(hub, desk, new_ear, listen, topic, now):
    levels = tuple((parse(str(price)), parse("1")) for price in range(50, 0, -1))
    desk.top = BookSnapshot("BTC/USD", now, 1, levels, ())
    ear = listen(new_ear(), topic("orderbook", "3"), topic("orderbook", "20"))
    depths = [len(one["data"]["bids"]) for one in ear.heard() if one["type"] == "orderbook"]
    assert depths == [3, 20]


def test_what_was_unsubscribed_is_not_heard_any_more(hub, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("ticks"))
    hub.market(trade(now, "1"))
    hub.unsubscribe(ear.listener, [topic("ticks")], reply_to=5)
    hub.market(trade(now, "2"))
    assert [one["type"] for one in ear.heard()] == ["subscribed", "unsubscribed"]


def test_a_heartbeat_tells_the_latest_number_of_each_stream(hub, new_ear, listen, topic, now):
    ear = listen(new_ear(), topic("ticks"))
    hub.market(trade(now, "1"))
    hub.heartbeat(ear.listener, now_ns=now)
    beat = next(one for one in ear.heard() if one["type"] == "heartbeat")
    assert beat["data"]["seq"] == {"private": 7, "ticks:BTC/USD": 1}


def test_a_restart_is_announced_before_connections_end(hub, new_ear, listen, now):
    ear = listen(new_ear())
    hub.close(now_ns=now)
    assert ear.heard()[0]["error"]["code"] == "CONNECTION_LOST"
    assert ear.outbox.ending.code == 1012


def test_the_owner_of_a_run_hears_how_far_it_is(hub, new_ear, listen, topic, now):
    runs = topic("runs")._replace(symbol="")
    owner, other = listen(new_ear(), runs), listen(new_ear(), runs)
    other.listener.user_id = "somebody else"
    owner.heard(), other.heard()
    request = BacktestRequest(kind="k", dataset_id="d", symbol="BTC/USD", initial_cash=1)
    run = Run(run_id="r", owner_id="u1", strategy_id="s", request=request, created_ns=now)
    for run.progress in (0.1, 0.5):
        hub.run(run)
    [said] = owner.heard()
    assert (said["type"], said["data"]["progress"], said["data"]["status"]) == ("run_update", 0.5, "RUNNING")
    assert other.heard() == []
