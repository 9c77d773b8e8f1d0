"""Each benchmark still runs, in its smallest form, and what it prints can be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SCRIPTS = ("core", "market", "catalog", "backtest", "runs", "orders", "stopping", "startup", "stream")


def smallest(script):
    environ = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, str(PROJECT / "benchmarks" / f"{script}.py"), "--smallest"]
    return subprocess.run(command, capture_output=True, env=environ, timeout=280, check=False)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_gives_figures(script):
    done = smallest(script)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    figures = json.loads(done.stdout)
    assert len(figures) >= 3 and all(one["low"] <= one["median"] <= one["high"] for one in figures)
    assert all(one["median"] > 0 for one in figures if one["unit"] != "% of a core")


def test_every_script_with_figures_is_known_here():
    written = {path.stem for path in (PROJECT / "benchmarks").glob("*.py") if "def measure(" in path.read_text("utf-8")}
    assert written == set(SCRIPTS)


@pytest.mark.line("E10")
def test_the_page_has_what_fifty_sockets_cost_and_the_command_that_repeats_it():
    page = (PROJECT / "docs" / "performance" / "README.md").read_text("utf-8")
    streaming = page.partition("## Streaming")[2]
    assert "benchmarks/stream.py" in streaming
    for what in ("delivered", "processor in use", "memory held"):
        assert f"100 ticks/s to 50 clients: {what}" in streaming
