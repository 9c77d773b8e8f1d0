"""The simulated market looks like one, and runs against any clock."""

import asyncio
from itertools import pairwise
from math import log
from statistics import mean, pvariance

import pytest
from tests.unit.market.scenes import SECOND

from openbell.adapters.clock import SystemClock
from openbell.adapters.feeds.simulated import SimulatedFeed, SimulatedMarket
from openbell.adapters.instruments import default_instruments
from openbell.domain.market import BookDelta, BookSnapshot, Quote, Trade
from openbell.domain.values import SCALE
from openbell.engine.book import BookState, OrderBook

START = 1_700_000_000 * SECOND
LISTED = {instrument.symbol: instrument for instrument in default_instruments()}


def market(seed=7, **terms):
    return SimulatedMarket(default_instruments(), seed=seed, start_ns=START, **terms)


@pytest.fixture(scope="module")
def half_hour():
    return list(market().events(until_ns=START + 1800 * SECOND))


def returns(events, symbol, seconds=1):
    """Log returns of the middle price on a grid."""
    middles = {e.ts_ns // (seconds * SECOND): e.bid + e.ask for e in events if type(e) is Quote and e.symbol == symbol}
    grid = [middles[key] for key in sorted(middles)]
    return [log(after / before) for before, after in pairwise(grid)]


def autocorrelation(series, lag):
    middle = mean(series)
    products = [(a - middle) * (b - middle) for a, b in zip(series, series[lag:], strict=False)]
    return mean(products) / pvariance(series)


def test_the_same_seed_and_start_give_the_same_events():
    until = START + 30 * SECOND
    assert list(market(1).events(until_ns=until)) == list(market(1).events(until_ns=until))
    assert list(market(1).events(until_ns=until)) != list(market(2).events(until_ns=until))


@pytest.mark.parametrize("symbol", sorted(LISTED))
def test_volatility_clusters_and_tails_are_fat(half_hour, symbol):
    moves = returns(half_hour, symbol)
    sizes = [abs(move) for move in moves]
    kurtosis = mean((move - mean(moves)) ** 4 for move in moves) / pvariance(moves) ** 2
    assert mean(autocorrelation(sizes, lag) for lag in range(1, 11)) > 0.02
    assert kurtosis > 3


def test_instruments_of_one_class_move_together(half_hour):
    minutes = [returns(half_hour, symbol, 60) for symbol in ("BTC/USD", "ETH/USD")]
    pairs = list(zip(*minutes, strict=False))
    assert mean(a * b for a, b in pairs) / (pvariance(minutes[0]) * pvariance(minutes[1])) ** 0.5 > 0.3


def test_quotes_stand_a_tick_or_more_apart_on_the_grid(half_hour):
    for event in half_hour:
        if isinstance(event, Quote):
            tick = LISTED[event.symbol].tick_size
            assert event.ask - event.bid >= tick
            assert event.bid % tick == event.ask % tick == 0
            assert min(event.bid_quantity, event.ask_quantity) > 0


def test_trades_are_whole_lots_and_busy_enough(half_hour):
    trades = [event for event in half_hour if isinstance(event, Trade)]
    assert all(trade.quantity > 0 and trade.quantity % LISTED[trade.symbol].lot_size == 0 for trade in trades)
    assert len({(trade.symbol, trade.trade_id) for trade in trades}) == len(trades)
    for symbol in LISTED:
        assert 2 <= sum(event.symbol == symbol for event in half_hour) / 1800 <= 10


def test_books_replay_without_gap_and_agree_with_quotes(half_hour):
    books = {symbol: OrderBook(symbol) for symbol in LISTED}
    for event in half_hour:
        book = books[event.symbol]
        if isinstance(event, BookSnapshot | BookDelta):
            assert book.apply(event) is BookState.OK
            assert not book.is_crossed
        elif isinstance(event, Quote):
            assert book.best() == ((event.bid, event.bid_quantity), (event.ask, event.ask_quantity))
    assert all(len(book.top(50).bids) == len(book.top(50).asks) == 20 for book in books.values())


def test_events_come_in_order_of_time(half_hour):
    assert all(before.ts_ns <= after.ts_ns for before, after in pairwise(half_hour))


def test_a_market_goes_on_from_given_prices():
    events = market(last_prices={"BTC/USD": 50_000 * SCALE}).events(until_ns=START + SECOND)
    quote = next(event for event in events if isinstance(event, Quote) and event.symbol == "BTC/USD")
    assert abs(quote.bid / SCALE - 50_000) < 50


def test_with_exchange_hours_closed_instruments_are_silent():
    noon_utc = 1_700_049_600 * SECOND  # 2023-11-15 12:00, Kolkata closed at 10:00 UTC, New York not yet open
    sim = SimulatedMarket(default_instruments("exchange"), seed=1, start_ns=noon_utc)
    assert {event.symbol for event in sim.events(until_ns=noon_utc + 20 * SECOND)} == {"BTC/USD", "ETH/USD"}
    sim.skip_to(noon_utc + 9000 * SECOND)  # 14:30 UTC: New York opens
    symbols = {event.symbol for event in sim.events(until_ns=noon_utc + 9020 * SECOND)}
    assert symbols == {"BTC/USD", "ETH/USD", "AAPL", "MSFT", "SPY"}


def test_closed_hours_are_passed_over_at_once():
    saturday = 1_700_308_800 * SECOND
    stocks = [i for i in default_instruments("exchange") if i.calendar_name == "XNYS"]
    sim = SimulatedMarket(stocks, seed=1, start_ns=saturday)
    assert sim.step() == []
    assert sim.now_ns == 1_700_490_600 * SECOND  # Monday 14:30 UTC
    assert sim.step() != []


class SteppedClock:
    """A clock that moves by a fixed step at each look."""

    def __init__(self, step_ns):
        self.step_ns = step_ns
        self.ns = START

    def now_ns(self):
        self.ns += self.step_ns
        return self.ns


async def take(feed, count):
    events = []
    async for event in feed.events():
        events.append(event)
        if len(events) == count:
            break
    return events


async def test_the_feed_gives_the_market_in_time_with_the_clock():
    clock = SteppedClock(SECOND // 10_000)
    events = await asyncio.wait_for(take(SimulatedFeed(market(), clock=clock, speed=50), 300), 20)
    assert events == [event for _, event in zip(range(300), market().events(until_ns=START * 2), strict=False)]
    assert events[-1].ts_ns <= START + 50 * (clock.ns - START)


async def test_an_event_of_a_market_that_starts_now_comes_at_its_own_time():
    clock = SystemClock()
    # Its start is rounded down to a step, and getting ready took a moment.
    late = SimulatedMarket(default_instruments(), seed=7, start_ns=clock.now_ns() - SECOND // 5)
    lags = []
    async for event in SimulatedFeed(late, clock=clock).events():
        lags.append(clock.now_ns() - event.ts_ns)
        if len(lags) == 20:
            break
    assert min(lags) >= 0 and sorted(lags)[10] < 10 * SECOND


async def test_a_stall_is_not_made_up_for_beyond_two_seconds():
    clock = SteppedClock(SECOND // 1_000)
    stream = SimulatedFeed(market(), clock=clock, speed=10).events()
    await anext(stream)
    clock.ns += 3600 * SECOND
    times = [(await anext(stream)).ts_ns - START for _ in range(60)]
    resumed = 36_000 * SECOND
    assert all(time < SECOND or time >= resumed for time in times)
    assert max(times) >= resumed
    await stream.aclose()
