"""Runs the web's own tests twice, by themselves and against a started server; the tests here look at the outcome."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SHARED_DATA
from started_server import EMAIL, PASSWORD, Server

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "web" / "build.py"


class Outcome:
    """What became of each file of tests."""

    def __init__(self, report: Path) -> None:
        results = json.loads(report.read_text("utf-8"))["testResults"]
        self.files = {Path(one["name"]).relative_to(PROJECT / "web").as_posix(): one for one in results}

    def passed(self, file: str) -> list[str]:
        """Give the names of a file's tests, all of which passed; fail with what they said."""
        one = self.files[file]
        wrong = [test for test in one["assertionResults"] if test["status"] != "passed"]
        assert one["status"] == "passed" and not wrong, json.dumps(wrong, indent=1)[:6000] + one.get("message", "")
        return [test["fullName"] for test in one["assertionResults"]]


def vitest(report: Path, *tests: str, **environ: str) -> Outcome:
    """Run the web's tests. Without what `make check` installs they are skipped."""
    if not (PROJECT / "web" / "node_modules").is_dir():
        pytest.skip("the web's packages are not installed: make check")
    command = [sys.executable, str(BUILD), "test", "--reporter=json", f"--outputFile={report}", *tests]
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    assert report.is_file(), (done.stdout + done.stderr)[-6000:]
    return Outcome(report)


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All tests that need no server."""
    return vitest(tmp_path_factory.mktemp("vitest") / "report.json", "--exclude", "**/*.e2e.test.*")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The tests of the guide, against a started server."""
    server = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off").start()
    try:
        return vitest(
            tmp_path_factory.mktemp("vitest") / "report.json",
            "guide.e2e",
            OPENBELL_TEST_URL=server.url,
            OPENBELL_TEST_EMAIL=EMAIL,
            OPENBELL_TEST_PASSWORD=PASSWORD,
            OPENBELL_SHARED_DATA=str(SHARED_DATA),
        )
    finally:
        server.end()
