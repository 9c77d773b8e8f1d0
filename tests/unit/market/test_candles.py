"""Candles from trades: the fast cascade against a slow count, gaps, late trades."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.market.scenes import NOON, SECOND, SYMBOL, shared_data, trade

from openbell.adapters.feeds.recordings import read_columns, trades
from openbell.domain.market import Bar, Timeframe, Trade
from openbell.domain.values import divide_half_up
from openbell.engine.candles import ALL_TIMEFRAMES, LATENESS_NS, CandleBuilder


def slow_bars(prints, timeframe):
    """Group trades by interval, one time frame at a time."""
    length, groups = timeframe.length_ns, {}
    for one in prints:
        groups.setdefault(one.ts_ns // length * length, []).append(one)
    return [bar_of(group, timeframe, start) for start, group in sorted(groups.items())]


def bar_of(group, timeframe, start):
    prices, volume = [one.price for one in group], sum(one.quantity for one in group)
    vwap = divide_half_up(sum(one.price * one.quantity for one in group), volume)
    ends = (prices[0], max(prices), min(prices), prices[-1])
    return Bar(group[0].symbol, timeframe, start, *ends, volume, vwap)


def finals_of(prints):
    builder, finals = CandleBuilder([SYMBOL]), []
    for one in prints:
        finals += builder.add(one)
    return finals + builder.on_time(prints[-1].ts_ns + Timeframe.D1.length_ns + SECOND)


def with_frame(bars, timeframe):
    return [bar for bar in bars if bar.timeframe is timeframe]


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=60))
def test_the_cascade_equals_a_slow_count_in_every_time_frame(steps):
    ts, prints = NOON, []
    for wait_ms, price, quantity in steps:
        ts += wait_ms * SECOND // 1000
        prints.append(trade(price, quantity, ts=ts))
    finals = finals_of(prints)
    for timeframe in ALL_TIMEFRAMES:
        assert with_frame(finals, timeframe) == slow_bars(prints, timeframe)


def test_recorded_trades_give_the_same_candles_both_ways():
    columns = read_columns(shared_data("BTCUSDT_trades_binance_2024_08_08.parquet"))
    prints = list(trades(columns, symbol=SYMBOL))
    finals = finals_of(prints)
    for timeframe in ALL_TIMEFRAMES:
        assert with_frame(finals, timeframe) == slow_bars(prints, timeframe)


def test_open_bars_show_what_traded_so_far():
    builder = CandleBuilder([SYMBOL])
    builder.on_trade(trade(10, 1, ts=NOON))
    bars = builder.on_trade(trade(12, 3, ts=NOON + 2 * SECOND))
    assert [(bar.timeframe, bar.is_final) for bar in bars[:1]] == [(Timeframe.S1, True)]
    minute = next(bar for bar in bars if bar.timeframe is Timeframe.M1)
    assert (minute.is_final, minute.open, minute.close, minute.volume) == (False, 10 * 10**8, 12 * 10**8, 4 * 10**8)
    assert minute.vwap == 1150000000
    assert len(bars) == 1 + 7


def test_an_interval_without_trades_has_no_candle():
    finals = finals_of([trade(10, 1, ts=NOON), trade(11, 1, ts=NOON + 10 * SECOND)])
    assert [bar.ts_ns - NOON for bar in with_frame(finals, Timeframe.S1)] == [0, 10 * SECOND]


def test_a_late_trade_counts_in_open_intervals_and_rewrites_no_final():
    builder = CandleBuilder([SYMBOL])
    for ts in (0, 7):
        builder.add(trade(10, 1, ts=NOON + ts * SECOND))
    assert builder.add(trade(99, 5, ts=NOON + 3 * SECOND)) == []
    finals = builder.on_time(NOON + 61 * SECOND)
    assert [bar.volume // 10**8 for bar in finals] == [1, 1, 7]
    assert [bar.high // 10**8 for bar in finals] == [10, 10, 99]
    assert finals[-1].close == 10 * 10**8


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60))
def test_finals_of_a_time_frame_never_go_back_and_volume_is_never_doubled(steps):
    builder, finals = CandleBuilder([SYMBOL]), []
    for second, is_clock in steps:
        ts = NOON + second * SECOND
        finals += builder.on_time(ts) if is_clock else builder.add(trade(10, 1, ts=ts))
    finals += builder.on_time(NOON + 2 * 86_400 * SECOND)
    for timeframe in ALL_TIMEFRAMES:
        bars = with_frame(finals, timeframe)
        assert [bar.ts_ns for bar in bars] == sorted({bar.ts_ns for bar in bars})
        assert sum(bar.volume for bar in bars) <= sum(not is_clock for _, is_clock in steps) * 10**8


def test_the_clock_closes_a_candle_only_once_its_last_trades_had_time_to_come():
    builder = CandleBuilder([SYMBOL])
    builder.add(trade(10, 1, ts=NOON))
    assert builder.on_time(NOON + SECOND + LATENESS_NS - 1) == []
    builder.add(trade(11, 1, ts=NOON + SECOND - 1))
    assert [bar.close // 10**8 for bar in builder.on_time(NOON + SECOND + LATENESS_NS)] == [11]


def test_a_trade_of_another_symbol_is_left_alone():
    assert CandleBuilder([SYMBOL]).on_trade(Trade("OTHER", NOON, 1, 1)) == []
