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
