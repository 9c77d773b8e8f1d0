"""From an alert in the core to a webhook at the other end, and what may be set."""

import asyncio
import json

import pytest

from live_system import live_system
from openbell.config import ConfigError


async def test_a_test_alert_arrives_at_the_webhook(tmp_path):
    heard = asyncio.get_running_loop().create_future()

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int(next(line for line in head.split("\r\n") if line.startswith("Content-Length")).split(": ")[1])
        heard.set_result(json.loads(await reader.readexactly(size)))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    hook = {"notify_webhook_url": url, "notify_webhook_secret": "s" * 16, "notify_allow_private": True}
    async with live_system(tmp_path / "data", **hook) as live, live.signed_in() as admin:
        answer = await admin.post("/v1/alerts/test", json={"severity": "ERROR"})
        assert answer.status_code == 201 and answer.json()["channels"] == ["log", "webhook"]
        said = await asyncio.wait_for(heard, 30)
        assert said["alert_id"] == answer.json()["data"]["alert_id"] and said["code"] == "TEST"
        await live.add("eve")
        async with live.signed_in("eve@example.com") as eve:
            assert (await eve.post("/v1/alerts/test", json={})).status_code == 403
    server.close()


async def test_a_private_webhook_keeps_the_server_from_starting(tmp_path):
    hook = {"notify_webhook_url": "http://127.0.0.1/hook", "notify_webhook_secret": "s" * 16}
    with pytest.raises(ConfigError, match="https"):
        async with live_system(tmp_path / "data", **hook):
            pass
