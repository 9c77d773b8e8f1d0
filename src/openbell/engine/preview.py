"""Trying an order on the gate without placing it: reads only, so that nothing is left behind."""

from openbell.domain.commands import PlaceOrder
from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.preview import Preview
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.values import Money, Price
from openbell.engine import gate, shape
from openbell.engine.exposure import exposure_with
from openbell.engine.ledger import fee_in_base, free_cash, free_funds
from openbell.engine.marks import Marks
from openbell.engine.question import Question
from openbell.engine.turn import Turn


def preview(turn: Turn, command: PlaceOrder) -> Preview:
    """Ask the gate about an order as if it were placed at the command's time."""
    trial = Turn(turn.settings, turn.state, turn.marks)
    trial.pace, trial.standings, trial.now_ns = turn.pace, turn.standings, command.ts_ns
    refusal = shape.refuse_shape(trial, command) or _refuse_known(trial, command)
    if refusal is not None:
        return Preview(refusal=refusal)
    order = _order(trial, command)
    question = Question(trial, order, None)
    parent = trial.state.orders.get(order.parent_order_id or "")
    # An exit whose entry still works is held back, and asked about only when that has filled.
    is_held = parent is not None and parent.is_open
    return _measured(question, None if is_held else gate.first_refusal(question, command.mode))


def _refuse_known(turn: Turn, command: PlaceOrder) -> Refusal | None:
    client_id = command.instruction.client_order_id
    known_id = turn.state.accounts[command.account_id].client_ids.get(client_id) if client_id else None
    if known_id is None:
        return None
    message = f"client_order_id {client_id} belongs to {known_id} already"
    return Refusal(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, message, "client_order_id")


def _order(turn: Turn, command: PlaceOrder) -> Order:
    given = command.instruction
    instrument = turn.settings.instruments[given.symbol]
    return Order(
        order_id="",
        client_order_id=given.client_order_id or "",
        account_id=command.account_id,
        strategy_id=command.strategy_id,
        symbol=given.symbol,
        side=given.side,
        quantity=given.quantity,
        order_type=given.order_type,
        limit_price=given.limit_price,
        stop_price=given.stop_price,
        time_in_force=given.time_in_force or shape.default_time_in_force(instrument),
        post_only=given.post_only,
        reduce_only=given.reduce_only,
        status=OrderStatus.NEW,
        created_ns=turn.now_ns,
        updated_ns=turn.now_ns,
        parent_order_id=given.parent_order_id,
        oco_group=given.oco_group,
    )


def _measured(q: Question, refusal: Refusal | None) -> Preview:
    order, base = q.order, q.book.account.base_currency
    price = _estimate(q.turn.marks, order)
    if price is None or not q.mark:
        return Preview(refusal=refusal, currency=base, time_in_force=order.time_in_force)
    before = free_cash(q.turn.marks, q.book)
    after: Money = free_funds(q.turn, q.book, None, order, None)
    exposure = exposure_with(q.one.exposures.get(order.symbol), order, None)
    return Preview(
        refusal=refusal,
        currency=base,
        time_in_force=order.time_in_force,
        price=price,
        notional=q.in_base(q.instrument.notional(order.quantity, price)),
        fee=fee_in_base(q.turn, order, base),
        funds_before=before,
        funds_after=after,
        margin=max(before - after, 0),
        longest=exposure.quantity + exposure.buy_quantity + exposure.closing_buy,
        shortest=exposure.quantity - exposure.sell_quantity - exposure.closing_sell,
        worst_notional=q.in_base(exposure.worst_case(q.instrument, q.mark)),
    )


def _estimate(marks: Marks, order: Order) -> Price | None:
    quote = marks.quote(order.symbol)
    touch = None if quote is None else quote.ask if order.side is Side.BUY else quote.bid
    return order.limit_price or order.stop_price or touch or marks.mark(order.symbol)
