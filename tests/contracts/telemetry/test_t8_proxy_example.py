"""T8: the proxy example runs, controls through a session, and never lets the key out."""

import asyncio
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from platform_floor import served
from telemetry_desk import Desk

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "nextjs-proxy"
NEXT_ROUTES = Path(__file__).resolve().parents[2] / "next_routes.mjs"
NODE = shutil.which("node")
PASSWORD = "a dashboard's own"

pytestmark = pytest.mark.skipif(NODE is None, reason="the example needs node")


@asynccontextmanager
async def dashboard(desk: Desk, program: str | Path = "server.mjs"):
    """Run the example in front of a served system; give a browser and the key it must never see."""
    key = await desk.key()
    async with served(desk.floor) as url:
        environ = {
            "OPENBELL_URL": url.removesuffix("/ws").replace("ws://", "http://"),
            "DASHBOARD_API_KEY": key,
            "DASHBOARD_PASSWORD": PASSWORD,
            "SESSION_SECRET": "0123456789abcdef",
            "DASHBOARD_HTTPS": "false",
            "PORT": "0",
        }
        process = await asyncio.create_subprocess_exec(
            NODE, str(program), cwd=EXAMPLE, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            async with asyncio.timeout(30):
                said = (await process.stdout.readline()).decode()
            base = said.split()[-1]
            async with httpx2.AsyncClient(base_url=base, headers={"origin": base}) as browser:
                yield browser, key
        finally:
            process.kill()
            await process.wait()


async def sign_in(browser):
    return await browser.post("/api/session", json={"password": PASSWORD})


async def test_t8_a_session_controls_and_the_key_stays_on_the_server(desk):
    await desk.market_maker()
    async with dashboard(desk) as (browser, key):
        answers = [await browser.get(path) for path in ("/", "/dashboard.js", "/config.json")]
        answers.append(await sign_in(browser))
        answers.append(await browser.patch("/api/control/parameters", json={"spread_bps": 25}))
        answers.append(await browser.patch("/api/control/parameters", json={"bogus": 1}))
        answers.append(await browser.post("/api/control/emergency-stop", json={"reason": "drill"}))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 422, 200]
    assert answers[4].json()["parameters"]["spread_bps"] == 25
    assert answers[-1].json()["kill_switch_active"] is True and len(answers[-1].json()["orders"]) == 2
    assert not [answer for answer in answers if key in answer.text or key in str(answer.headers)]


async def test_t8_without_a_session_or_from_another_page_nothing_passes(desk):
    async with dashboard(desk) as (browser, _):
        unsigned = await browser.post("/api/control/emergency-stop")
        wrong = await browser.post("/api/session", json={"password": "x"})
        await sign_in(browser)
        forged = await browser.post("/api/control/emergency-stop", headers={"origin": "https://evil.example"})
        beyond = await browser.get("/api/control/..%2f..%2fv1%2fusers")
        other = await browser.request("DELETE", "/api/control/parameters")
    assert [one.status_code for one in (unsigned, wrong, forged, beyond, other)] == [401, 401, 403, 404, 405]
    assert not desk.system.views.kill_switches()


async def test_t8_the_next_route_handlers_do_the_same(desk):
    await desk.market_maker()
    async with dashboard(desk, NEXT_ROUTES) as (browser, key):
        unsigned = await browser.get("/api/control/parameters")
        signed = await sign_in(browser)
        read = await browser.get("/api/control/parameters")
        tuned = await browser.patch("/api/control/parameters", json={"spread_bps": 25})
        forged = await browser.post("/api/control/emergency-stop", headers={"origin": "https://evil.example"})
        beyond = await browser.get("/api/control/users")
        stopped = await browser.post("/api/control/emergency-stop", json={"reason": "drill"})
    answers = [unsigned, signed, read, tuned, forged, beyond, stopped]
    assert [answer.status_code for answer in answers] == [401, 200, 200, 200, 403, 404, 200]
    assert tuned.json()["parameters"]["spread_bps"] == 25 and stopped.json()["kill_switch_active"] is True
    assert not [answer for answer in answers if key in answer.text or key in str(answer.headers)]
