"""T3 and T7: the volatility state on the stream, and one alert an episode of latency."""

import random

from openbell.domain.market import Quote
from openbell.domain.values import NANOS_PER_SECOND, parse
from openbell.services.latency import CLEAR_S, Episodes
from telemetry_desk import CONTROL, frame

SECOND = NANOS_PER_SECOND
DEPTH = parse("1000")


def live_through(desk, sizes, *, price, start_ns, chance):
    """Quote and sample once a second of market time; give the last price and instant."""
    telemetry = desk.services.telemetry
    for size in sizes:
        start_ns += SECOND
        price *= 1 + chance.choice((-1, 1)) * size
        bid = parse(f"{price:.2f}")
        telemetry.observe(Quote("BTC/USD", start_ns, bid, DEPTH, bid + parse("1"), DEPTH))
        telemetry._regime.sample(["BTC/USD"], ts_ns=start_ns)
    return price, start_ns


async def test_t3_the_state_on_the_stream_follows_realised_volatility(desk):
    calm = [0.0005 + 0.00005 * (step % 9) for step in range(300)]
    place = {"price": 60000.0, "start_ns": 0, "chance": random.Random(3)}  # noqa: S311 - the same moves each time
    seen = []
    for sizes in (calm, [0.01] * 20, [0.0000001] * 200):
        price, now = live_through(desk, sizes, **place)
        place |= {"price": price, "start_ns": now}
        seen.append(desk.services.telemetry.reading())
    assert [one.vol_state for one in seen] == ["NORMAL", "HIGH_VOL", "LOW_VOL"]
    assert seen[0].realized_volatility < seen[1].realized_volatility > seen[2].realized_volatility


async def test_t3_quotes_from_the_feed_reach_the_figure(desk):
    engine, now = desk.system.engine, desk.system.engine.now_ns()
    for step in range(10):
        bid = parse(str(60000 + 60 * (step % 2)))
        engine.observe(Quote("BTC/USD", now - (10 - step) * SECOND, bid, DEPTH, bid + parse("10"), DEPTH))
    async with desk.stream() as socket:
        said = await frame(socket, lambda one: one["realized_volatility"] is not None)
    assert 1 < said["realized_volatility"] < 10  # a tenth of a percent a second is 5.6 a year


async def test_t3_thresholds_are_parameters(desk):
    async with desk.http(await desk.key()) as client:
        change = {"vol_high_enter": 70, "vol_high_exit": "60.5", "vol_dwell_s": 0, "vol_window_s": 600}
        answer = await client.patch(f"{CONTROL}/parameters", json=change)
        crossed = await client.patch(f"{CONTROL}/parameters", json={"vol_high_exit": 80})
    rules = desk.services.telemetry._regime.rules
    assert answer.status_code == 200, answer.text
    assert (rules.high_enter, rules.high_exit, rules.dwell_s, rules.window_s) == (70, 60.5, 0, 600)
    assert crossed.status_code == 422 and crossed.json()["error"]["details"][0]["field"] == "vol_high_exit"


async def alerts(client):
    rows = (await client.get("/v1/alerts", params={"severity": "WARNING"})).json()["data"]
    return [row for row in rows if "behind the feed" in row["message"]]


def late(desk, by_ms, price="60000"):
    """Let a quote come in that is so old already."""
    now = desk.system.engine.now_ns()
    bid = parse(price)
    desk.system.engine.observe(Quote("BTC/USD", now - by_ms * 1_000_000, bid, DEPTH, bid + parse("10"), DEPTH))


async def test_t7_latency_is_measured_from_the_feeds_event(desk):
    async with desk.stream() as socket:
        late(desk, 120)
        said = await frame(socket, lambda one: one["latency_ms"] is not None)
    assert 120 <= said["latency_ms"] < 5_000


async def test_t7_an_episode_raises_one_warning(desk):
    async with desk.stream() as socket, desk.http(await desk.key()) as client:
        for _ in range(3):
            late(desk, 450)
            await frame(socket, lambda one: one["latency_ms"] and one["latency_ms"] > 300)
        found = await alerts(client)
    assert len(found) == 1 and found[0]["severity"] == "WARNING"


async def test_t7_a_silent_feed_has_no_latency(desk):
    async with desk.stream() as socket:
        assert (await frame(socket))["latency_ms"] is None


def test_t7_a_second_episode_begins_after_a_clear_one():
    episodes = Episodes()
    seen = [(400, 0), (500, 1), (100, 2), (400, 3), (100, 4), (100, 4 + CLEAR_S), (400, 20)]
    began = [at for value, at in seen if episodes.begins(value, above_ms=300, at_s=at)]
    assert began == [0, 20]
