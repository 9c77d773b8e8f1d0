"""Commands about accounts: open, pay in and out, limits, alerts."""

import re

from openbell.domain import events as e
from openbell.domain.account import MANUAL
from openbell.domain.commands import AcknowledgeAlert, MoveCash, OpenAccount, RaiseAlert, SetLimits
from openbell.domain.order import CLIENT_ORDER_ID
from openbell.domain.risk import RefusalCode, RiskLimits
from openbell.domain.values import Money, text_of
from openbell.engine.halt import mark_equity
from openbell.engine.ledger import MONEY_MAX, free_cash
from openbell.engine.state import AccountBook
from openbell.engine.turn import Turn, Verdict, refused

_ALERT_ID = re.compile(r"alr-(\d{12})", re.ASCII)


def open_account(turn: Turn, command: OpenAccount) -> Verdict:
    """Open an account with its first deposits and the default limits."""
    if not CLIENT_ORDER_ID.fullmatch(command.account_id):
        return refused(RefusalCode.INVALID_PARAMETER, "an account_id is 1 to 64 of A-Z a-z 0-9 . _ : -", "account_id")
    if command.account_id in turn.state.accounts:
        return refused(RefusalCode.ACCOUNT_EXISTS, "there is such an account already", "account_id", command.account_id)
    unknown = [c for c in (command.base_currency, *command.deposits) if not turn.marks.knows_currency(c)]
    if unknown:
        return refused(RefusalCode.INVALID_PARAMETER, f"no exchange rate is known for {unknown[0]}", "currency")
    if not all(0 <= amount <= MONEY_MAX for amount in command.deposits.values()):
        message = f"a deposit is from 0 to {text_of(MONEY_MAX, 0)}"
        return refused(RefusalCode.INVALID_PARAMETER, message, "deposits")
    opened = e.AccountOpened(
        account_id=command.account_id,
        owner_id=command.owner_id,
        mode=command.mode,
        base_currency=command.base_currency,
    )
    turn.emit(opened, command.account_id)
    limits = turn.settings.default_limits
    turn.emit(e.LimitsChanged(account_id=command.account_id, limits=limits), command.account_id)
    book = turn.state.accounts[command.account_id]
    for currency, amount in command.deposits.items():
        _move(turn, book, currency, amount, "opening balance")
    return None, command.account_id


def move_cash(turn: Turn, command: MoveCash) -> Verdict:
    """Pay in or out of the manual ledger; only what is free can be paid out."""
    book = turn.state.accounts.get(command.account_id)
    if book is None:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    if not turn.marks.knows_currency(command.currency):
        message = f"no exchange rate is known for {command.currency}"
        return refused(RefusalCode.INVALID_PARAMETER, message, "currency")
    if not command.amount or abs(command.amount) > MONEY_MAX:
        message = f"an amount is not zero and at most {text_of(MONEY_MAX, 0)}"
        return refused(RefusalCode.INVALID_PARAMETER, message, "amount")
    if command.amount < 0:
        held = book.ledgers[MANUAL].ledger.cash.get(command.currency, 0)
        worth = turn.marks.in_base(-command.amount, command.currency, book.account.base_currency)
        if -command.amount > held or worth > free_cash(turn.marks, book):
            message = (
                f"{text_of(-command.amount)} {command.currency} cannot be paid out with all positions and orders kept"
            )
            return refused(RefusalCode.INSUFFICIENT_FUNDS, message, "amount")
    _move(turn, book, command.currency, command.amount, command.note)
    # Right here equity jumps without profit: a mark on the spot lets returns leave the jump out exactly.
    mark_equity(turn, book)
    return None, command.account_id


def _move(turn: Turn, book: AccountBook, currency: str, amount: Money, note: str) -> None:
    account = book.account
    event = e.CashMoved(
        account_id=account.account_id,
        strategy_id=MANUAL,
        currency=currency,
        amount=amount,
        kind="DEPOSIT" if amount >= 0 else "WITHDRAWAL",
        base_amount=turn.marks.in_base(amount, currency, account.base_currency),
        note=note,
    )
    turn.emit(event, account.account_id)


def set_limits(turn: Turn, command: SetLimits) -> Verdict:
    """Set an account's risk limits."""
    if command.account_id not in turn.state.accounts:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    negative = negative_limits(command.limits)
    if negative:
        message = f"a limit is zero or more: {', '.join(negative)}"
        return refused(RefusalCode.INVALID_PARAMETER, message, ",".join(negative))
    event = e.LimitsChanged(account_id=command.account_id, limits=command.limits, actor=command.actor)
    turn.emit(event, command.account_id)
    return None, command.account_id


def negative_limits(limits: RiskLimits) -> list[str]:
    """Name the limits that are below zero."""
    return [name for name in limits.__struct_fields__ if (getattr(limits, name) or 0) < 0]


def raise_alert(turn: Turn, command: RaiseAlert) -> Verdict:
    """Record an alert from outside the core."""
    if command.account_id and command.account_id not in turn.state.accounts:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    alert_id = turn.alert(
        command.severity, command.code, command.message, account_id=command.account_id, context=command.context
    )
    return None, alert_id


def acknowledge_alert(turn: Turn, command: AcknowledgeAlert) -> Verdict:
    """Record that somebody has seen an alert. Whose alert it is, and whether it was seen before, History knows."""
    match = _ALERT_ID.fullmatch(command.alert_id)
    if match is None or not 1 <= int(match[1]) <= turn.state.alert_count:
        return refused(RefusalCode.INVALID_PARAMETER, "there is no such alert", "alert_id")
    if command.account_id and command.account_id not in turn.state.accounts:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    event = e.AlertAcknowledged(alert_id=command.alert_id, account_id=command.account_id, actor=command.actor)
    turn.emit(event, command.account_id)
    return None, command.alert_id
