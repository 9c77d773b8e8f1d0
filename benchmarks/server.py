"""A started server for a benchmark: its own process, data directory, port and processor, gone afterwards."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openbell.bootstrap import build, running
from openbell.config import load
from openbell.domain.commands import SetLimits
from openbell.domain.risk import RiskLimits

EMAIL, PASSWORD = "admin@example.com", "correct horse battery"
READY_SECONDS_MAX = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
NO_LIMITS = RiskLimits(order_notional_max=None, open_orders_max=None, orders_per_second_max=None)
SETTINGS = {"OPENBELL_ADMIN_EMAIL": EMAIL, "OPENBELL_ADMIN_PASSWORD": PASSWORD, "OPENBELL_RATE_LIMITS": "off"}


class Server:
    """One running server and what it costs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started: float) -> None:
        self.process = process
        self.port = port
        self.started = started

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
        """Send one request and give status and JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def token(self) -> str:
        """Sign in."""
        status, body = self.ask("POST", "/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
        assert status == 200, body
        return str(body["access_token"])

    def until_healthy(self) -> None:
        """Wait for the first healthy answer."""
        while time.perf_counter() - self.started < READY_SECONDS_MAX:
            assert self.process.poll() is None, "the server ended"
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.005)
        raise AssertionError("the server did not become healthy")

    def cpu_seconds(self) -> float:
        """Give the processor time it has taken so far, by the kernel's accounting."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def resident_mb(self) -> float:
        """Give the memory it holds, in MB of 1,000,000 bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a directory that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="openbell-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def serving(data_dir: Path, *, command: list[str] | None = None) -> Iterator[Server]:
    """Start a server, on a processor of its own where there are two, and stop it. `{port}` in a command is filled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    default = ["-m", "openbell", "serve", "--host", "127.0.0.1", "--port", "{port}", "--data-dir", str(data_dir)]
    words = [word.replace("{port}", str(port)) for word in command or default]
    cores = sorted(os.sched_getaffinity(0))
    pinned = ["taskset", "-c", str(cores[0])] if len(cores) > 1 and shutil.which("taskset") else []
    quiet = subprocess.DEVNULL
    begin = time.perf_counter()
    process = subprocess.Popen([*pinned, sys.executable, *words], env=environment(), stdout=quiet, stderr=quiet)
    try:
        yield Server(process, port, begin)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def beside_the_server() -> Iterator[None]:
    """Keep this process off the server's processor, where there are two."""
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, set(sorted(cores)[1:]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def environment() -> dict[str, str]:
    """Give the environment of a server: nobody else's settings, compiled modules kept, our own source found."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OPENBELL_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | SETTINGS | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def lift_limits(data_dir: Path) -> None:
    """Make the admin of a new data directory and lift the risk limits of its account: a load is no single trader."""

    async def prepare() -> None:
        overrides = {"data_dir": data_dir, "feed": "none", "admin_email": EMAIL, "admin_password": PASSWORD}
        system = build(load(environ={}, overrides=overrides))
        async with running(system):
            for account in system.views.accounts():
                now = system.engine.now_ns()
                command = SetLimits(ts_ns=now, account_id=account.account_id, limits=NO_LIMITS)
                assert (await system.engine.submit(command)).refusal is None

    asyncio.run(prepare())
