"""What several events change alike: a ledger's cash, an exposure, the end of an order."""

from openbell.domain.account import Account, Ledger
from openbell.domain.order import TERMINAL, Order, OrderStatus
from openbell.domain.values import Money, Nanos, Price, Quantity
from openbell.engine.exposure import Exposure, left_and_price
from openbell.engine.state import AccountBook, LedgerBook, State

_NEW = OrderStatus.NEW


def add_cash(account: Account, ledger: Ledger, currency: str, amount: Money) -> None:
    """Add an amount to the cash of a ledger and of its account: the sum of the ledgers is the account."""
    account.cash[currency] = account.cash.get(currency, 0) + amount
    ledger.cash[currency] = ledger.cash.get(currency, 0) + amount


def ledger_of(book: AccountBook, strategy_id: str) -> LedgerBook:
    """Give a ledger, new and empty where there is none yet."""
    one = book.ledgers.get(strategy_id)
    if one is None:
        ledger = Ledger(account_id=book.account.account_id, strategy_id=strategy_id)
        one = book.ledgers[strategy_id] = LedgerBook(ledger=ledger)
    return one


def exposure_of(exposures: dict[str, Exposure], symbol: str) -> Exposure:
    """Give the exposure to a symbol, new and empty where there is none yet."""
    exposure = exposures.get(symbol)
    if exposure is None:
        exposure = exposures[symbol] = Exposure()
    return exposure


def count(state: State, order: Order, sign: int) -> None:
    """Add what a working order may still trade to the exposures of its account and ledger, or take it out."""
    changes = state.changes
    left, price = left_and_price(order, changes.get(order.order_id) if changes else None)
    if left:
        add_left(state, order, left * sign, price)


def add_left(state: State, order: Order, left: Quantity, price: Price | None) -> None:
    """Add a quantity of an order at a price to the exposures of its account and ledger; negative takes it out."""
    book, symbol = state.accounts[order.account_id], order.symbol
    own, whole = book.ledgers[order.strategy_id].exposures, book.exposures
    (whole.get(symbol) or exposure_of(whole, symbol)).count(order, left, price)
    (own.get(symbol) or exposure_of(own, symbol)).count(order, left, price)


def end(state: State, order: Order, status: OrderStatus, ts_ns: Nanos) -> None:
    """Bring an order to an end; one that ended before only changes its status (a late fill). Forgets the oldest."""
    was_open = order.status not in TERMINAL
    changes = state.changes
    if was_open and order.status is not _NEW and (changes or order.filled_quantity < order.quantity):
        count(state, order, -1)
    if changes:
        changes.pop(order.order_id, None)
    order.status = status
    order.updated_ns = ts_ns
    if not was_open:
        return
    del state.accounts[order.account_id].ledgers[order.strategy_id].working[order.order_id]
    if order.parent_order_id is not None:
        let_go(state, order)
    state.ended.append(order.order_id)
    if len(state.ended) - state.ended_start > state.terminal_orders_max:
        _forget_oldest(state)


def let_go(state: State, order: Order) -> None:
    """Take an exit off the list of those that wait for their entry."""
    waiting = state.held.get(order.parent_order_id or "", [])
    if order.order_id in waiting:
        waiting.remove(order.order_id)
        if not waiting:
            del state.held[order.parent_order_id or ""]


def _forget_oldest(state: State) -> None:
    order = state.orders.pop(state.ended[state.ended_start])
    del state.accounts[order.account_id].client_ids[order.client_order_id]
    state.venue_fills.pop(order.order_id, None)
    state.ended_start += 1
    if state.ended_start > state.terminal_orders_max:
        del state.ended[: state.ended_start]
        state.ended_start = 0
