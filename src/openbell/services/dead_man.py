"""The dead man's switch: cancel everything unless the owner keeps saying that they are there."""

import msgspec
import structlog

from openbell.domain.account import MANUAL
from openbell.domain.commands import CancelAll, SetDeadMan
from openbell.domain.risk import Refusal
from openbell.domain.values import Nanos
from openbell.ports import Trading, Unavailable, Views

log = structlog.get_logger(__name__)


class DeadMan(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's switch stands: when it fires, None when it is off, and how long that is from now."""

    expires_ns: Nanos | None
    remaining_ns: Nanos


class DeadMen:
    """The switches of all accounts; durable, and past a restart."""

    def __init__(self, *, trading: Trading, views: Views) -> None:
        self._trading = trading
        self._views = views

    async def set(self, account_id: str, *, timeout_s: int, actor: str) -> DeadMan | Refusal:
        """Set or renew the switch; 0 takes it back."""
        command = SetDeadMan(ts_ns=self._trading.now_ns(), account_id=account_id, timeout_s=timeout_s, actor=actor)
        outcome = await self._trading.submit(command)
        return outcome.refusal or self.get(account_id)

    def get(self, account_id: str) -> DeadMan:
        """Tell how the switch stands."""
        expires_ns = self._views.dead_man(account_id)
        remaining_ns = 0 if expires_ns is None else max(0, expires_ns - self._trading.now_ns())
        return DeadMan(expires_ns=expires_ns, remaining_ns=remaining_ns)

    async def disconnected(self, account_id: str, *, actor: str) -> None:
        """Cancel the hand-placed orders of an account whose connection asked for that and is gone.

        Orders of strategies stay: their owner is here. An outage is logged, for nobody is left to be told.
        """
        command = CancelAll(
            ts_ns=self._trading.now_ns(),
            account_id=account_id,
            strategy_id=MANUAL,
            actor=actor,
            reason="its connection was lost",
        )
        try:
            await self._trading.submit(command)
        except Unavailable as outage:
            log.warning("orders of a lost connection not canceled", account_id=account_id, reason=str(outage))
