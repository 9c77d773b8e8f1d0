"""Processes behind bubblewrap: no network, no files but Python's, no other process in sight, no environment."""

import asyncio
import contextlib
import functools
import itertools
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec

from openbell.ports import SandboxFailed

RUNNER = Path(__file__).with_name("runner.py")
TMP_BYTES = 16 << 20
UID_FIRST = 61_184
"""First of the user ids that sandboxes run under when the server is root; nobody else is meant to have them."""
UIDS = 256
ROOT = "/sandbox"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
TRIAL_SECONDS = 20
REAP_SECONDS = 5
LEFTOVER_BYTES = 64 * 1024

_LIBRARY = re.compile(r"(/[^\s()]+)\s+\(0x[0-9a-f]+\)")

_uids = itertools.count()


class _Info(msgspec.Struct):
    child_pid: int = msgspec.field(name="child-pid")


class Confined:
    """One process in its sandbox: frames of bytes in and out, what it used, and its end."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        *,
        pid: int,
    ) -> None:
        self._process = process
        self._stdin = stdin
        self._stdout = stdout
        self._pid = pid

    async def send(self, data: bytes) -> None:
        """Write all of it. Raises SandboxFailed when the process is gone."""
        try:
            self._stdin.write(data)
            await self._stdin.drain()
        except (ConnectionError, RuntimeError) as gone:
            raise SandboxFailed("its process has ended") from gone

    async def receive(self, size: int) -> bytes:
        """Read exactly so many bytes. Raises SandboxFailed when the process ends before."""
        try:
            return await self._stdout.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as gone:
            raise SandboxFailed("its process has ended") from gone

    def cpu_seconds(self) -> float:
        """Give the processor time used so far, all threads; infinite for a process that is gone."""
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except (OSError, UnicodeDecodeError):
            return float("inf")
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    async def kill(self) -> None:
        """End it and all it may have started; harmless when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            # The sandbox's first process: with it, by the kernel's doing, goes everything in there.
            os.kill(self._pid, signal.SIGKILL)
        self._stdin.close()
        try:
            # bwrap reaps it and ends; killed with it, it would leave a zombie.
            await asyncio.wait_for(self._ended(), REAP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ended(self) -> None:
        # What it has written is read away: a pipe with something in it is not let go.
        with contextlib.suppress(ConnectionError):
            while await self._stdout.read(LEFTOVER_BYTES):
                pass
        await self._process.wait()


class Bubblewrap:
    """Starts sandboxes with `bwrap`."""

    def unavailable(self) -> str:
        """Say why sandboxes cannot be started on this machine; '' when they can. Tries one."""
        if sys.platform != "linux" or platform.machine() != "x86_64":
            return "sandboxes need Linux on x86-64"
        if shutil.which("bwrap") is None:
            return "the program bwrap is not installed (Debian and Ubuntu: apt-get install bubblewrap)"
        try:
            trial = subprocess.run(  # noqa: S603 - every word is ours
                _command(info_fd=None),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRIAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"a trial of bwrap failed: {problem}"
        said = trial.stderr.decode("utf-8", "replace").strip()[-300:]
        return "" if trial.returncode == 0 else f"a trial of bwrap failed: {said or trial.returncode}"

    async def start(self) -> Confined:
        """Start a process that waits for its first frame. Raises SandboxFailed."""
        ours, theirs = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *_command(info_fd=theirs),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs,),
                env={},
                cwd="/",
            )
            os.close(theirs)
            theirs = -1
            said = await asyncio.to_thread(_read_all, ours)
        except OSError as problem:
            raise SandboxFailed(f"bwrap did not start: {problem}") from problem
        finally:
            os.close(ours)
            if theirs >= 0:
                os.close(theirs)
        try:
            pid = msgspec.json.decode(said, type=_Info).child_pid
        except msgspec.DecodeError as problem:
            process.kill()
            await process.wait()
            raise SandboxFailed("bwrap did not say which process it started") from problem
        stdin, stdout = cast("asyncio.StreamWriter", process.stdin), cast("asyncio.StreamReader", process.stdout)
        return Confined(process, stdin, stdout, pid=pid)


def _read_all(descriptor: int) -> bytes:
    parts = b""
    while part := os.read(descriptor, 4_096):
        parts += part
    return parts


def _command(*, info_fd: int | None) -> list[str]:
    program = str(shutil.which("bwrap"))
    words = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    uid = UID_FIRST + next(_uids) % UIDS
    if os.geteuid() == 0:
        # The program inside changes to the user id by itself, before it reads a byte, and loses these rights by that.
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user", "--uid", str(uid), "--gid", str(uid), "--cap-drop", "ALL"]
    words += ["--die-with-parent", "--new-session", "--as-pid-1", "--clearenv", "--hostname", "sandbox"]
    words += [*_files(), "--perms", "1777", "--size", str(TMP_BYTES), "--tmpfs", "/tmp"]  # noqa: S108 - its own
    words += ["--remount-ro", "/", "--chdir", "/"]
    words += [] if info_fd is None else ["--info-fd", str(info_fd)]
    return [*words, "--", f"{ROOT}/bin/python", "-I", "-S", "-B", f"{ROOT}/runner.py", str(uid)]


def _files() -> Iterator[str]:
    """Give what can be seen in there, for reading: interpreter, standard library, shared libraries, runner."""
    library = Path(os.path.realpath(sysconfig.get_path("stdlib")))
    program = Path(os.path.realpath(sys.executable))
    yield from ("--ro-bind", str(program), f"{ROOT}/bin/python", "--ro-bind", str(RUNNER), f"{ROOT}/runner.py")
    inside = f"{ROOT}/lib/{library.name}"
    yield from ("--ro-bind", str(library), inside)
    for unwanted in ("site-packages", "dist-packages", "test", "ensurepip"):
        if (library / unwanted).is_dir():
            yield from ("--tmpfs", f"{inside}/{unwanted}", "--remount-ro", f"{inside}/{unwanted}")
    for shared in _shared_libraries(program, library):
        yield from ("--ro-bind", os.path.realpath(shared), f"/lib64/{Path(shared).name}")
    yield from ("--symlink", "lib64", "/lib")


@functools.cache
def _shared_libraries(program: Path, library: Path) -> tuple[str, ...]:
    """Give the shared libraries, loader included, that the interpreter and its modules are linked to."""
    modules = sorted(map(str, (library / "lib-dynload").glob("*.so")))
    said = subprocess.run(["/usr/bin/ldd", str(program), *modules], capture_output=True, text=True, check=False)  # noqa: S603
    return tuple(sorted(set(_LIBRARY.findall(said.stdout))))
