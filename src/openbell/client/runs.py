"""Runs: start a backtest, wait for it, read its result and its report."""

import msgspec

from openbell.client.call import Call, Page, body_of, data_of, page_of, place, query_of, text
from openbell.client.core import Ask, Flow, Pause
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.errors import OpenbellError
from openbell.client.models.strategies import NewRun, Run, StartedRun

POLL_S_MIN = 0.1
POLL_S_MAX = 2.0

_started = data_of(StartedRun)
_run = data_of(Run)
_runs = page_of(Run)


class RunFailed(OpenbellError):
    """A run that was waited for has ended without a result; `code` is RUN_FAILED or RUN_CANCELLED."""


class RunTimeout(OpenbellError):
    """A run that was waited for still goes on."""


def start_run(run: NewRun) -> Call[StartedRun]:
    """Start a backtest, or a study of one; it goes on after the answer."""
    body = body_of(msgspec.structs.asdict(run))
    return Call(method="POST", path="/v1/runs", body=body, read=_started, is_keyed=True)


def get_run(run_id: str) -> Call[Run]:
    """Give a run with all its metrics, equity curve and trades, as far as it is."""
    return Call(method="GET", path=place("v1", "runs", run_id), read=_run)


def wait_for_run(run_id: str, *, timeout_s: float = 600.0) -> Flow[Run]:
    """Wait until a run is over and give its result. Raises RunFailed and RunTimeout."""
    waited, pause = 0.0, POLL_S_MIN
    while True:
        run: Run = yield Ask(get_run(run_id))
        if run.is_over:
            break
        if waited >= timeout_s:
            raise RunTimeout("RUN_TIMEOUT", f"run {run_id} is not over after {timeout_s:g} s")
        yield Pause(pause)
        waited += pause
        pause = min(POLL_S_MAX, pause * 1.5)
    if run.status == "FAILED":
        raise RunFailed(run.error_code or "RUN_FAILED", run.error or f"run {run_id} failed")
    return run


def cancel_run(run_id: str) -> Call[Run]:
    """Stop a run; one that is over stays as it is."""
    return Call(method="POST", path=place("v1", "runs", run_id, "cancel"), read=_run, is_keyed=True)


def retry_run(run_id: str) -> Call[StartedRun]:
    """Do a run again that failed or was cancelled, as a new run."""
    return Call(method="POST", path=place("v1", "runs", run_id, "retry"), read=_started, is_keyed=True)


def get_report(run_id: str) -> Call[str]:
    """Give the tear sheet of a completed run as one HTML page."""
    return Call(method="GET", path=place("v1", "runs", run_id, "report.html"), read=text)


def list_runs(
    *, strategy_id: str | None = None, status: str | None = None, scope: str | None = None, per_page: int = 100
) -> Call[Page[Run]]:
    """List runs, newest first; `status` is RUNNING, COMPLETED or FAILED."""
    query = query_of({"strategy_id": strategy_id, "status": status, "scope": scope, "per_page": per_page})
    return Call(method="GET", path="/v1/runs", query=query, read=_runs)


class RunMethods:
    """Everything about runs."""

    start = Endpoint(start_run)
    wait = Endpoint(wait_for_run)
    result = Endpoint(get_run)
    report = Endpoint(get_report)
    cancel = Endpoint(cancel_run)
    retry = Endpoint(retry_run)
    list = Endpoint(list_runs)
    iter = Listing(list_runs)


class Runs(RunMethods, Resource):
    """Runs, blocking."""


class AsyncRuns(RunMethods, AsyncResource):
    """Runs, awaited."""
