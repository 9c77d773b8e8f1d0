"""E2 over HTTP: what a portfolio was worth, by range, spacing, ledger, symbol and page."""

import pytest

from openbell.domain.commands import AdvanceTime
from set_time import at_time

pytestmark = pytest.mark.line("E2")
PATH = "/v1/portfolio/history"


@pytest.fixture
async def client(monkeypatch, tmp_path):
    """A hundred shares of AAPL bought at 100.01, which is then worth one dollar more each half hour for a day."""
    async with at_time(monkeypatch, tmp_path / "data", "2026-01-07T00:00:00", socket_idle_seconds=60) as hours:
        hours.go_to("2026-01-07T00:00:01", AAPL="100")
        async with hours.terminal.as_user("ada") as client:
            placed = {"symbol": "AAPL", "side": "BUY", "quantity": "100"}
            order = (await client.post("/v1/orders", json=placed)).json()["data"]
            await hours.terminal.filled(client, order["order_id"])
            engine = hours.terminal.system.engine
            for half_hour in range(1, 48):
                hours.go_to(f"2026-01-07T{half_hour // 2:02d}:{half_hour % 2 * 30:02d}:00", AAPL=str(100 + half_hour))
                hours.terminal.trade("AAPL", 100 + half_hour)
                await engine.submit(AdvanceTime(ts_ns=engine.now_ns()))
            hours.go_to("2026-01-08T00:10:00", AAPL="150")
            await engine.submit(AdvanceTime(ts_ns=engine.now_ns()))
            yield client


async def points(client, **query):
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [(one["timestamp"], one["total_value"]) for one in body["data"]], body["meta"]


async def test_e2_each_spacing_shows_the_last_value_of_its_interval(client):
    days, meta = await points(client, resolution="1d")
    assert [value for _, value in days] == ["104698.00", "104998.00"] and meta["resolution"] == "1d"
    hourly, _ = await points(client, resolution="1h", per_page=100)
    assert len(hourly) == 25 and hourly[1] == ("2026-01-07T01:30:00Z", "100298.00")
    finest, _ = await points(client, resolution="1m", per_page=100)
    assert len(finest) == 48 and ("2026-01-07T01:00:00Z", "100198.00") in finest


async def test_e2_a_range_includes_its_start_and_not_its_end(client):
    query = {"resolution": "15m", "from_date": "2026-01-07T10:00:00Z", "to_date": "2026-01-07T11:00:00Z"}
    shown, meta = await points(client, **query)
    assert shown == [("2026-01-07T10:00:00Z", "101998.00"), ("2026-01-07T10:30:00Z", "102098.00")]
    assert meta["total_count"] == 2
    assert (await points(client, from_date="2030-01-01"))[0] == []


async def test_e2_pages_follow_one_another_without_a_gap(client):
    whole, _ = await points(client, resolution="1h", per_page=100)
    by_page, page = [], 1
    while shown := (await points(client, resolution="1h", per_page=7, page=page))[0]:
        by_page += shown
        page += 1
    assert by_page == whole and page == 5


async def test_e2_a_symbol_shows_what_was_held_of_it(client):
    shown, _ = await points(client, resolution="1h", symbol="AAPL", per_page=100)
    assert shown[0] == ("2026-01-07T01:00:00Z", "10100.00")  # at the close of its first hour
    assert shown[-1] == ("2026-01-08T00:10:00Z", "15000.00") and len(shown) == 25
    assert (await points(client, resolution="1h", strategy_id="manual", per_page=100))[0][-1][1] == "104998.00"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"resolution": "2m"}, "resolution"),
        ({"from_date": "yesterday"}, "from_date"),
        ({"per_page": 101}, "per_page"),
        ({"page": 0}, "page"),
    ],
)
async def test_e2_a_wrong_question_is_refused_by_its_field(client, query, field):
    answer = await client.get(PATH, params=query)
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, field)
