"""Commands about strategies: create, configure, run, delete."""

import msgspec

from openbell.domain import events as e
from openbell.domain.account import MANUAL
from openbell.domain.commands import ConfigureStrategy, CreateStrategy, DeleteStrategy, RunStrategy
from openbell.domain.order import CLIENT_ORDER_ID
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.strategy import RunState, Strategy, StrategyConfig
from openbell.domain.values import SCALE, Money, text_of
from openbell.engine import life
from openbell.engine.accounts import negative_limits
from openbell.engine.host import Host
from openbell.engine.ledger import MONEY_MAX, free_cash, holding_worth, merged
from openbell.engine.question import closable
from openbell.engine.state import AccountBook, LedgerBook, open_orders, strategy_of
from openbell.engine.strategy import InvalidParameters, validate_parameters
from openbell.engine.strategy import Strategy as StrategyClass
from openbell.engine.turn import Turn, Verdict, refused

EXIT_PERCENT_MAX = 100 * SCALE
"""A position cannot lose more than all it cost, and a target beyond twice its price is none."""

_PERCENTS = ("stop_loss_percent", "take_profit_percent", "risk_per_trade_percent")
_CHANGEABLE = ("name", "description", "symbols", "limits", "mode", "positions_max", "extra", *_PERCENTS)
"""What of a configuration a command may name beside parameters and schedule."""
_TRADING = (RunState.RUNNING, RunState.PAUSED)
_FROM = {
    RunState.RUNNING: (RunState.STOPPED, RunState.ERROR, RunState.PAUSED),
    RunState.PAUSED: (RunState.RUNNING,),
    RunState.STOPPED: (RunState.RUNNING, RunState.PAUSED, RunState.ERROR),
    RunState.ERROR: _TRADING,
}
"""State wanted → states it can be reached from."""


def create(turn: Turn, command: CreateStrategy) -> Verdict:
    """Add a strategy, stopped, and move its capital from the manual ledger."""
    config = command.config
    book = turn.state.accounts.get(config.account_id)
    if book is None:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    refusal = _refuse_new(turn, book, config)
    if refusal is not None:
        return refusal, ""
    try:
        parameters = validate_parameters(turn.settings.strategy_kinds[config.kind], config.parameters)
    except InvalidParameters as error:
        return _invalid(error), ""
    config = msgspec.structs.replace(config, parameters=parameters)
    turn.emit(e.StrategyCreated(config=config, actor=command.actor), config.account_id)
    if config.allocated:
        currency = book.account.base_currency
        _move_cash(turn, book, source=MANUAL, target=config.strategy_id, currency=currency, amount=config.allocated)
    return None, config.strategy_id


def _refuse_new(turn: Turn, book: AccountBook, config: StrategyConfig) -> Refusal | None:
    if not CLIENT_ORDER_ID.fullmatch(config.strategy_id) or config.strategy_id == MANUAL:
        message = f"a strategy_id is 1 to 64 of A-Z a-z 0-9 . _ : - and not {MANUAL}"
        return Refusal(RefusalCode.INVALID_PARAMETER, message, "strategy_id")
    if config.strategy_id in book.strategies:
        return Refusal(RefusalCode.STRATEGY_EXISTS, f"there is a strategy {config.strategy_id} already", "strategy_id")
    if config.kind not in turn.settings.strategy_kinds:
        kinds = ", ".join(turn.settings.strategy_kinds)
        return Refusal(RefusalCode.INVALID_PARAMETER, f"unknown kind; there are: {kinds}", "kind")
    return (
        _refuse_mode(book, config)
        or _refuse_allocation(turn, book, config.allocated)
        or _refuse_symbols(turn, config.symbols)
        or _refuse_numbers(config)
    )


def _refuse_mode(book: AccountBook, config: StrategyConfig) -> Refusal | None:
    if config.mode is book.account.mode:
        return None
    message = f"the account trades in mode {book.account.mode}, the strategy says {config.mode}"
    return Refusal(RefusalCode.MODE_MISMATCH, message, "mode")


def _refuse_allocation(turn: Turn, book: AccountBook, allocated: Money) -> Refusal | None:
    currency = book.account.base_currency
    if not 0 <= allocated <= MONEY_MAX:
        return Refusal(RefusalCode.INVALID_PARAMETER, "the allocation must be zero or more", "allocated")
    manual = book.ledgers[MANUAL]
    free = min(manual.ledger.cash.get(currency, 0), free_cash(turn.marks, book, manual))
    if allocated <= max(free, 0):
        return None
    message = f"{text_of(allocated)} {currency} are asked for, {text_of(max(free, 0))} are free in the manual ledger"
    return Refusal(RefusalCode.INSUFFICIENT_FUNDS, message, "allocated")


def _refuse_symbols(turn: Turn, symbols: tuple[str, ...]) -> Refusal | None:
    unknown = [symbol for symbol in symbols if symbol not in turn.settings.instruments]
    if unknown or not symbols:
        message = f"there is no such instrument: {', '.join(unknown)}" if unknown else "name at least one symbol"
        return Refusal(RefusalCode.UNKNOWN_SYMBOL, message, "symbols")
    return None


def _invalid(error: InvalidParameters) -> Refusal:
    fields = ",".join(name for name, _ in error.problems)
    return Refusal(RefusalCode.INVALID_PARAMETER, str(error), fields)


def configure(turn: Turn, host: Host, command: ConfigureStrategy) -> Verdict:
    """Change a configuration: all of it, or nothing. What is not a runtime parameter waits for a stop."""
    strategy = strategy_of(turn.state, command.account_id, command.strategy_id)
    if strategy is None:
        return refused(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy", "strategy_id")
    if command.expected_revision is not None and command.expected_revision != strategy.revision:
        message = f"the strategy is at revision {strategy.revision}, not {command.expected_revision}: read it again"
        return refused(RefusalCode.STALE_REVISION, message, "expected_revision", command.strategy_id)
    kind = turn.settings.strategy_kinds.get(strategy.config.kind)
    if kind is None:
        message = f"the kind {strategy.config.kind} is no longer there"
        return refused(RefusalCode.INVALID_PARAMETER, message, "kind", command.strategy_id)
    try:
        changed = _changed(kind, strategy.config, command)
    except InvalidParameters as error:
        return _invalid(error), command.strategy_id
    refusal = (
        _refuse_fixed(kind, strategy, changed)
        or _refuse_symbols(turn, changed.symbols)
        or _refuse_numbers(changed)
        or _refuse_mode(turn.state.accounts[command.account_id], changed)
    )
    if refusal is not None:
        return refusal, command.strategy_id
    turn.emit(e.StrategyConfigured(config=changed, actor=command.actor), command.account_id)
    host.configure(changed)
    return None, command.strategy_id


def _changed(kind: type[StrategyClass], config: StrategyConfig, command: ConfigureStrategy) -> StrategyConfig:
    """Give the configuration with what the command names changed. Raises InvalidParameters."""
    given = {name: value for name in _CHANGEABLE if (value := getattr(command, name)) is not None}
    if command.schedule is not msgspec.UNSET:
        given["schedule"] = command.schedule
    parameters = validate_parameters(kind, {**config.parameters, **(command.parameters or {})})
    return msgspec.structs.replace(config, parameters=parameters, **given)


def _refuse_numbers(config: StrategyConfig) -> Refusal | None:
    """Check limits, exits and measures of risk of its own."""
    wrong = [] if config.limits is None else negative_limits(config.limits)
    wrong += [name for name in _PERCENTS if not 0 <= getattr(config, name) <= EXIT_PERCENT_MAX]
    wrong += ["positions_max"] if config.positions_max < 0 else []
    if not wrong:
        return None
    message = f"limits are zero or more, percents from 0 to {text_of(EXIT_PERCENT_MAX, 0)}: {', '.join(wrong)}"
    return Refusal(RefusalCode.INVALID_PARAMETER, message, ",".join(wrong))


def _refuse_fixed(kind: type[StrategyClass], strategy: Strategy, changed: StrategyConfig) -> Refusal | None:
    if strategy.state not in _TRADING:
        return None
    runtime = {parameter.name for parameter in kind.parameters if parameter.is_runtime}
    before = strategy.config.parameters
    fixed = [name for name, value in changed.parameters.items() if value != before.get(name) and name not in runtime]
    fixed += ["symbols"] if changed.symbols != strategy.config.symbols else []
    if not fixed:
        return None
    message = f"{', '.join(fixed)} can change only while the strategy is stopped: stop it first"
    return Refusal(RefusalCode.STRATEGY_STATE, message, ",".join(fixed))


def run(turn: Turn, host: Host, command: RunStrategy) -> Verdict:
    """Start, pause, resume or stop. What is so already is left alone."""
    strategy = strategy_of(turn.state, command.account_id, command.strategy_id)
    if strategy is None:
        return refused(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy", "strategy_id")
    if command.state not in _FROM:
        return refused(RefusalCode.INVALID_PARAMETER, "ask for running, paused or stopped", "state")
    if strategy.state is command.state:
        return None, command.strategy_id
    if strategy.state not in _FROM[command.state]:
        message = f"the strategy is {strategy.state} and cannot become {command.state}: start it first"
        return refused(RefusalCode.STRATEGY_STATE, message, "state", command.strategy_id)
    if command.state is RunState.STOPPED:
        _stop(turn, host, strategy, reason=command.reason, actor=command.actor)
        return None, command.strategy_id
    if command.state is RunState.ERROR:
        host.fail(strategy.config, command.reason)
        return None, command.strategy_id
    was = strategy.state
    _change(turn, strategy, command.state, reason=command.reason, actor=command.actor)
    if command.state is RunState.PAUSED:
        _cancel_openings(turn, command)
    elif was is not RunState.PAUSED:
        host.start(strategy.config)
    return None, command.strategy_id


def _stop(turn: Turn, host: Host, strategy: Strategy, *, reason: str, actor: str) -> None:
    config = strategy.config
    host.stop((config.account_id, config.strategy_id))
    _change(turn, strategy, RunState.STOPPED, reason=reason, actor=actor)
    for order in open_orders(turn.state, config.account_id, config.strategy_id):
        life.cancel(turn, order, reason="its strategy was stopped", actor=actor)


def _change(turn: Turn, strategy: Strategy, state: RunState, *, reason: str, actor: str) -> None:
    config = strategy.config
    event = e.StrategyStateChanged(
        account_id=config.account_id, strategy_id=config.strategy_id, state=state, reason=reason, actor=actor
    )
    turn.emit(event, config.account_id)


def _cancel_openings(turn: Turn, command: RunStrategy) -> None:
    """Cancel the orders that could add risk; exits go on working."""
    one = turn.state.accounts[command.account_id].ledgers[command.strategy_id]
    for order in open_orders(turn.state, command.account_id, command.strategy_id):
        is_exit = order.reduce_only or order.parent_order_id is not None
        if not is_exit and order.remaining > closable(turn.state, one, order, replaced=order):
            life.cancel(turn, order, reason="its strategy was paused", actor=command.actor)


def delete(turn: Turn, host: Host, command: DeleteStrategy) -> Verdict:
    """Stop a strategy and hand its positions and cash to the manual ledger.

    While orders of it are open the deletion is refused, and stopped is what the strategy then is.
    """
    strategy = strategy_of(turn.state, command.account_id, command.strategy_id)
    if strategy is None:
        return refused(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy", "strategy_id")
    if strategy.state in _TRADING:
        _stop(turn, host, strategy, reason="to be deleted", actor=command.actor)
    book = turn.state.accounts[command.account_id]
    one = book.ledgers[command.strategy_id]
    if one.working:
        message = f"{len(one.working)} orders of the strategy are being canceled: delete it once they are gone"
        return refused(RefusalCode.STRATEGY_HAS_ORDERS, message, "strategy_id", command.strategy_id)
    _hand_over(turn, book, one)
    event = e.StrategyDeleted(account_id=command.account_id, strategy_id=command.strategy_id, actor=command.actor)
    turn.emit(event, command.account_id)
    return None, command.strategy_id


def _hand_over(turn: Turn, book: AccountBook, one: LedgerBook) -> None:
    strategy_id = one.ledger.strategy_id
    for position in [p for p in one.positions.values() if p.quantity]:
        instrument = turn.settings.instruments[position.symbol]
        whole = merged(book.ledgers[MANUAL].positions.get(position.symbol), position)
        event = e.PositionMoved(
            account_id=book.account.account_id,
            symbol=position.symbol,
            from_strategy_id=strategy_id,
            to_strategy_id=MANUAL,
            position_id=whole.position_id,
            quantity=whole.quantity,
            cost=whole.cost,
            realized_pnl=whole.realized_pnl,
            cash_flow=whole.realized_pnl if instrument.is_margined else 0,
            currency=instrument.currency,
            base_worth=holding_worth(turn.marks, one, position.symbol, book.account.base_currency),
        )
        turn.emit(event, book.account.account_id)
        turn.standings.forget(book.account.account_id)
    for currency, amount in list(one.ledger.cash.items()):
        if amount:
            _move_cash(turn, book, source=strategy_id, target=MANUAL, currency=currency, amount=amount)


def _move_cash(turn: Turn, book: AccountBook, *, source: str, target: str, currency: str, amount: Money) -> None:
    """Move cash between two ledgers of an account: two events whose sum is zero."""
    account_id = book.account.account_id
    base_amount = turn.marks.in_base(amount, currency, book.account.base_currency)
    for strategy_id, sign, note in ((source, -1, f"to {target}"), (target, 1, f"from {source}")):
        event = e.CashMoved(
            account_id=account_id,
            strategy_id=strategy_id,
            currency=currency,
            amount=sign * amount,
            kind="ALLOCATION",
            base_amount=sign * base_amount,
            note=note,
        )
        turn.emit(event, account_id)
