"""The dead man's switch: an account whose owner has gone silent has its working orders canceled."""

from openbell.domain import events as e
from openbell.domain.alert import Severity
from openbell.domain.commands import SetDeadMan
from openbell.domain.risk import RefusalCode
from openbell.domain.values import NANOS_PER_SECOND
from openbell.engine import life
from openbell.engine.state import open_orders
from openbell.engine.turn import Turn, Verdict, refused

TIMEOUT_S_MIN = 5
TIMEOUT_S_MAX = 300


def set_dead_man(turn: Turn, command: SetDeadMan) -> Verdict:
    """Set or renew an account's deadline, or take it back. Taking back what is not set changes nothing."""
    if command.account_id not in turn.state.accounts:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    timeout_s = command.timeout_s
    if timeout_s and not TIMEOUT_S_MIN <= timeout_s <= TIMEOUT_S_MAX:
        message = f"timeout_s is 0, or from {TIMEOUT_S_MIN} to {TIMEOUT_S_MAX}"
        return refused(RefusalCode.INVALID_PARAMETER, message, "timeout_s")
    if timeout_s or command.account_id in turn.state.dead_men:
        expires_ns = turn.now_ns + timeout_s * NANOS_PER_SECOND if timeout_s else None
        event = e.DeadManSet(account_id=command.account_id, expires_ns=expires_ns, actor=command.actor)
        turn.emit(event, command.account_id)
    return None, command.account_id


def on_time(turn: Turn) -> None:
    """Cancel everything of the accounts whose deadline has passed, also while the server was down.

    One that lies further ahead than any can be set was set by a clock that has been put right since, and has passed.
    """
    latest_ns = turn.now_ns + TIMEOUT_S_MAX * NANOS_PER_SECOND
    for account_id, expires_ns in list(turn.state.dead_men.items()):
        if not turn.now_ns < expires_ns <= latest_ns:
            _fire(turn, account_id, expires_ns)


def _fire(turn: Turn, account_id: str, expires_ns: int) -> None:
    turn.emit(e.DeadManFired(account_id=account_id, expires_ns=expires_ns), account_id)
    orders = open_orders(turn.state, account_id)
    for order in orders:
        life.cancel(turn, order, reason="the dead man's switch: its owner went silent", actor="dead_man")
    message = f"the dead man's switch was not renewed in time: {len(orders)} working orders are being canceled"
    context = {"orders": str(len(orders))}
    turn.alert(Severity.WARNING, "DEAD_MAN_FIRED", message, account_id=account_id, context=context)
