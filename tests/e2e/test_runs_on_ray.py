"""A server whose runs are done by a real Ray of this machine: over HTTP they are what local ones are."""

import os
import sys
import time

import httpx2
import pytest

from started_server import EMAIL, PASSWORD, Server

pytest.importorskip("ray", reason="Ray is not installed; the extra `ray` has it")
pytestmark = [pytest.mark.timeout(300)]

ONE = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}, "fee_rate": "0.001"}
MANY = {**ONE, "study": {"type": "sweep", "parameters": {"fast": [3, 5, 10, 15], "slow": [20, 30, 40, 50, 60]}}}
LONG = {
    **ONE,
    "study": {
        "type": "sweep",
        "parameters": {"fast": {"from": 2, "to": 60, "step": 1}, "slow": {"from": 61, "to": 200, "step": 1}},
    },
}
"""It would take minutes."""
SECONDS_MAX = 240


@pytest.fixture
def server(tmp_path):
    one = Server(tmp_path / "data", rate_limits="off", compute="ray", run_workers="3")
    # Ray itself may be found by way of the environment, which its workers take from the server.
    one.environ["PYTHONPATH"] = os.pathsep.join([one.environ["PYTHONPATH"], *sys.path[1:]])
    yield one.start()
    one.end()


class Asking:
    """Somebody who is signed in."""

    def __init__(self, server):
        self.http = server.clients.enter_context(httpx2.Client(base_url=server.url, timeout=60))
        given = self.http.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()
        self.http.headers["authorization"] = f"Bearer {given['access_token']}"

    def start(self, body):
        answer = self.http.post("/v1/runs", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]["run_id"]

    def run(self, run_id):
        return self.http.get(f"/v1/runs/{run_id}").json()["data"]

    def wait(self, run_id, is_so):
        """Look at a run until something is so, and give it."""
        deadline = time.monotonic() + SECONDS_MAX
        while not is_so(run := self.run(run_id)):
            assert time.monotonic() < deadline, run
            time.sleep(0.05)
        return run


def is_over(run):
    return run["status"] in ("COMPLETED", "FAILED")


def test_p8_runs_on_ray_show_progress_leave_a_worker_to_others_and_can_be_cancelled(server):
    desk = Asking(server)
    one, many = desk.start(ONE), desk.start(MANY)
    assert desk.wait(one, is_over)["final_equity"] == "174289.814"
    swept = desk.wait(many, is_over)
    assert (swept["status"], swept["study_result"]["tried"]) == ("COMPLETED", 20)
    long = desk.start(LONG)
    assert desk.wait(long, lambda run: float(run["progress"]) > 0)["status"] == "RUNNING"
    beside = desk.start(ONE)
    assert desk.wait(beside, is_over)["status"] == "COMPLETED"
    assert desk.run(long)["status"] == "RUNNING"
    cancelled = desk.http.post(f"/v1/runs/{long}/cancel").json()["data"]
    assert (cancelled["status"], cancelled["error"]) == ("FAILED", "cancelled")
