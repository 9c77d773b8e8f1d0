"""Both clients against a started server: sign in, trade, page, backtest, watch over."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from openbell.client import (
    AsyncClient,
    Client,
    Conflict,
    Forbidden,
    NewOrder,
    NewRun,
    NewStrategy,
    NotFound,
    OpenbellError,
    OrderStatus,
    OrderType,
    PerformanceOf,
    Refused,
    RunFailed,
    Side,
    Unauthorized,
    Unavailable,
)
from started_server import EMAIL, PASSWORD

SMALL = Decimal("0.0001")
MANY = {"type": "sweep", "parameters": {"fast": {"from": 2, "to": 200, "step": 1}}}


def resting(client, **changes):
    price = client.instruments.get("BTC-USD").current_price
    limit = (price * Decimal("0.95")).quantize(Decimal("0.01"))
    fields = {"symbol": "BTC/USD", "side": Side.BUY, "quantity": SMALL} | changes
    return NewOrder(order_type=OrderType.LIMIT, limit_price=limit, **fields)


def test_a_result_is_typed_down_to_its_numbers_and_instants(client):
    order = client.orders.place(resting(client))
    assert order.quantity == SMALL and isinstance(order.limit_price, Decimal)
    assert abs(datetime.now(UTC) - order.created_at) < timedelta(minutes=1)
    client.orders.cancel(order.order_id)


def test_an_order_placed_twice_is_one_order(client):
    wanted = resting(client)
    first, again = client.orders.place(wanted), client.orders.place(wanted)
    assert first.order_id == again.order_id
    assert client.orders.find(wanted.client_order_id).order_id == first.order_id
    client.orders.cancel(first.order_id)


def test_an_order_is_modified_and_cancelled(client):
    order = client.orders.place(resting(client))
    changed = client.orders.modify(order.order_id, quantity=SMALL * 2, expected_revision=order.revision)
    assert (changed.quantity, changed.revision) == (SMALL * 2, order.revision + 1)
    with pytest.raises(OpenbellError) as stale:
        client.orders.modify(order.order_id, quantity=SMALL, expected_revision=order.revision)
    assert stale.value.code == "STALE_REVISION"
    assert client.orders.cancel(order.order_id).status is OrderStatus.CANCELLED


def test_a_walk_reads_every_page_once(client):
    placed = [client.orders.place(resting(client)) for _ in range(7)]
    walked = [order.order_id for order in client.orders.iter(per_page=3)]
    assert len(walked) == len(set(walked)) >= 8
    assert set(walked[:7]) == {order.order_id for order in placed}
    for order in placed:
        client.orders.cancel(order.order_id)


def test_what_the_server_refuses_says_why(client):
    with pytest.raises(Refused) as refused:
        client.orders.place(resting(client, symbol="NO/SUCH"))
    assert refused.value.code == "UNKNOWN_SYMBOL" and refused.value.request_id
    with pytest.raises(NotFound):
        client.orders.get("../users")
    assert client.orders.find("nobody-s") is None


def test_bad_credentials_are_told_apart_from_no_server(running):
    with Client(running.url, email=EMAIL, password="wrong") as stranger, pytest.raises(Unauthorized):
        stranger.auth.me()
    with Client(running.url, api_key="wrong") as stranger, pytest.raises(Unauthorized):
        stranger.auth.me()
    with Client("http://127.0.0.1:9", api_key="x") as nowhere, pytest.raises(Unavailable):
        nowhere.health.life()


def test_a_session_that_was_ended_elsewhere_is_begun_anew(running):
    with Client(running.url, email=EMAIL, password=PASSWORD) as one:
        one.auth.logout()
        assert one.auth.me().email == EMAIL


def test_a_key_opens_the_door_until_it_is_revoked(running, client):
    key = client.keys.create("short", scopes=["read"])
    with Client(running.url, api_key=key.api_key) as program:
        assert program.auth.me().scopes == ("read",)
        with pytest.raises(Forbidden):
            program.orders.place(resting(client))
        assert client.keys.revoke(key.key_id).revoked_at is not None
        with pytest.raises(Unauthorized):
            program.auth.me()
    assert key.key_id in {one.key_id for one in client.keys.list()}
    assert key.api_key not in repr(key)


def test_users_come_and_go(client):
    user = client.users.create(email="u@example.com", password="a long enough password", role="read-only")
    assert client.users.get(user.user_id).roles == ("read-only",)
    assert not client.users.update(user.user_id, is_active=False).is_active
    assert user.user_id in {one.user_id for one in client.users.iter(per_page=1)}
    client.users.delete(user.user_id)
    with pytest.raises(NotFound):
        client.users.get(user.user_id)


def test_the_portfolio_and_its_past_are_read(client):
    portfolio = client.portfolio.summary()
    held = next(one for one in client.positions.iter() if one.symbol == "BTC/USD")
    assert portfolio.currency == "USD" and portfolio.positions_count == 1
    assert client.positions.get(held.position_id).entry_orders
    points = list(client.portfolio.history(resolution="1m"))
    assert points and all(isinstance(one.total_value, Decimal) for one in points)
    assert client.portfolio.metrics().equity_curve


def test_a_strategy_lives_through_its_states(client):
    wanted = NewStrategy(
        kind="sma_cross", symbols=("BTC/USD",), strategy_id="lives", config={"fast": 5, "slow": 20}, status="inactive"
    )
    assert client.strategies.create(wanted).run_state == "stopped"
    states = [getattr(client.strategies, verb)("lives").run_state for verb in ("start", "pause", "resume", "stop")]
    assert states == ["running", "paused", "running", "stopped"]
    assert client.strategies.update("lives", config={"fast": 6}).config["fast"] == 6
    assert [one.strategy_id for one in client.strategies.list()] == ["lives"]
    assert client.strategies.delete("lives").strategy_id == "lives"
    assert "sma_cross" in {one.kind for one in client.strategies.kinds()}


def test_a_backtest_is_started_waited_for_and_reported(client):
    started = client.runs.start(NewRun(kind="sma_cross", symbol="GOOG", config={"fast": 10, "slow": 30}))
    run = client.runs.wait(started.run_id, timeout_s=60)
    assert run.status == "COMPLETED" and run.metrics["sharpe_ratio"] is not None
    assert run.equity_curve[0].date < run.equity_curve[-1].date
    assert "<html" in client.runs.report(run.run_id)
    assert run.run_id in [one.run_id for one in client.runs.iter()]


def test_a_cancelled_run_is_an_error_to_whoever_waits(client):
    started = client.runs.start(NewRun(kind="sma_cross", symbol="GOOG", config={"fast": 10, "slow": 31}))
    if client.runs.cancel(started.run_id).status == "FAILED":
        with pytest.raises(RunFailed) as failed:
            client.runs.wait(started.run_id)
        assert failed.value.code == "RUN_CANCELLED"


def test_a_study_is_a_run_and_a_stopped_one_is_done_again(client):
    grid = {"type": "sweep", "parameters": {"fast": [5, 10], "slow": [30]}}
    wanted = NewRun(kind="sma_cross", symbol="GOOG", timeframe="1d", study=grid)
    run = client.runs.wait(client.runs.start(wanted).run_id, timeout_s=60)
    assert (run.study, run.timeframe, run.study_result["tried"]) == ("sweep", "1d", 2)
    with pytest.raises(Conflict) as refused:
        client.runs.retry(run.run_id)
    assert refused.value.code == "RUN_NOT_FAILED"
    stopped = client.runs.start(NewRun(kind="sma_cross", symbol="GOOG", config={"slow": 250}, study=MANY)).run_id
    client.runs.cancel(stopped)
    again = client.runs.retry(stopped)
    assert client.runs.cancel(again.run_id).retry_of == stopped


def test_performance_is_told_of_the_account_and_of_a_run(client):
    whole = client.performance.get(resolution="1h")
    assert whole.total_pnl == whole.ending_equity - whole.starting_equity - whole.net_deposits
    metrics = {one.name: one for one in client.performance.metrics()}
    assert len(metrics) >= 40 and metrics["sharpe_ratio"].formula
    profit = client.performance.profit()
    assert profit.total == profit.price + profit.fees + profit.slippage + profit.funding
    assert client.performance.breakdown(by="symbol").by == "symbol"
    started = client.runs.start(NewRun(kind="sma_cross", symbol="GOOG", fee_rate=Decimal("0.001")))
    of_run = PerformanceOf(run_id=client.runs.wait(started.run_id, timeout_s=60).run_id)
    assert client.performance.get(of_run).ending_equity == Decimal("174289.814")
    assert [year.year for year in client.performance.monthly(of_run)][:2] == [2013, 2012]
    assert len(client.performance.rolling(of_run, window=250).points) > 1_000


def test_a_kill_switch_stops_what_it_names(client):
    assert client.controls.activate(strategy_id="manual", reason="test").kill_switch_active
    try:
        assert "manual" in [one.strategy_id for one in client.controls.switches()]
        with pytest.raises(Conflict) as refused:
            client.orders.place(resting(client))
        assert refused.value.code == "KILL_SWITCH"
    finally:
        assert not client.controls.release(strategy_id="manual").kill_switch_active


def test_alerts_are_read_and_acknowledged(client):
    alerts = list(client.alerts.iter(acknowledged=False))
    assert alerts, "a kill switch raises an alert"
    assert client.alerts.acknowledge(alerts[0].alert_id).acknowledged


def test_the_gate_is_asked_without_placing(client):
    wanted = resting(client)
    seen = client.orders.preview(wanted)
    assert seen.accepted and seen.notional == (wanted.quantity * wanted.limit_price).quantize(Decimal("0.00000001"))
    assert client.orders.find(wanted.client_order_id) is None
    dear = client.orders.preview(resting(client, quantity=Decimal(1_000)))
    assert not dear.accepted and dear.refusal.code


def test_a_dead_man_s_switch_is_set_and_taken_back(client):
    assert client.controls.cancel_after(60).active
    assert 0 < client.controls.cancel_after_state().remaining_s <= 60
    assert not client.controls.cancel_after(0).active


def test_the_server_tells_how_it_is(client):
    assert client.health.life().version and client.health.report().services
    assert client.instruments.get("BTC/USD").symbol in {one.symbol for one in client.instruments.list()}


async def test_the_awaited_client_does_the_same(running, client, api_key):
    async with AsyncClient(running.url, api_key=api_key) as one:
        order = await one.orders.place(resting(client))
        assert (await one.orders.cancel(order.order_id)).status is OrderStatus.CANCELLED
        assert order.order_id in [row.order_id async for row in one.orders.iter(per_page=2)]
        started = await one.runs.start(NewRun(kind="sma_cross", symbol="GOOG", config={"fast": 5, "slow": 30}))
        assert (await one.runs.wait(started.run_id)).is_over
        assert (await one.performance.profit(PerformanceOf(strategy_id="manual"))).fees <= 0


def test_both_clients_have_the_same_methods():
    with Client("http://127.0.0.1:9", api_key="x") as blocking:
        awaited = AsyncClient("http://127.0.0.1:9", api_key="x")
        nouns = [name for name in vars(blocking) if not name.startswith("_") and name != "url"]
        assert len(nouns) > 5
        for noun in nouns:
            one, other = getattr(blocking, noun), getattr(awaited, noun)
            assert {name for name in dir(one) if name[0] != "_"} == {name for name in dir(other) if name[0] != "_"}


@pytest.mark.parametrize("url", ["ftp://x", "localhost:8000", "http://"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="not an http"):
        Client(url)
