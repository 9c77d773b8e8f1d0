"""The only door for orders. What passes all checks becomes an `Admitted`, and nothing else can make one.

Order of the checks, the first refusal counts. Those up to 4 are values and leave no trace; from 5 on the order is
recorded as DENIED.

1. shape (`engine.shape`): names, increments, prices and flags   2. client order id seen before
3. for a change: the order is open, revision, no other change under way   4. the change changes something
5. mode   6. reduce-only   7. kill switches: global, account, strategy   8. the strategy runs, within its schedule
9. market hours
10. a price, and a fresh one   11. price collar   12. order quantity and worth
13. position worth, number of positions, risk of one trade
14. open orders   15. orders per second   16. orders alike   17. daily loss and drawdown   18. funds

Checks 7, 8, 13, 17 and 18 are about adding risk: an order that can only bring the ledger's position nearer to zero
passes them. Limits of the account and of the strategy both hold.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from openbell.domain.account import MANUAL, Mode
from openbell.domain.calendar import ALWAYS
from openbell.domain.instrument import Instrument
from openbell.domain.order import Order, Side
from openbell.domain.risk import Refusal, RefusalCode, RiskLimits
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import Nanos, Price, Quantity
from openbell.domain.venue import Admitted
from openbell.engine import checks, hours, sizing
from openbell.engine.exposure import Exposure
from openbell.engine.question import Question
from openbell.engine.sides import is_alone, is_opposed_by
from openbell.engine.state import AccountBook, LedgerBook
from openbell.engine.turn import Turn
from openbell.engine.worth import free_in_full

Check: TypeAlias = Callable[[Question], Refusal | None]


class Terms(NamedTuple):
    """What the limits in force on a ledger ask for: the checks that could refuse, and what is noted of what goes out.

    Most checks are about a limit that is not set: they are left out here, once, instead of with every order.
    """

    limits: RiskLimits
    config: StrategyConfig | None
    """With the limits, what the rest follows from: worked out anew when either is another object."""
    checks: tuple[Check, ...]
    is_short: bool
    """No limit is set but that on open orders, and that by the account alone."""
    is_paced: bool
    is_compared: bool


_SHORT: frozenset[Check] = frozenset({checks.running, checks.hours, checks.price, checks.open_orders, checks.funds})
_RUNNING, _ALWAYS, _BUY = RunState.RUNNING, ALWAYS.name, Side.BUY


def admit(turn: Turn, order: Order, *, ts_ns: Nanos | None = None) -> Admitted:
    """Let an order out, now or as it was earlier. Called once every check has passed, here and nowhere else."""
    return Admitted(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        order_type=order.order_type,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        ts_ns=turn.now_ns if ts_ns is None else ts_ns,
        oco_group=order.oco_name if order.oco_group else "",
    )


def refuse_risk(turn: Turn, order: Order, *, mode: Mode | None = None, replaced: Order | None = None) -> Refusal | None:
    """Say why an order, or a change of one, must not go out; None when it may. What may go is counted in the pace."""
    question = Question(turn, order, replaced)
    refusal = first_refusal(question, mode)
    if refusal is None and not _terms(question).is_short:
        _note(question, _terms(question))
    return refusal


def first_refusal(question: Question, mode: Mode | None) -> Refusal | None:
    """Go through the checks and give the first refusal. Changes nothing."""
    account = question.book.account
    if mode is not None and mode is not account.mode:
        message = f"the account trades in mode {account.mode}, the order says {mode}"
        return Refusal(RefusalCode.MODE_MISMATCH, message, "mode")
    if question.order.reduce_only or question.turn.state.kill_switches:
        refusal = checks.reduce_only(question) or checks.kill_switches(question)
        if refusal is not None:
            return refusal
    terms = _terms(question)
    if terms.is_short and _passes_at_a_glance(question):
        return checks.funds(question)
    for check in terms.checks:
        refusal = check(question)
        if refusal is not None:
            return refusal
    return None


def _passes_at_a_glance(q: Question) -> bool:
    """Tell whether `running`, `hours`, `price` and `open_orders` surely pass; where not, each of them has its say."""
    state, limits = q.turn.state, q.book.limits
    if q.strategy is not None and q.strategy.state is not _RUNNING:
        return False
    # No account can have more open orders than there are in all, and these need no counting.
    most_there_are = len(state.orders) - len(state.ended) + state.ended_start + 1
    is_in_bounds = limits.open_orders_max is None or most_there_are <= limits.open_orders_max
    return is_in_bounds and q.marked_ns is not None and q.instrument.calendar_name == _ALWAYS


def surely_passes(  # noqa: PLR0917 - asked for every order of a backtest, where names cost
    turn: Turn,
    key: tuple[str, str],
    book: AccountBook,
    one: LedgerBook,
    instrument: Instrument,
    side: Side,
    quantity: Quantity,
) -> bool:
    """Tell whether a plain market order surely passes every check; where not, `place` finds out and says why.

    The checks are those of `first_refusal` where hardly any limit is set, for what is paid in full in one currency.
    """
    state, symbol, strategy_id = turn.state, instrument.symbol, key[1]
    strategy, terms = book.strategies.get(strategy_id), turn.terms.get(key)
    if strategy is None or strategy.state is not _RUNNING or state.kill_switches:
        return False
    # Whoever is new here goes the long way once, which works out its terms.
    if terms is None or terms.limits is not book.limits or terms.config is not strategy.config or not terms.is_short:
        return False
    most = book.limits.open_orders_max
    if most is not None and len(state.orders) - len(state.ended) + state.ended_start + 2 > most:
        return False
    latest, held = turn.marks.latest(symbol), one.exposures.get(symbol)
    if latest is None or instrument.calendar_name != _ALWAYS:
        return False
    if held is not None and _is_closing(held, side, quantity):
        return True
    return instrument.is_paid_in_full and _is_affordable(turn, book, one, instrument, side, quantity, latest[0])


def _is_closing(held: Exposure, side: Side, quantity: Quantity) -> bool:
    """Tell what `Question.is_closing` tells of a plain order."""
    if side is _BUY:
        return quantity <= -held.quantity - held.closing_buy - held.buy_quantity
    return quantity <= held.quantity - held.closing_sell - held.sell_quantity


def _is_affordable(  # noqa: PLR0917 - as above
    turn: Turn,
    book: AccountBook,
    one: LedgerBook,
    instrument: Instrument,
    side: Side,
    quantity: Quantity,
    mark: Price,
) -> bool:
    """Tell what `checks.funds` tells; False also where cash is of several currencies, or ledgers are on both sides."""
    symbol, base, cash, own = instrument.symbol, book.account.base_currency, book.account.cash, one.ledger.cash
    free, rate, spare_beside = cash.get(base), turn.settings.fee_rates.get(symbol, 0), turn.standings.spare_beside
    if free is None or len(cash) != 1 or instrument.currency != base:
        return False
    if not is_alone(book) and is_opposed_by(book, symbol, one.ledger.strategy_id, side):
        return False
    added = quantity * mark
    free += spare_beside(symbol, book, None)
    if free_in_full(free, book.exposures.get(symbol), mark, side, added, rate) < 0:
        return False
    if one.ledger.allocated <= 0 or _is_all_there_is(book, one):
        return True
    free = own.get(base)
    if free is None or len(own) != 1:
        return False
    free += spare_beside(symbol, book, one)
    return free_in_full(free, one.exposures.get(symbol), mark, side, added, rate) >= 0


def _is_all_there_is(book: AccountBook, one: LedgerBook) -> bool:
    """Tell whether a ledger has all that its account has, so that what the one can pay the other can as well."""
    return len(book.ledgers) == 2 and not book.ledgers[MANUAL].exposures and book.account.cash == one.ledger.cash


def refuse_release(turn: Turn, order: Order) -> Refusal | None:
    """Say why an exit whose entry has filled must not go out: a kill switch, or a strategy that does not run."""
    question = Question(turn, order, None)
    return checks.kill_switches(question) or checks.running(question)


def _terms(q: Question) -> Terms:
    """Give the terms of the order's ledger, worked out anew when its limits have changed."""
    key, config = (q.order.account_id, q.order.strategy_id), None if q.strategy is None else q.strategy.config
    known: Terms | None = q.turn.terms.get(key)
    if known is None or known.limits is not q.book.limits or known.config is not config:
        known = q.turn.terms[key] = _worked_out(q, config)
    return known


def _worked_out(q: Question, config: StrategyConfig | None) -> Terms:
    limits = [one for one, _ in q.limits]

    def limited(*names: str) -> bool:
        return any(getattr(one, name) is not None for one in limits for name in names)

    is_paced, is_compared = limited("orders_per_second_max"), any(one.duplicate_window_ns for one in limits)
    # In the order they are gone through, each with whether it could refuse anything under these limits.
    table: tuple[tuple[Check, bool], ...] = (
        (checks.running, q.order.strategy_id != MANUAL),
        (hours.within, config is not None and config.schedule is not None),
        (checks.hours, True),
        (checks.price, True),
        (checks.collar, limited("price_collar")),
        (checks.size, limited("order_quantity_max", "order_notional_max")),
        (checks.position_size, limited("position_notional_max")),
        (sizing.positions, config is not None and bool(config.positions_max)),
        (sizing.risk_per_trade, config is not None and bool(config.risk_per_trade_percent)),
        (checks.open_orders, limited("open_orders_max")),
        (checks.pace, is_paced),
        (checks.alike, is_compared),
        (checks.losses, limited("daily_loss_max", "drawdown_max")),
        (checks.funds, True),
    )
    could_refuse = tuple(check for check, could in table if could)
    is_short = len(limits) == 1 and limits[0].price_age_max_ns is None and _SHORT.issuperset(could_refuse)
    return Terms(q.book.limits, config, could_refuse, is_short, is_paced, is_compared)


def _note(q: Question, terms: Terms) -> None:
    if terms.is_paced:
        q.turn.pace.note(checks.pace_key(q.book, None), q.turn.now_ns)
        q.turn.pace.note(checks.pace_key(q.book, q.one), q.turn.now_ns)
    if terms.is_compared:
        q.turn.pace.note_alike(checks.fingerprint(q.order), q.turn.now_ns)
