"""E1, C24: source over HTTP, from an admin with a fresh code, into a sandbox; it trades, is held, and survives."""

import asyncio

import pyotp
import pytest

from escape_attempts import BOMBS, bomb_of
from openbell.adapters.sandbox.bubblewrap import Bubblewrap
from openbell.bootstrap import build
from openbell.config import ConfigError, load
from openbell.domain.access import Role
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import parse
from platform_floor import open_floor
from waiting import until

REASON = Bubblewrap().unavailable()
needs_sandbox = pytest.mark.skipif(bool(REASON), reason=REASON or "a sandbox works here")

SMA = """
from openbell.engine.strategy import Strategy, SCALE

class Sma(Strategy):
    def __init__(self, parameters):
        super().__init__(parameters)
        self.closes = []

    def on_bar(self, ctx, bar):
        self.closes.append(bar.close)
        recent = self.closes[-self.p["length"]:]
        if len(recent) == self.p["length"] and bar.close * len(recent) > sum(recent) and not ctx.position(bar.symbol):
            ctx.buy(bar.symbol, SCALE // 10)

    def on_order(self, ctx, order):
        ctx.log("order " + order.status)
"""


class Submitter:
    """An admin with a second factor."""

    def __init__(self, floor, client, codes):
        self.floor = floor
        self.client = client
        self._codes = iter(codes)

    @classmethod
    async def enrol(cls, floor):
        client = await floor.client("root", Role.ADMIN)
        made = (await client.post("/api/auth/setup-mfa")).json()
        first = pyotp.TOTP(made["secret"]).now()
        assert (await client.post("/api/auth/verify-mfa", json={"mfa_token": first})).status_code == 200
        return cls(floor, client, made["recovery_codes"])

    async def submit(self, source, **more):
        body = {"source": source, "symbols": ["BTC/USD"], "strategy_id": "mine", "mfa_token": next(self._codes)}
        return await self.client.post("/v1/strategies", json=body | more)

    async def state(self, wanted, strategy_id="mine"):
        async def look():
            data = (await self.client.get(f"/v1/strategies/{strategy_id}")).json()["data"]
            return data if data["run_state"] == wanted else None

        return await until(look, every_s=0.02)

    async def started(self, strategy_id="mine"):
        def is_started():
            run = next((run for key, run in self.floor.system.bridge._runs.items() if key[1] == strategy_id), None)
            return run is not None and run.is_ready

        await until(is_started, every_s=0.02)


def bar(floor, close, number):
    price, start = parse(close), (floor.system.engine.now_ns() // 60_000_000_000 - 10 + number) * 60_000_000_000
    floor.system.engine.observe(Bar("BTC/USD", Timeframe.M1, start, price, price, price, price, parse("1"), price))


async def test_e1_source_is_refused_while_the_server_does_not_allow_it(tmp_path):
    async with open_floor(tmp_path) as floor:
        client = await floor.client("root", Role.ADMIN)
        answer = await client.post("/v1/strategies", json={"source": SMA, "symbols": ["BTC/USD"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


def test_e1_a_server_without_a_sandbox_refuses_to_switch_it_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = load(environ={}, overrides={"data_dir": tmp_path, "submitted_strategies": "on"})
    with pytest.raises(ConfigError, match="bwrap is not installed"):
        build(settings)


@needs_sandbox
async def test_c24_source_needs_an_admin_and_a_fresh_code(tmp_path):
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        body = {"source": SMA, "symbols": ["BTC/USD"]}
        trader, plain = await floor.client("ada"), await floor.client("eve", Role.ADMIN)
        root = await Submitter.enrol(floor)
        codes = []
        for client, token in ((trader, "123456"), (plain, ""), (plain, "123456"), (root.client, "")):
            answer = await client.post("/v1/strategies", json=body | {"mfa_token": token})
            codes.append((answer.status_code, answer.json()["error"]["code"]))
        assert codes == [(403, "FORBIDDEN"), *[(403, "MFA_REQUIRED")] * 3]
        wrong = await root.client.post("/v1/strategies", json=body | {"mfa_token": "000000"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "INVALID_MFA_TOKEN")
        reused = {"kind": "submitted", "symbols": ["BTC/USD"], "config": {"source_sha256": "a" * 64}}
        assert (await trader.post("/v1/strategies", json=reused)).status_code == 400
        kinds = (await trader.get("/v1/strategy-kinds")).json()["data"]
        assert "submitted" not in [kind["kind"] for kind in kinds]


@needs_sandbox
async def test_e1_source_too_long_is_refused(tmp_path):
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        root = await Submitter.enrol(floor)
        for source in ("", "#" * 65_537, "é" * 40_000):
            assert (await root.submit(source)).status_code == 400


@needs_sandbox
async def test_e1_a_submitted_average_trades_and_survives_a_restart(tmp_path):
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        floor.price("BTC/USD", "50000", "50001")
        root = await Submitter.enrol(floor)
        made = await root.submit(SMA, parameters={"length": 3})
        assert made.status_code == 201, made.text
        await root.started()
        for number, close in enumerate(("50000", "50000", "50100")):
            bar(floor, close, number)

        async def statuses():
            orders = (await root.client.get("/v1/orders", params={"strategy_id": "mine"})).json()["data"]
            return [order["status"] for order in orders]

        async def are_filled():
            return await statuses() == ["FILLED"]

        await until(are_filled, every_s=0.02)
        token = root.client.headers["authorization"]
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        client = await floor.client("ada")
        root = Submitter(floor, client, [])
        client.headers["authorization"] = token
        await root.started()
        assert (await root.state("running"))["kind"] == "submitted"
        fixed = await client.patch("/v1/strategies/mine", json={"config": {"arguments": "{}"}})
        assert fixed.status_code == 400
        paused = await client.put("/v1/strategies/mine/pause")
        assert paused.json()["data"]["run_state"] == "paused"
        await client.put("/v1/strategies/mine/stop")
        await root.state("stopped")
        await until(lambda: not floor.system.bridge._runs)
    async with open_floor(tmp_path) as floor:  # switched off: what is stopped stays so, and nothing runs
        await asyncio.sleep(0.05)
        assert not floor.system.bridge._runs


@needs_sandbox
async def test_c24_bombs_end_in_error_with_an_alert_while_the_server_answers(tmp_path):
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        floor.price("BTC/USD", "50000", "50001")
        root = await Submitter.enrol(floor)
        names = ("infinite_loop", "fork_bomb", "memory_bomb", "disk_bomb", "log_bomb", "endless_message")
        for name in names:
            answer = await root.submit(bomb_of(BOMBS[name]), strategy_id=name)
            assert answer.status_code == 201, answer.text
        for name in names:
            await root.started(name)
        errors = {}
        bar(floor, "50000", 0)
        while len(errors) < len(names):
            assert (await asyncio.wait_for(root.client.get("/health"), 30)).status_code == 200
            rows = (await root.client.get("/v1/strategies")).json()["data"]
            errors = {row["strategy_id"]: row["error"] for row in rows if row["run_state"] == "error"}
            await asyncio.sleep(0.02)
        assert "processor time" in errors["infinite_loop"]
        alerts = (await root.client.get("/v1/alerts", params={"severity": "ERROR"})).json()["data"]
        assert len(alerts) >= len(names)


@needs_sandbox
async def test_e1_an_order_in_a_foreign_symbol_ends_it(tmp_path):
    source = "class Thief(Strategy):\n def on_bar(self, ctx, bar):\n  ctx.buy('AAPL', SCALE)\n"
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        floor.price("BTC/USD", "50000", "50001")
        root = await Submitter.enrol(floor)
        await root.submit(source)
        await root.started()
        bar(floor, "50000", 0)
        assert "not configured for" in (await root.state("error"))["error"]


@needs_sandbox
async def test_e1_source_that_is_no_strategy_says_so(tmp_path):
    async with open_floor(tmp_path, submitted_strategies="on") as floor:
        root = await Submitter.enrol(floor)
        await root.submit("def broken(:\n")
        assert "SyntaxError" in (await root.state("error"))["error"]
