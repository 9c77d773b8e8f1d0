"""Money: what accounts and ledgers are worth, what is free to trade with, and the booking of fills."""

from collections.abc import Mapping

import msgspec

from openbell.domain import events as e
from openbell.domain.fill import Fill
from openbell.domain.instrument import Instrument
from openbell.domain.order import Order
from openbell.domain.position import Position, cash_flow, change_by_fill
from openbell.domain.values import SCALE, Money, Price, Quantity, Rate, divide_half_up
from openbell.domain.venue import VenueFilled
from openbell.engine.exposure import Exposure, exposure_with
from openbell.engine.marks import Marks
from openbell.engine.sides import exposures_with, is_alone, is_opposed_by, opposed
from openbell.engine.state import AccountBook, LedgerBook, State
from openbell.engine.turn import Turn
from openbell.engine.worth import fee_ahead, free_in_full, margin, margin_in_base, margin_of_all, worth, worth_in_base

MONEY_MAX: Money = 10_000_000_000 * SCALE
"""Largest amount taken in at once, in any currency: sums stay far inside 64 bits."""


def cash_in_base(marks: Marks, cash: Mapping[str, Money], base_currency: str) -> Money:
    """Give what cash of several currencies is worth in one."""
    total = 0
    for currency, amount in cash.items():
        total += amount if currency == base_currency else marks.in_base(amount, currency, base_currency)
    return total


def account_equity(marks: Marks, book: AccountBook) -> Money:
    """Give an account's equity in its base currency. What has no price yet counts at its cost."""
    return _equity(marks, book.account.cash, book.exposures, book.account.base_currency)


def ledger_equity(marks: Marks, book: AccountBook, one: LedgerBook) -> Money:
    """Give the equity of one ledger of an account in the account's base currency."""
    return _equity(marks, one.ledger.cash, one.exposures, book.account.base_currency)


def running_equity(turn: Turn, book: AccountBook, one: LedgerBook | None) -> Money:
    """Give an account's equity, or one ledger's, from the running sums: at a price that does not grow with holdings."""
    cash = book.account.cash if one is None else one.ledger.cash
    return cash_in_base(turn.marks, cash, book.account.base_currency) + turn.standings.worth(book, one)


def is_priced(marks: Marks, book: AccountBook) -> bool:
    """Tell whether everything an account holds has a price."""
    return all(not x.quantity or marks.mark(symbol) is not None for symbol, x in book.exposures.items())


def _equity(marks: Marks, cash: Mapping[str, Money], exposures: Mapping[str, Exposure], base_currency: str) -> Money:
    total = cash_in_base(marks, cash, base_currency)
    for symbol, exposure in exposures.items():
        # Ledgers that are long and short of the same quantity have locked in a profit: nothing is held, at a cost.
        if exposure.quantity or exposure.cost:
            total += worth_in_base(marks, symbol, exposure, base_currency)
    return total


def holding_worth(marks: Marks, one: LedgerBook, symbol: str, base_currency: str) -> Money:
    """Give what a ledger's holding of one symbol adds to its equity beside cash, in base currency."""
    exposure, instrument = one.exposures.get(symbol), marks.instruments[symbol]
    if exposure is None or not exposure.quantity:
        return 0
    return marks.in_base(worth(instrument, exposure, marks.mark(symbol)), instrument.currency, base_currency)


def free_funds(turn: Turn, book: AccountBook, one: LedgerBook | None, order: Order, replaced: Order | None) -> Money:
    """Give what an order would leave free, in base currency; below zero it cannot be paid for.

    Equity, less the worst case of every symbol with the order counted in × its initial margin, less the order's fee.
    Of the whole account, where no ledger counts against another, or of one ledger.
    """
    free = _free_when_paid_in_full(turn, book, one, order) if replaced is None else None
    if free is not None:
        return free
    marks, symbol, base = turn.marks, order.symbol, book.account.base_currency
    cash, exposures = (book.account.cash, book.exposures) if one is None else (one.ledger.cash, one.exposures)
    instrument, mark, held = turn.settings.instruments[symbol], marks.mark(symbol), exposures.get(symbol)
    free = cash_in_base(marks, cash, base) + turn.standings.spare_beside(symbol, book, one)
    fee = _fee(turn, instrument, order, mark)
    if one is None and not is_alone(book):
        needed = margin_of_all(instrument, exposures_with(book, order, replaced), mark)
    else:
        needed = margin(instrument, exposure_with(held, order, replaced), mark)
    adds = worth(instrument, held, mark) if held is not None and (held.quantity or held.cost) else 0
    if instrument.currency != base:
        adds, fee, needed = (marks.in_base(amount, instrument.currency, base) for amount in (adds, fee, needed))
    return free + adds - fee - needed


def _free_when_paid_in_full(turn: Turn, book: AccountBook, one: LedgerBook | None, order: Order) -> Money | None:
    """Give what `free_funds` gives where everything is one currency and is worth quantity × mark; None elsewhere.

    The same sums without the detours: nearly every order of a backtest is asked about here.
    """
    symbol, base = order.symbol, book.account.base_currency
    if one is None and not is_alone(book) and is_opposed_by(book, symbol, order.strategy_id, order.side):
        return None
    cash, exposures = (book.account.cash, book.exposures) if one is None else (one.ledger.cash, one.exposures)
    instrument, mark, free = turn.settings.instruments[symbol], turn.marks.mark(symbol), cash.get(base)
    is_one_currency = free is not None and len(cash) == 1 and instrument.currency == base
    if mark is None or free is None or not is_one_currency or not instrument.is_paid_in_full:
        return None
    worth = (order.quantity - order.filled_quantity) * (order.limit_price or order.stop_price or mark)
    rate = turn.settings.fee_rates.get(symbol, 0)
    free += turn.standings.spare_beside(symbol, book, one)
    if order.reduce_only:
        # It needs no funds but for its fee.
        return free_in_full(free - fee_ahead(worth, rate), exposures.get(symbol), mark, order.side, 0, 0)
    return free_in_full(free, exposures.get(symbol), mark, order.side, worth, rate)


def free_cash(marks: Marks, book: AccountBook, one: LedgerBook | None = None) -> Money:
    """Give what of an account's (or one ledger's) equity no position or open order needs, in base currency."""
    base = book.account.base_currency
    if one is not None:
        return ledger_equity(marks, book, one) - sum(
            margin_in_base(marks, symbol, x, base) for symbol, x in one.exposures.items()
        )
    return account_equity(marks, book) - sum(
        margin_in_base(marks, symbol, x, base, opposed(book, symbol)) for symbol, x in book.exposures.items()
    )


def fee_in_base(turn: Turn, order: Order, base_currency: str) -> Money:
    """Give what is set aside for an order's fee, in base currency: an estimate at the taker's rate."""
    instrument = turn.settings.instruments[order.symbol]
    fee = _fee(turn, instrument, order, turn.marks.mark(order.symbol))
    return turn.marks.in_base(fee, instrument.currency, base_currency)


def _fee(turn: Turn, instrument: Instrument, order: Order, mark: Price | None) -> Money:
    rate: Rate = turn.settings.fee_rates.get(order.symbol, 0)
    price = order.limit_price or order.stop_price or mark
    if not rate or not price:
        return 0
    return -(-instrument.notional(order.quantity - order.filled_quantity, price) * rate // SCALE)


# ---------------------------------------------------------------- fills


def filled_event(
    state: State, instrument: Instrument, order: Order, report: VenueFilled, *, mark: Price | None = None
) -> e.OrderFilled:
    """Work out what a reported fill does to the order's ledger: every number final, nothing changed yet."""
    position = state.accounts[order.account_id].ledgers[order.strategy_id].positions.get(order.symbol)
    if position is None:
        position = Position(position_id="", account_id="", strategy_id="", symbol=order.symbol)
    change = change_by_fill(position, instrument, order.side.sign * report.quantity, report.price)
    fill = Fill(
        fill_id="fil-" + str(state.fill_count + 1).zfill(12),
        venue_fill_id=report.venue_fill_id,
        order_id=order.order_id,
        account_id=order.account_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        quantity=report.quantity,
        price=report.price,
        fee=report.fee,
        currency=instrument.currency,
        liquidity=report.liquidity,
        model=report.model,
        ts_ns=report.ts_ns,
        realized_pnl=change.realized_pnl,
        mark=mark,
    )
    return e.OrderFilled(
        order_id=order.order_id,
        fill=fill,
        position_id="pos-" + str(state.position_count + 1).zfill(12) if change.is_new else position.position_id,
        position_quantity=change.quantity,
        position_cost=change.cost,
        is_new_position=change.is_new,
        cash_flow=cash_flow(instrument, change) - report.fee,
    )


class Merged(msgspec.Struct, frozen=True):
    """What a ledger holds after taking over a position, and the profit that netting took."""

    position_id: str
    quantity: Quantity
    cost: Money
    realized_pnl: Money


def merged(held: Position | None, moved: Position) -> Merged:
    """Work out two positions of one symbol as one: one side adds up, opposite sides close each other at their costs."""
    if held is None or not held.quantity:
        return Merged(moved.position_id, moved.quantity, moved.cost, 0)
    quantity, cost = held.quantity + moved.quantity, held.cost + moved.cost
    if (held.quantity > 0) == (moved.quantity > 0):
        return Merged(held.position_id, quantity, cost, 0)
    larger, smaller = (held, moved) if abs(held.quantity) >= abs(moved.quantity) else (moved, held)
    kept = larger.cost - divide_half_up(larger.cost * -smaller.quantity, larger.quantity)
    return Merged(larger.position_id, quantity, kept, kept - cost)
