"""The only place that changes state: one function an event, used by the core, by views and by recovery alike.

`fold_express` does what some of these functions do, in one go, for a backtest in which nobody reads the events.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from openbell.domain import events as e
from openbell.domain.account import MANUAL, Account, Ledger
from openbell.domain.risk import KillScope
from openbell.domain.strategy import RunState, Strategy
from openbell.domain.values import NANOS_PER_SECOND, Money, Nanos
from openbell.engine.fold import add_cash, ledger_of
from openbell.engine.fold_fills import FILL_APPLIERS
from openbell.engine.fold_orders import ORDER_APPLIERS
from openbell.engine.state import AccountBook, State, kill_key

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


def record(state: State, event: e.AnyEvent, account_id: str, ts_ns: Nanos) -> e.Recorded:
    """Give an event that has just happened its numbers, and fold it in as `apply` does."""
    book = state.accounts.get(account_id)
    account_seq = book.account.event_count + 1 if book is not None else int(account_id != "")
    seq = state.seq = state.seq + 1
    state.ts_ns = ts_ns
    _APPLIERS[type(event)](state, event, ts_ns)
    if account_seq:
        (book or state.accounts[account_id]).account.event_count = account_seq
    return e.Recorded(seq, ts_ns, account_id, account_seq, event)


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
    ledger_of(book, MANUAL)


def _cash_moved(state: State, event: e.CashMoved, _ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    ledger = ledger_of(book, event.strategy_id).ledger
    add_cash(book.account, ledger, event.currency, event.amount)
    # Money that comes or goes is neither profit nor loss: the marks these are measured from move along.
    for owner in (book.account, ledger):
        owner.day_start_equity += event.base_amount
        owner.equity_peak += event.base_amount
    if event.kind == "ALLOCATION":
        ledger.allocated += event.base_amount
    else:
        book.account.deposited += event.base_amount


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


# ---------------------------------------------------------------- strategies


def _strategy_created(state: State, event: e.StrategyCreated, ts_ns: Nanos) -> None:
    book = state.accounts[event.config.account_id]
    strategy_id = event.config.strategy_id
    book.strategies[strategy_id] = Strategy(config=event.config, created_ns=ts_ns, updated_ns=ts_ns)
    ledger_of(book, strategy_id)


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


def _dead_man_set(state: State, event: e.DeadManSet, _ts_ns: Nanos) -> None:
    state.dead_men.pop(event.account_id, None)
    if event.expires_ns is not None:
        state.dead_men[event.account_id] = event.expires_ns


def _dead_man_fired(state: State, event: e.DeadManFired, _ts_ns: Nanos) -> None:
    state.dead_men.pop(event.account_id, None)


def _alert_raised(state: State, _event: e.AlertRaised, _ts_ns: Nanos) -> None:
    state.alert_count += 1


def _nothing(_state: State, _event: e.AlertAcknowledged, _ts_ns: Nanos) -> None:
    """Alerts are kept by History; state only numbers them."""


_APPLIERS: dict[type[e.Event], Callable[[State, Any, Nanos], None]] = {
    **ORDER_APPLIERS,
    **FILL_APPLIERS,
    e.AccountOpened: _account_opened,
    e.CashMoved: _cash_moved,
    e.StrategyCreated: _strategy_created,
    e.StrategyConfigured: _strategy_configured,
    e.StrategyStateChanged: _strategy_state_changed,
    e.StrategyDeleted: _strategy_deleted,
    e.KillSwitchActivated: _kill_switch_activated,
    e.KillSwitchReleased: _kill_switch_released,
    e.LimitsChanged: _limits_changed,
    e.DeadManSet: _dead_man_set,
    e.DeadManFired: _dead_man_fired,
    e.AlertRaised: _alert_raised,
    e.AlertAcknowledged: _nothing,
    e.EquityMarked: _equity_marked,
}
