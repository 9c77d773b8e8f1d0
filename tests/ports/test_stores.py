"""ports.RunStore, CandleStore and AnswerStore."""

import pytest
from msgspec.structs import replace

from openbell.adapters.clock import ManualClock
from openbell.adapters.sql.candles import CANDLES_KEPT
from openbell.domain.market import Bar, Timeframe
from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.ports import KeptAnswer, KeptBucket

REQUEST = BacktestRequest(
    kind="sma_cross", parameters={"fast": 10}, dataset_id="goog", symbol="GOOG", initial_cash=10**30
)
RUN = Run(run_id="r1", owner_id="u1", strategy_id="s", request=REQUEST, created_ns=1)
BAR = Bar("AAPL", Timeframe.M1, 0, 1, 4, 1, 3, 10**25, 2)
MINUTE = Timeframe.M1.length_ns


def bars(count: int, start: int = 0) -> list[Bar]:
    return [replace(BAR, ts_ns=number * MINUTE) for number in range(start, start + count)]


async def test_a_run_is_kept_with_its_result(reopen):
    runs = reopen().runs
    await runs.save(RUN)
    done = replace(RUN, status=RunStatus.COMPLETED, progress=1.0, result={"final_equity": "1.5", "fills": [1, 2]})
    await runs.save(done)
    assert await reopen().runs.run("r1") == done


async def test_runs_are_listed_newest_first_without_results(database):
    for number in range(4):
        run = replace(RUN, run_id=f"r{number}", created_ns=number, owner_id=f"u{number % 2}", result={"a": 1})
        await database.runs.save(run)
    page = await database.runs.runs(owner_id="u1", strategy_id="s", status=RunStatus.QUEUED, offset=0, limit=1)
    assert [(run.run_id, run.result) for run in page.rows] == [("r3", None)]
    assert page.total == 2
    assert await database.runs.run("nobody") is None


async def test_the_newest_candles_come_oldest_first(reopen):
    await reopen().candles.add(bars(5))
    assert await reopen().candles.latest("AAPL", Timeframe.M1, limit=2) == bars(2, start=3)


async def test_a_candle_that_is_there_stays_as_it_is(database):
    await database.candles.add([BAR])
    await database.candles.add([replace(BAR, close=9), replace(BAR, ts_ns=MINUTE, is_final=False)])
    assert await database.candles.latest("AAPL", Timeframe.M1, limit=10) == [BAR]


async def test_candles_reach_back_only_so_far(database):
    await database.candles.add(bars(3))
    await database.candles.add(bars(1, start=CANDLES_KEPT + 1))
    kept = await database.candles.latest("AAPL", Timeframe.M1, limit=CANDLES_KEPT)
    assert [bar.ts_ns // MINUTE for bar in kept] == [2, CANDLES_KEPT + 1]


async def test_more_candles_than_one_write_takes_are_all_kept(database):
    await database.candles.add(bars(2_500))
    assert len(await database.candles.latest("AAPL", Timeframe.M1, limit=5_000)) == 2_500
    assert await database.candles.latest("AAPL", Timeframe.H1, limit=1) == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100)


async def test_an_answer_is_kept_for_its_user_until_it_runs_out(reopen, clock):
    answers = reopen(clock=clock).answers
    answer = KeptAnswer("digest", 201, b'{"a":1}')
    await answers.keep("u1", "key", answer, expires_ns=200)
    assert (await answers.kept("u1", "key"), await answers.kept("u2", "key")) == (answer, None)
    clock.set(200)
    assert await answers.kept("u1", "key") is None


async def test_answers_that_ran_out_are_dropped_when_one_is_kept(reopen, clock):
    database = reopen(clock=clock)
    await database.answers.keep("u1", "old", KeptAnswer("d", 200, b""), expires_ns=150)
    clock.set(160)
    await database.answers.keep("u1", "new", KeptAnswer("d", 200, b""), expires_ns=300)
    rows = await database.read(lambda connection: connection.exec_driver_sql("SELECT key FROM answers").scalars().all())
    assert rows == ["new"]


async def test_buckets_are_kept_as_they_were_written_last(reopen):
    quotas = reopen().quotas
    await quotas.save([KeptBucket("a", (1, 2**62), 50), KeptBucket("b", (3,), 60)], now_ns=10)
    await quotas.save([KeptBucket("a", (2,), 70)], now_ns=20)
    kept = await reopen().quotas.load(now_ns=30)
    assert sorted(kept, key=lambda bucket: bucket.name) == [KeptBucket("a", (2,), 70), KeptBucket("b", (3,), 60)]
    assert [bucket.name for bucket in await reopen().quotas.load(now_ns=60)] == ["a"]


async def test_buckets_that_are_over_are_dropped(database):
    await database.quotas.save([KeptBucket("a", (1,), 50)], now_ns=10)
    await database.quotas.save([KeptBucket("b", (60,), 99)], now_ns=60)
    assert [bucket.name for bucket in await database.quotas.load(now_ns=0)] == ["b"]
