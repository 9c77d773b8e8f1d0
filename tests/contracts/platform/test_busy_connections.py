"""A connection that waits for an answer is not idle, whatever was answered before in the same packet."""

import asyncio
import re

import pytest

from asker import Asker
from openbell.bootstrap.http_protocol import Http, http_protocol
from platform_floor import open_floor, served
from waiting import until

PATH = "/v1/positions"
SLOW = "/v1/orders/none"


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        yield floor


@pytest.fixture
async def asker(floor):
    async with served(floor, http=http_protocol(floor.app.state.at_once), timeout_keep_alive=60) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(re.search(r":(\d+)/", url)[1]))
        yield Asker(reader, writer, await floor.token("ada"))
        writer.close()


@pytest.fixture
async def ends(monkeypatch):
    """Give the ends that are set to idle connections and still hold."""
    loop, handles = asyncio.get_running_loop(), []
    real = loop.call_later

    def call_later(delay, callback, *given, **further):
        handle = real(delay, callback, *given, **further)
        if getattr(callback, "__func__", None) is Http.timeout_keep_alive_handler:
            handles.append(handle)
        return handle

    monkeypatch.setattr(loop, "call_later", call_later)
    return lambda: [one for one in handles if not one.cancelled()]


@pytest.fixture
def at_once(floor, monkeypatch):
    """Give the paths that were answered at once."""
    given, real = [], floor.app.state.at_once.answer

    def answer(asked):
        ready = real(asked)
        given.extend([asked.path] if ready else [])
        return ready

    monkeypatch.setattr(floor.app.state.at_once, "answer", answer)
    return given


async def asked(asker, at_once, *paths):
    """Ask for the paths in one packet, of which the first is answered at once."""

    async def first_at_once():
        at_once.clear()
        await asker.ask("GET", PATH)
        return at_once

    await until(first_at_once)
    asker.say(b"".join(asker.request("GET", path) for path in paths))


async def test_one_end_is_set_however_many_were_answered_at_once(asker, at_once, ends):
    await asked(asker, at_once, PATH, PATH, PATH)
    assert ["200" in (await asker.hear())[0] for _ in range(3)] == [True] * 3
    assert len(ends()) == 1


async def test_no_end_is_set_while_an_answer_is_waited_for(floor, asker, at_once, ends, monkeypatch):
    asked_for, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(*_, **__):
        asked_for.set()
        await may_answer.wait()

    monkeypatch.setattr(floor.system.services.orders, "get", slow)
    await asked(asker, at_once, PATH, SLOW)
    await asked_for.wait()
    meanwhile = ends()
    may_answer.set()
    assert [(await asker.hear())[0].split()[1] for _ in range(2)] == ["200", "404"]
    assert not meanwhile
    assert len(ends()) == 1
