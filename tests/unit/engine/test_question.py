"""How much of a position an order may close, to the last step."""

import pytest

from openbell.domain.order import Side
from openbell.domain.values import parse
from openbell.engine.question import closable


@pytest.fixture
def ask(bench):
    """Asks how much more an order on some side could close of what is held in AAPL."""

    def asked(side, *, replaced=None, **changes):
        order = next(iter(bench.state.orders.values())).copied()
        for name, value in {"order_id": "new", "side": Side(side), **changes}.items():
            setattr(order, name, value)
        return closable(bench.state, bench.book.ledgers["manual"], order, replaced)

    return asked


@pytest.mark.parametrize(("held", "other"), [("BUY", "SELL"), ("SELL", "BUY")])
def test_only_what_is_held_on_the_other_side_can_be_closed(bench, ask, held, other):
    bench.trade("AAPL", held, "10")
    assert (ask(other), ask(held), ask(other, symbol="MSFT")) == (parse(10), 0, 0)


@pytest.mark.parametrize(("held", "other", "far"), [("BUY", "SELL", "160"), ("SELL", "BUY", "140")])
def test_orders_that_work_take_their_part_first(bench, ask, held, other, far):
    bench.trade("AAPL", held, "10")
    bench.placed("AAPL", other, "4", limit=far)
    assert (ask(other), ask(other, reduce_only=True)) == (parse(6), parse(10))
    reducing = bench.placed("AAPL", other, "6", limit=far, reduce_only=True)
    assert (ask(other), ask(other, reduce_only=True)) == (0, parse(4))
    assert ask(other, replaced=reducing) == parse(6)
    bench.placed("AAPL", other, "3", limit=far)
    assert ask(other) == 0
