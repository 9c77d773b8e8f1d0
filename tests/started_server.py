"""A started server, as a user starts it: its own process, its own data directory, its own port."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx2

EMAIL, PASSWORD = "admin@example.com", "correct horse battery"
READY_SECONDS_MAX = 180.0


def free_port() -> int:
    """Give a port that nobody else gets as long as these tests run.

    It stays bound without listening, which with SO_REUSEADDR on both sides lets a server bind and listen as well.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    held.detach()
    return port


class Server:
    """One data directory, and the process that serves from it while it runs."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("OPENBELL_")},
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
            "OPENBELL_ADMIN_EMAIL": EMAIL,
            "OPENBELL_ADMIN_PASSWORD": PASSWORD,
            **{f"OPENBELL_{key.upper()}": value for key, value in settings.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.clients = ExitStack()

    def command(self) -> list[str]:
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        return [sys.executable, "-m", "openbell", "serve", *options]

    def start(self) -> "Server":
        log = (self.data_dir.parent / "server.log").open("ab")
        with log:
            self.process = subprocess.Popen(self.command(), env=self.environ, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log()
            try:
                if httpx2.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return self
            except httpx2.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"not ready: {self.log()}")

    def stop(self, how: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def end(self) -> None:
        self.clients.close()
        if self.process is not None:
            self.stop(signal.SIGKILL)

    def log(self) -> str:
        return (self.data_dir.parent / "server.log").read_text("utf-8", "replace")[-4000:]

    def client(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Client:
        """A client that has signed in, as the first admin or as somebody else; closed with the server."""
        client = self.clients.enter_context(httpx2.Client(base_url=self.url, timeout=30))
        answer = client.post("/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return client
