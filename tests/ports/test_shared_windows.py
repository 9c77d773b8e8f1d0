"""ports.SharedWindows over a real server: verdicts as from this process's own count, and what happens without it."""

import asyncio

import pytest

from fakes import SteppedClock, counted
from openbell.adapters.redis.windows import RedisWindows
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Unavailable
from openbell.runtime.probes import RedisProbe
from openbell.services.limiter import Limit, Limiter
from openbell.services.shared_limiter import RETRY_SECONDS, SharedLimiter
from valkey_server import valkey_server
from waiting import until

TEN = Limit(10, 60)
CLIENTS = 50


@pytest.fixture
def valkey():
    with valkey_server() as server:
        yield server


@pytest.fixture
async def windows(valkey):
    opened = RedisWindows(valkey.url)
    yield opened
    await opened.close()


class Told:
    """Remembers what was told of outages."""

    def __init__(self):
        self.outages = []

    async def tell(self, outage):
        self.outages.append(bool(outage))


async def allowed(limits, tries, key="ada", limit=TEN):
    return sum([(await limits.take("orders", key, limit)).is_allowed for _ in range(tries)])


async def test_it_counts_as_the_own_limiter_does(windows):
    own = Limiter()
    shared = SharedLimiter(windows, Limiter(), on_outage=Told().tell)
    for limit in (Limit(3, 1), Limit(3, 1), Limit(5, 1), Limit(2, 1)):
        for _ in range(4):
            assert await shared.take("b", "k", limit) == await own.take("b", "k", limit)


async def test_a_window_slides(windows):
    limit = Limit(3, 1)
    limits = SharedLimiter(windows, Limiter(), on_outage=Told().tell)
    assert await allowed(limits, 5, limit=limit) == 3
    await asyncio.sleep(1.05)
    assert await allowed(limits, 5, limit=limit) == 3


async def test_several_servers_share_one_limit_exactly(valkey):
    servers = [RedisWindows(valkey.url) for _ in range(3)]
    limits = [SharedLimiter(server, Limiter(), on_outage=Told().tell) for server in servers]
    hundred = Limit(100, 60)
    verdicts = await asyncio.gather(*(limits[n % 3].take("orders", "ada", hundred) for n in range(CLIENTS * 4)))
    assert sum(verdict.is_allowed for verdict in verdicts) == 100
    for server in servers:
        await server.close()


async def test_counts_run_out_by_themselves(windows, valkey):
    await windows.take("short", requests=3, period_ns=NANOS_PER_SECOND)
    assert (await windows.take("short", requests=3, period_ns=NANOS_PER_SECOND)).passed == 2

    async def are_gone():
        return await windows._redis.dbsize() == 0

    await until(are_gone)


async def test_while_it_is_away_this_server_counts_and_says_so_once(valkey, windows):
    told, clock = Told(), SteppedClock(0)
    limits = SharedLimiter(windows, Limiter(), on_outage=told.tell, monotonic_s=lambda: clock.now / NANOS_PER_SECOND)
    assert await allowed(limits, 4) == 4
    valkey.stop()
    assert await allowed(limits, 20) == 6, "what passed before counts"
    assert told.outages == [True]
    valkey.start()
    clock.step(RETRY_SECONDS)
    assert await allowed(limits, 20) == 0, "an empty store gives nobody a second helping"
    assert await allowed(limits, 20, key="bob") == 10
    assert told.outages == [True, False]


async def test_requests_do_not_wait_one_by_one_for_a_store_that_is_away(valkey, windows, monkeypatch):
    limits = SharedLimiter(windows, Limiter(), on_outage=Told().tell, monotonic_s=lambda: 1.0)
    valkey.stop()
    asked = counted(monkeypatch, windows, "take")
    await allowed(limits, 200)
    assert len(asked) == 1


async def test_its_probe_is_true(valkey, windows):
    probe = RedisProbe(windows)
    assert (await probe.check())["status"] == "healthy"
    valkey.stop()
    seen = await probe.check()
    assert seen["status"] == "degraded" and "for itself" in seen["detail"]
    with pytest.raises(Unavailable):
        await windows.ping()
