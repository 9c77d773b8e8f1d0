"""Runs: how soon one is taken on while others run, how other answers fare meanwhile, how soon a cancelled one ends."""

import time

from figures import Figure, Size, figure, main
from server import Server, scratch, serving

QUICK = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}}
STUDY = {"type": "sweep", "parameters": {"fast": {"from": 2, "to": 200, "step": 1}}}
LONG = {"kind": "sma_cross", "symbol": "GOOG", "config": {"slow": 250}, "study": STUDY}


def milliseconds(server: Server, method: str, path: str, body: object, *, token: str, status: int) -> float:
    """Send a request that must succeed, and give how long the answer took."""
    begin = time.perf_counter()
    seen, answer = server.ask(method, path, body, token=token)
    assert seen == status, answer
    return (time.perf_counter() - begin) * 1_000


def until(server: Server, run_id: str, wanted: str, *, token: str) -> None:
    """Wait for a state of a run."""
    while server.ask("GET", f"/v1/runs/{run_id}", token=token)[1]["data"]["status_detail"] != wanted:
        time.sleep(0.01)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    repeats = size.pick(2, 10, 50)
    with scratch() as folder, serving(folder / "data") as server:
        server.until_healthy()
        token = server.token()
        run_id = server.ask("POST", "/v1/runs", LONG, token=token)[1]["data"]["run_id"]
        until(server, run_id, "RUNNING", token=token)
        taken = [
            milliseconds(server, "POST", "/v1/runs", QUICK, token=token, status=202) for _ in range(size.pick(2, 5, 5))
        ]
        read = [milliseconds(server, "GET", "/v1/orders", None, token=token, status=200) for _ in range(repeats)]
        gone = milliseconds(server, "POST", f"/v1/runs/{run_id}/cancel", None, token=token, status=200)
    return [
        figure("POST /v1/runs while another runs", taken, unit="ms", target=50),
        figure("GET /v1/orders while runs are under way", read, unit="ms", target=50),
        figure("a running sweep cancelled", [gone], unit="ms", target=1_000),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
