"""Submitted code does not get out: about fifty ways are tried, and none of them works."""

import asyncio
import os
import time

import msgspec
import pytest

from escape_attempts import ATTEMPTS, BOMBS, bomb_of, source_of
from openbell.adapters.sandbox.bubblewrap import Bubblewrap
from openbell.ports import SandboxFailed
from openbell.runtime.sandbox import REST_CPU_S, SandboxSession
from waiting import WAIT_S

REASON = Bubblewrap().unavailable()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "a sandbox works here")
KEY = "0d5c2b7e-very-secret"
STANDING = {"now_ns": 1, "is_warming_up": False, "positions": {}, "marks": {}, "cash": 0, "orders": []}
BAR = msgspec.json.encode(STANDING | {"type": "bar", "bar": {"symbol": "BTC/USD", "close": 1}})


def start(source):
    told = {"type": "start", "source": source, "prefix": "p-", "parameters": {}, "symbols": ["BTC/USD"]}
    return msgspec.json.encode(STANDING | told | {"timeframe": "1m", "instruments": {}})


@pytest.fixture
def secret(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_TEST_SECRET", KEY)
    path = tmp_path / "signing.key"
    path.write_text(KEY)
    return str(path)


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_an_attempt_to_get_out_fails(name, secret):
    session, _ = await SandboxSession.open(Bubblewrap(), start(source_of(ATTEMPTS[name], secret=secret, key=KEY)))
    outcome = await outcome_of(session)
    await session.close()
    assert outcome in ("held", "killed")


async def outcome_of(session):
    """Say how an attempt went by its note, or that it did not outlive it."""
    try:
        reply = await session.ask(BAR, cpu_s=2, wall_s=10)
    except SandboxFailed:
        return "killed"
    return "".join(reply.log)


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_ends_its_strategy_soon(name):
    session, _ = await SandboxSession.open(Bubblewrap(), start(bomb_of(BOMBS[name])))
    with pytest.raises(SandboxFailed):
        await asyncio.wait_for(session.ask(BAR), WAIT_S)


async def test_code_that_does_nothing_wrong_is_answered():
    source = "class Fair(Strategy):\n def on_bar(self, ctx, bar):\n  ctx.log(bar.close)\n  ctx.buy('BTC/USD', 5)\n"
    session, _ = await SandboxSession.open(Bubblewrap(), start(source))
    reply = await session.ask(BAR)
    await session.close()
    assert reply.log == ["1"]
    assert [(one.symbol, one.quantity, one.client_order_id) for one in reply.actions] == [("BTC/USD", 5, "p-1")]


async def test_work_between_two_events_ends_it():
    body = 'import os, struct\n    b = b\'{"actions":[],"log":[],"error":"","warm_up_bars":0}\'\n'
    body += "    os.write(1, struct.pack('>I', len(b)) + b)\n    while True: pass"
    session, _ = await SandboxSession.open(Bubblewrap(), start(bomb_of(body)))
    await session.ask(BAR)
    while session._process.cpu_seconds() - session._cpu_at_rest <= REST_CPU_S:
        time.sleep(0.02)  # noqa: ASYNC251 - nothing else is to happen meanwhile
    with pytest.raises(SandboxFailed, match="between two events"):
        await session.ask(BAR)


async def test_nothing_is_left_of_a_closed_sandbox():
    session, _ = await SandboxSession.open(Bubblewrap(), start("class Fair(Strategy): pass"))
    pid = session._process._pid
    await session.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
