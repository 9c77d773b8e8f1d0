"""T9: a burn-in runs, can be short, and its report tells what was seen and judges it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from openbell.cli.soak_load import Requests, followers
from openbell.cli.soak_report import Measured, Sample, SocketTally, growth_mb_per_hour, report_of

MINUTES = "0.15"
SOURCE = Path(__file__).resolve().parents[3] / "src"


def run(*arguments, cwd):
    environ = {"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "openbell", "soak", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_t9_a_short_burn_in_writes_a_report_that_passes(tmp_path):
    ended = run("--minutes", MINUTES, "--report", "burn-in.json", "--data-dir", "run", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr + (tmp_path / "run" / "server.log").read_text("utf-8")
    report = json.loads((tmp_path / "burn-in.json").read_text("utf-8"))
    assert report["passed"] and report["uptime"] == 1 and report["reconnects"] == report["gaps"] == 0
    assert report["requests"]["count"] > 20 and not report["requests"]["errors"]
    assert len(report["sockets"]) == 50 and all(one["messages"] > 3 for one in report["sockets"])
    assert report["pnl"].keys() >= {"virtual_pnl", "gross_pnl", "fees", "gas", "leakage"}
    assert "| P&L adds up | ok |" in (tmp_path / "burn-in.md").read_text("utf-8")


def test_t9_a_directory_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert run("--minutes", "1", "--data-dir", str(tmp_path), cwd=tmp_path).returncode == 2


def measured(**changes):
    frame = {"virtual_pnl": 8.0, "gross_pnl": 10.0, "fees": 1.5, "slippage": 0.2, "gas": 0.3}
    common = {"started_at": "", "planned_s": 7200, "lasted_s": 7200, "checks": 1000, "last_frame": frame}
    return Measured(**common | changes)


FIVE_MINUTES = {"planned_s": 300, "lasted_s": 300}


def failed(report):
    return [one["name"] for one in report["verdicts"] if not one["passed"]]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, None),
        ({"checks_failed": 5}, "uptime"),
        ({"restarts": 1}, "no restart"),
        ({"sockets": [SocketTally(name="x", connects=2)]}, "no reconnect"),
        ({"sockets": [SocketTally(name="x", gaps=1)]}, "no gap"),
        ({"sockets": [SocketTally(name="x", longest_silence_s=9)]}, "never silent"),
        ({"request_errors": Counter({"GET /v1/orders: 500": 1})}, "requests answered"),
        ({"samples": [Sample(n * 60.0, 100 + n, 20) for n in range(120)]}, "memory flat"),
        ({"samples": [Sample(n * 60.0, 100 + n / 10, 20) for n in range(120)]}, None),
        (FIVE_MINUTES | {"samples": [Sample(n, 100 + n / 15, 20) for n in range(300)]}, "memory flat"),
        (FIVE_MINUTES | {"samples": [Sample(n, 100 + n / 20, 20) for n in range(300)]}, None),
        ({"planned_s": 60, "lasted_s": 60, "samples": [Sample(n, 100 + n, 20) for n in range(60)]}, None),
        ({"samples": [Sample(n * 60.0, 100, 20 + n) for n in range(120)]}, "descriptors flat"),
        ({"last_frame": {"virtual_pnl": 9.0, "gross_pnl": 10.0, "fees": 0, "slippage": 0, "gas": 0}}, "P&L adds up"),
        ({"alerts": Counter({"CRITICAL the GLOBAL kill switch is active": 1})}, "no critical alert"),
    ],
)
def test_t9_the_verdict_names_what_went_wrong(changes, name):
    report = report_of(measured(**changes))
    assert failed(report) == ([] if name is None else [name]) and report["passed"] is (name is None)


def test_t9_the_first_sockets_hear_of_the_account_and_the_others_of_markets():
    names = [one.name for one in followers(50)]
    assert len(set(names)) == 50 and names[:3] == ["telemetry 1", "telemetry 2", "private and market"]
    assert [one.name for one in followers(2)] == names[:2]


def test_t9_an_order_that_rests_is_canceled_by_the_next_request():
    requests, asked = Requests(), []
    for number in range(200):
        asked.append(requests.next())
        requests.heard({"data": {"order_id": f"o{number}", "status": "ACCEPTED"}} if asked[-1][0] == "POST" else None)
    placed = [number for number, (method, *_) in enumerate(asked) if method == "POST"]
    assert len(placed) == 18 and all(asked[at + 1] == ("DELETE", f"/v1/orders/o{at}", None) for at in placed)
    assert [method for method, *_ in asked].count("PATCH") == 2


def test_t9_growth_is_the_slope_without_the_beginning():
    samples = [Sample(0, 10, 1), *(Sample(n * 360.0, 100 + 2 * n, 1) for n in range(1, 20))]
    assert growth_mb_per_hour(samples) == pytest.approx(20)
