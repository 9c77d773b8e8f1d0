"""Promise 10: one seed, one series of bytes: in the core alone, and through engine, journal and a bad venue."""

import os
import random
import sqlite3
from contextlib import closing

import pytest

from openbell.adapters.codec import encode_event
from openbell.engine.apply import apply
from openbell.engine.state import State, state_hash
from simulation.trading_world import BENCH, trading_world

SEEDS = int(os.environ.get("OPENBELL_TEST_SEEDS_CORE", "50"))
WORLDS = int(os.environ.get("OPENBELL_TEST_SEEDS", "5"))
GROUPS = 5
MOVES = 60


def played(seed: int):
    """Let chance do things to a core."""
    chance, bench = random.Random(seed), BENCH["Bench"]()  # noqa: S311 - one seed repeats a failure
    for _ in range(MOVES):
        order = chance.choice(list(bench.state.orders.values()) or [None])
        match chance.randint(0, 6):
            case 0 | 1 | 2:
                limit = {"limit": chance.randint(140, 160)} if chance.random() < 0.5 else {}
                bench.place("AAPL", chance.choice(("BUY", "SELL")), str(chance.randint(1, 50)), **limit)
            case 3 if order is not None and order.is_open:
                bench.fill(order, str(max(order.remaining // 2 // 10**8, 1)), chance.randint(140, 160))
            case 4 if order is not None:
                bench.cancel(order)
            case 5:
                bench.quote("AAPL", chance.randint(140, 160))
            case _:
                bench.wait(chance.randint(1, 50))
    return bench


def written(bench) -> bytes:
    return b"\n".join(b"%d %d " % (r.seq, r.ts_ns) + encode_event(r.event) for r in bench.records)


@pytest.mark.parametrize("group", range(GROUPS))
def test_one_seed_gives_the_same_bytes_and_a_replay_the_same_state(group):
    for seed in range(group * SEEDS // GROUPS, (group + 1) * SEEDS // GROUPS):
        bench, again = played(seed), played(seed)
        assert written(bench) == written(again), f"seed {seed}"
        state = State()
        for record in bench.records:
            apply(state, record)
        assert state_hash(state) == state_hash(bench.state), f"seed {seed}"


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_one_seed_gives_the_same_journal_through_the_whole_engine(tmp_path, seed):
    journals = []
    for name in ("one", "other"):
        async with trading_world(tmp_path / name, seed=seed) as world:
            world.venue.fault = "everything"
            for _ in range(40):
                await world.move()
            await world.settle()
        with closing(sqlite3.connect(tmp_path / name / "openbell.db")) as connection:
            journals.append(connection.execute("SELECT * FROM journal ORDER BY seq").fetchall())
    assert journals[0] == journals[1], f"seed {seed}"
