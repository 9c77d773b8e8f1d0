"""Starting: the command line, the imports, the first healthy answer, the first fill, and what an idle server takes."""

import subprocess
import sys
import time

from figures import Figure, Size, figure, main
from server import environment, scratch, serving

FIRST_FILL_SECONDS_MAX = 30.0
ORDER = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.01", "order_type": "MARKET"}


def seconds_to_run(*words: str) -> float:
    """Run Python with some arguments and give the seconds it took."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def milliseconds(words: list[str], repeats: int) -> list[float]:
    """Give the milliseconds of several runs; before more than one, another that may still have to compile."""
    if repeats > 1:
        seconds_to_run(*words)
    return [seconds_to_run(*words) * 1_000 for _ in range(repeats)]


def above(values: list[float], base: float) -> list[float]:
    """Take what an empty Python costs off."""
    return [max(0.0, value - base) for value in values]


def one_start(idle_seconds: float) -> dict[str, float]:
    """Start a server on a new data directory, trade once, then let it be."""
    with scratch() as folder, serving(folder / "data") as server:
        server.until_healthy()
        healthy = time.perf_counter() - server.started
        token, order_id, deadline = server.token(), "", time.perf_counter() + FIRST_FILL_SECONDS_MAX
        while not order_id:
            # Before the first price of the simulated market the gate denies the order.
            status, body = server.ask("POST", "/v1/orders", ORDER, token=token)
            order_id = body["data"]["order_id"] if status == 201 else ""
            assert time.perf_counter() < deadline, body
        while server.ask("GET", f"/v1/orders/{order_id}", token=token)[1]["data"]["status"] != "FILLED":
            assert time.perf_counter() < deadline, "the order does not fill"
            time.sleep(0.005)
        filled = time.perf_counter() - server.started
        before, begin = server.cpu_seconds(), time.perf_counter()
        time.sleep(idle_seconds)
        busy = (server.cpu_seconds() - before) / (time.perf_counter() - begin)
        return {"healthy": healthy, "filled": filled, "resident": server.resident_mb(), "idle": busy * 100}


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    repeats, starts = size.pick(1, 3, 9), size.pick(1, 2, 3)
    idle_seconds = size.pick(0.5, 3.0, 10.0)
    empty = milliseconds(["-c", "pass"], repeats)
    base = min(empty)
    core = above(milliseconds(["-c", "import openbell.engine.core"], repeats), base)
    whole = above(milliseconds(["-c", "import openbell.bootstrap"], repeats), base)
    runs = [one_start(idle_seconds) for _ in range(starts)]
    after = f"after {idle_seconds:g} s with the simulated market"
    return [
        figure("python that does nothing", empty, unit="ms", role="limit"),
        figure("openbell --help", milliseconds(["-m", "openbell", "--help"], repeats), unit="ms", target=150),
        figure("import of the core, above an empty python", core, unit="ms", target=300),
        figure("import of the whole server, above an empty python", whole, unit="ms"),
        figure("start to the first healthy answer", [run["healthy"] for run in runs], unit="s", target=2),
        figure("start to the first fill, sign-in included", [run["filled"] for run in runs], unit="s"),
        figure("memory, idle", [run["resident"] for run in runs], unit="MB", target=150, note=after),
        figure("processor, idle", [run["idle"] for run in runs], unit="% of a core", note=after),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
