"""The order read table says what the core says: two folds of the same events, held together step by step."""

from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.sql.order_rows import change, placed
from openbell.domain import events as e
from openbell.domain.account import Mode
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.order import TERMINAL, Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.risk import RefusalCode
from openbell.domain.values import SCALE
from openbell.engine.apply import apply
from openbell.engine.state import State

QUANTITY = 10 * SCALE
_S = OrderStatus
_WORKING = {_S.SUBMITTED, _S.ACCEPTED, _S.TRIGGERED, _S.PARTIALLY_FILLED}
_AT_VENUE = _WORKING | {_S.PENDING_MODIFY, _S.PENDING_CANCEL}


def place(order_id: str = "o1") -> e.OrderPlaced:
    return e.OrderPlaced(
        order_id=order_id,
        client_order_id="c1",
        account_id="acc",
        strategy_id="manual",
        symbol="AAPL",
        side=Side.BUY,
        quantity=QUANTITY,
        order_type=OrderType.STOP_LIMIT,
        limit_price=150 * SCALE,
        stop_price=149 * SCALE,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
    )


def fill(number: int, quantity: int) -> e.OrderFilled:
    traded = Fill(
        fill_id=f"f{number}",
        venue_fill_id=f"v{number}",
        order_id="o1",
        account_id="acc",
        strategy_id="manual",
        symbol="AAPL",
        side=Side.BUY,
        quantity=quantity,
        price=150 * SCALE + number,
        fee=number,
        currency="USD",
        liquidity=Liquidity.MAKER,
        model="ideal",
        ts_ns=number,
        realized_pnl=0,
    )
    return e.OrderFilled(
        order_id="o1",
        fill=traded,
        position_id="p1",
        position_quantity=number * QUANTITY,
        position_cost=number * SCALE,
        is_new_position=True,
        cash_flow=-number,
    )


def possible(order: Order, number: int) -> list[e.OrderEvent]:
    """Give the events that may come next in the life of an order, the odd ones included."""
    left = order.quantity - order.filled_quantity
    changed = {"quantity": order.quantity + SCALE, "limit_price": SCALE, "stop_price": None}
    smaller = {**changed, "quantity": max(order.filled_quantity, SCALE)}
    found: list[e.OrderEvent] = []
    if order.status is _S.NEW:
        found += [e.OrderSubmitted(order_id="o1"), e.OrderModified(order_id="o1", **changed)]
        found += [e.OrderDenied(order_id="o1", code=RefusalCode.NO_PRICE, message="no price")]
        found += [e.OrderCanceled(order_id="o1", reason="held"), e.OrderExpired(order_id="o1")]
    if order.status in _WORKING:
        found += [
            e.OrderModifyRequested(order_id="o1", **changed),
            e.OrderCancelRequested(order_id="o1", reason="asked"),
        ]
    if order.status is _S.PENDING_MODIFY:
        found += [e.OrderModified(order_id="o1", **changed), e.OrderModified(order_id="o1", **smaller)]
        found += [e.OrderModifyRejected(order_id="o1", reason="no"), e.OrderCancelRequested(order_id="o1", reason="so")]
    if order.status is _S.PENDING_CANCEL:
        found += [e.OrderCancelRejected(order_id="o1", reason="no"), e.OrderModified(order_id="o1", **changed)]
    if order.status in _AT_VENUE:
        found += [e.OrderAccepted(order_id="o1"), e.OrderTriggered(order_id="o1"), e.OrderExpired(order_id="o1")]
        found += [e.OrderRejected(order_id="o1", reason="bad"), e.OrderCanceled(order_id="o1", reason="done")]
        found += [e.OrderDoubted(order_id="o1", reason="silence")]
    if order.status in _AT_VENUE | {_S.CANCELED, _S.EXPIRED} and left > 0:
        found += [fill(number, left), fill(number, max(left // 3, 1))]
    return found


def follow(state: State, seq: int, event: e.Event) -> None:
    apply(state, e.Recorded(seq, seq * 10, "acc", seq, event))


@given(st.data())
def test_the_read_table_follows_the_core_through_any_life(data):
    state = State()
    opened = e.AccountOpened(account_id="acc", owner_id="u", mode=Mode.PAPER, base_currency="USD")
    follow(state, 1, opened)
    follow(state, 2, place())
    order = placed(place(), 20)
    assert order == state.orders["o1"]
    for seq in range(3, 20):
        choices = possible(order, seq)
        if not choices:
            break
        event = data.draw(st.sampled_from(choices))
        follow(state, seq, event)
        change(order, event, seq * 10)
        assert order == state.orders["o1"], event


def test_a_late_fill_of_a_canceled_order_is_booked():
    order = placed(place(), 1)
    for event in (e.OrderSubmitted(order_id="o1"), e.OrderCanceled(order_id="o1", reason="asked"), fill(3, SCALE)):
        change(order, event, 2)
    assert (order.status, order.filled_quantity) == (_S.CANCELED, SCALE)
    change(order, fill(4, QUANTITY - SCALE), 3)
    assert order.status is _S.FILLED
    assert order.status in TERMINAL
