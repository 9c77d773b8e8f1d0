"""The server of a burn-in: a process of its own, what can be asked of it, and what it takes from the machine."""

import asyncio
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from openbell.cli.soak_report import Sample

HOST = "127.0.0.1"
EMAIL = "soak@openbell.local"
TIMEOUT_S = 10
READY_S = 180.0
LOOK_S = 0.1
STOP_S = 20


class Refused(Exception):
    """A request got no answer, or one that is no success."""


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class SoakServer:
    """One data directory and the process that serves from it."""

    def __init__(self, data_dir: Path, *, port: int, log_file: Path) -> None:
        self.port = port
        self.api_key = ""
        self._data_dir = data_dir
        self._log_file = log_file
        self._password = secrets.token_urlsafe(18)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start the process and wait until it answers. Raises Refused."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("OPENBELL_")}
        settings = {
            "OPENBELL_ADMIN_EMAIL": EMAIL,
            "OPENBELL_ADMIN_PASSWORD": self._password,
            "OPENBELL_RATE_LIMITS": "off",
            "OPENBELL_LOG_LEVEL": "warning",
        }
        command = [sys.executable, "-m", "openbell", "serve", "--host", HOST, "--port", str(self.port)]
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program, and a process starts at once
                [*command, "--data-dir", str(self._data_dir)], env=own | settings, stdout=log, stderr=log
            )
        clock = asyncio.get_running_loop().time
        deadline = clock() + READY_S
        while clock() < deadline and self.is_running:
            try:
                await self.ask("GET", "/health")
            except Refused:
                await asyncio.sleep(LOOK_S)
            else:
                return
        raise Refused(f"the server did not start; see {self._log_file}")

    async def sign_in(self) -> None:
        """Make an API key, which unlike a token lasts as long as the burn-in."""
        login = await self.ask("POST", "/v1/auth/login", {"email": EMAIL, "password": self._password})
        wanted = {"name": "soak", "scopes": ["read", "trade", "control"]}
        made = await self.ask("POST", "/v1/keys", wanted, bearer=login["access_token"])
        self.api_key = made["data"]["api_key"]

    async def ask(self, method: str, path: str, body: Any = None, *, bearer: str = "") -> Any:
        """Ask for something and give the answer. Raises Refused."""
        return await asyncio.to_thread(self._ask, method, path, body, bearer or self.api_key)

    async def stop(self) -> None:
        """Ask the process to end, and end it when it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def sample(self, at_s: float) -> Sample:
        """Look at what the process takes; None for what this system does not tell."""
        if self._process is None:
            return Sample(at_s, None, None)
        place = Path("/proc") / str(self._process.pid)
        try:
            pages = int((place / "statm").read_text().split()[1])
            descriptors = len(list((place / "fd").iterdir()))
        except (OSError, ValueError, IndexError):
            return Sample(at_s, None, None)
        return Sample(at_s, round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 3), descriptors)

    def _ask(self, method: str, path: str, body: Any, bearer: str) -> Any:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT_S)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise Refused(f"{method} {path}: {type(problem).__name__}") from problem
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status}")
        return said
