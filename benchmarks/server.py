"""A started server for a benchmark: its own process, data directory, port and processor, gone afterwards."""

import asyncio
import http.client
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from process import READY_SECONDS_MAX, Process, free_port, started

from openbell.bootstrap import build, running
from openbell.config import load
from openbell.domain.commands import SetLimits
from openbell.domain.risk import RiskLimits
from openbell.services.users import NewUser

TICKS_SERVER = str(Path(__file__).with_name("stream_server.py"))
EMAIL, PASSWORD = "admin@example.com", "correct horse battery"
FIRST_ORDER = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.01", "order_type": "MARKET"}
CONNECTIONS_A_USER = 1_000
"""Sockets that one user may have open; a larger crowd has more users."""
NO_LIMITS = RiskLimits(order_notional_max=None, open_orders_max=None, orders_per_second_max=None)
SETTINGS = {"OPENBELL_ADMIN_EMAIL": EMAIL, "OPENBELL_ADMIN_PASSWORD": PASSWORD, "OPENBELL_RATE_LIMITS": "off"}
SETTINGS["OPENBELL_SOCKET_CONNECTIONS_MAX"] = str(CONNECTIONS_A_USER)


class Server(Process):
    """One running server and how it is spoken to."""

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
        """Send one request and give status and JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def token(self, email: str = EMAIL) -> str:
        """Sign in."""
        status, body = self.ask("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
        assert status == 200, body
        return str(body["access_token"])

    def tokens(self, clients: int) -> list[str]:
        """Give credentials for so many sockets: one user may have only so many of them."""
        return [self.token(), *self.traders((clients - 1) // CONNECTIONS_A_USER)]

    def traders(self, count: int) -> list[str]:
        """Add users with accounts of their own and give their credentials."""
        admin, tokens = self.token(), []
        for number in range(count):
            email = f"trader-{number}-{time.monotonic_ns()}@example.com"
            status, answer = self.ask("POST", "/v1/users", {"email": email, "password": PASSWORD}, token=admin)
            assert status == 201, answer
            tokens.append(self.token(email))
        return tokens

    def until_priced(self) -> None:
        """Wait until an order is taken: before the market's first quotes there is no price to check it against."""
        token, deadline = self.token(), time.perf_counter() + READY_SECONDS_MAX
        while (seen := self.ask("POST", "/v1/orders", FIRST_ORDER, token=token))[0] != 201:
            assert time.perf_counter() < deadline, seen
            time.sleep(0.05)

    def tick(self, a_second: float) -> None:
        """Have so many ticks a second come, where the server is `stream_server.py`."""
        self.say(f"{a_second:g}")

    def until_healthy(self) -> None:
        """Wait for the first healthy answer."""
        deadline = time.perf_counter() + READY_SECONDS_MAX
        while time.perf_counter() < deadline:
            assert self.process.poll() is None, "the server ended"
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.005)
        raise AssertionError("the server did not become healthy")


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a directory that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="openbell-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def with_ticks(data_dir: Path) -> list[str]:
    """Give the arguments of the server with a market that does as it is told."""
    return [TICKS_SERVER, "{port}", str(data_dir)]


_shared: list[tuple[Server, list[str]]] = []
"""The one server of `one_for_all` while there is one, and the credentials of its traders without limits."""


@contextmanager
def one_for_all(data_dir: Path, *, command: list[str], tokens: list[str]) -> Iterator[None]:
    """Within this whoever asks for a server gets one and the same: enough to see that the benchmarks run."""
    with serving(data_dir, command=command) as server:
        server.until_healthy()
        _shared.append((server, tokens))
        try:
            yield
        finally:
            _shared.clear()


@contextmanager
def serving(
    data_dir: Path, *, command: list[str] | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server, on a processor of its own where there are two, and stop it. `{port}` in a command is filled.

    `settings` are environment variables of its own.
    """
    if _shared:
        yield _shared[0][0]
        return
    port = free_port()
    default = ["-m", "openbell", "serve", "--host", "127.0.0.1", "--port", "{port}", "--data-dir", str(data_dir)]
    words = [word.replace("{port}", str(port)) for word in command or default]
    with started([sys.executable, *words], port=port, environ=environment() | dict(settings or {})) as process:
        yield Server(process.process, port, process.started)


def environment() -> dict[str, str]:
    """Give the environment of a server: nobody else's settings, compiled modules kept, our own source found."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OPENBELL_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | SETTINGS | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def lift_limits(data_dir: Path, *, traders: int = 0) -> list[str]:
    """Make the admin of a new data directory, and traders beside; give these their credentials.

    The risk limits of all accounts are lifted: a load is no single trader.
    """
    if _shared:
        tokens = _shared[0][1]
        assert traders <= len(tokens), "make more of them for the shared server"
        return tokens[:traders]

    async def prepare() -> list[str]:
        overrides = {"data_dir": data_dir, "feed": "none", "admin_email": EMAIL, "admin_password": PASSWORD}
        system = build(load(environ={}, overrides=overrides))
        async with running(system):
            services, tokens = system.services, []
            for number in range(traders):
                user = await services.users.create(NewUser(email=f"trader-{number}@example.com", password=PASSWORD))
                tokens.append((await services.access.begin(user)).access_token)
            for account in system.views.accounts():
                now = system.engine.now_ns()
                command = SetLimits(ts_ns=now, account_id=account.account_id, limits=NO_LIMITS)
                assert (await system.engine.submit(command)).refusal is None
        return tokens

    return asyncio.run(prepare())
