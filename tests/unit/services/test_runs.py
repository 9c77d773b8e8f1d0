"""Runs as a service: what is shown was kept before, and what was cut off is taken up again, but not for ever."""

import asyncio

import pytest

from fakes import SteppedClock
from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.ports import Page, RunFailed, Unavailable
from openbell.services import runs as service
from openbell.services.runs import ATTEMPTS_MAX, QueueFull, Runs

REQUEST = BacktestRequest(kind="k", dataset_id="d", symbol="s", initial_cash=1)


class Store:
    """Keeps runs in memory, as soon as it is let to."""

    def __init__(self):
        self.rows = {}
        self.outages = 0
        self.open = asyncio.Event()
        self.open.set()

    async def save(self, run):
        await self.open.wait()
        if self.outages:
            self.outages -= 1
            raise Unavailable("the database did not answer")
        self.rows[run.run_id] = Run(**{name: getattr(run, name) for name in Run.__struct_fields__})

    async def run(self, run_id):
        return self.rows.get(run_id)

    async def runs(self, *, owner_id, strategy_id, status, offset, limit):
        rows = [run for run in self.rows.values() if status in (None, run.status)]
        return Page(rows=rows, total=len(rows))


class Compute:
    """Does what the test says."""

    slots = 1

    def __init__(self):
        self.runs = {}

    def start(self, run_id, request, on_progress):
        self.runs[run_id] = (asyncio.get_running_loop().create_future(), on_progress)

    async def result(self, run_id):
        return await self.runs[run_id][0]

    def begin(self, run_id):
        self.runs[run_id][1](run_id, 0.0)

    def finish(self, run_id):
        self.runs[run_id][0].set_result({"metrics": {}})

    def fail(self, run_id):
        self.runs[run_id][0].set_exception(RunFailed("no"))

    def cancel(self, run_id):
        self.runs[run_id][0].cancel()

    def close(self):
        """Nothing is open."""


class Catalog:
    """Has no data: runs are as short as can be."""

    def dataset(self, wanted):
        return None


@pytest.fixture
def house():
    return Store(), Compute()


def runs_on(store, compute, **settings):
    names = iter(f"r{number}" for number in range(len(store.rows), 99))
    return Runs(
        store=store,
        compute=compute,
        catalog=Catalog(),
        clock=SteppedClock(),
        new_id=lambda: next(names),
        on_change=lambda run: None,
        **settings,
    )


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_p8_an_end_is_shown_when_it_is_kept_and_not_before(house):
    store, compute = house
    runs = runs_on(store, compute)
    run = await runs.start(REQUEST, owner_id="a", strategy_id="s")
    compute.begin(run.run_id)
    await settled()
    store.open.clear()
    compute.finish(run.run_id)
    await settled()
    assert (await runs.get(run.run_id, owner_id="a")).status is RunStatus.RUNNING
    store.open.set()
    await settled()
    assert (await runs.get(run.run_id, owner_id="a")).status is RunStatus.COMPLETED
    assert store.rows[run.run_id].status is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("end", "status"), [("finish", RunStatus.COMPLETED), ("fail", RunStatus.FAILED), ("cancel", RunStatus.CANCELED)]
)
async def test_p8_an_end_waits_for_a_store_that_does_not_answer(house, monkeypatch, end, status):
    monkeypatch.setattr(service, "RETRY_S", 0.0)
    store, compute = house
    runs = runs_on(store, compute)
    run_id = (await runs.start(REQUEST, owner_id="a", strategy_id="s")).run_id
    compute.begin(run_id)
    await settled()
    store.outages = 3
    getattr(compute, end)(run_id)
    await settled()
    assert (await runs.get(run_id, owner_id="a")).status is status
    assert store.rows[run_id].status is status


async def test_p8_a_stop_waits_for_no_store(house, monkeypatch):
    monkeypatch.setattr(service, "RETRY_S", 0.0)
    store, compute = house
    runs = runs_on(store, compute)
    run_id = (await runs.start(REQUEST, owner_id="a", strategy_id="s")).run_id
    compute.begin(run_id)
    await settled()
    store.outages = 10_000
    compute.finish(run_id)
    await settled()
    await runs.close()
    assert store.rows[run_id].status is RunStatus.RUNNING, "the next start takes it up again"


async def test_p8_a_run_that_ends_the_server_is_not_begun_for_ever(house):
    store, compute = house
    first = runs_on(store, compute)
    run_id = (await first.start(REQUEST, owner_id="a", strategy_id="s")).run_id
    for attempt in range(1, ATTEMPTS_MAX + 1):
        compute.begin(run_id)
        await settled()
        assert store.rows[run_id].attempts == attempt
        compute = Compute()
        first = runs_on(store, compute)  # the one before is gone without a word
        await first.recover()
    assert store.rows[run_id].status is RunStatus.FAILED
    assert "restarted 3 times" in store.rows[run_id].error


async def test_p8_a_stop_in_good_order_costs_no_attempt(house):
    store, compute = house
    runs = runs_on(store, compute)
    run_id = (await runs.start(REQUEST, owner_id="a", strategy_id="s")).run_id
    compute.begin(run_id)
    await runs.close()
    assert (store.rows[run_id].status, store.rows[run_id].attempts) == (RunStatus.QUEUED, 0)


async def test_p8_many_asked_for_at_once_do_not_slip_past_the_limit(house):
    store, compute = house
    runs = runs_on(store, compute, per_owner_max=2)
    asked = (runs.start(REQUEST, owner_id="a", strategy_id="s") for _ in range(5))
    assert sum(isinstance(one, QueueFull) for one in await asyncio.gather(*asked)) == 3
    assert isinstance(await runs.start(REQUEST, owner_id="b", strategy_id="s"), Run)
