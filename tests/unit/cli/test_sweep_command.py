"""`openbell sweep` and its sisters: values as options, the best first, nothing lost on Ctrl-C, own strategies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SMALL = ("sweep", "--strategy", "sma_cross", "--data", "GOOG", "--fast", "5,10", "--slow", "20..40:20")
OWN = '''"""A strategy of one's own."""

from openbell.domain.strategy import Parameter
from openbell.engine.strategy import Strategy


class Alternating(Strategy):
    """In for some bars, out for as many."""

    kind = "alternating"
    parameters = (Parameter(name="bars", kind="int", default=5, minimum=1, description="Bars in or out."),)

    def on_start(self, ctx):
        self.seen = 0

    def on_bar(self, ctx, bar):
        self.seen += 1
        held = ctx.position(bar.symbol)
        if self.seen % (2 * self.p["bars"]) == 0 and not held:
            ctx.buy(bar.symbol, 100_000_000)
        elif self.seen % (2 * self.p["bars"]) == self.p["bars"] and held:
            ctx.sell(bar.symbol, held)
'''


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return str(path)


def test_a_sweep_ranks_every_valid_set_as_its_backtest_does(openbell_json):
    found = openbell_json(*SMALL, "--objective", "total_return")
    assert (found["tried"], found["skipped"]) == (4, 0)
    best = found["best"]["parameters"]
    words = [word for name in ("fast", "slow") for word in (f"--{name}", str(best[name]))]
    alone = openbell_json("backtest", "--strategy", "sma_cross", "--data", "GOOG", *words)
    assert alone["metrics"]["total_return"] == found["best"]["total_return"]
    assert found["best"] == found["rows"][0]
    assert found["heat_map"]["y_values"] == [20, 40]


def test_processes_and_resuming_give_the_same_answer(openbell_json, openbell):
    alone = openbell_json(*SMALL)
    assert openbell_json(*SMALL, "--workers", "2") == alone
    again = openbell(*SMALL, "--resume", "--json")
    assert "4 sets were done before" in again.stderr


def test_a_page_is_written_that_needs_nothing_else(openbell, tmp_path):
    assert openbell(*SMALL, "--report", str(tmp_path / "page.html")).exit_code == 0
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!doctype html>") and "<svg" in page
    assert "http" not in page.replace("http-equiv", "")


def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(tmp_path):
    words = ["sweep", "--strategy", "sma_cross", "--data", "GOOG", "--fast", "2..90:1", "--slow", "100,150"]
    command = [sys.executable, "-m", "openbell", *words, "--data-dir", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for _ in range(600):
        if sum(len(path.read_bytes().splitlines()) for path in tmp_path.glob("sweeps/*.jsonl")) > 2:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    kept = sum(len(path.read_bytes().splitlines()) for path in tmp_path.glob("sweeps/*.jsonl"))
    assert (process.returncode, kept > 2) == (130, True), said
    assert f"{kept} sets are kept" in said
    done = subprocess.run([*command, "--resume"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, f"{kept} sets were done before" in done.stderr) == (0, True), done.stderr
    assert "178 sets tried" in done.stderr


def test_a_strategy_of_one_s_own_is_swept_and_backtested(openbell_json, own):
    run = openbell_json("backtest", "--strategy", own, "--data", "GOOG", "--bars", "7")
    assert (run["strategy"], run["parameters"]) == ("alternating", {"bars": 7})
    swept = openbell_json("sweep", "--strategy", own, "--data", "GOOG", "--bars", "3..9:3", "--workers", "2")
    assert swept["tried"] == 3


def test_one_that_remembers_how_many_bars_it_saw_fails_the_check(openbell, own):
    outcome = openbell("check", "--strategy", own, "--data", "GOOG", "--bars", "7", "--cuts", "3")
    assert outcome.exit_code == 1
    assert "FAILED" in outcome.stdout


def test_walk_forward_and_monte_carlo_say_what_they_found(openbell_json):
    walked = openbell_json("walk-forward", *SMALL[1:], "--windows", "2")
    assert len(walked["study"]["windows"]) == 2
    drawn = openbell_json("monte-carlo", *SMALL[1:5], "--samples", "100")
    assert drawn["study"]["bootstrap"]["bands"][0]["median"] == 100_000


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--fast", "10"), 2, "no parameter has more than one value"),
        (("--fast", "9..1"), 2, "expected first..last:step"),
        (("--fast", "1..9:0"), 2, "expected first..last:step"),
        (("--fast", "1..x"), 2, "not a number"),
        (("--fats", "1,2"), 2, "no parameter fats"),
        (("--fast", "0,5"), 2, "out of range"),
        (("--fast", "5,10", "--objective", "luck"), 2, "unknown metric"),
        (("--fast", "5,10", "--method", "prayer"), 2, "one of grid"),
        (("--fast", "40,50"), 1, "not one of 2"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(words, code, sentence, openbell):
    outcome = openbell("sweep", "--strategy", "sma_cross", "--data", "GOOG", *words)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert sentence in outcome.stderr
