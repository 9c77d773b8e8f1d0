"""What is kept of worth and margin follows marks and exposures, also over more moves than are remembered."""

from hypothesis import example, given
from hypothesis import strategies as st

from openbell.domain.commands import DeleteStrategy
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.values import SCALE, parse
from openbell.engine.exposure import Exposure
from openbell.engine.ledger import account_equity, cash_in_base
from openbell.engine.marks import MOVES_MAX
from openbell.engine.worth import is_steady, margin, worth


def kept_equity(bench):
    turn, book = bench.core._turn, bench.book
    cash = cash_in_base(turn.marks, book.account.cash, book.account.base_currency)
    return cash + turn.standings.worth(book, None)


def test_the_sums_follow_a_mark_that_moves(bench):
    bench.trade("AAPL", "BUY", "10")
    kept_equity(bench)
    bench.quote("AAPL", 170)
    assert kept_equity(bench) == account_equity(bench.core.marks, bench.book)


def test_the_sums_follow_a_fill(bench):
    kept_equity(bench)
    bench.trade("AAPL", "BUY", "10")
    assert kept_equity(bench) == account_equity(bench.core.marks, bench.book)


def test_the_sums_follow_a_position_that_is_handed_over(bench):
    bench.create(allocated="20000")
    bench.run()
    bench.trade("AAPL", "BUY", "10", strategy_id="s1")
    standings = bench.core._turn.standings
    manual = bench.book.ledgers["manual"]
    assert standings.worth(bench.book, manual) == 0
    bench.step(DeleteStrategy(ts_ns=bench.now_ns, account_id="acc", strategy_id="s1"))
    assert standings.worth(bench.book, manual) == standings.worth(bench.book, None) > 0


def test_the_sums_hold_after_more_moves_than_are_remembered(bench):
    bench.trade("AAPL", "BUY", "10")
    before = kept_equity(bench)
    for _n in range(MOVES_MAX + 2):
        bench.quote("AAPL", 171)
        bench.quote("BTC/USD", 40_000)
    assert kept_equity(bench) == account_equity(bench.core.marks, bench.book)
    assert kept_equity(bench) - before > parse(100)


def test_what_a_short_position_spares_follows_its_mark(bench):
    bench.trade("AAPL", "SELL", "10")
    standings = bench.core._turn.standings
    before = standings.spare_beside("BTC/USD", bench.book, None)
    bench.quote("AAPL", 170)
    assert standings.spare_beside("BTC/USD", bench.book, None) < before


def test_what_is_paid_in_full_spares_the_same_at_any_mark_and_is_still_worth_it(bench):
    bench.trade("AAPL", "BUY", "10")
    standings = bench.core._turn.standings
    before = standings.spare_beside("BTC/USD", bench.book, None)
    bench.quote("AAPL", 170)
    assert standings.spare_beside("BTC/USD", bench.book, None) == before == 0
    assert kept_equity(bench) == account_equity(bench.core.marks, bench.book)


def test_marks_kept_elsewhere_are_compared_since_they_move_unseen(bench):
    bench.trade("AAPL", "BUY", "10")
    kept_equity(bench)
    prices = {"AAPL": (parse(140), 0)}
    bench.core.marks.read_from(prices)
    kept_equity(bench)
    prices["AAPL"] = (parse(141), 0)
    assert kept_equity(bench) == account_equity(bench.core.marks, bench.book)


SIZES = {"tick_size": 1, "lot_size": 1, "quantity_min": 1, "quantity_max": 10**18, "currency": "USD"}
SHARE = Instrument(symbol="X", name="X", asset_class=AssetClass.EQUITY, **SIZES)
FUTURE = Instrument(symbol="F", name="F", asset_class=AssetClass.FUTURE, initial_margin=SCALE // 10, **SIZES)
held = st.one_of(st.integers(0, 5).map(lambda units: units * SCALE), st.integers(-SCALE, 5 * SCALE))
orders = st.sampled_from([0, 0, SCALE, 7 * SCALE])


@given(st.sampled_from([SHARE, FUTURE]), held, st.tuples(orders, orders), st.tuples(orders, orders))
@example(SHARE, 2 * SCALE, (0, SCALE), (0, 0))
@example(SHARE, 2 * SCALE, (0, 0), (7 * SCALE, 0))
def test_what_is_steady_spares_the_same_at_any_mark(instrument, quantity, buys, sells):
    (bought, unpriced), (sold, unsold) = buys, sells
    exposure = Exposure(
        quantity=quantity,
        cost=quantity * 100,
        buy_quantity=bought + unpriced,
        buy_value=bought * parse(90),
        buy_unpriced=unpriced,
        sell_quantity=sold + unsold,
        sell_value=sold * parse(110),
        sell_unpriced=unsold,
    )
    marks = (parse("99.12345671"), parse("100"), parse("131.00000003"))
    spares = {worth(instrument, exposure, mark) - margin(instrument, exposure, mark) for mark in marks}
    assert len(spares) == 1 or not is_steady(instrument, exposure)
