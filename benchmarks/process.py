"""A started program for a benchmark: on a processor of its own, told things by its standard input, gone afterwards."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS_MAX = 60.0
END_SECONDS_MAX = 20.0
ALL_CORES = sorted(os.sched_getaffinity(0))
"""The first is for what is measured, the others for whoever measures."""


class Process:
    """One running program and what it costs, by the kernel's accounting."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started: float) -> None:
        self.process = process
        self.port = port
        self.started = started

    def say(self, text: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()

    def until_open(self) -> None:
        """Wait until it takes connections."""
        while time.perf_counter() - self.started < READY_SECONDS_MAX:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}"
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            time.sleep(0.01)
        raise AssertionError("it takes no connections")

    def cpu_seconds(self) -> float:
        """Give the processor time it has taken so far, all threads together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def resident_mb(self) -> float:
        """Give the memory it holds, in MB of 1,000,000 bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    """Ask the system for a port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def files_allowed() -> int:
    """Raise the number of files that this process, and what it starts, may have open; give what the machine allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextmanager
def started(words: Sequence[str], *, port: int, environ: Mapping[str, str]) -> Iterator[Process]:
    """Start a program, on a processor of its own where there are two, and stop it."""
    files_allowed()
    pinned = ["taskset", "-c", str(ALL_CORES[0])] if len(ALL_CORES) > 1 and shutil.which("taskset") else []
    quiet, begin = subprocess.DEVNULL, time.perf_counter()
    command = [*pinned, *words]
    process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    try:
        yield Process(process, port, begin)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


@contextmanager
def beside_the_server() -> Iterator[None]:
    """Keep this process off the server's processor, where there are two."""
    before = os.sched_getaffinity(0)
    if len(ALL_CORES) > 1:
        os.sched_setaffinity(0, set(ALL_CORES[1:]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
