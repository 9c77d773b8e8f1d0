"""A burn-in: a server on the simulated market with market makers, listened to, asked and measured for hours."""

import asyncio
import json
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import websockets

from openbell.adapters.clock import SystemClock
from openbell.cli.soak_load import Follower, Requests, fill, followers
from openbell.cli.soak_report import GROWTH_JUDGED_S, Measured, SocketTally, report_of, write
from openbell.cli.soak_server import HOST, Refused, SoakServer
from openbell.domain.instants import instant_text

MAKERS = {
    "BTC/USD": {"quote_size": "0.02", "max_inventory": "0.2", "spread_bps": "2", "refresh_ms": 500},
    "ETH/USD": {"quote_size": "0.2", "max_inventory": "2", "spread_bps": "2", "refresh_ms": 500},
}
ROUND_S = 1.0
SAMPLES = 2_000
"""Samples taken over the whole time, one a second at most."""
SAVE_S = 60.0
RECONNECT_S = 1.0
ALERTS_PAGE = 100


class Soak:
    """One burn-in from start to report."""

    def __init__(self, server: SoakServer, *, seconds: float, sockets: int, requests: int, report: Path) -> None:
        self._server = server
        self._sockets = followers(sockets)
        self._requests_a_round = requests
        self._report = report
        self._clock = SystemClock()
        self._stop = asyncio.Event()
        self._measured = Measured(started_at=instant_text(self._clock.now_ns()), planned_s=seconds)

    async def run(self) -> dict[str, Any]:
        """Run to the end of the time, or until interrupted, and give the report. Raises Refused when nothing starts."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._stop.set)
        try:
            await self._server.start()
            await self._set_up()
            await self._watch()
            await self._collect_alerts()
        finally:
            await self._server.stop()
        return self._save()

    async def _set_up(self) -> None:
        await self._server.sign_in()
        for symbol, parameters in MAKERS.items():
            name = f"soak-{symbol.partition('/')[0].lower()}"
            body = {"strategy_id": name, "kind": "market_maker", "symbols": [symbol], "parameters": parameters}
            await self._server.ask("POST", "/v1/strategies", body)

    async def _watch(self) -> None:
        tasks = [asyncio.create_task(self._listen(one)) for one in self._sockets]
        ending = asyncio.create_task(self._stop.wait())
        began = asyncio.get_running_loop().time()
        try:
            if self._measured.planned_s >= GROWTH_JUDGED_S:
                await self._fill()
            began = asyncio.get_running_loop().time()
            tasks.append(asyncio.create_task(self._ask_in_rounds()))
            await asyncio.wait([*tasks, ending], timeout=self._measured.planned_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._measured.lasted_s = asyncio.get_running_loop().time() - began
            for task in (*tasks, ending):
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, Exception):
                raise outcome

    async def _fill(self) -> None:
        """Have everything that is kept up to a number reach that number, so that what grows from then on is a leak."""
        filling = asyncio.create_task(fill(self._server, seconds=self._measured.planned_s))
        ending = asyncio.create_task(self._stop.wait())
        await asyncio.wait([filling, ending], return_when=asyncio.FIRST_COMPLETED)
        for one in (ending, filling):
            one.cancel()  # which changes nothing about what is done
        with suppress(asyncio.CancelledError):
            await filling

    # -- sockets -------------------------------------------------------------------------------

    async def _listen(self, follower: Follower) -> None:
        tally = SocketTally(name=follower.name)
        self._measured.sockets.append(tally)
        headers = {"authorization": f"Bearer {self._server.api_key}"}
        while True:
            with suppress(OSError, TimeoutError, websockets.WebSocketException):
                url = f"ws://{HOST}:{self._server.port}{follower.path}"
                async with websockets.connect(url, additional_headers=headers) as stream:
                    tally.connects += 1
                    if follower.says is not None:
                        await stream.send(json.dumps(follower.says))
                    await self._hear(stream, tally)
            await asyncio.sleep(RECONNECT_S)

    async def _hear(self, stream: websockets.ClientConnection, tally: SocketTally) -> None:
        clock = asyncio.get_running_loop().time
        last_seq, heard_s = 0, clock()
        async for text in stream:
            now = clock()
            tally.longest_silence_s, heard_s = max(tally.longest_silence_s, now - heard_s), now
            tally.messages += 1
            said = json.loads(text)
            if said.get("type") != "telemetry":
                continue
            tally.gaps += bool(last_seq) and said["seq"] != last_seq + 1
            last_seq = said["seq"]
            if tally is self._measured.sockets[0]:
                self._note(said)

    def _note(self, frame: dict[str, Any]) -> None:
        self._measured.last_frame = frame
        self._measured.vol_states[frame["vol_state"]] += 1
        if frame["latency_ms"] is not None:
            self._measured.latencies_ms[round(frame["latency_ms"])] += 1

    # -- requests ------------------------------------------------------------------------------

    async def _ask_in_rounds(self) -> None:
        clock = asyncio.get_running_loop().time
        began = sampled_s = saved_s = clock()
        sample_every_s = max(ROUND_S, self._measured.planned_s / SAMPLES)
        requests = Requests()
        while True:
            round_s = clock()
            await self._check()
            for _ in range(self._requests_a_round - 1):
                requests.heard(await self._ask(*requests.next()))
            if not self._measured.samples or clock() - sampled_s >= sample_every_s:
                sampled_s = clock()
                self._measured.samples.append(self._server.sample(sampled_s - began))
            if clock() - saved_s >= SAVE_S:
                saved_s = clock()
                self._measured.lasted_s = saved_s - began
                self._save()
            await asyncio.sleep(max(0.0, round_s + ROUND_S - clock()))

    async def _check(self) -> None:
        """See whether the server lives; one that has gone is started again, and that is counted."""
        self._measured.checks += 1
        try:
            await self._server.ask("GET", "/health")
        except Refused:
            self._measured.checks_failed += 1
            if not self._server.is_running:
                self._measured.restarts += 1
                with suppress(Refused):
                    await self._server.start()

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask, and give the answer; None where there was none, which is counted."""
        clock = asyncio.get_running_loop().time
        began, answer = clock(), None
        self._measured.requests += 1
        try:
            answer = await self._server.ask(method, path, body)
        except Refused as problem:
            self._measured.request_errors[str(problem)] += 1
        self._measured.slowest_request_ms = max(self._measured.slowest_request_ms, (clock() - began) * 1_000)
        return answer

    # -- report --------------------------------------------------------------------------------

    async def _collect_alerts(self) -> None:
        page = 1
        with suppress(Refused):
            while rows := (await self._server.ask("GET", f"/v1/alerts?per_page={ALERTS_PAGE}&page={page}"))["data"]:
                for row in rows:
                    self._measured.alerts[f"{row['severity']} {row['message'][:60]}"] += 1
                page += 1

    def _save(self) -> dict[str, Any]:
        self._measured.ended_at = instant_text(self._clock.now_ns())
        report = report_of(self._measured)
        write(report, self._report)
        return report
