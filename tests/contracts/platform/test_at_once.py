"""What is answered within the call that reads the request is what the framework answers, counted and logged alike."""

import asyncio
import json
import re
from itertools import count

import pytest

from asker import Asker
from openbell.api import at_once
from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.bootstrap.http_protocol import http_protocol
from openbell.bootstrap.patience import Patience
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import SCALE
from openbell.services.changes import LIFE_NS
from platform_floor import open_floor, served
from waiting import until

NOW_NS = 1_900_000_000_000_000_000
ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100.00"}
PREVIEW = json.dumps(ORDER).encode()
PLACES = ("/v1/positions", "/v1/portfolio")
READS = (
    *PLACES,
    "/v1/orders",
    "/v1/orders?per_page=5",
    "/v1/instruments",
    "/v1/instruments/BTC-USD",
    "/api/market-data/AAPL/candles?limit=1000",
    "/api/v1/balances",
)
WAYS = (
    (),
    ("accept-encoding: gzip",),
    ("accept: application/problem+json",),
    ("accept-encoding: br, gzip;q=0", "x-request-id: of-mine"),
)


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        for symbol in ("AAPL", "MSFT", "BTC/USD"):
            floor.price(symbol, "104.99", "105.01")
        minute = Timeframe.M1.length_ns
        rows = [NOW_NS - NOW_NS % minute - number * minute for number in range(200, 100, -1)]
        floor.system.board.restore([Bar("AAPL", Timeframe.M1, ts, *[100 * SCALE] * 4, SCALE) for ts in rows])
        floor.system.services.changes._now_ns = lambda: NOW_NS
        settings = ApiSettings(version="test", now_ns=lambda: NOW_NS, cors_origins=frozenset({"https://ours.example"}))
        floor.app = create_app(floor.system.services, settings)
        yield floor


@pytest.fixture
async def open_asker(floor):
    """Give what opens a connection to a server: one that answers at once, or one that does not."""
    closing = []
    at_once = http_protocol(floor.app.state.at_once)
    async with served(floor, http=at_once) as quick, served(floor, http=Patience) as slow:

        async def open_one(name="ada", *, is_quick=True):
            if name not in tokens:
                tokens[name] = await floor.token(name)
            port = int(re.search(r":(\d+)/", quick if is_quick else slow)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            closing.append(writer)
            return Asker(reader, writer, tokens[name])

        tokens = {}
        yield open_one
        for writer in closing:
            writer.close()


@pytest.fixture
async def both(open_asker):
    return await open_asker(), await open_asker(is_quick=False)


@pytest.fixture
def answered(floor, monkeypatch):
    """Give the paths that were answered at once."""
    given, real = [], floor.app.state.at_once.answer

    def answer(asked):
        ready = real(asked)
        if ready is not None:
            given.append(asked.path)
        return ready

    monkeypatch.setattr(floor.app.state.at_once, "answer", answer)
    return given


def named(answer):
    """Give an answer without its own id and instant."""
    first, headers, body = answer
    lines = [re.sub(r"req-[0-9a-f]{32}", "-", line) for line in headers]
    body = re.sub(rb'"(as_of|timestamp|request_id)":"[^"]*"', rb'"\1":"-"', body)
    return first, lines, body


async def held(floor, asker):
    for symbol in ("MSFT", "BTC/USD"):
        body = json.dumps(ORDER | {"symbol": symbol, "order_type": "MARKET", "limit_price": None}).encode()
        assert "201" in (await asker.ask("POST", "/v1/orders", body=body))[0]

    async def filled():
        return len(json.loads((await asker.ask("GET", "/v1/positions?per_page=3"))[2])["data"]) == 2

    await until(filled)
    await floor.system.engine.drained()


async def at_once_of(asker, answered, method, path, *headers, body=b""):
    """Ask until it is answered at once: every second the credentials are looked up anew, which takes a while."""
    answered.clear()

    async def look():
        answer = named(await asker.ask(method, path, *headers, body=body))
        return answer if answered else None

    return await until(look)


@pytest.mark.parametrize("headers", WAYS)
async def test_a_read_is_answered_alike(floor, both, answered, headers):
    quick, slow = both
    await held(floor, slow)
    for path in READS:
        expected = named(await slow.ask("GET", path, *headers))
        assert await at_once_of(quick, answered, "GET", path, *headers) == expected


@pytest.mark.parametrize("path", PLACES)
async def test_what_is_not_kept_is_made_at_once(floor, both, answered, path):
    quick, slow = both
    await held(floor, slow)
    before = named(await slow.ask("GET", path))
    for price in count(106):
        # With every price what was kept is old, and the framework is asked for nothing but credentials.
        floor.price("MSFT", f"{price}.99", f"{price + 1}.01")
        answered.clear()
        first = named(await quick.ask("GET", path))
        if answered:
            break
    floor.system.services.changes._now_ns = lambda: NOW_NS + LIFE_NS
    assert first != before
    assert first == named(await slow.ask("GET", path))


async def test_a_preview_is_answered_at_once(both, answered):
    seen = await at_once_of(both[0], answered, "POST", "/v1/orders/preview", body=PREVIEW)
    assert json.loads(seen[2])["data"]["accepted"] is True


UNUSUAL = [
    ("GET", "/v1/positions", ("origin: https://ours.example",)),
    ("GET", "/v1/positions", ('if-none-match: "one"',)),
    ("GET", "/v1/positions", ("x-signature: 0", "x-timestamp: 0")),
    ("GET", "/v1/positions?scope=all", ()),
    ("GET", "/v1/positions?per_page=0", ()),
    ("GET", "/v1/%70ositions", ()),
    ("GET", "/v1/instruments/AAPL%00", ()),
    ("GET", "/v1/instruments/nothing", ()),
    ("GET", "//v1/positions", ()),
    ("GET", "http://test/v1/positions", ()),
    ("HEAD", "/v1/positions", ()),
    ("DELETE", "/v1/positions", ()),
]


async def test_what_is_unusual_is_left_to_the_framework(both, answered):
    for method, path, headers in UNUSUAL:
        first, second = [named(await one.ask(method, path, *headers)) for one in both]
        assert first == second, path
        assert not answered, (path, headers)


async def test_a_client_that_waits_to_be_told_to_go_on_is_left_to_the_framework(both, answered):
    quick, _ = both
    text = quick.request("POST", "/v1/orders/preview", "expect: 100-continue", body=PREVIEW)
    quick.say(text.removesuffix(PREVIEW))
    assert "100" in (await quick.hear(is_told=True))[0]
    quick.say(PREVIEW)
    assert "200" in (await quick.hear())[0]
    assert not answered


async def test_a_key_that_came_before_is_answered_as_before(both, answered):
    quick, _ = both
    seen = [await quick.ask("POST", "/v1/orders/preview", "idempotency-key: once", body=PREVIEW) for _ in range(2)]
    assert ["idempotent-replayed: true" in lines for _, lines, _ in seen] == [False, True]
    assert not answered


async def test_who_is_not_known_is_refused_alike(open_asker):
    quick, slow = await open_asker(), await open_asker(is_quick=False)
    await quick.ask("GET", "/v1/positions")
    quick._token = slow._token = "wrong"
    first, second = [named(await one.ask("GET", "/v1/positions")) for one in (quick, slow)]
    assert "401" in first[0] and first == second


async def test_who_signs_out_is_refused_from_then_on(both, answered):
    quick, _ = both
    await at_once_of(quick, answered, "GET", "/v1/positions")
    assert "20" in (await quick.ask("POST", "/v1/auth/logout"))[0]
    assert "401" in (await quick.ask("GET", "/v1/positions"))[0]


async def test_nobody_is_given_what_is_anothers(floor, open_asker, answered):
    ada, eve = await open_asker("ada"), await open_asker("eve")
    await held(floor, ada)
    seen = [json.loads((await at_once_of(one, answered, "GET", "/v1/positions"))[2])["data"] for one in (ada, eve)]
    assert [len(rows) for rows in seen] == [2, 0]


async def test_requests_in_one_packet_are_answered_in_order(both, answered):
    quick, _ = both
    await quick.ask("GET", "/v1/positions")
    asked = ("/v1/positions", "/v1/orders/none", "/v1/portfolio", "/v1/positions?page=2")
    quick.say(b"".join(quick.request("GET", path, f"x-request-id: {n}") for n, path in enumerate(asked)))
    heard = [await quick.hear() for _ in asked]
    assert [line for _, lines, _ in heard for line in lines if "x-request-id" in line] == [
        f"x-request-id: {number}" for number in range(len(asked))
    ]
    assert [first.split()[1] for first, _, _ in heard] == ["200", "404", "200", "200"]


async def test_a_request_may_come_in_pieces(both, answered):
    quick, _ = both
    whole = await at_once_of(quick, answered, "POST", "/v1/orders/preview", body=PREVIEW)
    text = quick.request("POST", "/v1/orders/preview", body=PREVIEW)
    for place in range(0, len(text), 50):
        quick.say(text[place : place + 50])
        await quick.sent()
    assert named(await quick.hear()) == whole


async def test_a_body_in_chunks_is_left_to_the_framework(both, answered):
    quick, _ = both
    head = quick.request("POST", "/v1/orders/preview", "content-type: application/json", "transfer-encoding: chunked")
    quick.say(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PREVIEW), PREVIEW))
    assert "200" in (await quick.hear())[0]
    assert not answered


async def test_a_body_that_is_too_large_for_it_is_left_to_the_framework(both, answered):
    body = PREVIEW[:-1] + b" " * at_once.BODY_BYTES_MAX + b"}"
    first, second = [named(await one.ask("POST", "/v1/orders/preview", body=body)) for one in both]
    assert first == second and not answered


@pytest.mark.parametrize("ending", ["HTTP/1.0\r\n", "HTTP/1.1\r\nconnection: close\r\n"])
async def test_a_connection_that_is_to_end_ends(both, answered, ending):
    quick, _ = both
    await at_once_of(quick, answered, "GET", "/v1/positions")
    answered.clear()
    text = quick.request("GET", "/v1/positions").decode().replace("HTTP/1.1\r\n", ending)
    quick.say(text)
    assert (await quick.heard_all()).startswith(b"HTTP/1.1 200")
    assert not answered


async def test_nonsense_after_an_answer_ends_the_connection(both, answered):
    quick, _ = both
    await at_once_of(quick, answered, "GET", "/v1/positions")
    quick.say(quick.request("GET", "/v1/positions") + b"nonsense\r\n\r\n")
    assert b"HTTP/1.1 400" in await quick.heard_all()


async def test_a_client_may_leave_in_the_middle(floor, open_asker):
    gone, stays = await open_asker(), await open_asker()
    text = gone.request("POST", "/v1/orders/preview", body=PREVIEW)
    gone.say(gone.request("GET", "/v1/positions") + text[:-10])
    await gone.hear()
    gone._writer.close()
    await gone._writer.wait_closed()
    assert "200" in (await stays.ask("GET", "/v1/positions"))[0]


async def test_each_request_counts_once_whichever_way_it_goes(tmp_path):
    limits = {"rate_limits": "on", "rate_limits_table": {"reads": "40/h"}}
    async with open_floor(tmp_path / "data", **limits) as floor:
        token = await floor.token("ada")
        async with served(floor, http=http_protocol(floor.app.state.at_once)) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(re.search(r":(\d+)/", url)[1]))
            asker, left = Asker(reader, writer, token), []
            # A wrong address is looked for at once, not found, and left to the framework to refuse.
            for path in ("/v1/positions", "/v1/instruments/nothing", "/v1/portfolio", "/v1/positions?page=2") * 11:
                first, lines, _ = await asker.ask("GET", path)
                left.append((first.split()[1], next(one for one in lines if "x-ratelimit-remaining" in one)))
            writer.close()
    assert [int(line.split()[1]) for _, line in left] == [*range(39, -1, -1), 0, 0, 0, 0]
    assert [status for status, _ in left[40:]] == ["429"] * 4
