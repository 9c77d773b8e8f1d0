"""The only place that changes state: one function an event, used by the core, by views and by recovery alike."""

from collections.abc import Callable
from datetime import date
from typing import Any

from openbell.domain import events as e
from openbell.domain.account import MANUAL, Account, Ledger
from openbell.domain.order import TERMINAL, Order, OrderStatus
from openbell.domain.position import Position
from openbell.domain.risk import KillScope
from openbell.domain.strategy import RunState, Strategy
from openbell.domain.values import NANOS_PER_SECOND, Money, Nanos, Quantity
from openbell.engine.exposure import Exposure, left_and_price
from openbell.engine.state import AccountBook, LedgerBook, State, kill_key

ENTRY_ORDERS_MAX = 100
"""Orders remembered as having built a position."""

_PENDING = (OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL)
_DAY_NS = 86_400 * NANOS_PER_SECOND
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def apply(state: State, recorded: e.Recorded) -> None:
    """Fold one recorded event into the state. Events must come in the order of their `seq`, without a gap."""
    assert recorded.seq == state.seq + 1, "a record is missing or came twice"  # noqa: S101 - a bug, not a refusal
    state.seq = recorded.seq
    state.ts_ns = recorded.ts_ns
    event = recorded.event
    _APPLIERS[type(event)](state, event, recorded.ts_ns)
    if recorded.account_seq:
        state.accounts[recorded.account_id].account.event_count = recorded.account_seq


def utc_day(ts_ns: Nanos) -> str:
    """Give the UTC date of an instant, as in 2026-01-31."""
    return date.fromordinal(_EPOCH_ORDINAL + ts_ns // _DAY_NS).isoformat()


# ---------------------------------------------------------------- accounts


def _account_opened(state: State, event: e.AccountOpened, ts_ns: Nanos) -> None:
    account = Account(
        account_id=event.account_id,
        owner_id=event.owner_id,
        mode=event.mode,
        base_currency=event.base_currency,
        opened_ns=ts_ns,
        day=utc_day(ts_ns),
    )
    book = state.accounts[event.account_id] = AccountBook(account=account)
    _ledger(book, MANUAL)


def _cash_moved(state: State, event: e.CashMoved, _ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    ledger = _ledger(book, event.strategy_id).ledger
    _add_cash(book.account, ledger, event.currency, event.amount)
    # Money that comes or goes is neither profit nor loss: the marks these are measured from move along.
    for owner in (book.account, ledger):
        owner.day_start_equity += event.base_amount
        owner.equity_peak += event.base_amount
    if event.kind == "ALLOCATION":
        ledger.allocated += event.base_amount


def _limits_changed(state: State, event: e.LimitsChanged, _ts_ns: Nanos) -> None:
    state.accounts[event.account_id].limits = event.limits


def _equity_marked(state: State, event: e.EquityMarked, _ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    is_new_day = event.day > book.account.day
    _mark(book.account, event.equity, is_new_day)
    for strategy_id, equity in event.ledgers.items():
        _mark(book.ledgers[strategy_id].ledger, equity, is_new_day)
    book.account.day = max(book.account.day, event.day)


def _mark(owner: Account | Ledger, equity: Money, is_new_day: bool) -> None:  # noqa: FBT001 - private
    # A peak of zero means that loss is measured afresh: nothing was there yet, or a kill switch was released.
    if is_new_day or not owner.equity_peak:
        owner.day_start_equity = equity
    owner.equity_peak = max(owner.equity_peak, equity)


def _add_cash(account: Account, ledger: Ledger, currency: str, amount: Money) -> None:
    account.cash[currency] = account.cash.get(currency, 0) + amount
    ledger.cash[currency] = ledger.cash.get(currency, 0) + amount


def _ledger(book: AccountBook, strategy_id: str) -> LedgerBook:
    one = book.ledgers.get(strategy_id)
    if one is None:
        ledger = Ledger(account_id=book.account.account_id, strategy_id=strategy_id)
        one = book.ledgers[strategy_id] = LedgerBook(ledger=ledger)
    return one


# ---------------------------------------------------------------- orders


def _order_placed(state: State, event: e.OrderPlaced, ts_ns: Nanos) -> None:
    order = Order(
        order_id=event.order_id,
        client_order_id=event.client_order_id,
        account_id=event.account_id,
        strategy_id=event.strategy_id,
        symbol=event.symbol,
        side=event.side,
        quantity=event.quantity,
        order_type=event.order_type,
        limit_price=event.limit_price,
        stop_price=event.stop_price,
        time_in_force=event.time_in_force,
        post_only=event.post_only,
        reduce_only=event.reduce_only,
        status=OrderStatus.NEW,
        created_ns=ts_ns,
        updated_ns=ts_ns,
        parent_order_id=event.parent_order_id,
        oco_group=event.oco_group,
    )
    state.order_count += 1
    state.orders[order.order_id] = order
    book = state.accounts[order.account_id]
    book.client_ids[order.client_order_id] = order.order_id
    _ledger(book, order.strategy_id).working[order.order_id] = order.symbol
    if order.parent_order_id is not None:
        state.held.setdefault(order.parent_order_id, []).append(order.order_id)


def _order_denied(state: State, event: e.OrderDenied, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.reason = event.message
    _end(state, order, OrderStatus.DENIED, ts_ns)


def _order_submitted(state: State, event: e.OrderSubmitted, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.status = OrderStatus.SUBMITTED
    order.submitted_ns = order.updated_ns = ts_ns
    if order.parent_order_id is not None:
        _let_go(state, order)
    _count(state, order, 1)


def _order_accepted(state: State, event: e.OrderAccepted, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    if order.status is OrderStatus.SUBMITTED:
        order.status = OrderStatus.ACCEPTED
    elif order.status in _PENDING and order.resume_status is OrderStatus.SUBMITTED:
        order.resume_status = OrderStatus.ACCEPTED


def _order_rejected(state: State, event: e.OrderRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.reason = event.reason
    _end(state, order, OrderStatus.REJECTED, ts_ns)


def _order_triggered(state: State, event: e.OrderTriggered, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.is_triggered = True
    if order.status in (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED):
        order.status = OrderStatus.TRIGGERED
    elif order.status in _PENDING and not order.filled_quantity:
        order.resume_status = OrderStatus.TRIGGERED


def _order_modify_requested(state: State, event: e.OrderModifyRequested, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    _count(state, order, -1)
    state.changes[order.order_id] = event
    _count(state, order, 1)
    order.resume_status = order.status
    order.status = OrderStatus.PENDING_MODIFY
    order.updated_ns = ts_ns


def _order_modified(state: State, event: e.OrderModified, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    is_counted = order.status is not OrderStatus.NEW
    if is_counted:
        _count(state, order, -1)
    state.changes.pop(order.order_id, None)
    order.quantity, order.limit_price, order.stop_price = event.quantity, event.limit_price, event.stop_price
    order.revision += 1
    if is_counted:
        _count(state, order, 1)
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status
    if is_counted and order.filled_quantity >= order.quantity:
        _end(state, order, OrderStatus.FILLED, ts_ns)


def _order_modify_rejected(state: State, event: e.OrderModifyRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    _count(state, order, -1)
    state.changes.pop(order.order_id, None)
    _count(state, order, 1)
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status


def _order_cancel_requested(state: State, event: e.OrderCancelRequested, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    if order.status is not OrderStatus.PENDING_MODIFY:
        order.resume_status = order.status
    order.status = OrderStatus.PENDING_CANCEL
    order.reason = event.reason
    order.updated_ns = ts_ns


def _order_cancel_rejected(state: State, event: e.OrderCancelRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.status = order.resume_status
    order.reason = ""


def _order_canceled(state: State, event: e.OrderCanceled, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.reason = event.reason
    _end(state, order, OrderStatus.CANCELED, ts_ns)


def _order_expired(state: State, event: e.OrderExpired, ts_ns: Nanos) -> None:
    _end(state, _settled(state, event.order_id, ts_ns), OrderStatus.EXPIRED, ts_ns)


def _order_doubted(state: State, event: e.OrderDoubted, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.in_doubt = True
    order.reason = event.reason
    order.updated_ns = ts_ns


def _settled(state: State, order_id: str, ts_ns: Nanos) -> Order:
    """Give the order a venue has spoken of: whatever was in doubt about it is known again."""
    order = state.orders[order_id]
    order.in_doubt = False
    order.updated_ns = ts_ns
    return order


def _end(state: State, order: Order, status: OrderStatus, ts_ns: Nanos) -> None:
    was_open = order.status not in TERMINAL
    if was_open and order.status is not OrderStatus.NEW:
        _count(state, order, -1)
    state.changes.pop(order.order_id, None)
    order.status = status
    order.updated_ns = ts_ns
    if not was_open:
        return
    del state.accounts[order.account_id].ledgers[order.strategy_id].working[order.order_id]
    if order.parent_order_id is not None:
        _let_go(state, order)
    state.ended.append(order.order_id)
    if len(state.ended) - state.ended_start > state.terminal_orders_max:
        _forget_oldest(state)


def _let_go(state: State, order: Order) -> None:
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


def _count(state: State, order: Order, sign: int) -> None:
    """Add what a working order may still trade to the exposures of its account and ledger, or take it out."""
    left, price = left_and_price(order, state.changes.get(order.order_id))
    book = state.accounts[order.account_id]
    for exposures in (book.exposures, book.ledgers[order.strategy_id].exposures):
        _exposure(exposures, order.symbol).count(order, left * sign, price)


def _exposure(exposures: dict[str, Exposure], symbol: str) -> Exposure:
    exposure = exposures.get(symbol)
    if exposure is None:
        exposure = exposures[symbol] = Exposure()
    return exposure


# ---------------------------------------------------------------- fills and positions


def _order_filled(state: State, event: e.OrderFilled, ts_ns: Nanos) -> None:
    fill = event.fill
    order = state.orders[event.order_id]
    is_open = order.status not in TERMINAL
    if is_open:
        _count(state, order, -1)
    order.filled_quantity += fill.quantity
    order.filled_value += fill.quantity * fill.price
    order.fees += fill.fee
    order.filled_ns = order.updated_ns = ts_ns
    order.in_doubt = False
    if is_open:
        _count(state, order, 1)
    _fill_status(state, order, ts_ns)
    state.fill_count += 1
    state.venue_fills.setdefault(order.order_id, {})[fill.venue_fill_id] = fill.fill_id
    _book_fill(state, event)


def _fill_status(state: State, order: Order, ts_ns: Nanos) -> None:
    if order.filled_quantity >= order.quantity:
        if order.status is not OrderStatus.REJECTED:
            _end(state, order, OrderStatus.FILLED, ts_ns)
    elif order.status in _PENDING:
        order.resume_status = OrderStatus.PARTIALLY_FILLED
    elif order.status not in TERMINAL:
        order.status = OrderStatus.PARTIALLY_FILLED


def _book_fill(state: State, event: e.OrderFilled) -> None:
    fill = event.fill
    book = state.accounts[fill.account_id]
    one = _ledger(book, fill.strategy_id)
    _add_cash(book.account, one.ledger, fill.currency, event.cash_flow)
    fees, realized = one.ledger.fees, one.ledger.realized_pnl
    fees[fill.currency] = fees.get(fill.currency, 0) + fill.fee
    realized[fill.currency] = realized.get(fill.currency, 0) + fill.realized_pnl
    held, held_cost = _held(one, fill.symbol)
    position = _position(state, one, event)
    if event.is_new_position or abs(event.position_quantity) > abs(held):
        _remember_entry(position, fill.order_id)
    position.realized_pnl += 0 if event.is_new_position else fill.realized_pnl
    position.fees += fill.fee
    position.quantity, position.cost, position.updated_ns = event.position_quantity, event.position_cost, fill.ts_ns
    _shift(book, one, fill.symbol, event.position_quantity - held, event.position_cost - held_cost)


def _position(state: State, one: LedgerBook, event: e.OrderFilled) -> Position:
    fill = event.fill
    if not event.is_new_position:
        return one.positions[fill.symbol]
    state.position_count += 1
    # A position that crossed zero is a new one; the profit of the old one stays with the ledger and the fill.
    position = one.positions[fill.symbol] = Position(
        position_id=event.position_id,
        account_id=fill.account_id,
        strategy_id=fill.strategy_id,
        symbol=fill.symbol,
        opened_ns=fill.ts_ns,
    )
    return position


def _held(one: LedgerBook, symbol: str) -> tuple[Quantity, Money]:
    position = one.positions.get(symbol)
    return (position.quantity, position.cost) if position else (0, 0)


def _remember_entry(position: Position, order_id: str) -> None:
    entries = position.entry_order_ids
    if not entries or entries[-1] != order_id:
        entries.append(order_id)
        del entries[:-ENTRY_ORDERS_MAX]


def _shift(book: AccountBook, one: LedgerBook, symbol: str, quantity: Quantity, cost: Money) -> None:
    for exposures in (book.exposures, one.exposures):
        exposure = _exposure(exposures, symbol)
        exposure.quantity += quantity
        exposure.cost += cost


def _position_moved(state: State, event: e.PositionMoved, ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    source, target = book.ledgers[event.from_strategy_id], _ledger(book, event.to_strategy_id)
    moved = source.positions.pop(event.symbol)
    _shift(book, source, event.symbol, -moved.quantity, -moved.cost)
    held, held_cost = _held(target, event.symbol)
    position = target.positions.get(event.symbol)
    if position is None or position.position_id != event.position_id:
        position = target.positions[event.symbol] = moved
        position.strategy_id = event.to_strategy_id
    else:
        position.fees += moved.fees
        position.entry_order_ids = (position.entry_order_ids + moved.entry_order_ids)[-ENTRY_ORDERS_MAX:]
    position.quantity, position.cost, position.updated_ns = event.quantity, event.cost, ts_ns
    position.realized_pnl += event.realized_pnl
    realized = target.ledger.realized_pnl
    realized[event.currency] = realized.get(event.currency, 0) + event.realized_pnl
    _add_cash(book.account, target.ledger, event.currency, event.cash_flow)
    _shift(book, target, event.symbol, event.quantity - held, event.cost - held_cost)


# ---------------------------------------------------------------- strategies


def _strategy_created(state: State, event: e.StrategyCreated, ts_ns: Nanos) -> None:
    book = state.accounts[event.config.account_id]
    strategy_id = event.config.strategy_id
    book.strategies[strategy_id] = Strategy(config=event.config, created_ns=ts_ns, updated_ns=ts_ns)
    _ledger(book, strategy_id)


def _strategy_configured(state: State, event: e.StrategyConfigured, ts_ns: Nanos) -> None:
    strategy = state.accounts[event.config.account_id].strategies[event.config.strategy_id]
    strategy.config = event.config
    strategy.revision += 1
    strategy.updated_ns = ts_ns


def _strategy_state_changed(state: State, event: e.StrategyStateChanged, ts_ns: Nanos) -> None:
    strategy = state.accounts[event.account_id].strategies[event.strategy_id]
    strategy.state = event.state
    strategy.error = event.reason if event.state is RunState.ERROR else ""
    strategy.updated_ns = ts_ns


def _strategy_deleted(state: State, event: e.StrategyDeleted, _ts_ns: Nanos) -> None:
    del state.accounts[event.account_id].strategies[event.strategy_id]


# ---------------------------------------------------------------- controls


def _kill_switch_activated(state: State, event: e.KillSwitchActivated, _ts_ns: Nanos) -> None:
    state.kill_switches[kill_key(event.switch.scope, event.switch.target)] = event.switch


def _kill_switch_released(state: State, event: e.KillSwitchReleased, _ts_ns: Nanos) -> None:
    state.kill_switches.pop(kill_key(event.scope, event.target), None)
    # Whoever releases a switch has accepted the loss that tripped it: it is measured afresh from the next mark on.
    account_id, _, strategy_id = event.target.partition("/")
    book = state.accounts.get(account_id)
    if book is None or event.scope is KillScope.GLOBAL:
        return
    owner = book.account if event.scope is KillScope.ACCOUNT else book.ledgers[strategy_id].ledger
    owner.equity_peak = 0


def _alert_raised(state: State, _event: e.AlertRaised, _ts_ns: Nanos) -> None:
    state.alert_count += 1


def _nothing(_state: State, _event: e.AlertAcknowledged, _ts_ns: Nanos) -> None:
    """Alerts are kept by History; state only numbers them."""


_APPLIERS: dict[type[e.Event], Callable[[State, Any, Nanos], None]] = {
    e.AccountOpened: _account_opened,
    e.CashMoved: _cash_moved,
    e.OrderPlaced: _order_placed,
    e.OrderDenied: _order_denied,
    e.OrderSubmitted: _order_submitted,
    e.OrderAccepted: _order_accepted,
    e.OrderRejected: _order_rejected,
    e.OrderTriggered: _order_triggered,
    e.OrderModifyRequested: _order_modify_requested,
    e.OrderModified: _order_modified,
    e.OrderModifyRejected: _order_modify_rejected,
    e.OrderCancelRequested: _order_cancel_requested,
    e.OrderCancelRejected: _order_cancel_rejected,
    e.OrderCanceled: _order_canceled,
    e.OrderExpired: _order_expired,
    e.OrderDoubted: _order_doubted,
    e.OrderFilled: _order_filled,
    e.PositionMoved: _position_moved,
    e.StrategyCreated: _strategy_created,
    e.StrategyConfigured: _strategy_configured,
    e.StrategyStateChanged: _strategy_state_changed,
    e.StrategyDeleted: _strategy_deleted,
    e.KillSwitchActivated: _kill_switch_activated,
    e.KillSwitchReleased: _kill_switch_released,
    e.LimitsChanged: _limits_changed,
    e.AlertRaised: _alert_raised,
    e.AlertAcknowledged: _nothing,
    e.EquityMarked: _equity_marked,
}
