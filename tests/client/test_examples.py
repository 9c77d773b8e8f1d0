"""The example programs, run as a user runs them, against a started server."""

import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.client import NewOrder, Side

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SOURCES = EXAMPLES.parent / "src"
PROGRAMS = ("strategy_control", "portfolio_chart", "performance_report", "live_display")


@pytest.fixture
def program(running, api_key, tmp_path):
    """Runs an example in a folder of its own, with the server and the key in its environment."""

    def run(name, *options, url=running.url, key=api_key):
        environ = {one: value for one, value in os.environ.items() if not one.startswith("OPENBELL_")}
        environ |= {"OPENBELL_URL": url, "OPENBELL_API_KEY": key, "PYTHONPATH": str(SOURCES), "COLUMNS": "120"}
        command = [sys.executable, str(EXAMPLES / f"{name}.py"), *options]
        return subprocess.run(
            command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False
        )

    return run


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_explains_itself(program, name):
    done = program(name, "--help")
    assert done.returncode == 0 and "OPENBELL_URL" in done.stdout and "--api-key" in done.stdout


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("strategy_control", ["list"]),
        ("portfolio_chart", []),
        ("performance_report", ["--kind", "sma_cross", "--symbol", "GOOG"]),
        ("live_display", ["--seconds", "1"]),
    ],
)
def test_each_ends_with_the_code_for_what_went_wrong(program, name, options):
    assert program(name, *options, key="wrong").returncode == 1
    assert program(name, *options, url="http://127.0.0.1:9").returncode == 3
    wrong = program(name, "--no-such-option")
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr


def test_a_strategy_is_controlled_from_afar(program):
    created = program(
        "strategy_control",
        *("create", "afar", "--kind", "sma_cross", "--symbol", "BTC/USD", "--set", "fast=5", "--set", "slow=20"),
    )
    assert created.returncode == 0 and "running" in created.stdout, created.stderr
    for command, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert state in program("strategy_control", command, "afar").stdout
    assert "afar" in program("strategy_control", "list").stdout
    assert "sma_cross" in program("strategy_control", "kinds").stdout
    assert program("strategy_control", "delete", "afar").stdout.startswith("deleted afar")
    assert program("strategy_control", "pause", "afar").returncode == 1


@pytest.mark.parametrize("name", ["chart.svg", "chart.html"])
def test_a_portfolio_s_history_is_drawn(program, client, tmp_path, name):
    done = program("portfolio_chart", "--resolution", "1m", "--out", name)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / name).read_text("utf-8")
    svg = ET.fromstring(re.search(r"<svg.*</svg>", written)[0])  # noqa: S314 - we wrote it
    assert len(svg.find("{*}polyline").get("points").split()) >= 2
    assert re.search("[▁▂▃▄▅▆▇█]", done.stdout) and "USD" in done.stdout
    assert "http" not in written.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_backtest_is_reported_with_its_metrics(program, tmp_path, name):
    options = ("--kind", "sma_cross", "--symbol", "GOOG", "--set", "fast=10", "--set", "slow=30", "--out", name)
    done = program("performance_report", *options)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / name).read_text("utf-8")
    assert "174,289.814" in written and "sharpe ratio" in written and "74.29" in done.stdout
    assert ("<svg" in written) == name.endswith(".html")


def test_ticks_and_own_fills_are_shown_live(program, client):
    order = NewOrder(symbol="BTC/USD", side=Side.BUY, quantity=Decimal("0.000123"))
    later = threading.Timer(4.0, client.orders.place, [order])
    later.start()
    done = program("live_display", "--seconds", "8")
    later.join()
    assert done.returncode == 0, done.stderr
    ticks, fills = map(int, re.search(r"(\d+) ticks, (\d+) own fills", done.stdout).groups())
    assert ticks > 0 and fills >= 1 and "0.000123" in done.stdout
