"""A real PostgreSQL for tests: started in a temporary directory, reached over its socket, stopped afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

READY_SECONDS_MAX = 60.0
LOCAL = {"LC_ALL": "C.UTF-8"}


def binaries() -> Path | None:
    """Where `initdb` and `postgres` are, the newest first; None when PostgreSQL is not installed."""
    given = os.environ.get("OPENBELL_TEST_POSTGRES_BIN")
    found = [given] if given else sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    on_path = shutil.which("postgres")
    found += [str(Path(on_path).parent)] if on_path else []
    return next((Path(folder) for folder in found if (Path(folder) / "initdb").exists()), None)


class PostgresServer:
    """One cluster. It refuses to run as root: there it runs as nobody."""

    def __init__(self, folder: Path, bin_dir: Path) -> None:
        self.folder = folder
        self._bin = bin_dir
        self._as = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._free: list[str] = []
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
        self._run("initdb", "-D", str(folder / "data"), *options)

    def start(self) -> None:
        """Start, and wait until it answers. What is committed is on disk, as in earnest, but for the fsync."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=60", "fsync=off"]
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *arguments],
                stdout=log,
                stderr=log,
                env=os.environ | LOCAL,
                cwd=self.folder,
                **self._as,
            )
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self.is_ready():
            assert self._process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def is_ready(self) -> bool:
        command = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder), "-d", "postgres"]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop at once: SIGINT breaks every connection off, SIGQUIT does not even write what is in memory."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=READY_SECONDS_MAX)
            self._process = None

    def take(self) -> str:
        """Give the URL of an empty database."""
        if not self._free:
            self._databases += 1
            self._free.append(f"test{self._databases}")
            self.sql("postgres", f"CREATE DATABASE {self._free[-1]}")
        return f"postgresql://postgres@/{self._free.pop()}?host={self.folder}"

    def give_back(self, url: str) -> None:
        """Empty a database for the next test: cheaper than making one."""
        self.sql(name_in(url), "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self._free.append(name_in(url))

    def sql(self, database: str, statement: str) -> str:
        """Run a statement behind the server's back."""
        options = ["-h", str(self.folder), "-U", "postgres", "-d", database, "-qtAX", "-v", "ON_ERROR_STOP=1"]
        return self._run("psql", *options, "-c", statement)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | LOCAL,
            cwd=self.folder,
            **self._as,
        )
        return done.stdout.strip()


def name_in(url: str) -> str:
    """The database's name in its URL."""
    return url.split("/")[3].partition("?")[0]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server for as long as the block lasts. Skips the test where PostgreSQL is not installed."""
    bin_dir = binaries()
    if bin_dir is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql, or set OPENBELL_TEST_POSTGRES_BIN")
    folder = Path(tempfile.mkdtemp(prefix="openbell-pg-"))
    try:
        server = PostgresServer(folder, bin_dir)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
