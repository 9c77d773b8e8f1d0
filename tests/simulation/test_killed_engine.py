"""Promise 1: a live engine killed anywhere between an order and its venue loses none and sends none twice."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from openbell.domain.values import parse

KILLS = int(os.environ.get("OPENBELL_TEST_KILLS", "36"))
POINTS = (
    "before the commit",
    "after the commit, before the answer",
    "after the answer, before it arrives",
    "while it is sent, before it arrives",
    "while it is sent, after it arrived",
    "anywhere",
)
SEED = 1
TESTS = Path(__file__).parents[1]
SOURCES = os.pathsep.join(str(TESTS.parent / folder) for folder in ("src", "tests"))


@pytest.fixture
def engine(tmp_path):
    command = [sys.executable, str(Path(__file__).with_name("killed_engine.py")), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    with subprocess.Popen(
        command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True, bufsize=1, env=environment
    ) as process:
        yield process
        process.stdin.close()


def lived(engine, point: str, count: int) -> tuple[list[str], int]:
    """Run one life; gives what it said before its end, and how it ended."""
    engine.stdin.write(f"{point} {count}\n")
    victim, said = int(engine.stdout.readline().removeprefix("pid ")), []
    while not (line := engine.stdout.readline()).startswith("ended "):
        said.append(line.strip())
        if point == "anywhere" and len(said) == count:
            os.kill(victim, signal.SIGKILL)
    return said, int(line.removeprefix("ended "))


def check(settled: dict, acknowledged: list[str]) -> None:
    """Hold what was acknowledged and what reached the venue against what the engine knows in the end."""
    orders, arrived = settled["orders"], settled["venue"]
    assert not [order_id for order_id in acknowledged if order_id not in orders], "an acknowledged order is gone"
    assert max(Counter(arrived).values(), default=1) == 1, "an order went out twice"
    assert {order_id for order_id, status in orders.items() if status == "FILLED"} == set(arrived)
    assert set(orders.values()) <= {"FILLED", "REJECTED"}, "every order ended as the venue says"
    assert settled["held"] == len(arrived) * parse("0.001")


@pytest.mark.timeout(900)
def test_an_engine_killed_at_any_point_loses_no_order_and_sends_none_twice(engine):
    chance = random.Random(SEED)  # noqa: S311 - one seed repeats a failure
    acknowledged = []
    for number in range(KILLS):
        said, ending = lived(engine, POINTS[number % len(POINTS)], chance.randint(2, 30))
        assert ending == signal.SIGKILL, "it was killed where it should be, and did not fail before"
        acknowledged += said
        if number % len(POINTS) == len(POINTS) - 1:
            (last,), ending = lived(engine, "settle", 1)
            assert ending == 0
            check(json.loads(last), acknowledged)
    assert len(acknowledged) > KILLS
