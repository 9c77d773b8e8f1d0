"""Work for a worker process in place of a backtest: a module of its own, so that a fresh interpreter finds it."""

import os
import signal
import time

from openbell.ports import RunFailed


def work(given, on_part):
    """Stand in for a backtest: the kind says what is to happen."""
    on_part(0.5)
    match given.kind:
        case "refuse":
            raise RunFailed("there is no dataset D")
        case "break":
            raise SystemExit(3)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(600)
    return {"kind": given.kind, "pid": os.getpid()}


class Divided:
    """Work of which a run of the kind `count` can be done in five pieces; the others are as above."""

    def __call__(self, given, on_part):
        return work(given, on_part)

    def pieces(self, given, *, workers):
        return [(first, first + 2) for first in range(0, 10, 2)] if given.kind.startswith("count") else []

    def piece(self, given, piece, on_part):
        on_part(0.5)
        if given.kind == "count and fail" and piece[0] == 4:
            raise RunFailed("the third piece cannot be done")
        if given.kind == "count and hang":
            time.sleep(600)
        return {"done": list(range(*piece)), "pid": os.getpid()}

    def joined(self, given, parts, on_part):
        on_part(0.5)
        pids = {part["pid"] for part in parts}
        return {"kind": given.kind, "done": [one for part in parts for one in part["done"]], "pids": sorted(pids)}
