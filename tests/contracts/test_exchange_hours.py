"""Hours and holidays of exchanges, enforced in orders by HTTP: of a strategy's schedule, and of the market itself."""

import pytest

import contract_words as words
from set_time import at_time

OFFICE = {"start_time": "09:30", "end_time": "16:00", "days_of_week": [1, 2, 3, 4, 5]}
INDIAN = {"start_time": "09:15", "end_time": "15:30", "days_of_week": [1, 2, 3, 4, 5]}
ORDER = {"order_type": "BUY", "quantity": 1, "order_kind": "MARKET", "execution_mode": "PAPER"}
SHUT = (409, "OUTSIDE_SCHEDULE")
OPEN = (201, None)


async def placed(client, strategy_id, instrument):
    answer = await client.post("/api/orders", json=ORDER | {"strategy_id": strategy_id, "instrument": instrument})
    return answer.status_code, answer.json().get("error", {}).get("code")


@pytest.mark.line("R2")
@pytest.mark.parametrize(
    ("symbol", "schedule", "instants"),
    [
        (
            "AAPL",
            OFFICE,
            [
                ("2026-01-09T14:29:59", SHUT),  # a Friday in winter, 09:29:59 in New York
                ("2026-01-09T14:30:00", OPEN),
                ("2026-01-09T20:59:59", OPEN),
                ("2026-01-09T21:00:00", SHUT),
                ("2026-01-10T15:00:00", SHUT),  # Saturday
                ("2026-01-19T15:00:00", SHUT),  # Martin Luther King Day, a Monday
                ("2026-01-20T15:00:00", OPEN),
                ("2026-07-03T15:00:00", SHUT),  # Independence Day is kept on the Friday
                ("2026-07-10T13:29:59", SHUT),  # summer: an hour earlier by UTC
                ("2026-07-10T13:30:00", OPEN),
            ],
        ),
        (
            "NIFTY",
            INDIAN,
            [
                ("2026-01-09T03:44:59", SHUT),  # 09:14:59 in Kolkata
                ("2026-01-09T03:45:00", OPEN),
                ("2026-01-09T10:00:00", SHUT),
                ("2026-01-26T05:00:00", SHUT),  # Republic Day, a Monday
                ("2026-01-27T05:00:00", OPEN),
            ],
        ),
    ],
)
async def test_r2_a_schedule_is_kept_by_the_exchanges_clock_and_holidays(
    monkeypatch, tmp_path, symbol, schedule, instants
):
    async with at_time(monkeypatch, tmp_path / "data", "2026-01-09T00:00:00") as hours:
        hours.go_to("2026-01-09T00:00:01", **{symbol: "100"})
        async with hours.terminal.as_user("ada") as client:
            await hours.terminal.strategy(client, symbols=(symbol,))
            config = {"config": {"schedule": schedule}}
            assert (await client.put("/api/strategies/s1/config", json=config)).status_code == 200
            assert (await client.post("/api/strategies/s1/enable")).status_code == 200
            for instant, expected in instants:
                hours.go_to(instant, **{symbol: "100"})
                assert await placed(client, "s1", symbol) == expected, instant
                assert await placed(client, "manual", symbol) == OPEN, "by hand there is no schedule"


@pytest.mark.line("E3", "R4", "D2")
@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-01-09T14:29:59", (409, "MARKET_CLOSED")),
        ("2026-01-09T14:30:00", OPEN),
        ("2026-01-10T15:00:00", (409, "MARKET_CLOSED")),
        ("2026-01-19T15:00:00", (409, "MARKET_CLOSED")),
        ("2026-11-27T17:59:59", OPEN),  # the day after Thanksgiving ends at 13:00
        ("2026-11-27T18:00:00", (409, "MARKET_CLOSED")),
    ],
)
async def test_e3_a_closed_market_takes_no_order_by_any_contract(monkeypatch, tmp_path, instant, expected):
    facts = {"symbol": "AAPL", "side": "BUY", "quantity": 1, "type": "MARKET"}
    bodies = {
        "/v1/orders": words.platform(facts) | {"quantity": "1"},
        "/api/orders": words.terminal(facts),
        "/api/v1/orders": words.desk(facts),
    }
    start, data_dir = "2026-01-09T00:00:00", tmp_path / "data"
    async with (
        at_time(monkeypatch, data_dir, start, sim_sessions="exchange") as hours,
        hours.terminal.as_user("ada") as client,
    ):
        hours.go_to(instant, AAPL="100", **{"BTC/USD": "40000"})
        for path, body in bodies.items():
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json().get("error", {}).get("code")) == expected, path
        always = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.001"}
        assert (await client.post("/v1/orders", json=always)).status_code == 201
