"""Runs the web's own tests, by themselves or against a started server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from started_server import EMAIL, PASSWORD, Server

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "web" / "build.py"

Vitest = Callable[..., str]


@pytest.fixture(scope="session")
def vitest() -> Vitest:
    """Run some of the web's tests; fail with what they say. Without what `make check` installs they are skipped."""
    if not (PROJECT / "web" / "node_modules").is_dir():
        pytest.skip("the web's packages are not installed: make check")

    def run(*tests: str, **environ: str) -> str:
        done = subprocess.run(
            [sys.executable, str(BUILD), "test", *tests],
            env={**os.environ, "NO_COLOR": "1", **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-6000:]
        assert " passed" in said, said[-2000:]
        return said

    return run


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A started server, as the web's tests are told of it."""
    server = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off").start()
    yield {"OPENBELL_TEST_URL": server.url, "OPENBELL_TEST_EMAIL": EMAIL, "OPENBELL_TEST_PASSWORD": PASSWORD}
    server.end()
