"""Promise 11: whatever this machine's clock does, no token, nonce or limit comes to life again, and bars only go on."""

import asyncio
import time
from datetime import UTC, datetime

import httpx2
import pytest

from openbell.adapters import clock
from openbell.domain.market import Bar
from openbell.domain.values import NANOS_PER_SECOND
from platform_floor import PASSWORD, open_floor

HOUR, DAY = 3_600, 86_400
TOKEN_SECONDS = 900


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


STEPS = {
    "two hours back": (instant("2026-03-02T12:00:00"), -2 * HOUR),
    "four hundred days ahead": (instant("2026-03-02T12:00:00"), 400 * DAY),
    "clocks go forward in New York": (instant("2026-03-08T06:59:59"), HOUR),
    "clocks go back in New York": (instant("2026-11-01T05:59:59"), -HOUR),
    "past 2038": (instant("2038-01-19T03:14:06"), 2),
}


class Machine:
    """The clocks of a machine: a wall clock that somebody sets, and one that only counts."""

    def __init__(self, start_s: int) -> None:
        self.wall, self.steady = start_s * NANOS_PER_SECOND, 0

    def time_ns(self) -> int:
        return self.wall

    def monotonic_ns(self) -> int:
        return self.steady

    def wait(self, seconds: float) -> None:
        self.wall += int(seconds * NANOS_PER_SECOND)
        self.steady += int(seconds * NANOS_PER_SECOND)

    def step(self, seconds: int) -> None:
        self.wall += seconds * NANOS_PER_SECOND


@pytest.fixture(params=STEPS)
def step(request):
    return STEPS[request.param]


@pytest.fixture
def machine(monkeypatch, step):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    machine = Machine(step[0])
    monkeypatch.setattr(clock, "time", machine)
    yield machine
    monkeypatch.undo()
    time.tzset()


def caller(floor, token: str):
    transport = httpx2.ASGITransport(floor.app, client=("127.0.0.1", 1))
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers={"authorization": f"Bearer {token}"})


async def status(floor, token: str) -> int:
    async with caller(floor, token) as client:
        return (await client.get("/v1/orders")).status_code


async def test_an_expired_token_stays_expired(machine, step, tmp_path):
    async with open_floor(tmp_path, access_token_seconds=TOKEN_SECONDS) as floor:
        token = await floor.token("ada")
        assert await status(floor, token) == 200
        machine.wait(TOKEN_SECONDS + 1)
        assert await status(floor, token) == 401
        machine.step(step[1])
        assert await status(floor, token) == 401
        machine.step(-step[1])
        assert await status(floor, token) == 401


async def test_an_expired_token_stays_expired_over_a_restart(machine, step, tmp_path):
    async with open_floor(tmp_path, access_token_seconds=TOKEN_SECONDS) as floor:
        token = await floor.token("ada")
        machine.wait(TOKEN_SECONDS + 1)
        floor.price("AAPL", "100", "100.05")
        floor.system.engine.advance(floor.system.engine.now_ns())
        await floor.system.engine.drained()
    machine.step(-2 * HOUR)
    async with open_floor(tmp_path, access_token_seconds=TOKEN_SECONDS) as floor:
        assert await status(floor, token) == 401
        fresh = (await floor.system.services.access.login("ada", PASSWORD)).access_token
        assert await status(floor, fresh) == 200, "and nobody is locked out"


async def test_bars_only_go_on(machine, step, tmp_path, monkeypatch):
    async with open_floor(tmp_path) as floor:
        seen: list[Bar] = []
        show = floor.system.engine._show_bar
        monkeypatch.setattr(floor.system.engine, "_show_bar", lambda bar: (seen.append(bar), show(bar)))
        for after in (0, step[1], 0, -step[1], 0):
            machine.step(after)
            for _ in range(3):
                machine.wait(20)
                floor.price("AAPL", "100", "100.05")
                floor.trade("AAPL", "100")
                floor.system.engine.advance(floor.system.engine.now_ns())
                await asyncio.sleep(0)
        finals = [bar.ts_ns for bar in seen if bar.is_final and bar.timeframe == "1m"]
        assert finals and finals == sorted(set(finals))
