"""E4 and P4: deposits are no profit, parts add up, and each period, mode and account counts by itself."""

import sqlite3
from decimal import Decimal

import pytest

from openbell.domain.access import Role
from openbell.domain.values import SCALE, parse
from performance_desk import BUY, PARTS, Frozen, account_of, finished, paid, told, traded
from platform_floor import open_floor
from waiting import until

DAY = 86_400 * 1_000_000_000


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path, performance_cache_seconds=0) as floor:
        floor.price("AAPL", "150.23", "150.25")
        floor.price("MSFT", "399.99", "400.01")
        yield floor


@pytest.fixture
async def ada(floor):
    """A client who bought 100 AAPL at 150.25 with the mark at 150.24; now 155.80 each."""
    client = await floor.client()
    await traded(floor, client, BUY)
    floor.price("AAPL", "155.79", "155.81")
    return client


# ---------------------------------------------------------------- deposits


async def test_e4_money_paid_in_or_out_is_no_profit(floor, ada):
    before = (await told(ada))["data"]
    for amount in ("900000", "-50000", "12.34"):
        await paid(floor, amount)
    after = (await told(ada))["data"]
    assert after["total_pnl"] == before["total_pnl"] != "0.00"
    assert after["net_deposits"] == "850012.34"
    assert float(after["summary"]["total_return"]) == pytest.approx(float(before["summary"]["total_return"]), rel=1e-9)
    assert after["summary"]["max_drawdown"] == before["summary"]["max_drawdown"]


async def test_e4_profit_after_a_deposit_counts_on_the_larger_sum(floor, ada):
    first = float((await told(ada))["data"]["summary"]["total_return"])
    await paid(floor, "100000")
    equity = float((await told(ada))["data"]["ending_equity"])
    floor.price("AAPL", "165.79", "165.81")
    found = float((await told(ada))["data"]["summary"]["total_return"])
    assert 1 + found / 100 == pytest.approx((1 + first / 100) * (1 + 1000 / equity), rel=1e-9)


@pytest.mark.line("P4")
async def test_p4_the_summary_leaves_deposits_out(floor, ada):
    before = (await ada.get("/v1/metrics/summary", params={"period": "all"})).json()["data"]
    await paid(floor, "50000")
    after = (await ada.get("/v1/metrics/summary", params={"period": "all"})).json()["data"]
    for name in ("total_pnl", "total_pnl_percent", "max_drawdown"):
        assert after[name] == before[name], name
    assert Decimal(after["available_capital"]) - Decimal(before["available_capital"]) == 50_000


# ---------------------------------------------------------------- where the profit came from


async def test_e4_the_parts_of_a_profit_are_known_and_add_up(floor, ada):
    """Bought at 150.25 with the mark at 150.24: a cent a share is slippage; 155.80 - 150.24 is the price's."""
    data = (await told(ada, "/pnl"))["data"]
    order = (await ada.get("/v1/orders")).json()["data"][0]
    assert (data["price"], data["slippage"], data["funding"]) == ("556.00", "-1.00", "0.00")
    assert Decimal(data["fees"]) == -Decimal(order["fees"]) != 0
    assert sum(Decimal(data[name]) for name in PARTS) == Decimal(data["total"])
    assert Decimal(data["starting_equity"]) + Decimal(data["total"]) == Decimal(data["ending_equity"])


@pytest.mark.parametrize("by", ["strategy", "symbol", "hour", "weekday"])
async def test_e4_every_split_adds_up_to_the_whole(floor, ada, by):
    await traded(floor, ada, BUY | {"symbol": "MSFT", "quantity": "7"})
    await traded(floor, ada, BUY | {"side": "SELL", "quantity": "40"})
    await paid(floor, "5000")
    floor.price("MSFT", "391.00", "391.02")
    whole = (await told(ada, "/pnl"))["data"]
    split = (await told(ada, "/breakdown", by=by))["data"]
    for name in ("total", *PARTS):
        assert sum(Decimal(row[name]) for row in split["rows"]) == Decimal(whole[name]), name
    assert split["total"] == whole["total"]
    assert sum(row["fills"] for row in split["rows"]) == 3
    keys = [row["key"] for row in split["rows"]]
    assert keys == {"strategy": ["manual"], "symbol": ["AAPL", "MSFT"]}.get(by, keys)


async def test_e4_a_strategys_capital_is_no_profit_of_it_and_a_handed_over_holding_none_of_the_ledger(floor, ada):
    """A strategy with 20,000 buys 100 AAPL through its ledger; deleted, everything goes back to the manual one."""
    made = {"strategy_id": "s1", "kind": "sma_cross", "symbols": ["AAPL"], "allocated_capital": "20000"}
    answer = await ada.post("/v1/strategies", json=made)
    assert answer.status_code == 201, answer.text
    await traded(floor, ada, BUY | {"strategy_id": "s1"})
    floor.price("AAPL", "165.79", "165.81")
    before = {row["key"]: row for row in (await told(ada, "/breakdown"))["data"]["rows"]}
    own = (await told(ada, strategy_id="s1"))["data"]
    assert own["total_pnl"] == before["s1"]["total"] and 980 < Decimal(own["total_pnl"]) < 1000
    assert (await ada.delete("/v1/strategies/s1")).status_code in (200, 204)
    after = {row["key"]: row for row in (await told(ada, "/breakdown"))["data"]["rows"]}
    assert (after["s1"]["total"], after["manual"]["total"]) == (before["s1"]["total"], before["manual"]["total"])


async def test_e4_instants_beyond_the_calendar_are_refused_or_empty(ada):
    for query in ({"start": "9999-12-31"}, {"end": "0001-01-01"}, {"start": "0001-01-01", "end": "9999-12-31"}):
        for path in ("", "/metrics", "/rolling", "/breakdown"):
            assert (await ada.get(f"/v1/performance{path}", params=query)).status_code in (200, 400), query


async def test_e4_one_symbol_is_its_own_profit(floor, ada):
    await traded(floor, ada, BUY | {"symbol": "MSFT", "quantity": "7"})
    floor.price("MSFT", "391.00", "391.02")
    rows = {row["key"]: row for row in (await told(ada, "/breakdown", by="symbol"))["data"]["rows"]}
    for symbol in ("AAPL", "MSFT"):
        data = (await told(ada, symbol=symbol))["data"]
        assert data["total_pnl"] == rows[symbol]["total"] != "0.00"
    assert (await told(ada, symbol="BTC-USD"))["data"]["total_pnl"] == "0.00"


async def test_e4_a_runs_profit_is_explained(floor, ada):
    run = await finished(ada)
    data = (await told(ada, "/pnl", run_id=run["run_id"]))["data"]
    assert (data["total"], data["fees"]) == ("74289.814", "-3093.186")
    assert sum(Decimal(data[name]) for name in PARTS) == Decimal(data["total"])
    rows = (await told(ada, "/breakdown", run_id=run["run_id"], by="weekday"))["data"]["rows"]
    assert sum(Decimal(row["total"]) for row in rows) == Decimal("74289.814")
    assert sum(row["trades"] for row in rows) == 32


async def test_e4_the_latest_backtest_is_meant_where_no_run_is_named(floor, ada):
    await finished(ada)

    async def is_kept():  # shown as completed a moment before
        return (await ada.get("/v1/runs", params={"status": "completed"})).json()["data"]

    await until(is_kept)
    assert (await told(ada, mode="BACKTEST"))["data"]["total_pnl"] == "74289.814"


# ---------------------------------------------------------------- periods, modes, everybody's, age


@pytest.mark.line("P4")
async def test_p4_each_period_begins_with_what_there_was(floor, tmp_path):
    """Marks at the very start of each period, each ten percent above the one before, and 100,000 again now."""
    client = await floor.client()
    account = await account_of(floor)
    opened = floor.system.views.account(account).opened_ns
    clock = Frozen(floor)
    clock.now = opened + 400 * DAY
    days = {"1y": 365, "3m": 91, "1m": 30, "1w": 7, "1d": 1}
    worth = {period: 100_000 * 11**i // 10**i for i, period in enumerate(days, start=1)}
    with sqlite3.connect(tmp_path / "openbell.db") as database:
        for number, (period, length) in enumerate(days.items()):
            row = (account, "", clock.now - length * DAY, 10_000 + number, worth[period] * SCALE)
            database.execute("INSERT INTO equity_marks VALUES (?, ?, ?, ?, ?)", row)
    for period, value in worth.items():
        data = (await client.get("/v1/metrics/summary", params={"period": period})).json()["data"]
        assert Decimal(data["total_pnl"]) == 100_000 - value, period
        later = [one for name, one in worth.items() if days[name] < days[period]]
        assert len(data["equity_curve"]) == len(later) + 2, period
    whole = (await client.get("/v1/metrics/summary", params={"period": "all"})).json()["data"]
    assert (whole["total_pnl"], len(whole["equity_curve"])) == ("0.00", 7)
    assert Decimal(whole["max_drawdown"]) == pytest.approx(
        Decimal(100 * (100_000 / worth["1d"] - 1)), abs=Decimal("0.01")
    )


@pytest.mark.line("P4")
async def test_p4_each_mode_is_by_itself(ada):
    async def summed(**query):
        return (await ada.get("/v1/metrics/summary", params={"period": "all", **query})).json()["data"]

    assert (await summed(mode="PAPER"))["total_pnl"] == (await summed())["total_pnl"] != "0.00"
    for mode in ("LIVE", "BACKTEST"):
        data = await summed(mode=mode)
        assert (data["total_pnl"], data["active_positions"], data["equity_curve"]) == ("0.00", 0, [])


@pytest.mark.line("P4")
async def test_p4_an_admin_sums_up_everybody(floor, ada):
    bob, admin = await floor.client("bob"), await floor.client("root", Role.ADMIN)
    await traded(floor, bob, BUY)
    floor.price("AAPL", "160.79", "160.81")
    path, query = "/v1/metrics/summary", {"period": "all"}
    own = [(await one.get(path, params=query)).json()["data"] for one in (ada, bob, admin)]
    everybody = (await admin.get(path, params={**query, "scope": "all"})).json()["data"]
    accounts = floor.system.views.accounts()
    worth = sum(floor.system.views.equity(one.account_id) for one in accounts)
    assert parse(everybody["equity_curve"][-1]["value"]) == worth
    assert Decimal(everybody["total_pnl"]) == sum(Decimal(one["total_pnl"]) for one in own)
    assert everybody["active_positions"] == 2
    assert (await bob.get(path, params={"scope": "all"})).status_code == 403


@pytest.mark.line("P4")
async def test_p4_figures_are_kept_for_five_seconds_and_no_longer(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        client, clock = await floor.client(), Frozen(floor)
        await traded(floor, client, BUY)
        clock.now = floor.system.engine.now_ns()
        seen = []
        for second, price in ((0, "151"), (4.999, "152"), (5, "153")):
            floor.price("AAPL", price, price)
            now = clock.now
            clock.now += int(second * 1_000_000_000)
            answer = (await client.get("/v1/metrics/summary")).json()
            seen.append((answer["data"]["total_pnl"], answer["meta"]["as_of"]))
            clock.now = now
        assert seen[0] == seen[1] != seen[2]
        assert Decimal(seen[2][0]) - Decimal(seen[0][0]) == 200


async def test_e4_figures_are_made_on_demand_where_the_setting_says_so(floor, ada):
    first = (await told(ada))["data"]["total_pnl"]
    floor.price("AAPL", "156.79", "156.81")
    assert Decimal((await told(ada))["data"]["total_pnl"]) - Decimal(first) == 100


async def test_e4_figures_are_kept_by_default(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        client = await floor.client()
        await traded(floor, client, BUY)
        first = await told(client)
        floor.price("AAPL", "156.79", "156.81")
        assert await told(client) == first
