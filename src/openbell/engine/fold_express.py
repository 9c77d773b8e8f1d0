"""What the events of a plain market order change, without the events before its fill: nobody records them."""

from openbell.domain.events import OrderFilled
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.engine.fold import exposure_of
from openbell.engine.fold_fills import fold_fill
from openbell.engine.fold_orders import accept
from openbell.engine.state import AccountBook, LedgerBook, State


def fold_submitted(state: State, book: AccountBook, one: LedgerBook, order: Order) -> None:
    """Change state as `OrderPlaced` and `OrderSubmitted` do; the order is given as these two leave it."""
    order_id, symbol, left = order.order_id, order.symbol, order.quantity
    _count(state, book, 2, order.created_ns)
    state.order_count += 1
    state.orders[order_id] = order
    book.client_ids[order_id] = order_id
    one.working[order_id] = symbol
    for exposures in (book.exposures, one.exposures):
        (exposures.get(symbol) or exposure_of(exposures, symbol)).count(order, left, None)


def fold_accepted(state: State, order: Order) -> None:
    """Change state as `OrderAccepted` does, at the instant at which the order was placed."""
    ts_ns = order.created_ns
    _count(state, state.accounts[order.account_id], 1, ts_ns)
    accept(order, ts_ns)


def fold_filled(state: State, event: OrderFilled) -> None:
    """Change state as `OrderFilled` does, at the instant of the fill."""
    fill = event.fill
    _count(state, state.accounts[fill.account_id], 1, fill.ts_ns)
    fold_fill(state, event, fill.ts_ns)


def _count(state: State, book: AccountBook, events: int, ts_ns: Nanos) -> None:
    """Give events of an account their numbers, as `apply.record` does."""
    state.seq += events
    state.ts_ns = ts_ns
    book.account.event_count += events
