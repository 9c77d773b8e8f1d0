"""304 for whoever has an answer already, in every contract, and the answer as soon as it is another one."""

import pytest

from openbell.api.conditional import Conditional, is_known
from openbell.api.exchange import SLOT, Exchange
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import SCALE
from platform_floor import open_floor

MINUTE_NS = Timeframe.M1.length_ns
START_NS = 1_790_000_000 // 60 * 60_000_000_000
CANDLES = "/api/market-data/AAPL/candles?from=2026-09-21T00:00:00Z&to=2026-09-22T00:00:00Z"
TAGGED = [
    "/v1/instruments",
    "/v1/instruments/AAPL",
    "/api/instruments",
    "/api/v1/instruments",
    "/api/v1/instruments/AAPL",
    "/v1/metrics/summary",
    CANDLES,
    "/openapi.json",
    "/openapi/desk.json",
    "/asyncapi.json",
]
OF_A_BODY = {"content-length", "content-type", "content-encoding"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        floor.price("AAPL", "104.99", "105.01")
        bars = [Bar("AAPL", Timeframe.M1, START_NS + n * MINUTE_NS, *[100 * SCALE] * 4, SCALE) for n in range(100)]
        floor.system.board.restore(bars)
        yield floor


@pytest.fixture
async def client(floor):
    async with await floor.client() as client:
        yield client


@pytest.mark.parametrize("path", TAGGED)
async def test_who_has_it_is_told_that_it_is_the_same(client, path):
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    kept = {name for name in first.headers if name not in OF_A_BODY and "ratelimit" not in name}
    assert kept <= set(again.headers) and not OF_A_BODY & set(again.headers)
    assert all(again.headers[name] == first.headers[name] for name in kept - {"x-request-id"})


@pytest.mark.parametrize("path", TAGGED)
async def test_who_has_something_else_is_given_it(client, path):
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": '"something else"'})
    assert again.status_code == 200
    assert again.content == first.content


@pytest.mark.parametrize("path", ["/v1/instruments", "/v1/instruments/AAPL", "/api/instruments"])
async def test_a_price_makes_it_another(floor, client, path):
    first = await client.get(path)
    floor.price("AAPL", "105.99", "106.01")
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


async def test_a_candle_that_goes_on_makes_it_another(floor, client):
    path = "/api/market-data/AAPL/candles?limit=1000"
    floor.trade("AAPL", "106.5", "2")
    first = await client.get(path)
    floor.trade("AAPL", "107", "2")
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.json()["data"][-1]["high"]) == (200, 107)


async def test_nobody_is_told_without_credentials(client):
    tag = (await client.get("/v1/instruments")).headers["etag"]
    refused = await client.get("/v1/instruments", headers={"if-none-match": tag, "authorization": ""})
    assert refused.status_code == 401


@pytest.mark.parametrize("path", ["/v1/positions", "/v1/portfolio", "/v1/orders"])
async def test_what_an_account_holds_is_kept_by_nobody(client, path):
    answer = await client.get(path, headers={"if-none-match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in answer.headers


async def test_what_is_not_there_is_the_same_for_nobody(client):
    answer = await client.get("/v1/instruments/nothing", headers={"if-none-match": "*"})
    assert answer.status_code == 404


async def test_a_compressed_answer_has_the_tag_of_the_whole(client):
    plain = await client.get(CANDLES, headers={"accept-encoding": "identity"})
    small = await client.get(CANDLES, headers={"accept-encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["etag"] == plain.headers["etag"]
    assert small.headers["etag"].startswith("W/")


def test_a_tag_is_found_among_others():
    assert is_known('W/"a"', ' W/"b",W/"a" ') and is_known('"a"', 'W/"a"')
    assert not is_known('W/"a"', 'a, "A", W/"aa"')


@pytest.mark.parametrize(("pieces", "status"), [([b"whole"], 304), ([b"in ", b"pieces"], 200)])
async def test_nothing_is_said_after_the_end(pieces, status):
    said = []

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"a"')]})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": piece is not pieces[-1]})

    async def send(message):
        said.append(message)

    exchange = Exchange(request_id="", received_ns=0, client_ip="", headers={b"if-none-match": b'"a"'})
    await Conditional(answer)({"type": "http", "method": "GET", SLOT: exchange}, None, send)
    assert said[0]["status"] == status
    assert [one.get("more_body", False) for one in said[1:]] == [True] * (len(said) - 2) + [False]
