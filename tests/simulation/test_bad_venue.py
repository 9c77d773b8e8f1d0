"""Promises 6, 8 and 9: whatever a link to a venue does, our books end as the venue's, and no order goes out twice."""

import os

import pytest

from simulation.remote_venue import FAULTS
from simulation.trading_world import PARTS, trading_world

SEEDS = int(os.environ.get("OPENBELL_TEST_SEEDS", "5"))
MOVES = 40
PASSES = 4 * SEEDS
"""Seeds of a venue that does everything wrong, and of a restart in the middle of that: with the faults, 100 passes."""


async def check_nothing_is_left_to_say(world):
    """Asking about everything once more finds nothing that is not known."""
    before = world.core.state.seq
    await world.reconciler.ask_about_all()
    assert world.core.state.seq == before


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_our_books_end_as_the_venues(tmp_path, fault, seed):
    async with trading_world(tmp_path, seed=seed) as world:
        world.venue.fault = fault
        for _ in range(MOVES):
            await world.move()
        await world.settle()
        world.check()
        await check_nothing_is_left_to_say(world)


@pytest.mark.parametrize("seed", range(PASSES))
async def test_our_books_end_as_the_venues_where_fills_come_in_parts(tmp_path, seed):
    async with trading_world(tmp_path, seed=seed, profile=PARTS) as world:
        world.venue.fault = "everything"
        for _ in range(MOVES):
            await world.move()
        await world.settle()
        world.check()
        await check_nothing_is_left_to_say(world)


@pytest.mark.parametrize("seed", range(PASSES))
async def test_a_second_pass_says_nothing_new(tmp_path, seed):
    async with trading_world(tmp_path, seed=seed) as world:
        world.venue.fault = "everything"
        for _ in range(MOVES):
            await world.move()
        await world.settle()
        await check_nothing_is_left_to_say(world)


@pytest.mark.parametrize("seed", range(PASSES))
async def test_a_restart_in_the_middle_finds_out_and_sends_nothing_again(tmp_path, seed):
    async with trading_world(tmp_path, seed=seed) as world:
        world.venue.fault = "everything"
        for _ in range(MOVES):
            await world.move()
        venue, acknowledged, clock = world.venue, world.acknowledged, world.clock
    venue.fault = ""
    async with trading_world(tmp_path, seed=seed, venue=venue, now_ns=clock.now) as world:
        world.acknowledged += acknowledged
        for _ in range(MOVES // 2):
            await world.move()
        await world.settle()
        world.check()
        await check_nothing_is_left_to_say(world)
