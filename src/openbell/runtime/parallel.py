"""Parameter sets tried in several processes of this machine, for who waits at a terminal."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from openbell.domain.run import BacktestRequest
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.trials import Bench, Parameters, Trial

CHUNKS_PER_WORKER = 8
"""Pieces of work each process gets: few enough to load the data seldom, enough to end together."""
CHUNK_MAX = 25


def trials_in_parallel(
    job: BacktestJob, request: BacktestRequest, sets: Sequence[Parameters], *, workers: int
) -> Iterator[tuple[int, list[Trial]]]:
    """Try sets in `workers` processes; yields how many were done and the valid ones, as they come.

    Raises RunFailed. Closing the iterator drops what has not begun.
    """
    size = max(1, min(CHUNK_MAX, len(sets) // (workers * CHUNKS_PER_WORKER)))
    chunks = [sets[start : start + size] for start in range(0, len(sets), size)]
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        # Ctrl-C reaches the whole group; who started the processes decides what becomes of them.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield from _collected([pool.submit(_try_all, job, request, chunk) for chunk in chunks])
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collected(waiting: Sequence[Future[tuple[int, list[Trial]]]]) -> Iterator[tuple[int, list[Trial]]]:
    left = set(waiting)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for one in done:
            yield one.result()


def _try_all(job: BacktestJob, request: BacktestRequest, sets: Sequence[Parameters]) -> tuple[int, list[Trial]]:
    bench = Bench(job.prepared(request), job.kinds())
    return len(sets), [bench.trial(one) for one in sets if bench.is_valid(one)]
