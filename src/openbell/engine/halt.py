"""Stopping: kill switches, and the losses that trip them. A latched switch stays until a person releases it."""

from openbell.domain import events as e
from openbell.domain.account import Account, Ledger
from openbell.domain.alert import Severity
from openbell.domain.commands import SetKillSwitch
from openbell.domain.order import Order
from openbell.domain.risk import KillScope, KillSwitch, RefusalCode, RiskLimits
from openbell.domain.values import Money
from openbell.engine import life
from openbell.engine.apply import utc_day
from openbell.engine.checks import refuse_loss
from openbell.engine.ledger import account_equity, cash_in_base, is_priced, ledger_equity, running_equity
from openbell.engine.state import AccountBook, kill_key, open_orders
from openbell.engine.turn import Turn, Verdict, refused


def set_kill_switch(turn: Turn, command: SetKillSwitch) -> Verdict:
    """Latch or release a switch. Doing either twice changes nothing."""
    account_id, _, strategy_id = command.target.partition("/")
    book = turn.state.accounts.get(account_id)
    if command.scope is KillScope.GLOBAL:
        if command.target:
            return refused(RefusalCode.INVALID_PARAMETER, "the global switch has no target: leave it empty", "target")
    elif book is None or (command.scope is KillScope.ACCOUNT and strategy_id):
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "target")
    elif command.scope is KillScope.STRATEGY and strategy_id not in book.ledgers:
        return refused(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy in this account", "target")
    is_latched = kill_key(command.scope, command.target) in turn.state.kill_switches
    if command.is_active and not is_latched:
        activate(turn, command.scope, command.target, reason=command.reason, actor=command.actor)
    elif not command.is_active and is_latched:
        _release(turn, command)
    return None, command.target


def activate(turn: Turn, scope: KillScope, target: str, *, reason: str, actor: str) -> None:
    """Latch a switch and cancel every open order in its scope."""
    switch = KillSwitch(scope=scope, target=target, reason=reason, activated_by=actor, activated_ns=turn.now_ns)
    account_id = target.partition("/")[0]
    turn.emit(e.KillSwitchActivated(switch=switch), account_id)
    for order in _orders_in(turn, scope, target):
        life.cancel(turn, order, reason=f"{scope} kill switch: {reason}", actor=actor)
    message = f"the {scope} kill switch is active: {reason}"
    context = {"scope": scope.value, "target": target, "actor": actor}
    turn.alert(Severity.CRITICAL, "KILL_SWITCH_ACTIVATED", message, account_id=account_id, context=context)


def _release(turn: Turn, command: SetKillSwitch) -> None:
    account_id = command.target.partition("/")[0]
    event = e.KillSwitchReleased(scope=command.scope, target=command.target, reason=command.reason, actor=command.actor)
    turn.emit(event, account_id)
    book = turn.state.accounts.get(account_id)
    if book is not None:
        mark_equity(turn, book)
    message = f"the {command.scope} kill switch was released: {command.reason}"
    context = {"scope": command.scope.value, "target": command.target, "actor": command.actor}
    turn.alert(Severity.WARNING, "KILL_SWITCH_RELEASED", message, account_id=account_id, context=context)


def _orders_in(turn: Turn, scope: KillScope, target: str) -> list[Order]:
    account_id, _, strategy_id = target.partition("/")
    if scope is KillScope.GLOBAL:
        return [order for each in turn.state.accounts for order in open_orders(turn.state, each)]
    return open_orders(turn.state, account_id, strategy_id if scope is KillScope.STRATEGY else None)


# ---------------------------------------------------------------- equity and losses


def on_time(turn: Turn, last_ns: int) -> None:
    """Mark equity at each interval and at the turn of the UTC day, and look at losses."""
    interval_ns = turn.settings.equity_mark_interval_ns
    is_due = turn.now_ns // interval_ns != last_ns // interval_ns
    day = utc_day(turn.now_ns)
    for book in turn.state.accounts.values():
        if is_due or day > book.account.day:
            mark_equity(turn, book)
        watch(turn, book)


def mark_equity(turn: Turn, book: AccountBook) -> None:
    """Record the equity of an account and its ledgers; not while something held has no price, as after a restart."""
    if not is_priced(turn.marks, book):
        return
    account = book.account
    ledgers = {key: ledger_equity(turn.marks, book, one) for key, one in book.ledgers.items()}
    event = e.EquityMarked(
        account_id=account.account_id,
        equity=account_equity(turn.marks, book),
        cash=cash_in_base(turn.marks, account.cash, account.base_currency),
        day=utc_day(turn.now_ns),
        ledgers=ledgers,
    )
    turn.emit(event, account.account_id)


def watch(turn: Turn, book: AccountBook) -> None:
    """Trip the kill switch of a strategy, or of the account, that has lost more than its limits allow. Once."""
    account_id = book.account.account_id
    if _has_loss_limit(book.limits) and is_priced(turn.marks, book):
        equity = running_equity(turn, book, None)
        _trip(turn, KillScope.ACCOUNT, account_id, limits=book.limits, owner=book.account, equity=equity)
    for strategy_id, strategy in book.strategies.items():
        limits = strategy.config.limits
        if limits is not None and _has_loss_limit(limits) and is_priced(turn.marks, book):
            one = book.ledgers[strategy_id]
            equity = running_equity(turn, book, one)
            target = f"{account_id}/{strategy_id}"
            _trip(turn, KillScope.STRATEGY, target, limits=limits, owner=one.ledger, equity=equity)


def _has_loss_limit(limits: RiskLimits) -> bool:
    return limits.daily_loss_max is not None or limits.drawdown_max is not None


def _trip(
    turn: Turn, scope: KillScope, target: str, *, limits: RiskLimits, owner: Account | Ledger, equity: Money
) -> None:
    if kill_key(scope, target) in turn.state.kill_switches:
        return
    refusal = refuse_loss(limits, owner, equity)
    if refusal is None:
        return
    account_id = target.partition("/")[0]
    context = {"scope": scope.value, "target": target}
    turn.alert(Severity.CRITICAL, refusal.code.value, refusal.message, account_id=account_id, context=context)
    activate(turn, scope, target, reason=refusal.message, actor="risk")
