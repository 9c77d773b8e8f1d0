"""ports.SharedCache over a real server: performance worked out once for all, and what happens without it."""

import asyncio
import time

import msgspec
import pytest

from fakes import SteppedClock, counted
from openbell.adapters.redis.cache import PREFIX, VALUE_BYTES_MAX, RedisCache
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import EquityPoint, Unavailable
from openbell.services.performance import CACHE_NS, Performance, Period
from openbell.services.shared_performance import RETRY_SECONDS, SharedPerformances
from platform_floor import open_floor
from valkey_server import valkey_server
from waiting import until

SECOND = NANOS_PER_SECOND


@pytest.fixture
def valkey():
    with valkey_server() as server:
        yield server


@pytest.fixture
async def cache(valkey):
    opened = RedisCache(valkey.url)
    yield opened
    await opened.close()


class Own:
    """A server's own performance: counts how often it was worked out."""

    def __init__(self, clock):
        self.count = 0
        self._clock = clock

    async def of(self, account_id, **_):
        self.count += 1
        nothing = dict.fromkeys(("sharpe_ratio", "sortino_ratio", "max_drawdown", "win_rate", "profit_factor"))
        counts = dict.fromkeys(("total_trades", "active_positions", "capital_deployed", "available_capital"), 0)
        now = self._clock.now
        curve = [EquityPoint(now, 10**13 + self.count)]
        worth = {"total_pnl": self.count * 10**17 + 1, "total_pnl_percent": 5, "equity_curve": curve, "as_of_ns": now}
        return Performance(**nothing, **counts, **worth)


def server(cache, clock, *, monotonic_s=time.monotonic):
    own = Own(clock)
    return own, SharedPerformances(own, cache=cache, now_ns=clock.now_ns, monotonic_s=monotonic_s)


async def test_what_is_kept_is_given_back_until_its_time_is_over(cache):
    await cache.put("a", b"\x00\xff", ttl_ns=2 * SECOND)
    assert (await cache.get("a"), await cache.get("b")) == (b"\x00\xff", None)

    async def is_over():
        return await cache.get("a") is None

    await until(is_over)
    await cache.put("a", b"x" * (VALUE_BYTES_MAX + 1), ttl_ns=SECOND)
    await cache.put("a", b"x", ttl_ns=0)
    assert await cache.get("a") is None


async def test_several_servers_work_performance_out_once(cache):
    clock = SteppedClock(100 * SECOND)
    (own, one), (others_own, other) = server(cache, clock), server(cache, clock)
    made = await one.of("acc", period=Period.DAY)
    assert await other.of("acc", period=Period.DAY) == made and made.total_pnl == 10**17 + 1
    assert (own.count, others_own.count) == (1, 0)
    await other.of("acc", period=Period.WEEK)
    await other.of("acc", strategy_id="s")
    await other.of("bob", period=Period.DAY)
    assert others_own.count == 3, "another account, strategy or period is another answer"


async def test_an_answer_is_never_older_than_five_seconds(cache):
    clock = SteppedClock(100 * SECOND)
    own, performances = server(cache, clock)
    await performances.of("acc")
    clock.now += CACHE_NS
    assert (await performances.of("acc")).as_of_ns == clock.now and own.count == 2


async def test_rubbish_in_the_store_is_worked_out_anew(cache, valkey):
    clock = SteppedClock(100 * SECOND)
    own, performances = server(cache, clock)
    await performances.of("acc")
    for rubbish in (b"", b"{", b'{"total_pnl": "x"}', msgspec.json.encode({"as_of_ns": 1})):
        await cache._link.redis.flushall()
        name = f'{PREFIX}performance:["acc",null,"all",null]'
        await cache._link.redis.set(name, rubbish)
        assert (await performances.of("acc")).as_of_ns == clock.now
    assert own.count == 5


async def test_without_the_store_each_server_works_by_itself_and_asks_again_later(valkey, cache, monkeypatch):
    clock, seconds = SteppedClock(100 * SECOND), [0.0]
    own, performances = server(cache, clock, monotonic_s=lambda: seconds[0])
    await performances.of("acc")
    valkey.stop()
    asked = counted(monkeypatch, cache, "get")
    for _ in range(50):
        assert (await performances.of("acc")).as_of_ns == clock.now
    assert own.count == 51 and len(asked) == 1, "nobody waits again for what did not answer just before"
    valkey.start()
    assert (await performances.of("acc")) and own.count == 52, "not asked again so soon"
    seconds[0] = RETRY_SECONDS
    await performances.of("acc")
    await performances.of("acc")
    assert own.count == 53
    valkey.stop()
    with pytest.raises(Unavailable):
        await cache.get("a")


@pytest.mark.line("P4", "P12")
async def test_a_server_with_a_store_that_goes_away_answers_as_before(valkey, tmp_path):
    async with open_floor(tmp_path, redis_url=valkey.url) as floor:
        floor.price("AAPL", "104.99", "105.01")
        client = await floor.client()
        first = (await client.get("/v1/metrics/summary")).json()["data"]
        assert (await floor.system.cache._link.redis.keys(PREFIX + "*")) != []
        assert (await client.get("/v1/health/services/redis")).json()["status"] == "healthy"
        valkey.stop()
        again = await client.get("/v1/metrics/summary")
        assert again.status_code == 200 and again.json()["data"].keys() == first.keys()
        await asyncio.sleep(1.1)
        assert (await client.get("/v1/health/services/redis")).json()["status"] == "degraded"
