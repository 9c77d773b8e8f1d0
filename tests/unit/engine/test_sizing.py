"""How many positions a strategy may hold, and what one trade may lose."""

import pytest

from openbell.domain.order import OrderStatus
from openbell.domain.values import parse

STOCKS = ("AAPL", "MSFT", "BTC/USD")


def code(step):
    return step.refusal.code.value if step.refusal else None


@pytest.fixture
def strategy(bench):
    """Makes the strategy s1 with a configuration, running."""

    def make(**config):
        assert bench.create(symbols=STOCKS, **config).refusal is None
        bench.run()
        return lambda symbol="AAPL", side="BUY", quantity="10", **more: bench.place(
            symbol, side, quantity, strategy_id="s1", **more
        )

    return make


def test_an_instrument_more_than_may_be_held_is_denied(bench, strategy):
    place = strategy(positions_max=1)
    bench.trade(strategy_id="s1")
    step = place("MSFT")
    assert code(step) == "MAX_POSITIONS" and "max_positions is 1" in step.refusal.message
    assert bench.state.orders[step.subject_id].status is OrderStatus.DENIED
    assert code(place("AAPL")) is None


def test_an_open_order_counts_as_a_position_to_come(bench, strategy):
    place = strategy(positions_max=1)
    resting = bench.placed("MSFT", strategy_id="s1", limit="390")
    assert code(place("AAPL")) == "MAX_POSITIONS"
    bench.report_canceled(resting)
    assert code(place("AAPL")) is None


def test_getting_out_is_never_one_position_too_many(bench, strategy):
    place = strategy()
    for symbol in ("AAPL", "MSFT"):
        bench.trade(symbol, price="150", strategy_id="s1")
    assert bench.configure(positions_max=1).refusal is None
    assert code(place("AAPL", "SELL")) is None
    assert code(place("MSFT", quantity="1")) == "MAX_POSITIONS"


def test_other_ledgers_do_not_count(bench, strategy):
    place = strategy(positions_max=1)
    bench.trade("MSFT", price="400")
    assert code(place("AAPL")) is None
    assert code(bench.place("BTC/USD", quantity="0.1")) is None


# 100,000 of equity, AAPL at 150: 1 % are 1,000; at a stop 2 % away that is a position of 50,000, or 333 shares.
@pytest.mark.parametrize(
    ("config", "allowed", "denied"),
    [
        ({"stop_loss_percent": parse(2)}, "333", "334"),
        ({"stop_loss_percent": parse("0.5")}, "600", "1400"),
        ({}, "6", "7"),  # without a stop everything is at risk
        ({"stop_loss_percent": parse(2), "allocated": "50000"}, "166", "167"),
    ],
)
def test_a_trade_that_could_lose_more_than_its_percent_is_denied(strategy, config, allowed, denied):
    place = strategy(risk_per_trade_percent=parse(1), **config)
    assert code(place(quantity=denied)) == "RISK_PER_TRADE"
    assert code(place(quantity=allowed)) is None


def test_a_trade_that_could_lose_exactly_its_percent_is_let_through(bench, strategy):
    place = strategy(risk_per_trade_percent=parse(1), stop_loss_percent=parse(2))
    bench.quote("AAPL", 100)
    assert code(place(quantity="501")) == "RISK_PER_TRADE"
    assert code(place(quantity="500")) is None


def test_who_is_denied_is_told_what_could_be_lost_and_what_may_be(bench, strategy):
    place = strategy(risk_per_trade_percent=parse(1), stop_loss_percent=parse(2))
    bench.quote("AAPL", 100)
    told = place(quantity="501").refusal.message
    assert "could lose 1002.00 USD at its stop 2 % away; 1 % of the equity are 1000.00" in told


def test_many_small_orders_are_one_trade(strategy):
    place = strategy(risk_per_trade_percent=parse(1))
    assert [code(place(quantity="3")) for _ in range(3)] == [None, None, "RISK_PER_TRADE"]
    assert code(place("MSFT", quantity="2")) is None


def test_a_change_to_more_risk_is_refused_and_changes_nothing(bench, strategy):
    strategy(risk_per_trade_percent=parse(1))
    order = bench.placed(strategy_id="s1", quantity="6", limit="150")
    bench.accept(order)
    assert code(bench.modify(order, quantity="7")) == "RISK_PER_TRADE"
    assert (order.quantity, code(bench.modify(order, limit_price="149"))) == (parse(6), None)


def test_after_a_loss_the_same_trade_is_too_large(bench, strategy):
    place = strategy(risk_per_trade_percent=parse(1), stop_loss_percent=parse(2))
    bench.trade("BTC/USD", quantity="1", price="40000")
    bench.quote("BTC/USD", "30000")
    step = place(quantity="333")
    assert code(step) == "RISK_PER_TRADE" and "1 % of the equity are 900.00" in step.refusal.message


def test_a_trade_can_always_be_closed(bench, strategy):
    place = strategy()
    bench.trade(strategy_id="s1", quantity="100")
    bench.configure(risk_per_trade_percent=parse("0.01"))
    assert code(place(side="SELL", quantity="100")) is None


@pytest.mark.parametrize("wrong", [{"positions_max": -1}, {"risk_per_trade_percent": parse(101)}])
def test_a_measure_that_is_none_is_refused(bench, strategy, wrong):
    strategy()
    assert code(bench.configure(**wrong)) == "INVALID_PARAMETER"
